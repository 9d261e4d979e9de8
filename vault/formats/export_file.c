#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/formats/export_private.h"

#define FLUSH_BYTES ((size_t)256 * 1024)
#define WRITEBACK_BYTES ((uint64_t)8 << 20)

int export_file_create(struct export_file *file, const struct export_writer *writer, struct failure *failure)
{
    const char *path = writer->path;
    int make = writer->options.claimed ? 0 : O_CREAT | O_EXCL | O_NOFOLLOW;
    memset(file, 0, sizeof *file);
    file->descriptor = open(path, O_WRONLY | O_CLOEXEC | make, 0600);
    if (file->descriptor >= 0)
        return VAULT_OK;
    if (errno == EEXIST) {
        failure_set(failure, VAULT_EEXISTS, "%s exists already", path);
        failure_remedy(failure, "name another file or remove that one");
        return VAULT_EEXISTS;
    }
    return failure_set(failure, VAULT_EIO, "cannot create %s: %s", path, strerror(errno));
}

int export_file_flush(struct export_file *file, bool all, struct failure *failure)
{
    int result = buffer_error(&file->pending);
    if (result != VAULT_OK || (!all && file->pending.size < FLUSH_BYTES))
        return result;
    size_t size = file->pending.size;
    result = file_write_all(file->descriptor, buffer_bytes(&file->pending));
    buffer_reset(&file->pending);
    /* The disk works beside us, so that the sync at the end finds little left to wait for. Only a hint. */
    file->written += size;
    if (result == VAULT_OK && file->written - file->started >= WRITEBACK_BYTES) {
        (void)sync_file_range(file->descriptor, (off_t)file->started, (off_t)(file->written - file->started),
            SYNC_FILE_RANGE_WRITE);
        file->started = file->written;
    }
    return result == VAULT_OK ? VAULT_OK : failure_set(failure, result, "cannot write: %s", strerror(errno));
}

int export_file_finish(struct export_file *file, const char *path, struct failure *failure)
{
    int result = export_file_flush(file, true, failure);
    if (result == VAULT_OK && fsync(file->descriptor) != 0)
        result = failure_set(failure, VAULT_EIO, "cannot sync %s: %s", path, strerror(errno));
    if (close(file->descriptor) != 0 && result == VAULT_OK)
        result = failure_set(failure, VAULT_EIO, "cannot close %s: %s", path, strerror(errno));
    file->descriptor = -1;
    buffer_free(&file->pending);
    return result;
}

void export_file_abandon(struct export_file *file)
{
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    file->descriptor = -1;
    buffer_free(&file->pending);
}
