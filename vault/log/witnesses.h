/**
 * @file witnesses.h
 * The vault's side of witnessing (C2SP tlog-witness): checkpoints are sent to independent hosts that cosign
 * each only if it extends the last one they cosigned, and what they answer is kept beside the log.
 *
 * The file `log.witnesses` is a cache: every signature in it is checked when it is read, it may be lost, and
 * an old one makes the log look less witnessed than it is, never more.  Processes take turns at sending
 * through `log.witnesses.lock`, so that one request serves all who wait.
 *
 * A witness that answers nonsense is as good as one that does not answer.  One that knows more of this log
 * than the log itself does, or another history of it, proves a rollback or a fork: its checkpoint and the
 * log's are kept.
 *
 * Thread safety: all calls but witnesses_free() may be made by several threads.
 */
#ifndef VAULT_LOG_WITNESSES_H
#define VAULT_LOG_WITNESSES_H

#include "vault/evidence/note.h"
#include "vault/log/log.h"

#define WITNESSES_MAX 16u

struct witnesses;

/** One witness; everything is copied. */
struct log_witness {
    struct note_key key; /* of type NOTE_COSIGNATURE */
    const char *url;     /* see http.h */
    const uint8_t *pin;  /* 32 bytes or NULL */
    struct bytes ca;     /* PEM or empty */
};

struct witnesses_options {
    const char *directory;       /* of the log */
    const char *proofs;          /* where contradictions are kept; NULL: in the log's directory */
    const struct log_keys *keys; /* borrowed for as long as the witnesses are open */
    const struct log_witness *list;
    size_t count;  /* 1 to WITNESSES_MAX */
    size_t quorum; /* so many must have cosigned one checkpoint; 1 to count */
};

/** Read what was kept; asks nobody.  The log is opened a second time, for the thread that sends. */
int witnesses_open(const struct witnesses_options *options, struct witnesses **witnesses,
    struct failure *failure) VAULT_MUST_CHECK;
/** Ends the thread and waits for it; NULL is allowed. */
void witnesses_free(struct witnesses *witnesses);

/** VAULT_EROLLBACK where the log does not extend a cosigned checkpoint that was kept. */
int witnesses_check(struct witnesses *witnesses, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Have the log's last checkpoint cosigned by everybody who has not done so, now; bounded in time.
 * @retval VAULT_OK         a quorum has cosigned everything that was in the log when this was called.
 * @retval VAULT_EIO        it has not; @p failure says who did not answer, or what.
 * @retval VAULT_EROLLBACK  a witness knows what the log does not extend; both checkpoints are kept.
 */
int witnesses_send(struct witnesses *witnesses, struct failure *failure) VAULT_MUST_CHECK;

/** From now on a contradiction is only told (VAULT_EIO): somebody accepted it, and what was kept is set
 * aside. */
void witnesses_accept(struct witnesses *witnesses);

/** Send from a thread as the log grows: at most one request at a time to each witness, at most a second
 * behind, and once a minute when nothing happens. */
int witnesses_start(struct witnesses *witnesses) VAULT_MUST_CHECK;

/** VAULT_EROLLBACK if the thread has come upon a contradiction, with what it found. */
int witnesses_contradiction(struct witnesses *witnesses, struct failure *failure) VAULT_MUST_CHECK;

/** Entries under the largest checkpoint that a quorum cosigned; 0: none. */
uint64_t witnesses_size(struct witnesses *witnesses);
/** Has a quorum cosigned within so many seconds? */
bool witnesses_fresh(struct witnesses *witnesses, uint64_t seconds);
/** That checkpoint with its cosignatures, appended. VAULT_ENOTFOUND: none yet. */
int witnesses_checkpoint(struct witnesses *witnesses, struct buffer *note, uint64_t *size,
    struct failure *failure) VAULT_MUST_CHECK;

/** How far one witness is, in the order of the list. */
struct witness_state {
    uint64_t size; /* of the last checkpoint that it cosigned; 0: none */
    uint64_t time; /* when, by its clock, in POSIX seconds */
};
void witnesses_state(struct witnesses *witnesses, size_t index, struct witness_state *state);

#endif
