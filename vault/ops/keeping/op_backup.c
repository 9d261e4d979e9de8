/* The whole vault in one file, as encrypted as it is.  Changes are held still only while the store is copied;
 * the log's signed part does not change any more, so it is read from where it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "vault/access/attempts.h"
#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/keys/slots.h"
#include "vault/ops/keeping/backup_private.h"
#include "vault/ops/call_private.h"

struct backup {
    struct call *call;
    const char *event; /* "vault.backup", or "drill.copy" */
    struct backup_manifest manifest;
    struct buffer slots;
    struct buffer attempts;
    struct buffer text; /* of the manifest */
    FILE *store;        /* a copy that has no name any more */
    FILE *log;
    char *fresh; /* where the archive grows, beside its place */
    uint64_t log_bytes;
    uint64_t bytes; /* of all members */
    uint64_t intent;
    bool intended;
    json_t *actor;
    zip_t *archive;
};

/* --- Events --- */

static int log_intent(
    struct backup *backup, const struct access_request *request, const struct decision *decision)
{
    struct call *call = backup->call;
    json_t *members = access_event_members(call->session, request, decision, NULL);
    if (members != NULL) {
        (void)json_object_set_new(members, "phase", json_string("intent"));
        (void)json_object_set_new(
            members, "backup", json_pack("{s:I}", "entries", (json_int_t)backup->manifest.entries));
        backup->actor = json_incref(json_object_get(members, "actor"));
    }
    int result = event_append(call->session, backup->event, members, &backup->intent, call->failure);
    backup->intended = result == VAULT_OK;
    return result;
}

static int log_outcome(struct backup *backup, const char *status, json_t *result, struct failure *failure)
{
    json_t *members = json_pack("{s:O,s:{s:s,s:[]},s:[],s:s,s:I,s:o}", "actor", backup->actor, "decision",
        "effect", "permit", "policies", "resources", "phase", "outcome", "intent", (json_int_t)backup->intent,
        "result", result);
    if (members != NULL)
        (void)json_object_set_new(json_object_get(members, "result"), "status", json_string(status));
    return event_append(backup->call->session, backup->event, members, NULL, failure);
}

/* --- What goes into it, at one moment --- */

static int read_head(struct backup *backup)
{
    struct call *call = backup->call;
    struct log *log = session_log(call->session);
    int result = log_refresh(log, call->failure);
    backup->manifest.created = instant_now();
    (void)snprintf(
        backup->manifest.origin, sizeof backup->manifest.origin, "%s", session_origin(call->session));
    if (result == VAULT_OK) {
        backup->manifest.entries = log_size(log);
        backup->log_bytes = log_bytes(log);
        result = log_checkpoint(log, &backup->manifest.checkpoint, call->failure);
    }
    return result;
}

static int read_small(struct backup *backup, const char *name, size_t limit, struct buffer *content)
{
    char *path = file_path(session_directory(backup->call->session), name);
    struct failure failure = {0};
    int result = path == NULL ? VAULT_ENOMEM : file_read(path, limit, content, &failure);
    if (result == VAULT_ENOTFOUND && !backup_required(name))
        result = VAULT_OK;
    free(path);
    return result == VAULT_OK ? result : failure_set(backup->call->failure, result, "%s", failure.text);
}

static FILE *open_file(struct backup *backup, const char *path)
{
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL)
        (void)failure_set(backup->call->failure, VAULT_EIO, "%s: cannot be read: %s", path, strerror(errno));
    return stream;
}

/* The copy loses its name as soon as it is open, so that nothing of it stays behind whatever happens. */
static int copy_store(struct backup *backup)
{
    struct call *call = backup->call;
    char *path = file_path(session_directory(call->session), LAYOUT_BACKUP_COPY);
    if (path == NULL)
        return VAULT_ENOMEM;
    (void)unlink(path); /* of a backup that was killed; nobody else is at it, since changes are held */
    int result = store_copy(session_store(call->session), path, call->failure);
    if (result == VAULT_OK && (backup->store = open_file(backup, path)) == NULL)
        result = VAULT_EIO;
    (void)unlink(path);
    free(path);
    return result;
}

static int open_log(struct backup *backup)
{
    char *path = file_path(session_directory(backup->call->session), LAYOUT_LOG);
    int result = path == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && (backup->log = open_file(backup, path)) == NULL)
        result = VAULT_EIO;
    free(path);
    return result;
}

static int take_state(
    struct backup *backup, const struct access_request *request, const struct decision *decision)
{
    struct call *call = backup->call;
    int result = change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    /* The state before the intent, so that a restored vault does not begin with a backup that seems
     * interrupted. */
    result = read_head(backup);
    if (result == VAULT_OK)
        result = log_intent(backup, request, decision);
    if (result == VAULT_OK)
        result = read_small(backup, LAYOUT_SLOTS, SLOTS_SIZE_MAX, &backup->slots);
    if (result == VAULT_OK)
        result = read_small(backup, ATTEMPTS_FILE, 2 * ATTEMPTS_BYTES_MAX, &backup->attempts);
    if (result == VAULT_OK)
        result = open_log(backup);
    if (result == VAULT_OK)
        result = copy_store(backup);
    change_release(call->session);
    return result;
}

/* --- The archive --- */

static int archive_failed(struct backup *backup)
{
    const char *why = backup->archive == NULL ? strerror(errno) : zip_strerror(backup->archive);
    return failure_set(backup->call->failure, VAULT_EIO, "%s: cannot be written: %s", backup->fresh, why);
}

static int add_source(struct backup *backup, const char *name, zip_source_t *source)
{
    zip_int64_t index = source == NULL ? -1 : zip_file_add(backup->archive, name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        int result = archive_failed(backup);
        zip_source_free(source);
        return result;
    }
    if (zip_set_file_compression(backup->archive, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0)
        return archive_failed(backup);
    return VAULT_OK;
}

static struct backup_file *note_file(struct backup *backup, const char *name, uint64_t size)
{
    struct backup_file *file = &backup->manifest.files[backup->manifest.count++];
    file->name = name;
    file->size = size;
    backup->bytes += size;
    return file;
}

static int add_bytes(struct backup *backup, const char *name, const struct buffer *content)
{
    hash_sha256(buffer_bytes(content), &note_file(backup, name, content->size)->hash);
    return add_source(backup, name, zip_source_buffer(backup->archive, content->data, content->size, 0));
}

/* The first @p size bytes of a file, UINT64_MAX for all.  The archive closes it. */
static int add_file(struct backup *backup, const char *name, FILE **stream, uint64_t size)
{
    struct stat status;
    int result = fstat(fileno(*stream), &status) != 0 ? VAULT_EIO : VAULT_OK;
    if (result == VAULT_OK && size == UINT64_MAX)
        size = (uint64_t)status.st_size;
    if (result == VAULT_OK)
        result = backup_hash(fileno(*stream), size, &note_file(backup, name, size)->hash);
    if (result != VAULT_OK)
        return failure_set(backup->call->failure, result, "%s: cannot be read", name);
    zip_source_t *source = zip_source_filep(backup->archive, *stream, 0, (zip_int64_t)size);
    if (source != NULL)
        *stream = NULL;
    return add_source(backup, name, source);
}

static void take_progress(zip_t *archive, double progress, void *context)
{
    const struct backup *backup = context;
    (void)archive;
    reply_progress(backup->call, (uint64_t)(progress * (double)backup->bytes), backup->bytes, "bytes");
}

static int fill_archive(struct backup *backup)
{
    int result = add_bytes(backup, LAYOUT_SLOTS, &backup->slots);
    if (result == VAULT_OK && backup->attempts.size > 0)
        result = add_bytes(backup, ATTEMPTS_FILE, &backup->attempts);
    if (result == VAULT_OK)
        result = add_file(backup, LAYOUT_STORE, &backup->store, UINT64_MAX);
    if (result == VAULT_OK)
        result = add_file(backup, LAYOUT_LOG, &backup->log, backup->log_bytes);
    if (result == VAULT_OK)
        result = backup_manifest_write(&backup->manifest, &backup->text);
    if (result == VAULT_OK)
        result = add_source(backup, BACKUP_MANIFEST,
            zip_source_buffer(backup->archive, backup->text.data, backup->text.size, 0));
    return result;
}

/* An empty file of our own first: the archive takes over its rights, and nobody else's file is written over.
 */
static int make_fresh(struct backup *backup)
{
    int file;
    (void)unlink(backup->fresh); /* of a process of this number that was killed */
    file = open(backup->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return archive_failed(backup);
    (void)close(file);
    return VAULT_OK;
}

static int write_archive(struct backup *backup)
{
    int error = 0;
    int result = make_fresh(backup);
    if (result != VAULT_OK)
        return result;
    backup->archive = zip_open(backup->fresh, ZIP_TRUNCATE, &error);
    if (backup->archive == NULL)
        return failure_set(backup->call->failure, VAULT_EIO, "%s: cannot be written", backup->fresh);
    (void)zip_register_progress_callback_with_state(backup->archive, 0.01, take_progress, NULL, backup);
    result = fill_archive(backup);
    if (result == VAULT_OK && zip_close(backup->archive) != 0)
        result = archive_failed(backup);
    else if (result == VAULT_OK)
        backup->archive = NULL;
    if (backup->archive != NULL)
        zip_discard(backup->archive);
    backup->archive = NULL;
    return result;
}

/* Durable, and hashed as it is on the disk. */
static int finish_file(struct backup *backup, struct hash *hash, uint64_t *size)
{
    struct stat status;
    int file = open(backup->fresh, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int result =
        file < 0 || fsync(file) != 0 || fstat(file, &status) != 0 ? archive_failed(backup) : VAULT_OK;
    if (result == VAULT_OK) {
        *size = (uint64_t)status.st_size;
        result = backup_hash(file, *size, hash);
    }
    if (file >= 0)
        (void)close(file);
    return result;
}

/* --- Its place --- */

static int check_out(struct call *call, const char *out)
{
    if (!file_exists(out))
        return VAULT_OK;
    failure_remedy(call->failure, "name another file with --out, or move this one away");
    return failure_set(call->failure, VAULT_EEXISTS, "%s: there is a file already", out);
}

/* RENAME_NOREPLACE: a file that came meanwhile is not written over either. */
static int put_in_place(struct backup *backup, const char *out)
{
    if (renameat2(AT_FDCWD, backup->fresh, AT_FDCWD, out, RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || link(backup->fresh, out) != 0 || unlink(backup->fresh) != 0))
        return failure_set(backup->call->failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO,
            "%s: cannot be put in place: %s", out, strerror(errno));
    return file_sync_directory(out, backup->call->failure);
}

/* The outcome is durable before the file has its name: who finds the file finds its hash in the log. */
static int conclude(struct backup *backup, const char *out)
{
    struct call *call = backup->call;
    struct hash hash = {{0}};
    uint64_t size = 0;
    int result = finish_file(backup, &hash, &size);
    if (result == VAULT_OK)
        result = log_outcome(backup, "ok",
            json_pack("{s:o,s:I}", "sha256", json_hex(hash_bytes(&hash)), "bytes", (json_int_t)size),
            call->failure);
    if (result == VAULT_OK)
        result = put_in_place(backup, out);
    if (result == VAULT_OK)
        result =
            reply_value(call, json_pack("{s:s,s:I,s:o,s:I,s:I}", "out", out, "bytes", (json_int_t)size,
                                  "sha256", json_hex(hash_bytes(&hash)), "entries",
                                  (json_int_t)backup->manifest.entries, "event", (json_int_t)backup->intent));
    return result;
}

static void backup_free(struct backup *backup)
{
    backup_manifest_free(&backup->manifest);
    buffer_free(&backup->slots);
    buffer_free(&backup->attempts);
    buffer_free(&backup->text);
    if (backup->store != NULL)
        (void)fclose(backup->store);
    if (backup->log != NULL)
        (void)fclose(backup->log);
    json_decref(backup->actor);
    free(backup->fresh);
}

int backup_write(struct call *call, const char *action, const char *event, const char *out)
{
    struct access_request request = {.action = action};
    struct decision decision = {0};
    struct backup backup = {.call = call, .event = event};
    int lock = -1;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = check_out(call, out);
    if (result == VAULT_OK && asprintf(&backup.fresh, "%s.part-%ld", out, (long)getpid()) < 0) {
        backup.fresh = NULL;
        result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK) {
        lock = export_lock(call->session, LOCK_SH);
        result = lock < 0 ? export_lock_failed(call->failure) : take_state(&backup, &request, &decision);
    }
    if (result == VAULT_OK)
        result = write_archive(&backup);
    if (result == VAULT_OK)
        result = conclude(&backup, out);
    if (result != VAULT_OK && backup.intended) {
        (void)unlink(backup.fresh);
        (void)!log_outcome(&backup, "undone", json_pack("{s:s}", "reason", vault_error_name(result)), NULL);
    }
    if (lock >= 0)
        (void)close(lock);
    decision_free(&decision);
    backup_free(&backup);
    return result;
}

int op_vault_backup(struct call *call)
{
    return backup_write(call, "vault.backup", "vault.backup", call_text(call, "out"));
}
