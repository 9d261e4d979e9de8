/**
 * @file draft.h
 * How the log completes and signs what a caller wants said.
 */
#ifndef VAULT_LOG_DRAFT_H
#define VAULT_LOG_DRAFT_H

#include "vault/crypto/sign.h"
#include "vault/log/log.h"

/** A leaf that lacks only seq, time and sig. */
struct leaf_draft {
    struct buffer text; /* canonical, without the digits of seq and without sig; time is 24 zeros */
    size_t seq_at;
    size_t sig_at;
    size_t time_at;
};

/**
 * Put event name, a fresh id and the members together.
 * @retval VAULT_EINPUT  members that no leaf may have, or without the ones that it must have; a person's
 * event without a signer, or the vault's own with one; too large.
 */
int leaf_draft(
    const struct log_event *event, struct leaf_draft *draft, struct failure *failure) VAULT_MUST_CHECK;
void leaf_draft_free(struct leaf_draft *draft);

/** Complete and sign a draft; the leaf is appended to @p leaf.  @p scratch is emptied first and reused. */
int leaf_complete(const struct leaf_draft *draft, uint64_t seq, int64_t time, const struct sign_key *key,
    const char *origin, struct buffer *scratch, struct buffer *leaf) VAULT_MUST_CHECK;

#endif
