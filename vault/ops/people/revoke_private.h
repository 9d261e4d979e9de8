/**
 * @file revoke_private.h
 * Inside the room: taking a role from a person, as a change of its own or within a larger one.
 */
#ifndef VAULT_OPS_PEOPLE_REVOKE_PRIVATE_H
#define VAULT_OPS_PEOPLE_REVOKE_PRIVATE_H

#include "vault/ops/call_private.h"

/** What the grant's end takes with it: boxes, shares, the role's epoch.  In the caller's change, whose events say that it ended. */
int revoke_effects(struct call *call, const char *role, const char *user) VAULT_MUST_CHECK;
/** VAULT_EINPUT where nobody but @p user would remain an admin. */
int revoke_check_last(struct call *call, const char *role, const char *user) VAULT_MUST_CHECK;
/** What the person has seen: {records,clients}, or with @p clients, besides, list[]{client,records}. */
int revoke_seen(struct call *call, const char *user, bool clients, json_t **seen) VAULT_MUST_CHECK;

#endif
