/**
 * @file leaf.h
 * The bytes of one entry: what it must say, and how the log completes and signs it.
 *
 * A leaf is a canonical JSON object (canonical.h) of 1 to LEAF_SIZE_MAX bytes with at least the members
 * v, seq, id, time, event, actor, decision and resources; ours also carry `sig`.
 */
#ifndef VAULT_LOG_LEAF_H
#define VAULT_LOG_LEAF_H

#include "vault/crypto/sign.h"
#include "vault/log/log.h"

#define LEAF_SIGNATURE_PREFIX "strongroom-event/v1\n"

/** A leaf taken apart; every span borrows from it and is raw (escapes as they stand). */
struct leaf {
    struct bytes text;
    uint64_t seq;
    int64_t time;
    struct bytes id;
    struct bytes event;
    struct bytes actor; /* the object */
    struct bytes actor_id;
    struct bytes actor_type; /* may be empty */
    struct bytes subject;    /* subject.id; may be empty */
    struct bytes resources;  /* the array */
    struct bytes sig;        /* base64; empty if there is none */
};

/**
 * Take a leaf apart, strictly and without allocating.
 * @return NULL, or what is wrong with it in a few words ("not canonical JSON"); @p leaf then has no meaning.
 */
const char *leaf_read(struct bytes text, struct leaf *leaf);

/** The vault's own events: actor.type is "system". */
bool leaf_is_system(const struct leaf *leaf);

/** Append what `sig` signs: the prefix, the origin, a line feed and the leaf without its `sig`. */
void leaf_signed_message(const struct leaf *leaf, const char *origin, struct buffer *message);

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
