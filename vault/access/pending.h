/**
 * @file pending.h
 * What operations leave for keys that they do not hold, and how it is completed.
 */
#ifndef VAULT_ACCESS_PENDING_H
#define VAULT_ACCESS_PENDING_H

#include "vault/access/session_parts.h"

/** Ask for a new epoch of a role: the next session of a member begins it. In the caller's transaction. */
int pending_rotate(struct session *session, const char *role, struct failure *failure) VAULT_MUST_CHECK;

/** Ask for portfolio boxes that a role should have and has not. In the caller's transaction. */
int pending_reach_later(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** Box what this person can for roles whose reach waits for it. */
int pending_reach(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** Re-wrap client keys that are under old epochs; @p all to the end, else some. @p left: still to do. */
int pending_rewrap(struct session *session, bool all, int64_t *left, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Before a role's secret is handed to @p holder: the grant must be a permitted event of the log, of this role and this
 * person, signed by who the store says granted it.
 * @param by_grant  false where the holder gets it as an admin, by the keepers' rule; his admin grant is checked then.
 * @retval VAULT_EFORGED  the row in the store has no such event behind it.
 */
int pending_check_grant(struct session *session, const char *role, const char *holder, bool by_grant,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is the leaf signed by that user? VAULT_EFORGED. */
int pending_check_signed(
    struct session *session, struct bytes leaf, const char *user, struct failure *failure) VAULT_MUST_CHECK;

/** What waits for keys that nobody in session has had yet. */
struct pending_counts {
    int64_t roles;      /* that wait for their next epoch */
    int64_t portfolios; /* with client keys that are still under an old epoch */
    bool reach;         /* some role lacks a portfolio's keys */
};
int pending_count(struct session *session, struct pending_counts *counts, struct failure *failure) VAULT_MUST_CHECK;

/** Do at once what can be done at once (after an operation that left something). */
int pending_settle(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** Box what tracing roles lack of the keys that link rows (keys/trace_keys.h), as far as this person's keys open it;
 *  inside the caller's transaction, after the authority was checked. */
int pending_trace_boxes(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
/** The same at an opening, if there is something that this person can do. */
int pending_trace(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
