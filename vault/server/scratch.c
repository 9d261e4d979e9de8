#include "vault/server/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/crypto/hash.h"

#define SECOND UINT64_C(1000000000)
#define FILES_MAX 10000u /* in one directory that was written */
#define NAME_BYTES_MAX 255u

struct scratch_item {
    char id[ULID_TEXT_SIZE];
    char owner[ULID_TEXT_SIZE];
    char *directory; /* ROOT/ID */
    char *path;      /* ROOT/ID/NAME */
    char **files;    /* of a directory: paths under `path`; NULL: it is one file */
    size_t count;
    uint64_t bytes; /* that were brought */
    uint64_t kept;  /* monotonic */
    struct buffer label;
    struct scratch_item *next;
};

struct scratch {
    pthread_mutex_t lock;
    char *memory; /* root of plaintext */
    char *disk;   /* root of sealed things */
    uint64_t bytes;
    unsigned count;
    struct scratch_item *first; /* those that are kept */
};

/* --- Trees --- */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

static void remove_tree(const char *path)
{
    if (path != NULL)
        (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static bool is_memory(const char *path)
{
    struct statfs system;
    return path != NULL && path[0] == '/' && access(path, W_OK) == 0 && statfs(path, &system) == 0 &&
           ((unsigned long)system.f_type == TMPFS_MAGIC || (unsigned long)system.f_type == RAMFS_MAGIC);
}

/* Named after the vault, so that what a killed server left is found by the next. */
static char *memory_root(const char *directory)
{
    const char *const places[] = {getenv("RUNTIME_DIRECTORY"), getenv("XDG_RUNTIME_DIR"), "/dev/shm"};
    char real[4096];
    char name[17];
    char *path = NULL;
    struct hash hash;
    if (realpath(directory, real) == NULL)
        return NULL;
    hash_sha256(bytes_of_text(real), &hash);
    hex_encode(bytes_of(hash.data, 8), name);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (is_memory(places[i]))
            return asprintf(&path, "%s/strongroom-%u-%s", places[i], (unsigned)geteuid(), name) < 0 ? NULL
                                                                                                    : path;
    }
    return NULL;
}

/* Anew, ours alone. */
static int make_root(const char *path, struct failure *failure)
{
    struct stat status;
    remove_tree(path);
    if (mkdir(path, 0700) != 0 || lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid())
        return failure_set(
            failure, VAULT_EIO, "%s: no directory can be made there: %s", path, strerror(errno));
    return VAULT_OK;
}

int scratch_new(const char *directory, struct scratch **scratchp, struct failure *failure)
{
    *scratchp = NULL;
    struct scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    (void)pthread_mutex_init(&scratch->lock, NULL);
    scratch->disk = file_path(directory, "serve.files");
    scratch->memory = memory_root(directory);
    int result = VAULT_OK;
    if (scratch->memory == NULL) {
        failure_remedy(failure, "mount a tmpfs, or name one as RUNTIME_DIRECTORY");
        result =
            failure_set(failure, VAULT_EIO, "there is no place in memory (tmpfs) for files on their way");
    }
    if (result == VAULT_OK && scratch->disk == NULL)
        result = failure_set(failure, VAULT_ENOMEM, "no memory");
    if (result == VAULT_OK)
        result = make_root(scratch->memory, failure);
    if (result == VAULT_OK)
        result = make_root(scratch->disk, failure);
    if (result != VAULT_OK) {
        scratch_free(scratch);
        return result;
    }
    *scratchp = scratch;
    return VAULT_OK;
}

static void item_free(struct scratch_item *item)
{
    remove_tree(item->directory);
    for (size_t i = 0; i < item->count; i++)
        free(item->files[i]);
    free(item->files);
    free(item->directory);
    free(item->path);
    buffer_free(&item->label);
    free(item);
}

void scratch_free(struct scratch *scratch)
{
    if (scratch == NULL)
        return;
    while (scratch->first != NULL) {
        struct scratch_item *item = scratch->first;
        scratch->first = item->next;
        item_free(item);
    }
    remove_tree(scratch->memory);
    remove_tree(scratch->disk);
    free(scratch->memory);
    free(scratch->disk);
    (void)pthread_mutex_destroy(&scratch->lock);
    free(scratch);
}

/* --- Items --- */

static const char *last_part(const char *name)
{
    size_t size = strlen(name);
    while (size > 0 && name[size - 1] != '/')
        size--;
    return name + size;
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strlen(name) <= NAME_BYTES_MAX;
}

/* Under the lock. */
static unsigned kept_of(const struct scratch *scratch, const char *owner)
{
    unsigned count = 0;
    for (const struct scratch_item *item = scratch->first; item != NULL; item = item->next)
        count += strcmp(item->owner, owner) == 0;
    return count;
}

static int claim(struct scratch *scratch, const char *owner, struct failure *failure)
{
    (void)pthread_mutex_lock(&scratch->lock);
    bool mine = kept_of(scratch, owner) >= SCRATCH_OF_ONE;
    bool room = !mine && scratch->count < SCRATCH_ITEMS_MAX;
    scratch->count += room;
    (void)pthread_mutex_unlock(&scratch->lock);
    if (mine)
        failure_remedy(failure, "fetch those that were written, or log in anew");
    return room ? VAULT_OK
                : failure_set(failure, VAULT_EBUSY, "too many files%s are on their way",
                      mine ? " of this session" : "");
}

int scratch_begin(struct scratch *scratch, const char *owner, const char *name, bool sealed,
    struct scratch_item **itemp, struct failure *failure)
{
    *itemp = NULL;
    if (!is_name(last_part(name)))
        return failure_set(failure, VAULT_EINPUT, "'%s' is no name for a file", name);
    int claimed = claim(scratch, owner, failure);
    if (claimed != VAULT_OK)
        return claimed;
    struct scratch_item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        (void)pthread_mutex_lock(&scratch->lock);
        scratch->count--;
        (void)pthread_mutex_unlock(&scratch->lock);
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    }
    struct ulid id = ulid_new();
    ulid_format(&id, item->id);
    text_copy(item->owner, sizeof item->owner, owner);
    item->directory = file_path(sealed ? scratch->disk : scratch->memory, item->id);
    item->path = item->directory == NULL ? NULL : file_path(item->directory, last_part(name));
    if (item->path == NULL || mkdir(item->directory, 0700) != 0) {
        scratch_drop(scratch, item);
        return failure_set(failure, VAULT_EIO, "no place for a file: %s", strerror(errno));
    }
    *itemp = item;
    return VAULT_OK;
}

const char *scratch_path(const struct scratch_item *item)
{
    return item->path;
}

void scratch_drop(struct scratch *scratch, struct scratch_item *item)
{
    if (item == NULL)
        return;
    (void)pthread_mutex_lock(&scratch->lock);
    scratch->count--;
    scratch->bytes -= item->bytes;
    (void)pthread_mutex_unlock(&scratch->lock);
    item_free(item);
}

int scratch_write(
    struct scratch *scratch, struct scratch_item *item, struct bytes bytes, struct failure *failure)
{
    (void)pthread_mutex_lock(&scratch->lock);
    bool room = bytes.size <= SCRATCH_UPLOADS_MAX - scratch->bytes;
    scratch->bytes += room ? bytes.size : 0;
    item->bytes += room ? bytes.size : 0;
    (void)pthread_mutex_unlock(&scratch->lock);
    if (!room)
        return failure_set(failure, VAULT_ELIMIT, "too many bytes are on their way to the server at once");
    int file = open(item->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result = file < 0 ? VAULT_EIO : file_write_all(file, bytes);
    int error = errno;
    if (file >= 0)
        (void)close(file);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the file cannot be kept: %s", strerror(error));
}

/* --- Kept --- */

static void keep(struct scratch *scratch, struct scratch_item *item)
{
    (void)pthread_mutex_lock(&scratch->lock);
    item->kept = instant_monotonic();
    item->next = scratch->first;
    scratch->first = item;
    (void)pthread_mutex_unlock(&scratch->lock);
}

void scratch_keep(struct scratch *scratch, struct scratch_item *item, char *id)
{
    (void)snprintf(id, SCRATCH_ID_SIZE, "%s-0", item->id);
    keep(scratch, item);
}

/* nftw(3) has no context. */
static _Thread_local struct scratch_item *walked;

static int note_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)place;
    if (type != FTW_F || !S_ISREG(status->st_mode))
        return type == FTW_D ? 0 : VAULT_EINTERNAL;
    if (walked->count == FILES_MAX)
        return VAULT_ELIMIT;
    walked->files[walked->count] = strdup(path);
    return walked->files[walked->count] == NULL ? VAULT_ENOMEM : (walked->count++, 0);
}

static int list_files(struct scratch_item *item)
{
    struct stat status;
    if (lstat(item->path, &status) != 0)
        return VAULT_EINTERNAL;
    if (!S_ISDIR(status.st_mode))
        return VAULT_OK;
    item->files = calloc(FILES_MAX, sizeof *item->files);
    if (item->files == NULL)
        return VAULT_ENOMEM;
    walked = item;
    return nftw(item->path, note_file, 16, FTW_PHYS | FTW_MOUNT);
}

int scratch_keep_all(
    struct scratch *scratch, struct scratch_item *item, json_t **files, struct failure *failure)
{
    char id[SCRATCH_ID_SIZE];
    size_t prefix = strlen(item->path) + 1;
    *files = json_array();
    int result = list_files(item);
    for (size_t i = 0; i < (item->files == NULL ? 1 : item->count) && result == VAULT_OK; i++) {
        (void)snprintf(id, sizeof id, "%s-%zu", item->id, i);
        json_t *one =
            json_pack("{s:s,s:s}", "id", id, "path", item->files == NULL ? "" : item->files[i] + prefix);
        if (one == NULL || json_array_append_new(*files, one) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK) {
        keep(scratch, item);
        return VAULT_OK;
    }
    json_decref(*files);
    *files = NULL;
    return failure_set(
        failure, result, "what was written cannot be handed out: %s", vault_error_text(result));
}

/* Under the lock: the place of an item, and which of its files is meant. */
static struct scratch_item **find(struct scratch *scratch, const char *owner, const char *id, size_t *index)
{
    const char *dash = strchr(id, '-');
    char *end = NULL;
    *index = dash == NULL ? 0 : strtoul(dash + 1, &end, 10);
    if (dash == NULL || dash - id != ULID_TEXT_SIZE - 1 || end == dash + 1 || *end != '\0')
        return NULL;
    for (struct scratch_item **place = &scratch->first; *place != NULL; place = &(*place)->next) {
        const struct scratch_item *item = *place;
        if (strncmp(item->id, id, ULID_TEXT_SIZE - 1) == 0 && strcmp(item->owner, owner) == 0 &&
            *index < (item->files == NULL ? 1 : item->count))
            return place;
    }
    return NULL;
}

static int unknown(const char *id, struct failure *failure)
{
    return failure_set(failure, VAULT_ENOTFOUND, "there is no file '%s' (any more)", id);
}

int scratch_take(struct scratch *scratch, const char *owner, const char *id, struct scratch_item **item,
    struct failure *failure)
{
    size_t index;
    (void)pthread_mutex_lock(&scratch->lock);
    struct scratch_item **place = find(scratch, owner, id, &index);
    *item = place == NULL ? NULL : *place;
    if (place != NULL)
        *place = (*place)->next;
    (void)pthread_mutex_unlock(&scratch->lock);
    return *item == NULL ? unknown(id, failure) : VAULT_OK;
}

void scratch_label(struct scratch_item *item, struct buffer *label)
{
    buffer_free(&item->label);
    item->label = *label;
    *label = (struct buffer){0}; /* transferred */
}

int scratch_open(struct scratch *scratch, const char *owner, const char *id, int *file, struct buffer *label,
    struct failure *failure)
{
    size_t index;
    int result = VAULT_OK;
    *file = -1;
    (void)pthread_mutex_lock(&scratch->lock);
    struct scratch_item **place = find(scratch, owner, id, &index);
    if (place != NULL) {
        const char *path = (*place)->files == NULL ? (*place)->path : (*place)->files[index];
        *file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        buffer_put(label, buffer_bytes(&(*place)->label));
        result = buffer_error(label);
    }
    (void)pthread_mutex_unlock(&scratch->lock);
    if (result != VAULT_OK && *file >= 0) {
        (void)close(*file);
        *file = -1;
    }
    if (result != VAULT_OK)
        return failure_set(failure, result, "no memory for what the file is about");
    return *file < 0 ? unknown(id, failure) : VAULT_OK;
}

bool scratch_single(struct scratch *scratch, const char *owner, const char *id)
{
    size_t index;
    (void)pthread_mutex_lock(&scratch->lock);
    struct scratch_item **place = find(scratch, owner, id, &index);
    bool single = place != NULL && (*place)->files == NULL;
    (void)pthread_mutex_unlock(&scratch->lock);
    return single;
}

void scratch_expire(struct scratch *scratch, const char *owner)
{
    struct scratch_item *over = NULL;
    uint64_t now = instant_monotonic();
    (void)pthread_mutex_lock(&scratch->lock);
    struct scratch_item **place = &scratch->first;
    while (*place != NULL) {
        struct scratch_item *item = *place;
        bool go = owner != NULL ? strcmp(item->owner, owner) == 0
                                : now - item->kept > SCRATCH_KEEP_SECONDS * SECOND;
        if (!go) {
            place = &item->next;
            continue;
        }
        *place = item->next;
        item->next = over;
        over = item;
        scratch->count--;
        scratch->bytes -= item->bytes;
    }
    (void)pthread_mutex_unlock(&scratch->lock);
    while (over != NULL) {
        struct scratch_item *item = over;
        over = item->next;
        item_free(item);
    }
}
