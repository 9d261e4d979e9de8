/* Request JSON, links JSON and uids, with and without a schema. */
#include "fuzz.h"

static const char schema_text[] =
    "entity User; entity Doc; action view appliesTo {principal: User, resource: Doc, "
    "context: {n: Long, ip?: ipaddr, who?: User, list?: Set<{d: decimal}>}};";

static void read_request(
    const struct cedar_schema *schema, const uint8_t *data, size_t size, struct cedar_arena *arena)
{
    struct cedar_request request;

    if (cedar_request_parse((const char *)data, size, schema, arena, &request, NULL) != CEDAR_OK)
        return;
    FUZZ_CHECK(cedar_value_kind(request.context) == CEDAR_RECORD);
    FUZZ_CHECK(
        cedar_value_print(request.context, arena).data && cedar_value_json(request.context, arena).data);
    if (schema)
        (void)cedar_request_validate(schema, &request, NULL);
}

static void read_uid(const uint8_t *data, size_t size, struct cedar_arena *arena)
{
    struct cedar_str text = {(const char *)data, size};
    struct cedar_uid uid, again;

    if (cedar_uid_parse(text, arena, &uid, NULL) != CEDAR_OK)
        return;
    FUZZ_CHECK(cedar_uid_parse(cedar_uid_print(uid, arena), arena, &again, NULL) == CEDAR_OK);
    FUZZ_CHECK(cedar_uid_equal(uid, again));
}

static void read_links(const uint8_t *data, size_t size)
{
    static const char text[] = "permit(principal == ?principal, action, resource in ?resource);";
    struct cedar_policies *set = cedar_policies_new();

    FUZZ_CHECK(cedar_policies_add_text(set, text, sizeof(text) - 1, NULL) == CEDAR_OK);
    if (cedar_policies_link_json(set, (const char *)data, size, NULL) == CEDAR_OK)
        FUZZ_CHECK(cedar_policies_seal(set, NULL) == CEDAR_OK);
    cedar_policies_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_schema *schema = NULL;

    FUZZ_CHECK(cedar_schema_parse(schema_text, sizeof(schema_text) - 1, &schema, NULL) == CEDAR_OK);
    read_request(NULL, data, size, arena);
    read_request(schema, data, size, arena);
    read_uid(data, size, arena);
    read_links(data, size);
    cedar_schema_free(schema);
    cedar_arena_free(arena);
    return 0;
}
