/**
 * @file sealed_part_private.h
 * Inside the room: texts of findings, cases, documents and the firm's facts between log and store.  The store
 * keeps a text sealed under a key that investigators share, and bound to what it is of and to its name; its
 * event holds the hashes of the text and of the sealed bytes.
 *
 *   change_hold(); …look again…; sealed_part_make(); sealed_part_tell(); sealed_part_commit();
 * sealed_part_free();
 */
#ifndef VAULT_OPS_SEALED_PART_PRIVATE_H
#define VAULT_OPS_SEALED_PART_PRIVATE_H

#include "vault/crypto/hash.h"
#include "vault/ops/call_private.h"

/** A text on its way into the store. */
struct sealed_part {
    const char *of; /* the id of a finding or a case; "facts", "documents" */
    char name[24];
    size_t size; /* of the text */
    struct buffer sealed;
    int64_t key;
    struct hash hash;        /* of the text */
    struct hash sealed_hash; /* of the sealed bytes */
};
/** Seal it under the investigators' key; changes are held still, no transaction is open. */
int sealed_part_make(struct call *call, struct sealed_part *part, struct bytes text) VAULT_MUST_CHECK;
/** The same for @p content as canonical JSON; it is given a member `salt` before, so that its hash in the
 * event tells nobody who guesses. */
int sealed_part_make_json(struct call *call, struct sealed_part *part, json_t *content) VAULT_MUST_CHECK;
/** Put part, sha256 and sealed into what an event says. */
int sealed_part_tell(const struct sealed_part *part, json_t *about) VAULT_MUST_CHECK;
void sealed_part_free(struct sealed_part *part);

/**
 * Log the event, and store the part as its change; without a part the event alone.  Changes are held still by
 * the caller, and are no more when this returns.
 * @param members  taken over; NULL: there was no memory for them.
 * @param index    of the event.
 */
int sealed_part_commit(struct call *call, const char *event, json_t *members, const struct sealed_part *part,
    uint64_t *index) VAULT_MUST_CHECK;

/**
 * Open what an event names, into @p text.
 * @retval VAULT_EFORGED    it does not open, or is not what the event's hashes say.
 * @retval VAULT_ENOKEY     the person is no investigator.
 */
int sealed_part_open(
    struct call *call, const char *of, const json_t *event, struct buffer *text) VAULT_MUST_CHECK;

/** Parts held against the events that name them. */
struct sealed_parts {
    struct call *call;
    json_t *known; /* "of/part" of every text that an event names */
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};
/** Hold the part that @p event names, if it names one, against its hashes, and note it as known. */
int sealed_part_check(
    const struct sealed_parts *checking, const char *of, const json_t *event) VAULT_MUST_CHECK;

#endif
