#include "vault/log/remember.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/log_private.h"

#define NAME_DIGITS 32

char *remember_directory(void)
{
    char *path = NULL;
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (state != NULL && state[0] == '/')
        length = asprintf(&path, "%s/strongroom/known", state);
    else if (home != NULL && home[0] == '/')
        length = asprintf(&path, "%s/.local/state/strongroom/known", home);
    return length < 0 ? NULL : path;
}

char *remember_path(const char *origin, const char *directory, const char *suffix)
{
    struct hash hash;
    char name[2 * HASH_SIZE + 1];
    char *path = NULL;
    hash_sha256(bytes_of_text(origin), &hash);
    hex_encode(hash_bytes(&hash), name);
    return asprintf(&path, "%s/%.*s%s", directory, NAME_DIGITS, name, suffix) < 0 ? NULL : path;
}

static char *path_of(const char *origin, const char *directory)
{
    return remember_path(origin, directory, "");
}

static int keep_one(const char *path, const char *time, const char *which, struct bytes note)
{
    char *rejected = NULL;
    if (asprintf(&rejected, "%s.rejected-%s.%s", path, time, which) < 0)
        return VAULT_ENOMEM;
    int result = file_replace(rejected, note, 0600, NULL);
    free(rejected);
    return result;
}

/* Two signed checkpoints that cannot both be true are the proof; keep them as they are. */
static int keep_proof(struct log *log, const char *path, struct bytes known)
{
    struct buffer shown = {0};
    char time[INSTANT_TEXT_SIZE];
    instant_format(instant_now(), time);
    int result = log_checkpoint(log, &shown, NULL);
    if (result == VAULT_OK)
        result = keep_one(path, time, "known", known);
    if (result == VAULT_OK)
        result = keep_one(path, time, "shown", buffer_bytes(&shown));
    buffer_free(&shown);
    return result;
}

/* What is remembered.  @p size 0 and nothing in @p known if nothing is. */
static int recall(
    const struct log *log, const char *path, struct buffer *known, uint64_t *size, struct failure *failure)
{
    struct checkpoint checkpoint;
    *size = 0;
    int result = file_read(path, NOTE_SIZE_MAX, known, NULL);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    if (result != VAULT_OK)
        return failure_set(failure, result, "%s: cannot be read", path);
    if (known->size == 0)
        return VAULT_OK; /* a power cut came between its making and its writing */
    if (checkpoint_open(buffer_bytes(known), &log->note_key, &checkpoint) != VAULT_OK) {
        failure_remedy(failure,
            "compare the vault's key with your colleagues'; if the vault was made anew, delete the file");
        return failure_set(failure, VAULT_EFORGED,
            "%s: the checkpoint remembered for %s is not signed by this vault's key", path, log->keys.origin);
    }
    *size = checkpoint.size;
    return VAULT_OK;
}

/* The same, checked against the log. */
static int check(struct log *log, const char *path, uint64_t *size, struct failure *failure)
{
    struct buffer known = {0};
    int result = recall(log, path, &known, size, failure);
    /* Another process of the same person may have written log and memory since this one opened the log. */
    if (result == VAULT_OK && *size > log_size(log))
        result = log_refresh(log, failure);
    if (result == VAULT_OK && known.size > 0)
        result = log_extends(log, buffer_bytes(&known), failure);
    if (result == VAULT_EROLLBACK) {
        if (keep_proof(log, path, buffer_bytes(&known)) == VAULT_OK)
            failure_remedy(failure,
                "both are kept as %s.rejected-* for your investigator; if a backup was restored on purpose, "
                "accept it "
                "with --accept-rollback",
                path);
        else
            failure_remedy(failure, "the remembered checkpoint is in %s; show it to your investigator", path);
    }
    buffer_free(&known);
    return result;
}

int remember_check(struct log *log, const char *directory, struct failure *failure)
{
    uint64_t size;
    char *path = path_of(log->keys.origin, directory);
    if (path == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the remembered checkpoint");
    int result = check(log, path, &size, failure);
    free(path);
    return result;
}

int remember_size(const struct log *log, const char *directory, uint64_t *size, struct failure *failure)
{
    struct buffer known = {0};
    char *path = path_of(log->keys.origin, directory);
    *size = 0;
    int result = path == NULL ? VAULT_ENOMEM : recall(log, path, &known, size, failure);
    buffer_free(&known);
    free(path);
    return result;
}

static int make_directories(const char *directory, struct failure *failure)
{
    char *path = strdup(directory);
    int result = path == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (char *at = path; result == VAULT_OK && at != NULL;) {
        at = strchr(at + 1, '/');
        if (at != NULL)
            *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            result = failure_set(failure, VAULT_EIO, "%s: cannot be made: %s", path, strerror(errno));
        if (at != NULL)
            *at = '/';
    }
    free(path);
    return result;
}

void remember_keep(struct log *log, const char *directory, struct bytes theirs, struct failure *failure)
{
    char *path = path_of(log->keys.origin, directory);
    if (path != NULL && make_directories(directory, NULL) == VAULT_OK &&
        keep_proof(log, path, theirs) == VAULT_OK)
        failure_remedy(failure,
            "both checkpoints are kept as %s.rejected-* for your investigator; if a backup was restored on "
            "purpose, "
            "accept it with --accept-rollback",
            path);
    free(path);
}

/* One at a time, so that the larger checkpoint stays. */
static int lock_directory(const char *directory, struct failure *failure)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        return descriptor;
    (void)failure_set(failure, VAULT_EIO, "%s: cannot be locked: %s", directory, strerror(errno));
    if (descriptor >= 0)
        (void)close(descriptor);
    return -1;
}

int remember_update(struct log *log, const char *directory, struct failure *failure)
{
    struct buffer note = {0};
    struct checkpoint now;
    uint64_t known = 0;
    int locked = -1;
    char *path = path_of(log->keys.origin, directory);
    int result = path == NULL ? VAULT_ENOMEM : make_directories(directory, failure);
    if (result != VAULT_OK)
        goto out;
    locked = lock_directory(directory, failure);
    result = locked < 0 ? VAULT_EIO : check(log, path, &known, failure);
    if (result == VAULT_OK)
        result = log_checkpoint(log, &note, failure);
    if (result == VAULT_OK)
        result = checkpoint_open(buffer_bytes(&note), &log->note_key, &now);
    /* Not waited for: what a power cut may take here is how new the memory is, and every session renews it.
     */
    if (result == VAULT_OK && now.size > known)
        result = file_replace_lazily(path, buffer_bytes(&note), 0600, failure);
out:
    if (locked >= 0)
        (void)close(locked);
    buffer_free(&note);
    free(path);
    return result == VAULT_OK ? result : failure_set(failure, result, "the checkpoint cannot be remembered");
}

int remember_forget(const char *origin, const char *directory, struct failure *failure)
{
    char time[INSTANT_TEXT_SIZE];
    char *aside = NULL;
    char *path = path_of(origin, directory);
    int result = VAULT_OK;
    instant_format(instant_now(), time);
    if (path == NULL || asprintf(&aside, "%s.accepted-%s", path, time) < 0) {
        aside = NULL;
        result = failure_set(failure, VAULT_ENOMEM, "no memory for the remembered checkpoint");
    } else if (rename(path, aside) != 0 && errno != ENOENT) {
        result = failure_set(failure, VAULT_EIO, "%s: cannot be set aside: %s", path, strerror(errno));
    } else if (file_exists(aside)) {
        result = file_sync_directory(path, failure);
    }
    free(aside);
    free(path);
    return result;
}
