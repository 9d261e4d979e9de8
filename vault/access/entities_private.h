/**
 * @file entities_private.h
 * Inside the room: the entities that every decision knows.
 */
#ifndef VAULT_ACCESS_ENTITIES_PRIVATE_H
#define VAULT_ACCESS_ENTITIES_PRIVATE_H

#include "vault/access/session_private.h"

static inline struct cedar_uid cedar_uid_of(const char *type, const char *id)
{
    return (struct cedar_uid){.type = cedar_str(type), .id = cedar_str(id)};
}

/** All actions of policy/strongroom.cedarschema, in their groups. */
int entities_add_actions(struct cedar_entities *base) VAULT_MUST_CHECK;
/** All roles, each in the role that it is like. */
int entities_add_roles(
    struct store *store, struct cedar_entities *layer, struct failure *failure) VAULT_MUST_CHECK;
/**
 * A person in the roles whose grants have not run out at @p now.
 * @param until  when the next one of them does, INT64_MAX for never; may be NULL.
 */
int entities_add_person(struct store *store, struct cedar_entities *layer, const char *user, int64_t now,
    int64_t *until, struct failure *failure) VAULT_MUST_CHECK;

#endif
