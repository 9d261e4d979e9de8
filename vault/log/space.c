/* Room on disk, and the one write and sync of a group. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/log/log_private.h"

#define STEP (UINT64_C(256) << 10)
#define SMALL_ENTRY \
    256u /* fewer bytes than an entry really takes, to reserve for the caches what a step may need */

static int refuse_full(struct log *log, uint64_t missing, const char *why, struct failure *failure)
{
    (void)failure_set(failure, VAULT_ELOG, "%s: cannot grow: %s; at least %llu bytes are missing", log->path,
        why, (unsigned long long)missing);
    failure_remedy(failure, "free at least %llu bytes on that disk", (unsigned long long)missing);
    return VAULT_ELOG;
}

/* The limit of this process is asked for, since crossing it would be a deadly signal. */
static int check_limit(struct log *log, uint64_t end, struct failure *failure)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur)
        return VAULT_OK;
    return refuse_full(log, end - limit.rlim_cur, "the process's limit on file sizes", failure);
}

static int refuse_reserve(struct log *log, uint64_t bytes, int error, struct failure *failure)
{
    struct statvfs system;
    uint64_t free_bytes = 0;
    if (fstatvfs(log->file, &system) == 0)
        free_bytes = (uint64_t)system.f_bavail * system.f_frsize;
    return refuse_full(log, bytes > free_bytes ? bytes - free_bytes : bytes, strerror(error), failure);
}

static bool reserve_up_to(struct log *log, uint64_t from, uint64_t to)
{
    if (fallocate(log->file, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)(to - from)) != 0) {
        /* A file system that cannot reserve: the write itself will tell, and is then undone. */
        if (errno != EOPNOTSUPP && errno != ENOSYS)
            return false;
    }
    log->reserved = to;
    return true;
}

int space_reserve(struct log *log, uint64_t bytes, uint64_t entries, struct failure *failure)
{
    uint64_t end = log->head.end;
    uint64_t wanted = end + bytes;
    int result = check_limit(log, wanted, failure);
    if (result != VAULT_OK || wanted <= log->reserved)
        return result;
    uint64_t step = (wanted + STEP - 1) / STEP * STEP;
    uint64_t most = entries + (step - end) / SMALL_ENTRY;
    if (!log->cache.writable || cache_reserve(log, most) == VAULT_OK)
        if (reserve_up_to(log, end, step))
            return VAULT_OK;
    if (log->cache.writable && cache_reserve(log, entries) != VAULT_OK)
        return refuse_reserve(log, bytes + entries * (2 * HASH_SIZE + 8), errno, failure);
    return reserve_up_to(log, end, wanted) ? VAULT_OK : refuse_reserve(log, bytes, errno, failure);
}

static int write_all(int file, uint64_t offset, struct bytes data)
{
    while (data.size > 0) {
        ssize_t done = pwrite(file, data.data, data.size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : ENOSPC;
        offset += (uint64_t)done;
        data = bytes_of(data.data + done, data.size - (size_t)done);
    }
    return 0;
}

/* Take back what was written.  Where even that fails, this handle no longer knows what is in the file. */
static void take_back(struct log *log, bool sync)
{
    log->reserved = log->room = log->head.end;
    bool undone = ftruncate(log->file, (off_t)log->head.end) == 0 && (!sync || fdatasync(log->file) == 0);
    if (undone)
        return;
    (void)pthread_mutex_lock(&log->state_lock);
    log->poisoned = true;
    (void)pthread_mutex_unlock(&log->state_lock);
}

int space_write(struct log *log, struct bytes data, struct failure *failure)
{
    uint64_t start = instant_monotonic();
    uint64_t end = log->head.end + data.size;
    int error = write_all(log->file, log->head.end, data);
    if (error != 0) {
        take_back(log, false);
        if (error == ENOSPC || error == EDQUOT)
            return refuse_reserve(log, data.size, error, failure);
        return failure_set(failure, VAULT_ELOG, "%s: cannot be written: %s", log->path, strerror(error));
    }
    if (end > log->room)
        room_make(log, end);
    if (fdatasync(log->file) == 0) {
        histogram_add(&log->syncs, instant_monotonic() - start);
        return VAULT_OK;
    }
    error = errno;
    take_back(log, true);
    return failure_set(failure, VAULT_ELOG, "%s: cannot be made durable: %s", log->path, strerror(error));
}

int log_reserve(struct log *log, uint64_t bytes, struct failure *failure)
{
    struct failure why = {0};
    int result = log_lock(log, failure);
    if (result != VAULT_OK)
        return VAULT_ELOG;
    result = commit_prepare(log, &why);
    if (result == VAULT_OK)
        result = space_reserve(log, bytes, 1 + bytes / SMALL_ENTRY, &why);
    log_unlock(log);
    if (result == VAULT_OK)
        return VAULT_OK;
    (void)failure_set(failure, VAULT_ELOG, "%s", why.text);
    failure_remedy(failure, "%s", why.remedy);
    return VAULT_ELOG;
}
