/* Entries of the log for a firm's monitoring: to a file, whole or not at all, or as a stream that may be
 * followed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/evidence/tree.h"
#include "vault/log/siem.h"
#include "vault/ops/log/log_filters_private.h"

#define PIECE ((size_t)256 * 1024)

struct siem_export {
    struct call *call;
    enum siem_format format;
    enum siem_framing framing;
    const char *out; /* NULL: to the caller */
    char *fresh;     /* where the file grows */
    int file;
    struct hasher *leaf_hasher;
    struct hasher *file_hasher;
    struct buffer text;
    uint64_t entries;
};

/* --- Where it goes --- */

static int write_out(struct siem_export *export)
{
    struct bytes text = buffer_bytes(&export->text);
    int result = VAULT_OK;
    if (export->out == NULL) {
        result = reply_text(export->call, text);
    } else {
        hasher_add(export->file_hasher, text);
        if (file_write_all(export->file, text) != VAULT_OK)
            result = failure_set(export->call->failure, VAULT_EIO, "%s: cannot be written: %s", export->fresh,
                strerror(errno));
    }
    buffer_reset(&export->text);
    return result;
}

static int put_leaf(void *context, uint64_t index, struct bytes leaf)
{
    struct siem_export *export = context;
    struct siem_entry entry = {.origin = session_origin(export->call->session), .leaf = leaf};
    tree_leaf_hash(export->leaf_hasher, leaf, &entry.leaf_hash);
    int result = siem_write(export->format, export->framing, &entry, &export->text);
    if (result != VAULT_OK)
        return failure_set(export->call->failure, result, "entry %llu: %s", (unsigned long long)index,
            vault_error_text(result));
    export->entries++;
    /* A stream is read by somebody who waits for each line. */
    return export->out == NULL || export->text.size >= PIECE ? write_out(export) : VAULT_OK;
}

/* --- Arguments --- */

static int read_form(struct siem_export *export)
{
    struct call *call = export->call;
    const char *framing = call_text(call, "framing");
    const char *out = call_text(call, "out");
    if (!siem_format_of(call_text(call, "format"), &export->format)) {
        failure_remedy(call->failure, "formats are: ocsf, cef, syslog");
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no format", call_text(call, "format"));
    }
    if (framing != NULL && !siem_framing_of(framing, &export->framing)) {
        failure_remedy(call->failure, "framings are: lines, octets");
        return failure_set(call->failure, VAULT_EUSAGE, "'%s' is no framing", framing);
    }
    if (export->framing == SIEM_OCTETS && export->format != SIEM_SYSLOG)
        return failure_set(call->failure, VAULT_EUSAGE, "only syslog is framed by octets");
    export->out = strcmp(out, "-") == 0 ? NULL : out;
    if (export->out != NULL && call_flag(call, "follow")) {
        failure_remedy(call->failure, "give --out - and send it on through a pipe");
        return failure_set(call->failure, VAULT_EUSAGE, "a file has an end, so it cannot be followed");
    }
    if (export->out != NULL && file_exists(out)) {
        failure_remedy(call->failure, "name another file with --out, or move this one away");
        return failure_set(call->failure, VAULT_EEXISTS, "%s: there is a file already", out);
    }
    return VAULT_OK;
}

static json_t *describe(const struct siem_export *export, const struct log_query *query)
{
    struct call *call = export->call;
    json_t *extra = log_filters_json(call, query);
    json_t *asked = json_object_get(extra, "query");
    if (asked != NULL && call_flag(call, "follow"))
        (void)json_object_set_new(asked, "follow", json_true());
    if (extra != NULL)
        (void)json_object_set_new(extra, "scope", json_pack("{s:s}", "format", call_text(call, "format")));
    /* What goes to a file is an intent, whose outcome tells the file's hash. */
    if (extra != NULL && export->out != NULL)
        (void)json_object_set_new(extra, "phase", json_string("intent"));
    return extra;
}

/* --- The file --- */

static int log_outcome(
    struct siem_export *export, uint64_t intent, const char *status, const struct hash *hash)
{
    struct call *call = export->call;
    json_t *result = json_pack("{s:s,s:I}", "status", status, "count", (json_int_t) export->entries);
    if (result != NULL && hash != NULL)
        (void)json_object_set_new(result, "sha256", json_hex(hash_bytes(hash)));
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:I,s:o}", "actor", "id",
        session_user(call->session), "type", "user", "decision", "effect", "permit", "policies", "resources",
        "phase", "outcome", "intent", (json_int_t)intent, "result", result);
    return event_append(call->session, "log.export", members, NULL, call->failure);
}

static int open_file(struct siem_export *export)
{
    if (asprintf(&export->fresh, "%s.part-%ld", export->out, (long)getpid()) < 0) {
        export->fresh = NULL;
        return VAULT_ENOMEM;
    }
    (void)unlink(export->fresh); /* of a process of this number that was killed */
    export->file = open(export->fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (export->file < 0)
        return failure_set(
            export->call->failure, VAULT_EIO, "%s: cannot be made: %s", export->fresh, strerror(errno));
    hasher_start(export->file_hasher);
    return VAULT_OK;
}

static int finish_file(struct siem_export *export, struct hash *hash)
{
    int result = write_out(export);
    hasher_finish(export->file_hasher, hash);
    if (result == VAULT_OK && fsync(export->file) != 0)
        result = failure_set(
            export->call->failure, VAULT_EIO, "%s: cannot be synced: %s", export->fresh, strerror(errno));
    return result;
}

/* RENAME_NOREPLACE: somebody else's file of that name is not written over. */
static int put_in_place(struct siem_export *export)
{
    if (renameat2(AT_FDCWD, export->fresh, AT_FDCWD, export->out, RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || link(export->fresh, export->out) != 0 || unlink(export->fresh) != 0))
        return failure_set(export->call->failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO,
            "%s: cannot be put in place: %s", export->out, strerror(errno));
    return file_sync_directory(export->out, export->call->failure);
}

/* The outcome is durable before the file has its name: who finds the file finds its hash in the log. */
static int to_file(struct siem_export *export, const struct log_walk *walk)
{
    struct call *call = export->call;
    struct hash hash = {{0}};
    int result = log_walk(walk);
    if (result == VAULT_OK)
        result = finish_file(export, &hash);
    if (result == VAULT_OK)
        result = log_outcome(export, walk->event, "ok", &hash);
    if (result == VAULT_OK)
        result = put_in_place(export);
    else
        (void)!log_outcome(export, walk->event, "undone", NULL);
    if (result == VAULT_OK)
        result =
            reply_value(call, json_pack("{s:s,s:s,s:I,s:o,s:I}", "out", export->out, "format",
                                  call_text(call, "format"), "entries", (json_int_t) export->entries,
                                  "sha256", json_hex(hash_bytes(&hash)), "event", (json_int_t)walk->event));
    return result;
}

/* --- From start to end --- */

static void stop(struct siem_export *export)
{
    if (export->file >= 0) {
        (void)close(export->file);
        (void)unlink(export->fresh); /* if it is still there */
    }
    hasher_free(export->leaf_hasher);
    hasher_free(export->file_hasher);
    buffer_free(&export->text);
    free(export->fresh);
}

int op_log_export(struct call *call)
{
    struct siem_export export = {
        .call = call, .file = -1, .leaf_hasher = hasher_new(), .file_hasher = hasher_new()};
    struct log_filters filters;
    struct access_request request = {.action = "log.export", .log = true};
    struct log_walk walk = {.call = call,
        .query = &filters.query,
        .request = &request,
        .follow = call_flag(call, "follow"),
        .leaf = put_leaf,
        .context = &export};
    int lock = -1;
    int result = export.leaf_hasher == NULL || export.file_hasher == NULL ? VAULT_ENOMEM : read_form(&export);
    if (result == VAULT_OK)
        result = log_filters_read(call, &request, &filters);
    if (result == VAULT_OK && export.out != NULL) {
        lock = export_lock(call->session, LOCK_SH);
        result = lock < 0 ? export_lock_failed(call->failure) : open_file(&export);
    }
    if (result == VAULT_OK)
        result = call_allow(call, &request, describe(&export, &filters.query), &walk.event);
    if (result == VAULT_OK)
        result = export.out == NULL ? log_walk(&walk) : to_file(&export, &walk);
    if (lock >= 0)
        (void)close(lock);
    stop(&export);
    return result;
}
