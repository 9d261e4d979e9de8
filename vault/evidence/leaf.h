/**
 * @file leaf.h
 * The bytes of one entry, as outsiders read them: what it must say, strictly, and what its signature is over.
 *
 * A leaf is a canonical JSON object (canonical.h) of 1 to LEAF_SIZE_MAX bytes with at least the members
 * v, seq, id, time, event, actor, decision and resources; ours also carry `sig`.
 */
#ifndef VAULT_EVIDENCE_LEAF_H
#define VAULT_EVIDENCE_LEAF_H

#include "vault/base/bytes.h"

#define LEAF_SIZE_MAX 65535u
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

/** What a leaf may not be without besides its numbers and names: actor.id, decision.effect and resources with
 * type and id, each as a raw value.  NULL, or what is missing. */
const char *leaf_check_members(struct bytes actor, struct bytes decision, struct bytes resources);

#endif
