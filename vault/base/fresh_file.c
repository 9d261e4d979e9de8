#include "vault/base/fresh_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"

struct fresh_file {
    char *path;     /* what it will be */
    char *now;      /* where it is meanwhile */
    int descriptor; /* keeps a file without a name; -1 for one that has a name */
};

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* False where this system cannot: then it is done with a name. */
static bool open_unnamed(struct fresh_file *file, const char *directory)
{
    file->descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file->descriptor >= 0 && asprintf(&file->now, "/proc/self/fd/%d", file->descriptor) < 0)
        file->now = NULL;
    if (file->now != NULL && access(file->now, W_OK) == 0)
        return true;
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    free(file->now);
    file->now = NULL;
    file->descriptor = -1;
    return false;
}

static int open_named(struct fresh_file *file, struct failure *failure)
{
    if (asprintf(&file->now, "%s.part-%ld", file->path, (long)getpid()) < 0) {
        file->now = NULL;
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", file->path);
    }
    (void)unlink(file->now); /* of a process of this number that was killed */
    int descriptor = open(file->now, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO,
            "%s: cannot be created: %s", file->path, strerror(errno));
    (void)close(descriptor);
    return VAULT_OK;
}

int fresh_file_new(const char *path, struct fresh_file **filep, struct failure *failure)
{
    int result = VAULT_ENOMEM;
    char *directory = directory_of(path);
    struct fresh_file *file = calloc(1, sizeof *file);
    *filep = NULL;
    if (file != NULL)
        file->descriptor = -1;
    if (directory != NULL && file != NULL && (file->path = strdup(path)) != NULL)
        result = open_unnamed(file, directory) ? VAULT_OK : open_named(file, failure);
    else
        (void)failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    free(directory);
    if (result == VAULT_OK)
        *filep = file;
    else
        fresh_file_free(file);
    return result;
}

const char *fresh_file_path(const struct fresh_file *file)
{
    return file->now;
}

static int give_name(struct fresh_file *file)
{
    if (file->descriptor >= 0)
        return linkat(AT_FDCWD, file->now, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW);
    /* RENAME_NOREPLACE is not known to every file system; a hard link does not replace either. */
    if (renameat2(AT_FDCWD, file->now, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
        return 0;
    return errno == EINVAL && link(file->now, file->path) == 0 ? unlink(file->now) : -1;
}

int fresh_file_place(struct fresh_file *file, struct failure *failure)
{
    if (give_name(file) != 0)
        return failure_set(failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO,
            "%s: cannot be put in place: %s", file->path, strerror(errno));
    if (file->descriptor < 0) {
        free(file->now);
        file->now = NULL;
    }
    return file_sync_directory(file->path, failure);
}

void fresh_file_free(struct fresh_file *file)
{
    if (file == NULL)
        return;
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    else if (file->now != NULL)
        (void)unlink(file->now);
    free(file->now);
    free(file->path);
    free(file);
}
