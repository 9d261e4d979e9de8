/**
 * @file verify_private.h
 * How a verification shares its work: the file is read in chunks of whole frames; workers open and hash a
 * chunk, the calling thread goes through it in order, workers check its signatures, the calling thread
 * reports.
 *
 * A chunk belongs to whoever its state says; only the state itself is guarded by a lock.
 */
#ifndef VAULT_LOG_VERIFY_PRIVATE_H
#define VAULT_LOG_VERIFY_PRIVATE_H

#include "vault/evidence/leaf.h"
#include "vault/log/log_private.h"

#define CHUNK_BYTES ((size_t)384 << 10)
#define CHUNK_PIECES 1024u
#define CHUNKS_MAX 40u
#define NO_INDEX UINT64_MAX

/** One frame. */
struct piece {
    uint8_t type;    /* enum frame_type, or 0 for an entry that cannot be read as a frame */
    uint64_t number; /* index of an entry, size of a checkpoint */
    uint64_t offset;
    size_t sealed_at; /* its body in chunk->sealed */
    size_t sealed_size;
    const char *wrong;  /* found while opening */
    struct bytes plain; /* in chunk->plain */
    struct leaf leaf;
    struct hash hash;
    struct group_begin begin;
    struct end_mark mark;
    bool check;         /* its signature, under `key` */
    const char *forged; /* found while checking */
    uint8_t key[SIGN_PUBLIC_SIZE];
};

enum chunk_state {
    CHUNK_FREE,
    CHUNK_READ,
    CHUNK_OPENING,
    CHUNK_OPENED,
    CHUNK_KEYED,
    CHUNK_CHECKING,
    CHUNK_CHECKED
};

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

/* One verification. */
struct verify {
    struct log *log;
    const struct log_verify_options *options;
    struct log_verify_result *result;
    struct failure *failure;
    struct crew *crew;
    struct log_head head; /* how far to read */

    /* Reading, in the order of the file. */
    struct scan scan;
    uint64_t read_index;
    uint64_t resumed; /* read_index when reading was last resumed behind damage */
    bool read_end;
    uint64_t filled; /* chunks */
    uint64_t walked;
    uint64_t retired;

    /* Walking through what was opened. */
    struct hasher *hasher;
    struct tree_edge edge;
    int64_t time;
    uint64_t checkpoint_size; /* of the last one; NO_INDEX before the first */
    bool in_group;
    bool lost_group; /* after damage: nothing is known of the group we are in */
    struct group_begin begin;
    uint64_t begin_offset;
    struct buffer expected;
    struct buffer cached;
    struct buffer nodes;
    struct buffer offsets;
};

/** Count a problem and tell the caller; an error of theirs stops. */
int verify_report(struct verify *verify, uint64_t index, const char *what) VAULT_MUST_CHECK;
/** The next frame in the order of the file, after its chunk was opened (verify_walk.c). */
int verify_piece(struct verify *verify, struct piece *piece) VAULT_MUST_CHECK;
/** Compare the caches with what verify_piece() gathered since entry @p first. */
int verify_caches(struct verify *verify, uint64_t first) VAULT_MUST_CHECK;

#endif
