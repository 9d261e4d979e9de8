/**
 * @file witness.h
 * A C2SP tlog-witness (https://c2sp.org/tlog-witness): for each log that it was told of, it remembers the
 * last checkpoint that it cosigned, and cosigns only what extends that one.
 *
 * Everything is in one directory: `key` (the signing key, 0600), `logs` (which logs, as text), `state` (the
 * cosigned checkpoints), `forks/` (contradictions that it was shown).  FORMATS.md has every byte.  A new
 * state is durable before its cosignature leaves; a state that cannot be written, or that was changed behind
 * our back, ends the service rather than letting it forget.
 *
 * Thread safety: after witness_open() all calls on a witness may be made by many threads at once; those that
 * wait for the disk share a sync.
 */
#ifndef VAULT_WITNESS_WITNESS_H
#define VAULT_WITNESS_WITNESS_H

#include "vault/evidence/note.h"

struct witness;

/** What was answered, as HTTP says it. */
struct witness_answer {
    unsigned status;
    const char *content_type; /* static */
    struct buffer body;
};

struct witness_counts {
    uint64_t cosigned;  /* 200 */
    uint64_t conflicts; /* 409 */
    uint64_t refused;   /* 400, 403, 404, 422 */
    uint64_t failed;    /* 500 */
    uint64_t syncs;     /* of the state file */
};

/**
 * Open the directory, made with a fresh key where there is none, and lock it until witness_free().
 * @param name  of the key, where one is made; NULL: one of this machine and chance.
 * @retval VAULT_EBUSY     another process runs on it.
 * @retval VAULT_EDAMAGED  the state was changed: nothing is cosigned until somebody has looked.
 * @retval VAULT_EINPUT    a name that cannot be, or files that cannot be read.
 * @retval VAULT_EIO, VAULT_ENOMEM
 */
int witness_open(const char *directory, const char *name, struct witness **witness,
    struct failure *failure) VAULT_MUST_CHECK;
/** NULL is allowed. No other thread may be inside. */
void witness_free(struct witness *witness);

/** Its public key, of type NOTE_COSIGNATURE; borrowed. */
const struct note_key *witness_key(const struct witness *witness);
void witness_counts(struct witness *witness, struct witness_counts *counts);
/** The state could not be written: everything is answered with 500 from now on. */
bool witness_failed(struct witness *witness);

/** The call `add-checkpoint`: 200, 400, 403, 404, 409, 422 as C2SP says, 500 where the state cannot be
 * written.  The caller frees the body. */
void witness_add_checkpoint(struct witness *witness, struct bytes body, struct witness_answer *answer);

/** The last checkpoint that was cosigned, with all its signatures, of the log whose origin has this SHA-256
 * (in hexadecimal): 200 or 404.  No call of C2SP: it lets people see and keep what a conflict is about. */
void witness_checkpoint(struct witness *witness, struct bytes origin_hash, struct witness_answer *answer);

/* --- The logs that a directory's witness cosigns; they need not be served at that time.  A running witness
 * sees changes with its next request. --- */

/**
 * Add a log by its key; makes the directory where there is none.  A log may have several keys.
 * @param origin  NULL: the key's name, as C2SP says it should be.
 * @retval VAULT_EINPUT   no vkey of a log.
 * @retval VAULT_EEXISTS  it is there.
 */
int witness_log_add(
    const char *directory, const char *vkey, const char *origin, struct failure *failure) VAULT_MUST_CHECK;
/** Take out all keys of an origin.  What was cosigned stays remembered, so that adding it again is no way
 * back. VAULT_ENOTFOUND */
int witness_log_remove(const char *directory, const char *origin, struct failure *failure) VAULT_MUST_CHECK;
/** Each key of each log; a non-zero return stops and is handed on. */
int witness_log_each(const char *directory,
    int (*each)(void *context, const char *origin, const struct note_key *key), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
