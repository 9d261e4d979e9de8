/* A backup becomes a vault again: checked against its manifest, opened, allowed, logged, and only then in its
 * place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zip.h>

#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/log/remember.h"
#include "vault/ops/keeping/backup_private.h"
#include "vault/ops/call_private.h"

#define PIECE ((size_t)1 << 20)

struct restore {
    const char *path;
    const struct session_options *options;
    struct call call;
    zip_t *archive;
    struct backup_manifest manifest;
    struct hash manifest_hash;
    uint64_t bytes; /* of all files */
    uint64_t done;
    char *fresh; /* the directory beside the final one */
    struct session *session;
    bool exercise;       /* a copy to practise on */
    uint64_t remembered; /* what this machine had seen, where that was accepted as gone */
    uint64_t event;
    uint64_t size;
    char origin[96];
};

static int damaged(struct restore *restore, const char *name, const char *what)
{
    return failure_set(restore->call.failure, VAULT_EDAMAGED, "%s: %s: %s", restore->path, name, what);
}

/* --- The archive, believed nothing --- */

static int open_archive(struct restore *restore)
{
    int error = 0;
    struct failure *failure = restore->call.failure;
    restore->archive = zip_open(restore->path, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    if (restore->archive != NULL)
        return VAULT_OK;
    if (error == ZIP_ER_NOENT)
        return failure_set(failure, VAULT_ENOTFOUND, "%s: there is no such file", restore->path);
    if (error == ZIP_ER_OPEN || error == ZIP_ER_READ)
        return failure_set(failure, VAULT_EIO, "%s: cannot be read: %s", restore->path, strerror(errno));
    /* libzip 1.7 without memory for its table of names says that nothing went wrong. */
    if (error == ZIP_ER_MEMORY || error == ZIP_ER_OK)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory to open it", restore->path);
    return failure_set(failure, VAULT_EDAMAGED, "%s: not a whole backup", restore->path);
}

/* A member of which libzip gives no stream. */
static int unopened(struct restore *restore, const char *name)
{
    if (zip_error_code_zip(zip_get_error(restore->archive)) == ZIP_ER_MEMORY)
        return failure_set(restore->call.failure, VAULT_ENOMEM, "%s: %s: no memory to read it", restore->path, name);
    return damaged(restore, name, "cannot be read");
}

/* Stored as it is, so that what it unpacks to is never more than what it is. */
static int member(struct restore *restore, const char *name, zip_stat_t *status)
{
    static const zip_uint64_t needed = ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                       ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat(restore->archive, name, ZIP_FL_ENC_RAW, status) != 0)
        return damaged(restore, name, "is missing");
    if ((status->valid & needed) != needed || status->comp_method != ZIP_CM_STORE ||
        status->encryption_method != ZIP_EM_NONE || status->comp_size != status->size)
        return damaged(restore, name, "is not stored as a backup stores it");
    return VAULT_OK;
}

static int read_manifest(struct restore *restore)
{
    zip_stat_t status;
    zip_file_t *file = NULL;
    struct buffer text = {0};
    int result = member(restore, BACKUP_MANIFEST, &status);
    if (result == VAULT_OK && status.size > BACKUP_MANIFEST_MAX)
        result = damaged(restore, BACKUP_MANIFEST, "is too large");
    if (result == VAULT_OK) {
        uint8_t *space = buffer_grow(&text, (size_t)status.size);
        file = zip_fopen_index(restore->archive, status.index, 0);
        if (space == NULL)
            result = VAULT_ENOMEM;
        else if (file == NULL)
            result = unopened(restore, BACKUP_MANIFEST);
        else if (zip_fread(file, space, status.size) != (zip_int64_t)status.size)
            result = damaged(restore, BACKUP_MANIFEST, "cannot be read");
    }
    if (result == VAULT_OK)
        result = backup_manifest_read(buffer_bytes(&text), &restore->manifest, restore->call.failure);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(&text), &restore->manifest_hash);
    if (file != NULL)
        (void)zip_fclose(file);
    buffer_free(&text);
    return result;
}

/* Nothing but what the manifest names, and of the sizes that it names. */
static int check_members(struct restore *restore)
{
    const struct backup_manifest *manifest = &restore->manifest;
    struct statvfs system;
    zip_stat_t status;
    int result = VAULT_OK;
    if (zip_get_num_entries(restore->archive, 0) != (zip_int64_t)manifest->count + 1)
        return damaged(restore, BACKUP_MANIFEST, "does not name what is there");
    for (size_t i = 0; i < manifest->count && result == VAULT_OK; i++) {
        result = member(restore, manifest->files[i].name, &status);
        if (result == VAULT_OK && status.size != manifest->files[i].size)
            result = damaged(restore, manifest->files[i].name, "is of another size than it was");
        restore->bytes += manifest->files[i].size;
    }
    if (result == VAULT_OK && statvfs(restore->fresh, &system) == 0 &&
        (uint64_t)system.f_bavail * system.f_frsize < restore->bytes)
        result = failure_set(restore->call.failure, VAULT_EIO, "%s: there is no room for %llu bytes",
            restore->options->directory, (unsigned long long)restore->bytes);
    return result;
}

/* --- Unpacking --- */

struct unpacking {
    struct restore *restore;
    const struct backup_file *file;
    zip_file_t *from;
    int to;
    struct hasher *hasher;
    uint8_t *piece;
};

static int copy_pieces(struct unpacking *unpacking)
{
    struct restore *restore = unpacking->restore;
    uint64_t total = 0;
    zip_int64_t got;
    while ((got = zip_fread(unpacking->from, unpacking->piece, PIECE)) > 0) {
        struct bytes piece = bytes_of(unpacking->piece, (size_t)got);
        total += (uint64_t)got;
        if (total > unpacking->file->size)
            break;
        hasher_add(unpacking->hasher, piece);
        if (file_write_all(unpacking->to, piece) != VAULT_OK)
            return failure_set(restore->call.failure, VAULT_EIO, "%s/%s: cannot be written: %s",
                restore->fresh, unpacking->file->name, strerror(errno));
        restore->done += (uint64_t)got;
        reply_progress(&restore->call, restore->done, restore->bytes, "bytes");
    }
    if (got < 0 || total != unpacking->file->size)
        return damaged(restore, unpacking->file->name, "cannot be read to its end");
    return VAULT_OK;
}

static int copy_and_check(struct unpacking *unpacking)
{
    struct hash hash;
    hasher_start(unpacking->hasher);
    int result = copy_pieces(unpacking);
    hasher_finish(unpacking->hasher, &hash);
    if (result == VAULT_OK && !bytes_equal(hash_bytes(&hash), hash_bytes(&unpacking->file->hash)))
        result = damaged(unpacking->restore, unpacking->file->name, "is not what was backed up");
    if (result == VAULT_OK && fsync(unpacking->to) != 0)
        result = failure_set(unpacking->restore->call.failure, VAULT_EIO, "%s: cannot be written: %s",
            unpacking->restore->fresh, strerror(errno));
    return result;
}

static int unpack_one(struct restore *restore, const struct backup_file *file)
{
    struct unpacking unpacking = {
        .restore = restore, .file = file, .to = -1, .hasher = hasher_new(), .piece = malloc(PIECE)};
    char *path = file_path(restore->fresh, file->name);
    int result =
        path == NULL || unpacking.hasher == NULL || unpacking.piece == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        unpacking.from = zip_fopen(restore->archive, file->name, ZIP_FL_ENC_RAW);
        unpacking.to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (unpacking.from == NULL)
            result = unopened(restore, file->name);
        else if (unpacking.to < 0)
            result = failure_set(
                restore->call.failure, VAULT_EIO, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (result == VAULT_OK)
        result = copy_and_check(&unpacking);
    if (unpacking.from != NULL)
        (void)zip_fclose(unpacking.from);
    if (unpacking.to >= 0)
        (void)close(unpacking.to);
    hasher_free(unpacking.hasher);
    free(unpacking.piece); /* encrypted bytes, not wiped */
    free(path);
    return result;
}

static int unpack(struct restore *restore)
{
    int result = check_members(restore);
    for (size_t i = 0; i < restore->manifest.count && result == VAULT_OK; i++)
        result = unpack_one(restore, &restore->manifest.files[i]);
    return result;
}

/* --- Opened as a vault, where it is not in its place yet --- */

/* From its first opening on. */
static int mark_exercise(struct restore *restore)
{
    static const char says[] = "EXERCISE 演练\n";
    char *path = restore->exercise ? file_path(restore->fresh, LAYOUT_EXERCISE) : NULL;
    int result = restore->exercise && path == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (path != NULL)
        result = file_replace(path, bytes_of_text(says), 0600, restore->call.failure);
    free(path);
    return result;
}

/* Without remembering: what is opened here may still be given up. */
static int open_session(struct restore *restore)
{
    struct session_options options = *restore->options;
    options.directory = restore->fresh;
    options.known = NULL;
    int result = session_open(&options, &restore->session, restore->call.failure);
    restore->call.session = restore->session;
    return result;
}

static int take_problem(void *context, const struct log_problem *problem)
{
    struct restore *restore = context;
    if (problem->index == UINT64_MAX)
        return damaged(restore, LAYOUT_LOG, problem->what);
    return failure_set(restore->call.failure, VAULT_EDAMAGED, "%s: %s: entry %llu: %s", restore->path,
        LAYOUT_LOG, (unsigned long long)problem->index, problem->what);
}

static void take_progress(void *context, uint64_t done, uint64_t size)
{
    struct restore *restore = context;
    reply_progress(&restore->call, done, size, "entries");
}

/* Opening looks at what it needs; here every frame of the log and every page of the store is read once.
 * Signatures of people are left to 'log verify', which has the time. */
static int check_content(struct restore *restore)
{
    struct session *session = restore->session;
    struct failure *failure = restore->call.failure;
    struct log_verify_options options = {
        .skip_signatures = true, .context = restore, .problem = take_problem, .progress = take_progress};
    struct log_verify_result verified;
    if (strcmp(session_origin(session), restore->manifest.origin) != 0)
        return damaged(restore, BACKUP_MANIFEST, "is of another vault than the files");
    int result = log_extends(session_log(session), buffer_bytes(&restore->manifest.checkpoint), failure);
    if (result == VAULT_OK)
        result = log_verify(session_log(session), &options, &verified, failure);
    return result == VAULT_OK ? store_check(session_store(session), failure) : result;
}

/* This machine may have seen more of the log than the backup holds: then somebody must want that. */
static int check_remembered(struct restore *restore)
{
    const char *known = restore->options->known;
    struct failure *failure = restore->call.failure;
    if (known == NULL)
        return VAULT_OK;
    int result = remember_check(session_log(restore->session), known, failure);
    if (result == VAULT_EROLLBACK && restore->options->accept_rollback) {
        failure_clear(failure);
        result = remember_size(session_log(restore->session), known, &restore->remembered, failure);
    }
    return result;
}

static int log_event(struct restore *restore)
{
    struct access_request request = {.action = restore->exercise ? "drill.run" : "vault.restore"};
    json_t *backup = json_pack("{s:I,s:o,s:o}", "entries", (json_int_t)restore->manifest.entries, "created",
        json_instant(restore->manifest.created), "manifest", json_hex(hash_bytes(&restore->manifest_hash)));
    if (backup != NULL && restore->remembered > 0)
        (void)json_object_set_new(backup, "remembered", json_integer((json_int_t)restore->remembered));
    return call_allow(&restore->call, &request, json_pack("{s:o}", "backup", backup), &restore->event);
}

/* Closed before it moves, since its parts know their paths. */
static int put_in_place(struct restore *restore)
{
    struct failure *failure = restore->call.failure;
    restore->size = log_size(session_log(restore->session));
    (void)snprintf(restore->origin, sizeof restore->origin, "%s", session_origin(restore->session));
    session_free(restore->session);
    restore->session = restore->call.session = NULL;
    int result = directory_finish(restore->fresh, restore->options->directory, failure);
    if (result == VAULT_OK && restore->remembered > 0)
        result = remember_forget(restore->origin, restore->options->known, failure);
    return result;
}

static int run(struct restore *restore)
{
    static int (*const steps[])(struct restore *) = {open_archive, read_manifest, unpack, mark_exercise, open_session,
        check_content, check_remembered, log_event, put_in_place};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == VAULT_OK; i++)
        result = steps[i](restore);
    return result;
}

static int restore_as(const char *backup, const struct session_options *options, bool exercise,
    const struct reply *reply, struct failure *failure)
{
    static const struct reply silent = {0};
    struct failure own = {0};
    struct restore restore = {.path = backup, .options = options, .exercise = exercise};
    restore.call.reply = reply == NULL ? &silent : reply;
    restore.call.failure = failure == NULL ? &own : failure;
    int result = directory_begin(options->directory, &restore.fresh, restore.call.failure);
    if (result == VAULT_OK)
        result = run(&restore);
    result = memory_excuses(result, restore.call.failure);
    session_free(restore.session);
    if (result != VAULT_OK && restore.fresh != NULL)
        directory_remove(restore.fresh);
    if (restore.archive != NULL)
        zip_discard(restore.archive);
    if (result == VAULT_OK)
        result = reply_value(&restore.call,
            json_pack("{s:s,s:s,s:I,s:I}", "vault", options->directory, "origin", restore.origin, "size",
                (json_int_t)restore.size, "event", (json_int_t)restore.event));
    backup_manifest_free(&restore.manifest);
    free(restore.fresh);
    return result == VAULT_OK
               ? result
               : failure_set(restore.call.failure, result, "%s: %s", backup, vault_error_text(result));
}

int vault_restore(const char *backup, const struct session_options *options, const struct reply *reply,
    struct failure *failure)
{
    return restore_as(backup, options, false, reply, failure);
}

int restore_exercise(const char *backup, const struct session_options *options, const struct reply *reply,
    struct failure *failure)
{
    return restore_as(backup, options, true, reply, failure);
}
