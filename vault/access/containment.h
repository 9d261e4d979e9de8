/**
 * @file containment.h
 * One person's access to client work, suspended until somebody else has looked: `user.contain`,
 * `user.release`.
 *
 * Both are signed events of authority (authority.h says who may sign them).  Policies see it as `frozen` on
 * the vault and every client that the person asks for; nobody else is touched by it.
 */
#ifndef VAULT_ACCESS_CONTAINMENT_H
#define VAULT_ACCESS_CONTAINMENT_H

#include "vault/access/session_parts.h"

/** Is the person's access to client work suspended? */
int contained(struct session *session, const char *user, bool *is, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Suspend the session's own person, since an alert says so; nothing to do if he is already.
 * @param alert  its id.
 * @retval VAULT_EBUSY, VAULT_ELOG  as change.h.
 */
int contain_oneself(struct session *session, const char *alert, struct failure *failure) VAULT_MUST_CHECK;

#endif
