/* Reading and checking entities and contexts against a schema. */
#include "policy/conform.h"

void cedar_conform_entity(struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_draft *draft,
    const struct cedar_json *attrs, const struct cedar_json *tags, size_t offset)
{
    (void)schema, (void)draft, (void)attrs, (void)tags;
    cedar_raise(f, CEDAR_ESCHEMA, offset, "schemas are not read yet");
}

void cedar_conform_add_actions(struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_entities *store)
{
    (void)schema, (void)store;
    cedar_raise(f, CEDAR_ESCHEMA, CEDAR_NOWHERE, "schemas are not read yet");
}

struct cedar_value cedar_conform_context(
    struct cedar_fail *f, const struct cedar_schema *schema, const struct cedar_ref *action, const struct cedar_json *context)
{
    (void)schema, (void)action;
    cedar_raise(f, CEDAR_ESCHEMA, context->offset, "schemas are not read yet");
}
