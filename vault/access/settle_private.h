/**
 * @file settle_private.h
 * Inside the room: what an opening finishes, undoes or hands on.
 */
#ifndef VAULT_ACCESS_SETTLE_PRIVATE_H
#define VAULT_ACCESS_SETTLE_PRIVATE_H

#include "vault/access/session.h"

/** How much of the log is known to hold no open intent: a number of the store. */
#define SETTING_SETTLED "log.settled"

/** In front of a role's or portfolio's name: a number that is not 0 where its next epoch, or re-wrapping, waits. */
#define PENDING_ROTATE "rotate."
#define PENDING_REWRAP "rewrap."

/** The lock that changes take turns with; held by the session until change_unlock(). VAULT_EBUSY. */
int change_lock(struct session *session, bool wait, struct failure *failure) VAULT_MUST_CHECK;
void change_unlock(struct session *session);

/**
 * Hold store and log against each other, and give every open intent that no living process is at its outcome.
 * @retval VAULT_EROLLBACK  one of the two is older than the other.
 */
int settle_changes(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
/** The same for a caller that holds the lock. */
int settle_locked(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** Complete grants, epochs and re-wrapping that this person's keys can complete. */
int settle_keys(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
