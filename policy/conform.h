/**
 * @file conform.h
 * Reading and checking entities and contexts against a schema.
 */
#ifndef POLICY_CONFORM_H
#define POLICY_CONFORM_H

#include "policy/json.h"
#include "policy/store.h"

/** Fill in draft->attrs and draft->tags as its type declares them; jumps with CEDAR_ESCHEMA. */
void cedar_conform_entity(struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_draft *draft,
    const struct cedar_json *attrs, const struct cedar_json *tags, size_t offset);

/** The schema's actions, with their hierarchy, into the store. */
void cedar_conform_add_actions(
    struct cedar_fail *f, const struct cedar_schema *schema, struct cedar_entities *store);

/** The context of an action's requests, read with its declared type where the action is known. */
struct cedar_value cedar_conform_context(struct cedar_fail *f, const struct cedar_schema *schema,
    const struct cedar_ref *action, const struct cedar_json *context);

#endif
