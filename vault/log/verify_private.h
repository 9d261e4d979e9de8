/**
 * @file verify_private.h
 * How a verification shares its work: the file is read in chunks of whole frames; workers open and hash a chunk,
 * the calling thread goes through it in order, workers check its signatures, the calling thread reports.
 *
 * A chunk belongs to whoever its state says; only the state itself is guarded by a lock.
 */
#ifndef VAULT_LOG_VERIFY_PRIVATE_H
#define VAULT_LOG_VERIFY_PRIVATE_H

#include "vault/log/leaf.h"
#include "vault/log/log_private.h"

#define CHUNK_BYTES ((size_t)384 << 10)
#define CHUNK_PIECES 1024u
#define CHUNKS_MAX 40u

/** One frame. */
struct piece {
    uint8_t type;       /* enum frame_type, or 0 for an entry that cannot be read as a frame */
    uint64_t number;    /* index of an entry, size of a checkpoint */
    uint64_t offset;
    size_t sealed_at;   /* its body in chunk->sealed */
    size_t sealed_size;
    const char *wrong;  /* found while opening */
    struct bytes plain; /* in chunk->plain */
    struct leaf leaf;
    struct hash hash;
    struct group_begin begin;
    struct end_mark mark;
    bool check;            /* its signature, under `key` */
    const char *forged;    /* found while checking */
    uint8_t key[SIGN_PUBLIC_SIZE];
};

enum chunk_state { CHUNK_FREE, CHUNK_READ, CHUNK_OPENING, CHUNK_OPENED, CHUNK_KEYED, CHUNK_CHECKING, CHUNK_CHECKED };

struct chunk {
    enum chunk_state state;
    struct buffer sealed;
    struct buffer plain;
    struct piece *pieces;
    size_t count;
    uint64_t signatures;
    uint64_t open_nanoseconds;
    uint64_t check_nanoseconds;
    int result;
};

struct crew;

/** Threads beside the calling one; @p threads counts that one too.  NULL without memory. */
struct crew *crew_new(const struct log *log, unsigned threads);
void crew_free(struct crew *crew);
size_t crew_chunks(const struct crew *crew);
struct chunk *crew_chunk(struct crew *crew, uint64_t number);
/** Hand a chunk on, in one of the states CHUNK_FREE, CHUNK_READ, CHUNK_KEYED, CHUNK_CHECKED. */
void crew_hand_on(struct crew *crew, struct chunk *chunk, enum chunk_state state);
/** Wait until a chunk is that far, working on others meanwhile. */
void crew_wait(struct crew *crew, struct chunk *chunk, enum chunk_state state);

#endif
