/* Room: zeros between the last group and the end of the file.  A group that is written over them leaves the
 * file as long as it was, so that its sync has data to write and nothing of the file system's own. */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/log/log_private.h"

#define PIECE ((size_t)64 << 10)
#define OFTEN 16 /* groups, after which a handle is one that will write more */

static const uint8_t zeros[PIECE];

bool room_untouched(const struct log *log, uint64_t end, uint64_t size)
{
    uint8_t found[BEGIN_FRAME_SIZE];
    if (size <= end)
        return size == end;
    size_t wanted = size - end < sizeof found ? (size_t)(size - end) : sizeof found;
    return file_read_at(log->file, end, found, wanted) == VAULT_OK && memcmp(found, zeros, wanted) == 0;
}

int room_start(const struct log *log, uint64_t from, uint64_t size, uint64_t *end)
{
    uint8_t piece[4096];
    *end = size;
    while (*end > from) {
        uint64_t start = (*end - 1) / sizeof piece * sizeof piece;
        start = start > from ? start : from;
        size_t left = (size_t)(*end - start);
        int result = file_read_at(log->file, start, piece, left);
        if (result != VAULT_OK)
            return result;
        if (memcmp(piece, zeros, left) == 0) {
            *end = start;
            continue;
        }
        while (piece[left - 1] == 0)
            left--;
        *end = start + left;
        break;
    }
    return VAULT_OK;
}

void room_make(struct log *log, uint64_t end)
{
    struct rlimit limit;
    uint64_t to = log->reserved;
    log->room = end;
    if (log->groups < OFTEN || getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return;
    if (limit.rlim_cur != RLIM_INFINITY && to > limit.rlim_cur)
        to = limit.rlim_cur; /* crossing it would be a deadly signal */
    while (log->room < to) {
        size_t size = to - log->room < PIECE ? (size_t)(to - log->room) : PIECE;
        ssize_t done = pwrite(log->file, zeros, size, (off_t)log->room);
        if (done <= 0)
            return;
        log->room += (uint64_t)done;
    }
}

void room_trim(struct log *log)
{
    if (log->groups <= OFTEN || log_lock(log, NULL) != VAULT_OK)
        return;
    if (commit_prepare(log, NULL) == VAULT_OK && log->room > log->head.end &&
        ftruncate(log->file, (off_t)log->head.end) != 0)
        log->room = log->head.end; /* whoever opens it next finds it */
    log_unlock(log);
}
