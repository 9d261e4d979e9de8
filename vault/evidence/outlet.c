#include "vault/evidence/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/evidence/tar.h"

#define PIECE ((size_t)256 * 1024)

struct outlet {
    char *path;  /* its final name */
    char *fresh; /* its name until then */
    bool archive;
    bool placed;
    bool open; /* a file is */
    int root;  /* descriptor of the directory, or of the archive */
    int file;  /* of the open file; the archive's own, or -1 */
    uint64_t seconds;
    uint64_t offset; /* in the archive, where the open file's header stands */
    struct buffer gathered;
    struct hasher *hasher;
    struct outlet_file *files;
    size_t count;
    size_t capacity;
    bool many; /* so many files that one sync of all is quicker */
};

static int trouble(const struct outlet *outlet, const char *verb, struct failure *failure)
{
    return failure_set(failure, VAULT_EIO, "%s: cannot %s: %s", outlet->path, verb, strerror(errno));
}

/* --- Beginning and undoing --- */

static int make(struct outlet *outlet, struct failure *failure)
{
    struct stat status;
    if (lstat(outlet->path, &status) == 0) {
        failure_remedy(failure, "name another place with --out, or move this one away");
        return failure_set(failure, VAULT_EEXISTS, "%s: there is something already", outlet->path);
    }
    if (outlet->archive) {
        outlet->root = open(outlet->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    } else if (mkdir(outlet->fresh, 0700) == 0) {
        outlet->root = open(outlet->fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    }
    return outlet->root < 0 ? trouble(outlet, "be made", failure) : VAULT_OK;
}

/* "DIR/" names the directory itself. */
static char *without_slashes(const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    return strndup(path, size);
}

int outlet_new(
    const char *path, bool archive, uint64_t seconds, struct outlet **outlet, struct failure *failure)
{
    *outlet = NULL;
    struct outlet *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    fresh->root = -1;
    fresh->file = -1;
    fresh->archive = archive;
    fresh->seconds = seconds;
    fresh->hasher = hasher_new();
    fresh->path = without_slashes(path);
    int result = fresh->hasher == NULL || fresh->path == NULL ||
                         asprintf(&fresh->fresh, "%s.part-%ld", fresh->path, (long)getpid()) < 0
                     ? failure_set(failure, VAULT_ENOMEM, "%s: no memory", path)
                     : make(fresh, failure);
    if (result == VAULT_OK)
        *outlet = fresh;
    else
        outlet_free(fresh);
    return result;
}

static void undo(struct outlet *outlet)
{
    if (outlet->archive) {
        (void)unlink(outlet->fresh);
        return;
    }
    for (size_t i = 0; i < outlet->count; i++)
        (void)unlinkat(outlet->root, outlet->files[i].name, 0);
    (void)unlinkat(outlet->root, "proofs", AT_REMOVEDIR);
    (void)unlinkat(outlet->root, "release", AT_REMOVEDIR);
    (void)unlinkat(outlet->root, "files", AT_REMOVEDIR);
    (void)rmdir(outlet->fresh);
}

void outlet_free(struct outlet *outlet)
{
    if (outlet == NULL)
        return;
    if (outlet->root >= 0 && !outlet->placed)
        undo(outlet);
    if (outlet->file >= 0 && !outlet->archive)
        (void)close(outlet->file);
    if (outlet->root >= 0)
        (void)close(outlet->root);
    for (size_t i = 0; i < outlet->count; i++)
        free(outlet->files[i].name);
    free(outlet->files);
    buffer_free(&outlet->gathered);
    hasher_free(outlet->hasher);
    free(outlet->path);
    free(outlet->fresh);
    free(outlet);
}

/* --- Files --- */

static int note_file(struct outlet *outlet, const char *name, struct failure *failure)
{
    if (outlet->count == outlet->capacity) {
        size_t capacity = outlet->capacity == 0 ? 16 : 2 * outlet->capacity;
        struct outlet_file *wider = reallocarray(outlet->files, capacity, sizeof *wider);
        if (wider == NULL)
            return failure_set(failure, VAULT_ENOMEM, "%s: no memory", outlet->path);
        outlet->files = wider;
        outlet->capacity = capacity;
    }
    struct outlet_file *file = &outlet->files[outlet->count];
    memset(file, 0, sizeof *file);
    file->name = strdup(name);
    if (file->name == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", outlet->path);
    outlet->count++;
    return VAULT_OK;
}

static int flush(struct outlet *outlet, struct failure *failure)
{
    int result = buffer_error(&outlet->gathered);
    if (result == VAULT_OK && file_write_all(outlet->file, buffer_bytes(&outlet->gathered)) != VAULT_OK)
        result = trouble(outlet, "write", failure);
    /* Not secret, and no need to wipe a quarter of a megabyte each time. */
    outlet->gathered.size = 0;
    return result;
}

static int open_file(struct outlet *outlet, const char *name, struct failure *failure)
{
    static const uint8_t nothing[TAR_BLOCK] = {0};
    if (outlet->archive) {
        /* The header is written when the size is known. */
        off_t at = lseek(outlet->root, 0, SEEK_CUR);
        outlet->offset = (uint64_t)at;
        outlet->file = outlet->root;
        if (at < 0 || file_write_all(outlet->root, bytes_of(nothing, sizeof nothing)) != VAULT_OK)
            return trouble(outlet, "write", failure);
        return VAULT_OK;
    }
    const char *slash = strchr(name, '/');
    if (slash != NULL) {
        char folder[16] = {0};
        memcpy(folder, name,
            (size_t)(slash - name) < sizeof folder - 1 ? (size_t)(slash - name) : sizeof folder - 1);
        if (mkdirat(outlet->root, folder, 0700) != 0 && errno != EEXIST)
            return trouble(outlet, "be made", failure);
        outlet->many = true;
    }
    outlet->file = openat(outlet->root, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return outlet->file < 0 ? trouble(outlet, "be made", failure) : VAULT_OK;
}

int outlet_begin(struct outlet *outlet, const char *name, struct failure *failure)
{
    int result = outlet_end(outlet, failure);
    if (result == VAULT_OK)
        result = note_file(outlet, name, failure);
    if (result == VAULT_OK)
        result = open_file(outlet, name, failure);
    if (result != VAULT_OK)
        return result;
    hasher_start(outlet->hasher);
    outlet->open = true;
    return VAULT_OK;
}

int outlet_put(struct outlet *outlet, struct bytes bytes, struct failure *failure)
{
    struct outlet_file *file = &outlet->files[outlet->count - 1];
    hasher_add(outlet->hasher, bytes);
    file->size += bytes.size;
    buffer_put(&outlet->gathered, bytes);
    return outlet->gathered.size < PIECE ? buffer_error(&outlet->gathered) : flush(outlet, failure);
}

static int end_in_archive(struct outlet *outlet, const struct outlet_file *file, struct failure *failure)
{
    static const uint8_t nothing[TAR_BLOCK] = {0};
    uint8_t header[TAR_BLOCK];
    if (tar_header(file->name, file->size, outlet->seconds, header) != VAULT_OK) {
        failure_remedy(failure, "write a directory and not an archive");
        return failure_set(
            failure, VAULT_ELIMIT, "%s: %s is too large for an archive", outlet->path, file->name);
    }
    if (file_write_all(outlet->root, bytes_of(nothing, tar_padding(file->size))) != VAULT_OK ||
        pwrite(outlet->root, header, sizeof header, (off_t)outlet->offset) != (ssize_t)sizeof header)
        return trouble(outlet, "write", failure);
    return VAULT_OK;
}

int outlet_end(struct outlet *outlet, struct failure *failure)
{
    if (!outlet->open)
        return VAULT_OK;
    struct outlet_file *file = &outlet->files[outlet->count - 1];
    outlet->open = false;
    hasher_finish(outlet->hasher, &file->hash);
    int result = flush(outlet, failure);
    if (outlet->archive)
        return result == VAULT_OK ? end_in_archive(outlet, file, failure) : result;
    if (result == VAULT_OK && strchr(file->name, '/') == NULL && fdatasync(outlet->file) != 0)
        result = trouble(outlet, "sync", failure);
    if (close(outlet->file) != 0 && result == VAULT_OK)
        result = trouble(outlet, "write", failure);
    outlet->file = -1;
    return result;
}

int outlet_file(struct outlet *outlet, const char *name, struct bytes content, struct failure *failure)
{
    int result = outlet_begin(outlet, name, failure);
    if (result == VAULT_OK)
        result = outlet_put(outlet, content, failure);
    return result == VAULT_OK ? outlet_end(outlet, failure) : result;
}

static int by_name(const void *a, const void *b)
{
    const struct outlet_file *left = a;
    const struct outlet_file *right = b;
    return strcmp(left->name, right->name);
}

const struct outlet_file *outlet_files(struct outlet *outlet, size_t *count)
{
    *count = outlet->count;
    if (outlet->count > 0)
        qsort(outlet->files, outlet->count, sizeof *outlet->files, by_name);
    return outlet->files;
}

/* --- Ending --- */

int outlet_finish(struct outlet *outlet, struct failure *failure)
{
    static const uint8_t end[2 * TAR_BLOCK] = {0};
    int result = outlet_end(outlet, failure);
    if (result == VAULT_OK && outlet->archive &&
        file_write_all(outlet->root, bytes_of(end, sizeof end)) != VAULT_OK)
        result = trouble(outlet, "write", failure);
    /* Files in folders were not synced one by one. */
    if (result == VAULT_OK && outlet->many && syncfs(outlet->root) != 0)
        result = trouble(outlet, "sync", failure);
    if (result == VAULT_OK && fsync(outlet->root) != 0)
        result = trouble(outlet, "sync", failure);
    return result;
}

int outlet_place(struct outlet *outlet, struct failure *failure)
{
    /* RENAME_NOREPLACE: what somebody else put there meanwhile is not written over. */
    if (renameat2(AT_FDCWD, outlet->fresh, AT_FDCWD, outlet->path, RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || rename(outlet->fresh, outlet->path) != 0))
        return failure_set(failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO,
            "%s: cannot be put in place: %s", outlet->path, strerror(errno));
    outlet->placed = true;
    return file_sync_directory(outlet->path, failure);
}
