/* The caller fills one piece of the file while a thread hashes and writes the piece before it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/formats/export_private.h"

#define PIECE_BYTES ((size_t)256 * 1024)
#define WRITEBACK_BYTES ((uint64_t)8 << 20)

int export_file_create(
    struct export_file *file, const struct export_writer *writer, struct failure *failure)
{
    const char *path = writer->path;
    int make = writer->options.claimed ? 0 : O_CREAT | O_EXCL | O_NOFOLLOW;
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    file->hasher = hasher_new();
    if (file->hasher == NULL)
        return failure_set(failure, VAULT_ENOMEM, "cannot create %s: no memory", path);
    hasher_start(file->hasher);
    (void)pthread_mutex_init(&file->lock, NULL);
    (void)pthread_cond_init(&file->changed, NULL);
    file->descriptor = open(path, O_WRONLY | O_CLOEXEC | make, 0600);
    if (file->descriptor >= 0)
        return VAULT_OK;
    int error = errno;
    export_file_abandon(file);
    if (error == EEXIST) {
        failure_set(failure, VAULT_EEXISTS, "%s exists already", path);
        failure_remedy(failure, "name another file or remove that one");
        return VAULT_EEXISTS;
    }
    return failure_set(failure, VAULT_EIO, "cannot create %s: %s", path, strerror(error));
}

/* --- Writing --- */

static void write_piece(struct export_file *file)
{
    struct bytes piece = buffer_bytes(&file->piece);
    hasher_add(file->hasher, piece);
    file->result = file_write_all(file->descriptor, piece);
    file->error = errno;
    file->written += piece.size;
    buffer_reset(&file->piece);
    /* The disk works beside us, so that the sync at the end finds little left to wait for. Only a hint. */
    if (file->result == VAULT_OK && file->written - file->started >= WRITEBACK_BYTES) {
        (void)sync_file_range(file->descriptor, (off_t)file->started, (off_t)(file->written - file->started),
            SYNC_FILE_RANGE_WRITE);
        file->started = file->written;
    }
}

static void *write_on(void *context)
{
    struct export_file *file = context;
    (void)pthread_mutex_lock(&file->lock);
    while (file->full || !file->over) {
        if (!file->full) {
            (void)pthread_cond_wait(&file->changed, &file->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&file->lock);
        write_piece(file);
        (void)pthread_mutex_lock(&file->lock);
        file->full = false;
        (void)pthread_cond_signal(&file->changed);
    }
    (void)pthread_mutex_unlock(&file->lock);
    return NULL;
}

/* Take what is pending as the next piece; with a thread, once it has written the one before. */
static int hand_over(struct export_file *file)
{
    (void)pthread_mutex_lock(&file->lock);
    while (file->full)
        (void)pthread_cond_wait(&file->changed, &file->lock);
    int result = file->result;
    if (result == VAULT_OK) {
        struct buffer emptied = file->piece;
        file->piece = file->pending;
        file->pending = emptied;
        file->full = file->threaded;
        (void)pthread_cond_signal(&file->changed);
    }
    (void)pthread_mutex_unlock(&file->lock);
    if (result != VAULT_OK || file->threaded)
        return result;
    write_piece(file);
    /* Worth a thread once one piece has been filled. */
    file->threaded = pthread_create(&file->thread, NULL, write_on, file) == 0;
    return file->result;
}

static void end_thread(struct export_file *file)
{
    if (!file->threaded)
        return;
    (void)pthread_mutex_lock(&file->lock);
    file->over = true;
    (void)pthread_cond_signal(&file->changed);
    (void)pthread_mutex_unlock(&file->lock);
    (void)pthread_join(file->thread, NULL);
    file->threaded = false;
}

static int cannot_write(const struct export_file *file, int result, struct failure *failure)
{
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "cannot write: %s", strerror(file->error));
}

int export_file_flush(struct export_file *file, struct failure *failure)
{
    int result = buffer_error(&file->pending);
    if (result != VAULT_OK || file->pending.size < PIECE_BYTES)
        return result;
    return cannot_write(file, hand_over(file), failure);
}

/* --- The end --- */

static int write_rest(struct export_file *file)
{
    end_thread(file);
    if (file->result != VAULT_OK || file->pending.size == 0)
        return file->result;
    buffer_free(&file->piece);
    file->piece = file->pending;
    file->pending = (struct buffer){0}; /* transferred */
    write_piece(file);
    return file->result;
}

int export_file_finish(struct export_file *file, const char *path, struct hash *hash, struct failure *failure)
{
    int result = buffer_error(&file->pending);
    if (result == VAULT_OK)
        result = cannot_write(file, write_rest(file), failure);
    if (result == VAULT_OK && fsync(file->descriptor) != 0)
        result = failure_set(failure, VAULT_EIO, "cannot sync %s: %s", path, strerror(errno));
    if (result == VAULT_OK)
        hasher_finish(file->hasher, hash);
    int descriptor = file->descriptor;
    file->descriptor = -1;
    export_file_abandon(file);
    if (descriptor >= 0 && close(descriptor) != 0 && result == VAULT_OK)
        result = failure_set(failure, VAULT_EIO, "cannot close %s: %s", path, strerror(errno));
    return result;
}

void export_file_abandon(struct export_file *file)
{
    if (file->hasher == NULL)
        return;
    end_thread(file);
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    file->descriptor = -1;
    buffer_free(&file->pending);
    buffer_free(&file->piece);
    hasher_free(file->hasher);
    file->hasher = NULL;
    (void)pthread_mutex_destroy(&file->lock);
    (void)pthread_cond_destroy(&file->changed);
}
