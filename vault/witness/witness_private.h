/**
 * @file witness_private.h
 * Inside the room: what a running witness holds, and how its parts (directory, logs, state, commit) are
 * asked.
 *
 * One lock guards everything that changes.  Signatures and proofs are checked outside of it; a log that
 * somebody is moving forward is `busy`, and others who want it wait.
 */
#ifndef VAULT_WITNESS_WITNESS_PRIVATE_H
#define VAULT_WITNESS_WITNESS_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "vault/evidence/tree.h"
#include "vault/witness/witness.h"

/** One key of one log. */
struct known_key {
    char *origin;
    struct note_key key;
};

/** The file `logs`, sorted by origin. */
struct known_logs {
    struct known_key *keys;
    size_t count;
    /* Of the file when it was read, so that a change is noticed. */
    ino_t inode;
    off_t size;
    struct timespec changed;
};

/** What was cosigned last of one origin. */
struct cosigned {
    char *origin;
    uint64_t size;
    struct hash root;
    uint64_t time;      /* of the cosignature */
    struct buffer note; /* the whole signed checkpoint, the cosignature last; empty before the first one */
    uint64_t durable;   /* size that the state file has; what is above stands in the release log */
    bool busy;
};

/** All of them, sorted by origin; the pointers stay valid. */
struct cosigned_table {
    struct cosigned **rows;
    size_t count;
    size_t capacity;
};

/** A log that moves forward: what its row becomes once that is durable.  On the stack of whoever waits for
 * it. */
struct step {
    struct cosigned *row;
    uint64_t size;
    struct hash root;
    uint64_t time;
    struct buffer note; /* goes over to the row */
    bool done;
    struct step *next;
};

/** The file `state`, being appended to by groups. */
struct state_file {
    char *path;
    int descriptor;
    uint64_t end;
    uint64_t number;      /* of the next group */
    uint64_t live;        /* bytes that a fresh file would have, when that was counted last */
    struct step *filling; /* the group that is being gathered */
    bool led;             /* somebody is writing one */
    bool failed;
    uint64_t syncs;
};

struct release_service;

struct witness {
    char *directory;
    struct release_service *release; /* NULL: it releases no keys */
    int lock_file;
    struct note_key key;
    struct sign_key *signer;
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a row is no longer busy, or a group is durable */
    struct known_logs logs;
    struct cosigned_table table;
    struct state_file state;
    struct witness_counts counts;
};

/* --- directory.c --- */

/** Make the directory (0700) where there is none. */
int directory_make(const char *directory, struct failure *failure) VAULT_MUST_CHECK;
/** Lock it for the one process that serves; a descriptor, or -1 with VAULT_EBUSY or VAULT_EIO in @p failure.
 */
int directory_lock(const char *directory, struct failure *failure);
/** Read the file `key`, made where there is none. */
int directory_key(const char *directory, const char *name, struct note_key *key, struct sign_key **signer,
    struct failure *failure) VAULT_MUST_CHECK;

/* --- logs.c --- */

int logs_read(const char *directory, struct known_logs *logs, struct failure *failure) VAULT_MUST_CHECK;
/** Again, if the file was changed; what was known stays where it cannot be read. */
void logs_refresh(const char *directory, struct known_logs *logs);
void logs_free(struct known_logs *logs);
/** The keys of an origin: how many, and where the first one is. */
size_t logs_find(const struct known_logs *logs, struct bytes origin, const struct known_key **first);
/** The text of the file; exposed for its fuzz harness. */
int logs_parse(struct bytes text, struct known_logs *logs, struct failure *failure) VAULT_MUST_CHECK;

/* --- state.c --- */

/** Take in one note of the state: VAULT_EDAMAGED if it is no checkpoint. Later ones of an origin replace it.
 */
int cosigned_take(struct cosigned_table *table, struct bytes note) VAULT_MUST_CHECK;
/** The row of an origin, made empty where there is none; NULL without memory. */
struct cosigned *cosigned_row(struct cosigned_table *table, struct bytes origin);
/** The same, NULL where there is none. */
struct cosigned *cosigned_find(const struct cosigned_table *table, struct bytes origin);
void cosigned_free(struct cosigned_table *table);

/**
 * Read the bytes of a state file.
 * @param end     behind the last whole group; less than the size where a crash left a torn one, which was
 * never answered for.
 * @param number  of the group that comes next.
 * @retval VAULT_EDAMAGED  changed after it was written.
 */
int state_parse(struct bytes file, struct cosigned_table *table, size_t *end, uint64_t *number,
    struct failure *failure) VAULT_MUST_CHECK;
/** Append one group of blocks (buffer_put_block() each). */
void state_put_group(uint64_t number, struct bytes blocks, struct buffer *file);

/** Read the file (an absent one is empty), write it anew, so that all of it is durable, and open it for
 * appending. */
int state_open(struct witness *witness, struct failure *failure) VAULT_MUST_CHECK;
void state_close(struct state_file *state);
/** A fresh file with what the table holds in the place of the old one. */
int state_renew(struct witness *witness, struct failure *failure) VAULT_MUST_CHECK;

/* --- commit.c --- */

/** Under the lock, which is given up while waiting: make a step durable, together with those of others who
 * wait, and take it over into its row.  VAULT_EIO: it may or may not be on the disk, the row stays, and
 * nothing more is written. */
int state_commit(struct witness *witness, struct step *step) VAULT_MUST_CHECK;
/** Under the lock: the row becomes what the step says, @p durable if the state file has it. */
void step_take_over(struct step *step, bool durable);

/* --- add_checkpoint.c --- */

/**
 * As witness_add_checkpoint(), but the new state is not in the state file yet when this returns: the caller makes
 * @p note durable in the release log, from which it is read again after a crash, before anything of it leaves.
 * @param note  the whole checkpoint; empty where the state file has it already.
 */
void witness_advance(struct witness *witness, struct bytes body, struct witness_answer *answer, struct buffer *note);

/** Copies of the keys of a log, since the list may be read anew as soon as the lock is free; how many. */
size_t witness_find_keys(struct witness *witness, struct bytes origin, struct note_key *keys, size_t max);

/* --- request.c --- */

#define PROOF_LINES_MAX 63
#define REQUEST_MAX (NOTE_SIZE_MAX + 4096u)

/** The body of add-checkpoint, taken apart; spans borrow from it. */
struct add_request {
    uint64_t old_size;
    uint8_t proof[PROOF_LINES_MAX * HASH_SIZE];
    size_t proof_size;        /* bytes */
    struct bytes signed_note; /* as it was sent */
    struct note note;
    struct checkpoint checkpoint;
};

/** VAULT_EINPUT unless well-formed; extension lines of a checkpoint are let through. */
int add_request_parse(struct bytes body, struct add_request *request) VAULT_MUST_CHECK;
/** The first three lines of a note's text as a checkpoint, whatever follows. */
int checkpoint_parse_loose(struct bytes text, struct checkpoint *checkpoint) VAULT_MUST_CHECK;

/* --- forks.c --- */

/** Keep two checkpoints that contradict each other, within limits; a failure to do so is no error.
 *  @param certain  of one size and with other roots; otherwise the proof between them did not fit, which may
 * mean less. */
void fork_keep(const char *directory, struct bytes cosigned, struct bytes submitted, bool certain);

#endif
