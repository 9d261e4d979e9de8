/**
 * @file replay.h
 * The log played into an empty store: who could do what, as the signed events say, at any moment of the log.
 *
 * Leaves are fed in their order.  A change without a phase takes hold at once; one that is an intent, and
 * what was noted within it, when its outcome says "ok".  Only what the vault did at its birth (the events at
 * the very beginning) is believed of the vault itself; every later change needs a person.
 *
 * The tables live in memory.  One thread.
 */
#ifndef VAULT_ACCESS_REPLAY_H
#define VAULT_ACCESS_REPLAY_H

#include "vault/access/authority.h"

#define REPLAY_PENDING_MAX 100000u

struct replay;

int replay_new(struct replay **replay, struct failure *failure) VAULT_MUST_CHECK;
void replay_free(struct replay *replay);

/** Have @p watch called for every change that took hold, in that order; its leaf is borrowed for the call. */
void replay_watch(
    struct replay *replay, void (*watch)(void *context, uint64_t index, const json_t *leaf), void *context);

/** Must the next leaf, of this event, be parsed and fed?  Others may be fed and change nothing. */
bool replay_wants(const struct replay *replay, struct bytes event);

/** Does this leaf change anything: is it a change, or the outcome of one that waits?  Others are fed in vain. */
bool replay_moves(const struct replay *replay, const json_t *leaf);

/**
 * Take in one leaf.
 * @retval VAULT_EDAMAGED  a change that does not fit what the log said before, was denied, or is nobody's; it
 * is left out, and later leaves may be fed.
 */
int replay_feed(
    struct replay *replay, uint64_t index, const json_t *leaf, struct failure *failure) VAULT_MUST_CHECK;

/** The key that signs for a user whom the log has added by now (disabled ones too), else NULL.  Borrowed
 * until the next feed. */
const uint8_t *replay_public_key(const struct replay *replay, struct bytes user);

/** The tables as they are now; borrowed. */
struct store *replay_store(struct replay *replay);

#endif
