#include "vault/evidence/container.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/evidence/tar.h"

struct container_file {
    char *name;
    struct bytes content; /* of an archive */
};

struct container {
    int directory;      /* -1 for an archive */
    struct bytes whole; /* the mapped archive */
    struct container_file *files;
    size_t count;
    size_t capacity;
};

/* --- Names --- */

bool container_proof_name(const char *name, uint64_t *index)
{
    static const char before[] = "proofs/";
    static const char after[] = ".tlog-proof";
    *index = 0;
    if (strncmp(name, before, sizeof before - 1) != 0)
        return false;
    const char *digits = name + sizeof before - 1;
    size_t size = strspn(digits, "0123456789");
    if (size == 0 || size > 16 || (digits[0] == '0' && size > 1) || strcmp(digits + size, after) != 0)
        return false;
    for (size_t i = 0; i < size; i++)
        *index = *index * 10 + (uint64_t)(digits[i] - '0');
    return true;
}

bool container_case_name(const char *name)
{
    static const char before[] = "files/";
    return strncmp(name, before, sizeof before - 1) == 0 &&
           strspn(name + sizeof before - 1, "0123456789abcdef") == CONTAINER_CASE_DIGITS &&
           name[sizeof before - 1 + CONTAINER_CASE_DIGITS] == '\0';
}

static bool name_known(const char *name)
{
    static const char *const names[] = {"checkpoint", "vkeys", "entries.jsonl", "manifest.json",
        "manifest.sig", "consistency.json", "old-checkpoint", "release/checkpoint", "release/entries.jsonl",
        "README.txt", "case.json"};
    uint64_t index;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return container_proof_name(name, &index) || container_case_name(name);
}

static bool folder_known(const char *name)
{
    return strcmp(name, "proofs/") == 0 || strcmp(name, "release/") == 0 || strcmp(name, "files/") == 0;
}

static int refuse(struct container_fault *fault, const char *name, const char *what)
{
    fault->what = what;
    size_t size = strnlen(name, CONTAINER_NAME_MAX);
    memcpy(fault->name, name, size);
    fault->name[size] = '\0';
    return VAULT_EFORGED;
}

static int add(
    struct container *container, const char *name, struct bytes content, struct container_fault *fault)
{
    if (!name_known(name))
        return refuse(fault, name, "a file that no bundle has");
    if (container->count == CONTAINER_FILES_MAX)
        return refuse(fault, name, "more files than a bundle may have");
    if (container->count == container->capacity) {
        size_t capacity = container->capacity == 0 ? 16 : 2 * container->capacity;
        struct container_file *files = reallocarray(container->files, capacity, sizeof *files);
        if (files == NULL)
            return VAULT_ENOMEM;
        container->files = files;
        container->capacity = capacity;
    }
    char *copy = strdup(name);
    if (copy == NULL)
        return VAULT_ENOMEM;
    container->files[container->count++] = (struct container_file){copy, content};
    return VAULT_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct container_file *left = a;
    const struct container_file *right = b;
    return strcmp(left->name, right->name);
}

static int sort(struct container *container, struct container_fault *fault)
{
    if (container->count > 0)
        qsort(container->files, container->count, sizeof container->files[0], by_name);
    for (size_t i = 1; i < container->count; i++)
        if (strcmp(container->files[i - 1].name, container->files[i].name) == 0)
            return refuse(fault, container->files[i].name, "a file that is there twice");
    return VAULT_OK;
}

/* --- Directories --- */

static int scan(
    struct container *container, const char *folder, struct container_fault *fault, struct failure *failure);

static int scan_one(struct container *container, const char *folder, const char *leaf, int directory,
    struct container_fault *fault, struct failure *failure)
{
    struct stat status;
    char name[CONTAINER_NAME_MAX + 2];
    size_t size = strlen(folder) + strlen(leaf);
    if (size > CONTAINER_NAME_MAX)
        return refuse(fault, leaf, "a file that no bundle has");
    (void)stpcpy(stpcpy(name, folder), leaf);
    if (fstatat(directory, leaf, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return failure_set(failure, VAULT_EIO, "%s: cannot look at it: %s", name, strerror(errno));
    if (S_ISREG(status.st_mode))
        return add(container, name, bytes_of(NULL, 0), fault);
    if (!S_ISDIR(status.st_mode))
        return refuse(fault, name, "neither a regular file nor a directory");
    name[size] = '/';
    name[size + 1] = '\0';
    if (folder[0] != '\0' || !folder_known(name))
        return refuse(fault, name, "a directory that no bundle has");
    return scan(container, name, fault, failure);
}

/* Every name in a folder of the bundle: "" or "proofs/". */
static int scan(
    struct container *container, const char *folder, struct container_fault *fault, struct failure *failure)
{
    int result = VAULT_OK;
    int descriptor = openat(container->directory, folder[0] == '\0' ? "." : folder,
        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (listing == NULL) {
        if (descriptor >= 0)
            (void)close(descriptor);
        return failure_set(failure, VAULT_EIO, "%s: cannot be listed: %s", folder, strerror(errno));
    }
    while (result == VAULT_OK) {
        errno = 0;
        const struct dirent *item = readdir(listing);
        if (item == NULL && errno != 0)
            result = failure_set(failure, VAULT_EIO, "%s: cannot be listed: %s", folder, strerror(errno));
        if (item == NULL)
            break;
        if (strcmp(item->d_name, ".") != 0 && strcmp(item->d_name, "..") != 0)
            result = scan_one(container, folder, item->d_name, dirfd(listing), fault, failure);
    }
    (void)closedir(listing);
    return result;
}

/* --- Mapping --- */

static int map(int file, const char *name, struct bytes *content, struct failure *failure)
{
    struct stat status;
    *content = bytes_of(NULL, 0);
    if (fstat(file, &status) != 0)
        return failure_set(failure, VAULT_EIO, "%s: cannot be read: %s", name, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return VAULT_EFORGED;
    if (status.st_size == 0)
        return VAULT_OK;
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        return failure_set(failure, VAULT_EIO, "%s: cannot be read: %s", name, strerror(errno));
    (void)madvise(data, (size_t)status.st_size, MADV_SEQUENTIAL);
    *content = bytes_of(data, (size_t)status.st_size);
    return VAULT_OK;
}

static void unmap(struct bytes content)
{
    union {
        const void *constant;
        void *data;
    } same = {.constant = content.data};
    if (content.size > 0)
        (void)munmap(same.data, content.size);
}

static int read_archive(struct container *container, struct container_fault *fault)
{
    struct bytes rest = container->whole;
    struct tar_entry entry;
    bool more = true;
    int result = VAULT_OK;
    while (result == VAULT_OK) {
        const char *why = tar_next(&rest, &entry, &more);
        if (why != NULL)
            return refuse(fault, entry.name, why);
        if (!more)
            break;
        if (!entry.directory)
            result = add(container, entry.name, entry.content, fault);
        else if (!folder_known(entry.name))
            result = refuse(fault, entry.name, "a directory that no bundle has");
    }
    return result;
}

static int open_path(
    const char *path, struct container *container, struct container_fault *fault, struct failure *failure)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "%s: cannot open: %s",
            path, strerror(errno));
    if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
        container->directory = file;
        return scan(container, "", fault, failure);
    }
    int result = map(file, path, &container->whole, failure);
    (void)close(file);
    if (result == VAULT_EFORGED)
        return refuse(fault, "", "neither a regular file nor a directory");
    return result == VAULT_OK ? read_archive(container, fault) : result;
}

int container_open(
    const char *path, struct container **container, struct container_fault *fault, struct failure *failure)
{
    memset(fault, 0, sizeof *fault);
    *container = NULL;
    struct container *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return VAULT_ENOMEM;
    fresh->directory = -1;
    int result = open_path(path, fresh, fault, failure);
    if (result == VAULT_OK)
        result = sort(fresh, fault);
    if (result == VAULT_OK)
        *container = fresh;
    else
        container_free(fresh);
    return result;
}

void container_free(struct container *container)
{
    if (container == NULL)
        return;
    for (size_t i = 0; i < container->count; i++)
        free(container->files[i].name);
    free(container->files);
    unmap(container->whole);
    if (container->directory >= 0)
        (void)close(container->directory);
    free(container);
}

size_t container_count(const struct container *container)
{
    return container->count;
}

const char *container_name(const struct container *container, size_t index)
{
    return container->files[index].name;
}

bool container_find(const struct container *container, const char *name, size_t *index)
{
    size_t low = 0;
    size_t high = container->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, container->files[middle].name);
        *index = middle;
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

int container_get(
    const struct container *container, size_t index, struct bytes *content, struct failure *failure)
{
    const struct container_file *file = &container->files[index];
    *content = file->content;
    if (container->directory < 0)
        return VAULT_OK;
    int descriptor = openat(container->directory, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return failure_set(failure, VAULT_EIO, "%s: cannot open: %s", file->name, strerror(errno));
    int result = map(descriptor, file->name, content, failure);
    (void)close(descriptor);
    return result;
}

void container_drop(const struct container *container, struct bytes content)
{
    if (container->directory >= 0)
        unmap(content);
}
