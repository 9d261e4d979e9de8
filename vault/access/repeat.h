/**
 * @file repeat.h
 * Requests that may come twice because an answer was lost: a key that the person chose stands, with the first
 * answer, in the transaction of the change that it asked for.  So the change and its answer are there
 * together or not at all, also after a crash, and whoever asks again gets that answer and changes nothing.
 *
 * What a key was used for and the answer are sealed for the person alone; only its hash, whose it is, when it
 * was used and the event's number stand in the clear inside the store.  Keys are kept for a day, the last
 * thousand of a person.  One thread.
 */
#ifndef VAULT_ACCESS_REPEAT_H
#define VAULT_ACCESS_REPEAT_H

#include "vault/access/session.h"
#include "vault/base/json.h"
#include "vault/crypto/hash.h"

#define REPEAT_SECONDS 86400
#define REPEAT_OF_ONE 1000

struct repeat {
    struct hash key;
    struct hash request; /* of the operation and all that was asked for with it */
    uint64_t intent;     /* the event of the change that it stands for */
    bool noted;
};

/** @p body is the request as it came. */
int repeat_start(
    struct repeat *repeat, const char *operation, struct bytes key, struct bytes body) VAULT_MUST_CHECK;

/**
 * Was this person's key used before?
 * @param answer  what was answered, a new reference; NULL: the key is new.
 * @retval VAULT_EINPUT   for another request;  VAULT_EEXISTS  the change was made, but it was never answered.
 */
int repeat_find(struct session *session, const struct repeat *repeat, json_t **answer,
    struct failure *failure) VAULT_MUST_CHECK;

/** From now on the session's next change of its own is that of @p repeat, and is kept open at its end until
 *  repeat_finish(); @p repeat must live until then. */
void repeat_expect(struct session *session, struct repeat *repeat);

/**
 * The work has ended, with @p result: put the answer beside the change and commit both, or undo it.
 * @param answer  an object; NULL: there is none, so the key stays unused unless something was changed.
 * Gives @p result, or why it could not be committed.
 */
int repeat_finish(
    struct session *session, const json_t *answer, int result, struct failure *failure) VAULT_MUST_CHECK;

/** Commit what is kept open now, since what follows looks for it in the log; its answer is then put beside it later. */
int repeat_go_on(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
