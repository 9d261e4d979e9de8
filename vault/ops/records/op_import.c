/* Files of accountants into the vault: whole or not at all. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/formats/import.h"
#include "vault/ops/records/import_private.h"

#define IMPORT_CACHE 64 /* MiB: the index over natural keys of some million records */

/* --- The sink of one file --- */

static int on_record(void *context, const struct draft *draft)
{
    struct import *import = context;
    if (++import->rows % 512 == 0)
        reply_progress(import->call, import->rows, 0, "rows");
    int result = import->rows % 64 == 0 ? reply_check(import->call) : VAULT_OK;
    return result == VAULT_OK ? import_draft(import, draft) : result;
}

/* Both may quote what stands in the file, cut to a length. */
json_t *place_and_reason(const char *where, const char *reason)
{
    return json_pack("{s:o,s:o}", "where", json_cut_text(where), "reason", json_cut_text(reason));
}

static int on_refused(void *context, const char *where, const char *reason)
{
    return import_refuse(context, where, reason);
}

static int on_warned(void *context, const char *where, const char *reason)
{
    struct import *import = context;
    if (json_array_size(import->warnings) < LIMIT_PLACES_SHOWN)
        (void)json_array_append_new(import->warnings, place_and_reason(where, reason));
    return VAULT_OK;
}

static int on_control(void *context, const struct import_control *control)
{
    struct import *import = context;
    json_t *told = json_pack("{s:o,s:o,s:o,s:b}", "name", json_cut_text(control->name), "stated",
        json_cut_text(control->stated), "computed", json_cut_text(control->computed), "ok", control->ok);
    (void)json_array_append_new(import->controls, told);
    return VAULT_OK;
}

static int on_unmapped(void *context, const char *name)
{
    struct import *import = context;
    if (json_array_size(import->unmapped) < LIMIT_PLACES_SHOWN)
        (void)json_array_append_new(import->unmapped, json_cut_text(name));
    return VAULT_OK;
}

/* --- One file --- */

static void file_start(struct import *import)
{
    import->fresh = import->changed = import->same = import->refused = import->decoys = 0;
    import->refusals = json_array();
    import->warnings = json_array();
    import->controls = json_array();
    import->unmapped = json_array();
}

static json_t *file_report(struct import *import, const char *name, const struct import_summary *summary)
{
    json_t *report = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o}", "file", name, "format",
        summary->format == NULL ? "" : summary->format, "encoding", summary->encoding, "read",
        (json_int_t)summary->read, "new", (json_int_t)import->fresh, "changed", (json_int_t)import->changed, "same",
        (json_int_t)import->same, "refused_count", (json_int_t)import->refused, "refused", import->refusals, "warned",
        import->warnings, "controls", import->controls, "unmapped", import->unmapped);
    import->refusals = import->warnings = import->controls = import->unmapped = NULL;
    if (report != NULL && import->decoys > 0)
        (void)json_object_set_new(report, "decoys", json_integer((json_int_t)import->decoys));
    return report;
}

static void file_drop(struct import *import)
{
    json_decref(import->refusals);
    json_decref(import->warnings);
    json_decref(import->controls);
    json_decref(import->unmapped);
    import->refusals = import->warnings = import->controls = import->unmapped = NULL;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static int import_file(struct import *import, const char *path, json_t *reports)
{
    struct call *call = import->call;
    struct import_options options = {
        .format = call_text(call, "format"), .encoding = call_text(call, "encoding"), .name = last_part(path)};
    struct import_sink sink = {.context = import,
        .record = on_record,
        .refused = on_refused,
        .warned = on_warned,
        .control = on_control,
        .unmapped = on_unmapped};
    struct import_summary summary = {0};
    file_start(import);
    int result = import_source(import, path, options.name);
    if (result == VAULT_OK)
        result = import_read(path, &options, &sink, &summary, call->failure);
    if (result == VAULT_OK)
        result = import_finish_file(import, summary.format);
    if (result == VAULT_OK)
        (void)json_array_append_new(reports, file_report(import, options.name, &summary));
    else
        failure_prefix(call->failure, "%s", options.name);
    file_drop(import);
    return result;
}

/* --- The whole --- */

/* Rows that nobody was allowed to bring are refused one by one; if that is all there was, the answer is no. */
static int check_all_denied(struct import *import)
{
    if (import->total_denied == 0 || import->total_taken > 0)
        return VAULT_OK;
    failure_remedy(import->call->failure, "ask an admin to assign the clients to you");
    return failure_set(import->call->failure, VAULT_EDENIED, "denied: %s", import->denial);
}

static json_t *outcome(const struct import *import, size_t files)
{
    return json_pack("{s:I,s:I,s:I,s:I,s:I}", "files", (json_int_t)files, "new", (json_int_t)import->total_fresh,
        "changed", (json_int_t)import->total_changed, "same", (json_int_t)import->total_same, "refused",
        (json_int_t)import->total_refused);
}

static int finish(struct import *import, json_t *reports, int result)
{
    struct call *call = import->call;
    bool dry = call_flag(call, "dry_run");
    uint64_t event = change_intent(import->change);
    size_t files = json_array_size(reports);
    import_stop(import);
    if (result == VAULT_OK)
        result = check_all_denied(import);
    if (result == VAULT_OK)
        result = import_finish(import);
    if (result != VAULT_OK || dry) {
        change_abort(import->change, result);
    } else {
        result = change_commit(import->change, outcome(import, files), call->failure);
        if (result == VAULT_OK && import->total_fresh + import->total_changed > 10000)
            store_checkpoint(session_store(call->session));
    }
    if (result != VAULT_OK)
        return result;
    json_t *value = json_pack("{s:O,s:I}", "files", reports, "event", (json_int_t)event);
    if (dry)
        (void)json_object_set_new(value, "dry_run", json_true());
    return reply_value(call, value);
}

static json_t *intent_members(struct call *call, const struct access_request *request, const struct decision *decision)
{
    json_t *members = access_event_members(call->session, request, decision, NULL);
    if (members != NULL && call_flag(call, "dry_run"))
        (void)json_object_set_new(members, "dry_run", json_true());
    return members;
}

int op_record_import(struct call *call)
{
    const json_t *files = call_list(call, "files");
    struct access_request request = {.action = "record.import"};
    struct decision decision = {0};
    struct client_facts only;
    struct import *import = NULL;
    struct change *change = NULL;
    json_t *reports = json_array();
    int result = VAULT_OK;
    if (call_text(call, "client") != NULL) {
        result = clients_find(call->session, call_text(call, "client"), &only, call->failure);
        request.client = &only;
    }
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = change_begin(
            call->session, request.action, intent_members(call, &request, &decision), NULL, &change, call->failure);
    if (result == VAULT_OK && (result = import_new(call, change, request.client, &import)) != VAULT_OK)
        change_abort(change, result);
    if (result == VAULT_OK) {
        store_cache(session_store(call->session), IMPORT_CACHE);
        for (size_t i = 0; i < json_array_size(files) && result == VAULT_OK; i++)
            result = import_file(import, json_string_value(json_array_get(files, i)), reports);
        result = finish(import, reports, result);
    }
    import_free(import);
    decision_free(&decision);
    json_decref(reports);
    return result;
}
