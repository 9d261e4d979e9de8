/**
 * @file log.h
 * What was done, provably: an append-only file of sealed entries, an RFC 6962 tree over them, and a signed
 * checkpoint (C2SP tlog-checkpoint) at the end of every group.
 *
 * An append returns only when its entries and their checkpoint are durable (one data sync per group of
 * callers; a handle that appends often writes zeros ahead, over which they go). The file is the truth; the tree's
 * hashes and the entries' offsets beside it are caches that are checked in use and rebuilt where they are missing,
 * short or wrong.
 *
 * Thread safety: one `struct log` may be used by many threads at once; those that append share a sync.  Several
 * processes may have one log open: appends take a file lock and first read what others have appended.
 */
#ifndef VAULT_LOG_LOG_H
#define VAULT_LOG_LOG_H

#include "vault/base/histogram.h"
#include "vault/base/json.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/sign.h"
#include "vault/evidence/leaf.h"

struct log;

/** What a log is opened with; borrowed for as long as the log is open. */
struct log_keys {
    const struct secret *seal_key;    /* KEY_SIZE bytes; seals entries */
    const struct sign_key *vault_key; /* signs checkpoints and the vault's own events */
    const char *origin;               /* C2SP origin line, "strongroom.example/<vault id>" */
    struct ulid vault;
    bool exercise; /* this is a copy to practise on: every entry appended says "exercise":true */
};

/** Make the files of an empty log in an existing directory; VAULT_EEXISTS if they are there. */
int log_create(const char *directory, const struct log_keys *keys, struct log **log,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Open, find the last signed size, cut a torn tail above it, and hold the last checkpoint against the tree.
 * Costs what was appended since the caches were last written, not the whole log.
 * @retval VAULT_EFORGED, VAULT_EDAMAGED  the file below its signed size does not open, or contradicts itself.
 * @retval VAULT_EROLLBACK  the caches know entries, acknowledged once, that the file no longer has
 * (FORMATS.md 2.3).
 */
int log_open(const char *directory, const struct log_keys *keys, struct log **log,
    struct failure *failure) VAULT_MUST_CHECK;
/** Close it; a handle that wrote zeros ahead lets the file end where the log does, if it can. */
void log_free(struct log *log);

/** What a caller wants said.  The log adds v, seq, id, time, event and sig. */
struct log_event {
    const char *name; /* "record.read" */
    /* Object, borrowed: actor (with id), decision (with effect "permit" or "deny"), resources (an array of
     * objects with type and id) and what else belongs to it. */
    const json_t *members;
    const struct sign_key
        *signer; /* the actor's key; NULL, for actor.type "system" only, is the vault's own */
};

/**
 * Append @p count events as neighbours, in order, all or none; durable on return.
 *
 * `time` never runs backwards: it is the later of the clock and the previous entry's time.  `sig` is base64
 * of the signer's Ed25519 signature over "strongroom-event/v1\n", the origin, "\n" and the canonical leaf
 * without `sig`.
 * @param first  index of the first one.
 * @retval VAULT_ELOG    full disk, read-only, damaged, replaced or unlinked; nothing was appended and @p
 * failure says why and, on a full disk, how many bytes are missing.
 * @retval VAULT_EINPUT  members that are not canonical JSON values, or lack what every leaf must have, or a
 * leaf above LEAF_SIZE_MAX.
 */
int log_append(struct log *log, const struct log_event *events, size_t count, uint64_t *first,
    struct failure *failure) VAULT_MUST_CHECK;

/** The same. @p time: what all of them say. */
int log_append_timed(struct log *log, const struct log_event *events, size_t count, uint64_t *first, int64_t *time,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is there room for @p bytes more, reserved on disk?  VAULT_ELOG otherwise. */
int log_reserve(struct log *log, uint64_t bytes, struct failure *failure) VAULT_MUST_CHECK;

/** How the log does, for people who look after it. */
struct log_condition {
    uint64_t entries;
    uint64_t bytes;                /* of the file, up to its last checkpoint */
    uint64_t reserved;             /* further bytes for which there is room on disk already */
    const struct histogram *syncs; /* how long it took to write a group of entries and make it durable; as long as the log */
};
void log_condition(struct log *log, struct log_condition *condition);

/** Read what other processes appended since; cheap when nothing. */
int log_refresh(struct log *log, struct failure *failure) VAULT_MUST_CHECK;

/** Number of entries under the last checkpoint. */
uint64_t log_size(const struct log *log);

/** Time of the last entry under the last checkpoint; INT64_MIN if there is none. */
int64_t log_last_time(struct log *log);

/** Length of the file `log` up to the end of that checkpoint: these bytes are a whole log and never change
 * again. */
uint64_t log_bytes(struct log *log);

/** The exact leaf bytes of one entry, appended to @p leaf. VAULT_ENOTFOUND past the end. */
int log_read(struct log *log, uint64_t index, struct buffer *leaf, struct failure *failure) VAULT_MUST_CHECK;

/** Index of the first entry at or after a moment, log_size() if none; a binary search over entries. */
int log_find_time(
    struct log *log, int64_t instant, uint64_t *index, struct failure *failure) VAULT_MUST_CHECK;

/** The last checkpoint as a signed note. */
int log_checkpoint(struct log *log, struct buffer *note, struct failure *failure) VAULT_MUST_CHECK;

/** The root of the first @p size entries; O(log n). */
int log_root(struct log *log, uint64_t size, struct hash *root, struct failure *failure) VAULT_MUST_CHECK;

/** RFC 6962 section 2.1.1 and 2.1.2 proofs, appended as 32-byte hashes; O(log n). */
int log_inclusion_proof(struct log *log, uint64_t index, uint64_t size, struct buffer *proof,
    struct failure *failure) VAULT_MUST_CHECK;
int log_consistency_proof(struct log *log, uint64_t old_size, uint64_t size, struct buffer *proof,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Is this log the same as, or an extension of, the one of @p note (a checkpoint of this origin)?
 * @retval VAULT_EROLLBACK  shorter, or another history; @p failure names both sizes.
 * @retval VAULT_EINPUT     not a checkpoint of this origin under the vault's key.
 */
int log_extends(struct log *log, struct bytes note, struct failure *failure) VAULT_MUST_CHECK;

/* --- Verification: log_verify() streams over the file itself, believing no cache. --- */

/** A problem found; `index` is UINT64_MAX where it belongs to no entry. */
struct log_problem {
    uint64_t index;
    const char *what;
};

struct log_verify_options {
    uint64_t from;    /* entries below are hashed and handed over, but their signatures were checked before */
    unsigned threads; /* for signatures; 0 takes one a core */
    bool skip_signatures;
    void *context;
    /**
     * Called for every leaf whose event is of interest to the caller (see `wants`), in order, on the calling
     * thread; returns 0 or an error that stops.
     */
    int (*leaf)(void *context, uint64_t index, const json_t *leaf);
    /** Does the caller want this event parsed and handed to `leaf`?  NULL wants none. */
    bool (*wants)(void *context, struct bytes event);
    /** The public key (SIGN_PUBLIC_SIZE) that signs for this actor now, or NULL if there is no such actor.
     * Called after `leaf` of earlier entries, not for the vault's own; @p actor is actor.id as it stands in
     * the leaf, and the key is copied at once.  NULL leaves people's signatures unchecked. */
    const uint8_t *(*public_key)(void *context, struct bytes actor);
    int (*problem)(void *context, const struct log_problem *problem);
    /** Now and then; may be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t size);
};

struct log_verify_result {
    uint64_t size;
    struct hash root;
    uint64_t problems;
    uint64_t signatures;
    uint64_t hash_nanoseconds;      /* reading, opening, hashing, comparing; summed over all threads */
    uint64_t signature_nanoseconds; /* checking signatures; summed over all threads */
};

/**
 * Open and re-hash every stored leaf, rebuild the tree, compare it with every checkpoint on the way and with
 * the caches, check seq, order of time, canonical form, and signatures.  Bounded memory.
 * @retval VAULT_OK       read to the end; problems (if any) went to the callback.
 * @retval VAULT_EIO, VAULT_ENOMEM
 */
int log_verify(struct log *log, const struct log_verify_options *options, struct log_verify_result *result,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
