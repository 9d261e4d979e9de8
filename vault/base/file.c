#include "vault/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int system_failure(struct failure *failure, const char *path, const char *verb)
{
    int error = errno == ENOENT ? VAULT_ENOTFOUND : errno == ENOMEM ? VAULT_ENOMEM : VAULT_EIO;
    return failure_set(failure, error, "%s: cannot %s: %s", path, verb, strerror(errno));
}

static int read_descriptor(int descriptor, size_t limit, struct buffer *content)
{
    struct stat status;
    /* A file's size is known: too large a one is not read at all, and the others take their size once. */
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        if ((uint64_t)status.st_size > limit)
            return VAULT_ELIMIT;
        if (buffer_grow(content, (size_t)status.st_size + 65536) == NULL)
            return buffer_error(content);
        content->size -= (size_t)status.st_size + 65536;
    }
    for (;;) {
        uint8_t *fresh = buffer_grow(content, 65536);
        if (fresh == NULL)
            return buffer_error(content);
        ssize_t got = read(descriptor, fresh, 65536);
        content->size -= 65536 - (got > 0 ? (size_t)got : 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return VAULT_EIO;
        if (got == 0)
            return VAULT_OK;
        if (content->size > limit)
            return VAULT_ELIMIT;
    }
}

int file_read(const char *path, size_t limit, struct buffer *content, struct failure *failure)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return system_failure(failure, path, "open");
    int result = read_descriptor(descriptor, limit, content);
    if (result == VAULT_EIO)
        (void)system_failure(failure, path, "read");
    else if (result == VAULT_ELIMIT)
        (void)failure_set(failure, result, "%s: larger than %zu bytes", path, limit);
    else if (result != VAULT_OK)
        (void)failure_set(failure, result, "%s: %s", path, vault_error_text(result));
    (void)close(descriptor);
    if (result != VAULT_OK)
        buffer_reset(content);
    return result;
}

int file_write_all(int descriptor, struct bytes content)
{
    while (content.size > 0) {
        ssize_t done = write(descriptor, content.data, content.size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return VAULT_EIO;
        content = bytes_of(content.data + done, content.size - (size_t)done);
    }
    return VAULT_OK;
}

int file_read_at(int descriptor, uint64_t offset, void *data, size_t size)
{
    uint8_t *at = data;
    while (size > 0) {
        ssize_t got = pread(descriptor, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return VAULT_EIO;
        if (got == 0)
            return VAULT_EDAMAGED;
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return VAULT_OK;
}

int file_sync_directory(const char *path, struct failure *failure)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (directory == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    int result = VAULT_OK;
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0)
        result = system_failure(failure, directory, "sync the directory");
    if (descriptor >= 0)
        (void)close(descriptor);
    free(directory);
    return result;
}

int file_sync_all(const char *path, struct failure *failure)
{
    int result = VAULT_OK;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || syncfs(descriptor) != 0)
        result = system_failure(failure, path, "sync");
    if (descriptor >= 0)
        (void)close(descriptor);
    return result;
}

static int replace(const char *path, struct bytes content, unsigned mode, bool durable, struct failure *failure)
{
    int result = VAULT_OK;
    int descriptor = -1;
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.new-%ld", path, (long)getpid()) < 0)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
    if (descriptor < 0 || file_write_all(descriptor, content) != VAULT_OK ||
        (durable && fsync(descriptor) != 0)) {
        result = system_failure(failure, fresh, "write");
        if (result == VAULT_ENOTFOUND)
            result = VAULT_EIO;
        goto out;
    }
    if (rename(fresh, path) != 0) {
        result = system_failure(failure, path, "replace");
        goto out;
    }
    if (durable)
        result = file_sync_directory(path, failure);
out:
    if (descriptor >= 0)
        (void)close(descriptor);
    if (result != VAULT_OK)
        (void)unlink(fresh);
    free(fresh);
    return result;
}

int file_replace(const char *path, struct bytes content, unsigned mode, struct failure *failure)
{
    return replace(path, content, mode, true, failure);
}

int file_replace_lazily(const char *path, struct bytes content, unsigned mode, struct failure *failure)
{
    return replace(path, content, mode, false, failure);
}

char *file_path(const char *directory, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

bool file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}
