/**
 * @file log_private.h
 * What an open log is made of, and what its files (open, tail, cache, rebuild, append, commit, read, verify)
 * ask of each other.
 *
 * Locks, always taken in this order: `file_lock` (together with flock(2) of the file: one writer of all
 * threads and processes), `queue.lock`, `state_lock` (held for moments; guards head, note, cache.size,
 * poisoned).
 */
#ifndef VAULT_LOG_LOG_PRIVATE_H
#define VAULT_LOG_LOG_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <sys/types.h>

#include "vault/log/frame_private.h"
#include "vault/log/draft.h"
#include "vault/log/log.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"

/** The last signed state. */
struct log_head {
    uint64_t size;
    uint64_t end; /* file offset behind its group */
    int64_t time; /* of the last entry; INT64_MIN if there is none */
    struct tree_edge edge;
};

/** The files log.tree and log.offsets, or copies in memory where they cannot be written. */
struct log_cache {
    int tree;
    int offsets;
    bool writable;
    uint64_t size; /* entries that both hold */
};

/** One caller of log_append(), on its own stack while it waits. */
struct request {
    const struct log_event *events;
    struct leaf_draft *drafts;
    size_t count;
    size_t size;  /* at most this many bytes of frames */
    uint64_t seq; /* of the first event, as far as stamped */
    int64_t time;
    bool stamped;         /* frames and hashes are those of seq and time */
    struct buffer frames; /* sealed, one behind the other */
    struct hash *leaves;  /* their leaf hashes */
    int result;
    struct failure failure;
    /* The rest is guarded by queue.lock. */
    bool ready; /* a leader may take it */
    bool leads; /* its caller writes the next group; set before it is woken */
    sem_t wake; /* once, by a leader */
    struct request *next;
};

struct log_queue {
    pthread_mutex_t lock;
    struct request *first;
    struct request **last;
    bool led;          /* somebody is writing a group */
    uint64_t next_seq; /* what the next caller will get, unless another process is quicker */
    int64_t next_time;
};

struct log {
    struct log_keys keys;
    struct note_key note_key;
    char *path;
    char *tree_path;
    char *offsets_path;
    int file;
    bool writable;
    dev_t device;
    ino_t inode;
    _Atomic uint64_t reserved; /* file offset up to which room is reserved; changed only under file_lock */
    uint64_t room;   /* length of the file: behind the head there are zeros up to here; only under file_lock */
    uint64_t groups; /* written through this handle; only under file_lock */
    struct histogram syncs;
    struct hasher *hasher; /* only under file_lock */
    pthread_mutex_t file_lock;
    pthread_mutex_t state_lock;
    bool poisoned;
    struct log_head head;
    struct buffer note;
    struct log_cache cache;
    struct log_queue queue;
};

/* --- open.c --- */

/** Wait for the one place from which the file may be changed. */
int log_lock(struct log *log, struct failure *failure) VAULT_MUST_CHECK;
void log_unlock(struct log *log);
/** Is the file still the one that was opened, under its name?  @p size: its length now; @p locked, unless NULL: nobody may
 *  write to it, by its mode. */
int log_check_file(struct log *log, uint64_t *size, bool *locked, struct failure *failure) VAULT_MUST_CHECK;
/** Under log_lock(): take over what is in the file now, and cut a torn tail. @p file_size as it is now. */
int log_attach(struct log *log, uint64_t file_size, struct failure *failure) VAULT_MUST_CHECK;
struct log_head log_head(struct log *log);

/* --- room.c: zeros behind the last group, which the next ones overwrite --- */

/** Does a file of @p size bytes hold nothing behind @p end but room?  False also where it ends before. */
bool room_untouched(const struct log *log, uint64_t end, uint64_t size);
/** @p end: behind the last byte of [from, size) that is no zero; @p from if all are. */
int room_start(const struct log *log, uint64_t from, uint64_t size, uint64_t *end) VAULT_MUST_CHECK;
/** Behind a group that ends at @p end, where the file ends: write zeros as far as the disk has room reserved, if this
 *  handle writes often.  What cannot be written is done without. */
void room_make(struct log *log, uint64_t end);
/** Before a handle that made room is closed: let the file end where the log does. */
void room_trim(struct log *log);

/* --- tail.c --- */

/** Where the signed part ends, and what its last checkpoint says. */
struct tail {
    uint64_t size;
    uint64_t start; /* of the last group */
    uint64_t end;
    struct hash root;
    struct buffer note;
    bool torn; /* there is a torn group above `end`, and not only room */
};

/** The group that ends at @p end; VAULT_EDAMAGED or VAULT_EFORGED if none does. */
int tail_read(struct log *log, uint64_t end, struct tail *tail) VAULT_MUST_CHECK;
/** Find the end of the signed part, behind which there may be room; @p from is a border between groups known to
 *  be good, or 0. */
int tail_find(struct log *log, uint64_t file_size, uint64_t from, struct tail *tail,
    struct failure *failure) VAULT_MUST_CHECK;
/** Where the last group has a sector that was never written, end before it; VAULT_EDAMAGED where it has none.
 */
int tail_step_back(struct log *log, struct tail *tail) VAULT_MUST_CHECK;

/* --- scan.c: frames one after another, read in large pieces --- */

struct scan {
    int file;
    uint64_t next;  /* offset of the next byte to read */
    uint64_t limit; /* offset at which to stop */
    uint8_t *data;
    size_t from;
    size_t to;
};

struct scan_frame {
    struct frame_header header;
    uint64_t offset;
    struct bytes body;    /* valid until the next scan_next() */
    struct bytes whole;   /* with its header and, behind a checkpoint, its end mark */
    struct end_mark mark; /* of a checkpoint */
};

int scan_start(struct scan *scan, int file, uint64_t from, uint64_t limit) VAULT_MUST_CHECK;
void scan_end(struct scan *scan);
/** @retval VAULT_ENOTFOUND at the limit, VAULT_EDAMAGED for what is no frame, VAULT_EIO */
int scan_next(struct scan *scan, struct scan_frame *frame) VAULT_MUST_CHECK;

/* --- cache.c --- */

int cache_open(struct log *log, struct failure *failure) VAULT_MUST_CHECK;
void cache_close(struct log *log);
/** Go on with empty files in memory, where those on disk cannot be written. */
int cache_to_memory(struct log *log, struct failure *failure) VAULT_MUST_CHECK;
/** Entries and nodes that the files hold by their length. */
int cache_lengths(const struct log *log, uint64_t *entries, uint64_t *nodes) VAULT_MUST_CHECK;
/** Cut both to a number of entries. */
int cache_trim(struct log *log, uint64_t size) VAULT_MUST_CHECK;
/** Reserve room on disk for @p entries more. */
int cache_reserve(struct log *log, uint64_t entries) VAULT_MUST_CHECK;
/** Write what comes behind the first @p size entries. */
int cache_write(struct log *log, uint64_t size, struct bytes offsets, struct bytes nodes) VAULT_MUST_CHECK;
int cache_offset(const struct log *log, uint64_t index, uint64_t *offset) VAULT_MUST_CHECK;
/** The stored nodes, for tree.h. */
struct tree_nodes cache_nodes(struct log *log);
/**
 * Make the caches those of @p tail: check them, write what is missing, or all anew; under log_lock().
 * @param edge  of the tail's size.
 * @retval VAULT_EROLLBACK  they know entries that the file no longer has.
 * @retval VAULT_EFORGED, VAULT_EDAMAGED  the stored entries do not give the signed root.
 */
int cache_fit(struct log *log, const struct tail *tail, struct tree_edge *edge,
    struct failure *failure) VAULT_MUST_CHECK;
/** Forget what they hold and write them anew from the file; under log_lock(). */
int cache_renew(struct log *log, const struct tail *tail, struct tree_edge *edge,
    struct failure *failure) VAULT_MUST_CHECK;

/* --- read.c --- */

/** One entry, at an offset that a cache or a scan says; appended to @p leaf. */
int entry_read(struct log *log, uint64_t index, uint64_t offset, struct buffer *leaf) VAULT_MUST_CHECK;
/** Have the caches hold what was signed, where an earlier write of them failed; gives the head they then
 * hold. */
int caches_catch_up(struct log *log, struct log_head *head, struct failure *failure) VAULT_MUST_CHECK;
/** Every leaf of [first, end) in order, read in large pieces; a non-zero return stops and is handed on. */
int entries_each(struct log *log, uint64_t first, uint64_t end,
    int (*leaf)(void *context, uint64_t index, struct bytes leaf), void *context,
    struct failure *failure) VAULT_MUST_CHECK;
/** Time of a stored leaf. */
int entry_time(struct bytes leaf, int64_t *time) VAULT_MUST_CHECK;

/* --- commit.c --- */

/** The bytes of a log without entries: header and a first group. */
int commit_first(struct log *log, struct buffer *content) VAULT_MUST_CHECK;
/** Give a request's events an index, a time, signatures and frames. */
int commit_stamp(const struct log *log, struct request *request, uint64_t seq, int64_t time) VAULT_MUST_CHECK;
/** Under log_lock(): the file is ours, can be written, and nobody else's entries are unread. */
int commit_prepare(struct log *log, struct failure *failure) VAULT_MUST_CHECK;
/** Write and sync one group of requests and set each one's result; takes and leaves log_lock(). */
void commit_group(struct log *log, struct request *const *requests, size_t count);

/* --- space.c --- */

/** Reserve room for @p bytes and @p entries more; VAULT_ELOG with how many bytes are missing. */
int space_reserve(
    struct log *log, uint64_t bytes, uint64_t entries, struct failure *failure) VAULT_MUST_CHECK;
/** Write @p data behind the last group and sync it; undone and VAULT_ELOG if that fails. */
int space_write(struct log *log, struct bytes data, struct failure *failure) VAULT_MUST_CHECK;

#endif
