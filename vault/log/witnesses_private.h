/**
 * @file witnesses_private.h
 * What the vault's side of witnessing holds.  `lock` guards the log handle and everything below it; `sending`
 * is held by whoever sends, and is taken first.
 */
#ifndef VAULT_LOG_WITNESSES_PRIVATE_H
#define VAULT_LOG_WITNESSES_PRIVATE_H

#include <pthread.h>

#include "vault/http/http.h"
#include "vault/log/witnesses.h"

/** One checkpoint of this log and who cosigned it. */
struct held {
    uint64_t size;
    struct buffer note;                 /* as the vault signed it */
    struct buffer lines[WITNESSES_MAX]; /* cosignatures; empty: not by this one */
    uint64_t times[WITNESSES_MAX];
};

/** A checkpoint for each witness's last cosignature, the last one with a quorum, and one in the making. */
#define HELD_MAX (WITNESSES_MAX + 2)

struct asked_witness {
    struct note_key key;
    char *url;
    struct http_client *client;
};

struct witnesses {
    char *directory;
    char *path; /* of the cache */
    char *lock_path;
    char *proofs;
    struct note_key log_key;
    size_t count;
    size_t quorum;
    struct asked_witness list[WITNESSES_MAX];

    pthread_mutex_t sending;
    pthread_mutex_t lock;
    struct log *log;
    struct held *held[HELD_MAX];
    size_t held_count;
    bool accepted;

    pthread_t thread;
    pthread_cond_t wake;
    bool running;
    bool stop;
    struct failure contradiction; /* that the thread found */
};

/* --- witnesses_cache.c; all under `lock` --- */

/** Take in a cosignature over a checkpoint that the vault signed; both were checked. */
int held_put(struct witnesses *w, uint64_t size, struct bytes note, size_t witness, struct bytes line,
    uint64_t time) VAULT_MUST_CHECK;
/** The largest with a quorum; NULL. */
const struct held *held_quorum(const struct witnesses *w);
/** The largest that this witness cosigned; NULL. */
const struct held *held_of(const struct witnesses *w, size_t witness);
/** The note with all cosignatures, appended. */
void held_format(const struct held *held, struct buffer *note);
/** Add what the bytes of a cache hold and is authentic; anything else in it is passed over. */
int cache_take(struct witnesses *w, struct bytes file) VAULT_MUST_CHECK;
/** The same from the file; an absent one is empty. */
int cache_load(struct witnesses *w) VAULT_MUST_CHECK;
/** Written lazily: it may be lost. */
void cache_store(struct witnesses *w);
void held_free_all(struct witnesses *w);

/* --- witnesses_ask.c --- */

/** Ask one witness to cosign the log's last checkpoint.  Errors as witnesses_send(). */
int ask_witness(struct witnesses *w, size_t witness, struct failure *failure) VAULT_MUST_CHECK;

/** What add-checkpoint was answered. */
struct add_answer {
    enum { ADD_COSIGNED, ADD_CONFLICT, ADD_REFUSED, ADD_NONSENSE } kind;
    uint64_t size;     /* of a conflict */
    struct bytes line; /* the cosignature, borrowed from the answer */
    uint64_t time;
};
/** Read an answer to a note that was sent; exposed for its fuzz harness.  @p now in POSIX seconds. */
void add_answer_read(unsigned status, const char *content_type, struct bytes body, struct bytes note,
    const struct note_key *key, uint64_t now, struct add_answer *answer);

/* --- witnesses_thread.c --- */

void thread_stop(struct witnesses *w);

#endif
