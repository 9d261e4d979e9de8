/* Entities JSON, with and without a schema. */
#include "fuzz.h"

static const char schema_text[] = "entity User in [Group, User] {n: Long, ip?: ipaddr, e?: User, s: "
                                  "Set<decimal>, r?: {d: datetime}} tags Set<String>;"
                                  "entity Group enum [\"g\", \"h\"]; action all; action view in all "
                                  "appliesTo {principal: User, resource: User};";

static void read_with(
    const struct cedar_schema *schema, const uint8_t *data, size_t size, struct cedar_arena *arena)
{
    static const char text[] =
        "permit(principal in Group::\"g\", action, resource) when { principal.n > 1 || resource has ip };";
    struct cedar_entities *store = cedar_entities_new(NULL);
    struct cedar_policies *set = NULL;

    if (cedar_entities_add_json(store, (const char *)data, size, schema, NULL) == CEDAR_OK &&
        cedar_entities_seal(store, NULL) == CEDAR_OK &&
        cedar_policies_parse(text, sizeof(text) - 1, &set, NULL) == CEDAR_OK) {
        for (size_t i = 0; i < cedar_entities_count(store) && i < 8; i++) {
            struct cedar_request request = {.principal = cedar_entities_at(store, i),
                .action = {CEDAR_STR("Action"), CEDAR_STR("view")},
                .resource = cedar_entities_at(store, 0)};
            struct cedar_answer answer;

            FUZZ_CHECK(cedar_authorize(set, store, &request, arena, &answer) == CEDAR_OK);
        }
    }
    cedar_policies_free(set);
    cedar_entities_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_schema *schema = NULL;

    FUZZ_CHECK(cedar_schema_parse(schema_text, sizeof(schema_text) - 1, &schema, NULL) == CEDAR_OK);
    read_with(NULL, data, size, arena);
    read_with(schema, data, size, arena);
    cedar_schema_free(schema);
    cedar_arena_free(arena);
    return 0;
}
