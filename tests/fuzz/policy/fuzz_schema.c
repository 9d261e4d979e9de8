/* Schemas in both syntaxes; what is read validates a fixed set of policies. */
#include "fuzz.h"

static const char policies[] =
    "permit(principal is User in Group::\"g\", action == Action::\"view\", resource) when { principal.n > 1 "
    "&& "
    "context has a.b && resource.hasTag(\"t\") && resource.getTag(\"t\") == context.a.b };"
    "forbid(principal, action in [Action::\"all\"], resource == Doc::\"d\") unless { principal has n && "
    "[1].contains(principal.n) };"
    "permit(principal == ?principal, action, resource in ?resource) when { if context.b then principal.e in "
    "resource else true };";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct cedar_policies *set = NULL;
    struct cedar_schema *schema = NULL;
    struct cedar_findings found;
    int r = size && data[0] == '{' ? cedar_schema_parse_json((const char *)data, size, &schema, NULL)
                                   : cedar_schema_parse((const char *)data, size, &schema, NULL);

    FUZZ_CHECK((r == CEDAR_OK) == (schema != NULL));
    if (schema && cedar_policies_parse(policies, sizeof(policies) - 1, &set, NULL) == CEDAR_OK)
        FUZZ_CHECK(cedar_validate(set, schema, arena, &found) == CEDAR_OK);
    cedar_policies_free(set);
    cedar_schema_free(schema);
    cedar_arena_free(arena);
    return 0;
}
