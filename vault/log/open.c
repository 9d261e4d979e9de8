#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/log/log_private.h"

int log_lock(struct log *log, struct failure *failure)
{
    (void)pthread_mutex_lock(&log->file_lock);
    while (flock(log->file, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        int error = errno;
        (void)pthread_mutex_unlock(&log->file_lock);
        return failure_set(failure, VAULT_EBUSY, "%s: cannot be locked: %s", log->path, strerror(error));
    }
    return VAULT_OK;
}

void log_unlock(struct log *log)
{
    (void)flock(log->file, LOCK_UN);
    (void)pthread_mutex_unlock(&log->file_lock);
}

/* Without its times: where they are asked for, Linux gives the next write one of its own, and has that
 * written to the file's inode at the next sync. */
#define ASKED (STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE)

int log_check_file(struct log *log, uint64_t *size, bool *locked, struct failure *failure)
{
    struct statx here;
    struct statx named;
    *size = 0;
    if (statx(log->file, "", AT_EMPTY_PATH, ASKED, &here) != 0)
        return failure_set(failure, VAULT_ELOG, "%s: %s", log->path, strerror(errno));
    if (here.stx_nlink == 0)
        return failure_set(failure, VAULT_ELOG, "%s: was deleted while it was in use", log->path);
    if (statx(AT_FDCWD, log->path, 0, ASKED, &named) != 0)
        return failure_set(failure, VAULT_ELOG, "%s: is no longer there: %s", log->path, strerror(errno));
    if (named.stx_ino != log->inode || makedev(named.stx_dev_major, named.stx_dev_minor) != log->device)
        return failure_set(
            failure, VAULT_ELOG, "%s: was replaced by another file while it was in use", log->path);
    *size = here.stx_size;
    if (locked != NULL)
        *locked = (here.stx_mode & 0222) == 0;
    return VAULT_OK;
}

struct log_head log_head(struct log *log)
{
    (void)pthread_mutex_lock(&log->state_lock);
    struct log_head head = log->head;
    (void)pthread_mutex_unlock(&log->state_lock);
    return head;
}

/* Is the new state an extension of the one that we knew? */
static int check_extends(struct log *log, const struct tail *tail, struct failure *failure)
{
    struct tree_nodes nodes = cache_nodes(log);
    struct buffer proof = {0};
    struct hash old_root;
    int result = VAULT_OK;
    if (log->head.size > tail->size)
        result = VAULT_EROLLBACK;
    if (result == VAULT_OK && log->head.size > 0) {
        tree_edge_root(&log->head.edge, log->hasher, &old_root);
        result = tree_consistency(&nodes, log->hasher, log->head.size, tail->size, &proof);
        if (result == VAULT_OK)
            result = tree_check_consistency(
                log->hasher, log->head.size, &old_root, tail->size, &tail->root, buffer_bytes(&proof));
    }
    if (result == VAULT_EROLLBACK || result == VAULT_EFORGED)
        (void)failure_set(failure, VAULT_EROLLBACK,
            "%s: with %llu entries is no extension of the %llu read before", log->path,
            (unsigned long long)tail->size, (unsigned long long)log->head.size);
    buffer_free(&proof);
    return result == VAULT_EFORGED ? VAULT_EROLLBACK : result;
}

static int last_time(struct log *log, uint64_t size, int64_t *time)
{
    struct buffer leaf = {0};
    uint64_t offset;
    *time = INT64_MIN;
    if (size == 0)
        return VAULT_OK;
    int result = cache_offset(log, size - 1, &offset);
    if (result == VAULT_OK)
        result = entry_read(log, size - 1, offset, &leaf);
    if (result == VAULT_OK)
        result = entry_time(buffer_bytes(&leaf), time);
    buffer_free(&leaf);
    return result;
}

/* Caches that fit the tail, and the time of its last entry, which proves the offsets' end as well. */
static int fit(struct log *log, const struct tail *tail, struct log_head *head, struct failure *failure)
{
    int result = cache_fit(log, tail, &head->edge, failure);
    if (result != VAULT_OK)
        return result;
    result = last_time(log, tail->size, &head->time);
    if (result == VAULT_EFORGED || result == VAULT_EDAMAGED) {
        result = cache_renew(log, tail, &head->edge, failure);
        if (result == VAULT_OK)
            result = last_time(log, tail->size, &head->time);
    }
    head->size = tail->size;
    head->end = tail->end;
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "%s: its last entry cannot be read", log->path);
}

static int cut(struct log *log, const struct tail *tail, struct failure *failure)
{
    if (!log->writable)
        return VAULT_OK; /* passed over, and cut by the next one who may write */
    if (ftruncate(log->file, (off_t)tail->end) == 0 && fdatasync(log->file) == 0)
        return VAULT_OK;
    return failure_set(
        failure, VAULT_EIO, "%s: the unfinished end cannot be cut off: %s", log->path, strerror(errno));
}

int log_attach(struct log *log, uint64_t file_size, struct failure *failure)
{
    struct tail tail = {0};
    struct log_head head = {0};
    struct failure why = {0};
    int result = VAULT_EROLLBACK;
    if (file_size < log->head.end) {
        (void)failure_set(failure, result, "%s: is %llu bytes shorter than what was read before", log->path,
            (unsigned long long)(log->head.end - file_size));
        goto out;
    }
    result = tail_find(log, file_size, log->head.end, &tail, failure);
    if (result == VAULT_OK)
        result = fit(log, &tail, &head, &why);
    if ((result == VAULT_EFORGED || result == VAULT_EDAMAGED) && tail_step_back(log, &tail) == VAULT_OK) {
        failure_clear(&why);
        result = fit(log, &tail, &head, &why);
    }
    if (why.error != VAULT_OK) {
        (void)failure_set(failure, result, "%s", why.text);
        failure_remedy(failure, "%s", why.remedy);
    }
    if (result == VAULT_OK)
        result = check_extends(log, &tail, failure);
    if (result == VAULT_OK && tail.torn)
        result = cut(log, &tail, failure);
    if (result != VAULT_OK)
        goto out;
    (void)pthread_mutex_lock(&log->state_lock);
    log->head = head;
    log->cache.size = head.size;
    buffer_free(&log->note);
    log->note = tail.note;
    tail.note = (struct buffer){0}; /* transferred */
    (void)pthread_mutex_unlock(&log->state_lock);
    log->room = tail.torn ? head.end : file_size;
    log->reserved = log->room;
out:
    buffer_free(&tail.note);
    return result;
}

static int check_header(struct log *log, struct failure *failure)
{
    uint8_t wanted[FILE_HEADER_SIZE];
    uint8_t found[FILE_HEADER_SIZE];
    frame_file_header(&log->keys, wanted);
    int result = file_read_at(log->file, 0, found, sizeof found);
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s: too short for a log", log->path);
    if (memcmp(wanted, found, 16) != 0)
        return failure_set(failure, VAULT_EDAMAGED, "%s: not a log", log->path);
    if (memcmp(wanted + 16, found + 16, 8) != 0)
        return failure_set(
            failure, VAULT_EVERSION, "%s: of a format that this program does not know", log->path);
    if (memcmp(wanted, found, sizeof found) != 0)
        return failure_set(failure, VAULT_EFORGED, "%s: the log of another vault", log->path);
    return VAULT_OK;
}

static int allocate(const char *directory, const struct log_keys *keys, struct log **made)
{
    struct log *log = calloc(1, sizeof *log);
    *made = log;
    if (log == NULL)
        return VAULT_ENOMEM;
    log->keys = *keys;
    log->file = log->cache.tree = log->cache.offsets = -1;
    log->head.time = INT64_MIN;
    log->queue.last = &log->queue.first;
    (void)pthread_mutex_init(&log->file_lock, NULL);
    (void)pthread_mutex_init(&log->state_lock, NULL);
    (void)pthread_mutex_init(&log->queue.lock, NULL);
    log->path = file_path(directory, "log");
    log->tree_path = file_path(directory, "log.tree");
    log->offsets_path = file_path(directory, "log.offsets");
    log->hasher = hasher_new();
    if (log->path == NULL || log->tree_path == NULL || log->offsets_path == NULL || log->hasher == NULL)
        return VAULT_ENOMEM;
    return note_key_make(keys->origin, NOTE_ED25519, sign_key_public(keys->vault_key), &log->note_key);
}

static int open_file(struct log *log, struct failure *failure)
{
    struct stat status;
    log->file = open(log->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    log->writable = log->file >= 0;
    if (log->file < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
        log->file = open(log->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (log->file < 0 || fstat(log->file, &status) != 0) {
        int error = errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO;
        return failure_set(failure, error, "%s: cannot open: %s", log->path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode))
        return failure_set(failure, VAULT_EDAMAGED, "%s: not a regular file", log->path);
    log->device = status.st_dev;
    log->inode = status.st_ino;
    return VAULT_OK;
}

static int attach_now(struct log *log, struct failure *failure)
{
    uint64_t size;
    int result = log_lock(log, failure);
    if (result != VAULT_OK)
        return result;
    result = log_check_file(log, &size, NULL, failure);
    if (result == VAULT_OK && !room_untouched(log, log->head.end, size))
        result = log_attach(log, size, failure);
    log_unlock(log);
    return result;
}

int log_open(const char *directory, const struct log_keys *keys, struct log **opened, struct failure *failure)
{
    struct log *log = NULL;
    *opened = NULL;
    int result = allocate(directory, keys, &log);
    if (result != VAULT_OK) {
        (void)failure_set(failure, result, "the log cannot be opened: %s", vault_error_text(result));
        goto out;
    }
    result = open_file(log, failure);
    if (result == VAULT_OK)
        result = check_header(log, failure);
    if (result == VAULT_OK)
        result = cache_open(log, failure);
    if (result == VAULT_OK)
        result = attach_now(log, failure);
    if (result != VAULT_OK)
        goto out;
    *opened = log;
    log = NULL; /* transferred */
out:
    log_free(log);
    return result;
}

/* The whole file is made beside its place and linked there, so that it is complete or absent. */
static int write_new(struct log *log, const char *fresh, struct bytes content, struct failure *failure)
{
    int result = VAULT_OK;
    int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0 || file_write_all(file, content) != VAULT_OK || fsync(file) != 0)
        result = failure_set(failure, VAULT_EIO, "%s: cannot write: %s", fresh, strerror(errno));
    else if (link(fresh, log->path) != 0)
        result = failure_set(
            failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO, "%s: %s", log->path, strerror(errno));
    if (file >= 0) {
        (void)close(file);
        (void)unlink(fresh);
    }
    if (result == VAULT_OK && ((unlink(log->tree_path) != 0 && errno != ENOENT) ||
                                  (unlink(log->offsets_path) != 0 && errno != ENOENT)))
        result = failure_set(
            failure, VAULT_EIO, "%s: an old one cannot be removed: %s", log->tree_path, strerror(errno));
    return result == VAULT_OK ? file_sync_directory(log->path, failure) : result;
}

int log_create(const char *directory, const struct log_keys *keys, struct log **made, struct failure *failure)
{
    struct log *log = NULL;
    struct buffer content = {0};
    char *fresh = NULL;
    *made = NULL;
    int result = allocate(directory, keys, &log);
    if (result == VAULT_OK && asprintf(&fresh, "%s.new-%ld", log->path, (long)getpid()) < 0) {
        fresh = NULL;
        result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        result = commit_first(log, &content);
    if (result != VAULT_OK)
        (void)failure_set(failure, result, "the log cannot be made: %s", vault_error_text(result));
    else
        result = write_new(log, fresh, buffer_bytes(&content), failure);
    buffer_free(&content);
    free(fresh);
    log_free(log);
    return result == VAULT_OK ? log_open(directory, keys, made, failure) : result;
}

void log_free(struct log *log)
{
    if (log == NULL)
        return;
    room_trim(log);
    cache_close(log);
    if (log->file >= 0)
        (void)close(log->file);
    buffer_free(&log->note);
    hasher_free(log->hasher);
    (void)pthread_mutex_destroy(&log->file_lock);
    (void)pthread_mutex_destroy(&log->state_lock);
    (void)pthread_mutex_destroy(&log->queue.lock);
    free(log->path);
    free(log->tree_path);
    free(log->offsets_path);
    free(log);
}

int log_refresh(struct log *log, struct failure *failure)
{
    uint64_t size;
    struct log_head head = log_head(log);
    int result = log_check_file(log, &size, NULL, failure);
    return result != VAULT_OK || room_untouched(log, head.end, size) ? result : attach_now(log, failure);
}
