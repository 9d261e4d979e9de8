/**
 * @file endings_private.h
 * Inside the room: `session.end` and freezes as the log says them, and as they are looked up.
 */
#ifndef VAULT_ACCESS_ENDINGS_PRIVATE_H
#define VAULT_ACCESS_ENDINGS_PRIVATE_H

#include "vault/access/authority_private.h"
#include "vault/access/endings.h"

/** {session,user}, {user} or {all:true}.
 *  VAULT_EDENIED: of others, by who is neither admin nor investigator. */
int apply_session_end(struct apply *apply) VAULT_MUST_CHECK;

/** Put a row of `freeze` (what was frozen before is so by this event from now on), or take it away. */
int apply_freeze(struct apply *apply, const char *kind, const char *target) VAULT_MUST_CHECK;
int apply_unfreeze(struct apply *apply, const char *kind, const char *target) VAULT_MUST_CHECK;

/** Does the actor hold a role that acts like @p base?  Sets *holds, and leaves it as it is otherwise. */
int apply_holds_base(struct apply *apply, const char *base, bool *holds) VAULT_MUST_CHECK;

/** Sets *frozen where this one row is there, and leaves it as it is otherwise. */
int freeze_look(struct store *store, const char *kind, const char *target, bool *frozen,
    struct failure *failure) VAULT_MUST_CHECK;
/** Any row that freezes this client for this person. */
int freeze_of_client(struct store *store, const char *user, const char *client, const char *portfolio,
    bool *frozen, struct failure *failure) VAULT_MUST_CHECK;

#endif
