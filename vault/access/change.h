/**
 * @file change.h
 * A change of the vault, from intent to outcome: intent event, the data's transaction, outcome event.
 *
 * The intent is durable before the first row is written; the row of `change` that names it is committed with the data;
 * the outcome says what became of it.  What a crash leaves between is settled at the next opening: data there, so done;
 * data not there, so undone.  Changes take turns, across processes, through a lock file.
 */
#ifndef VAULT_ACCESS_CHANGE_H
#define VAULT_ACCESS_CHANGE_H

#include "vault/access/session_parts.h"
#include "vault/base/json.h"

struct change;

/**
 * Log the intent, begin the transaction, and apply the change of authority if @p what is one.
 * @param event    "user.add", "record.import", …
 * @param members  of the event; taken over, also on failure.
 * @param what     the `change` member (see authority.h), or NULL; taken over, also on failure.
 * @retval VAULT_EBUSY  another change is under way.
 */
int change_begin(struct session *session, const char *event, json_t *members, json_t *what, struct change **change,
    struct failure *failure) VAULT_MUST_CHECK;

/** A further event inside the change (new clients of an import, …); takes effect with the change's outcome. */
int change_note(struct change *change, const char *event, json_t *members, json_t *what, struct failure *failure)
    VAULT_MUST_CHECK;

/** Index of the intent event. */
uint64_t change_intent(const struct change *change);

/**
 * Commit, and log the outcome.  Frees the change in every case.
 * @param result  object for the outcome's `result` besides status; NULL for none; taken over.
 * @retval VAULT_ELOG  the change is stored, but its outcome could not be logged yet.
 */
int change_commit(struct change *change, json_t *result, struct failure *failure) VAULT_MUST_CHECK;

/** Undo, and log that it was undone. Frees the change; NULL is allowed. @p error is why; VAULT_OK: it was only
 *  tried (a dry run). */
void change_abort(struct change *change, int error);

/**
 * Hold all changes still without making one, so that store and log say the same for as long as it takes.
 * @retval VAULT_EBUSY  a change is under way.
 */
int change_hold(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
void change_release(struct session *session);

/** Intents without an outcome, of whatever is under way now in all processes. */
int change_open(struct session *session, uint64_t *count, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The lock that a running export or backup holds (LOCK_SH of flock(2)), so that nobody takes it for interrupted.
 * Returns a descriptor to be closed, or -1: who then went on would be taken for interrupted.
 */
int export_lock(struct session *session, int operation);
/** What it comes to where the lock cannot be had: VAULT_EIO. */
int export_lock_failed(struct failure *failure);

/** Append one event that is no change (a disclosure, a denial, a check). @p members is taken over. */
int event_append(struct session *session, const char *event, json_t *members, uint64_t *index, struct failure *failure)
    VAULT_MUST_CHECK;

#endif
