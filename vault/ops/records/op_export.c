/* Records out of the vault: intent, file, outcome with its hash; the file appears whole or not at all. */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/export_private.h"

#define CLIENTS_MAX 10000

/* --- Who and what: every client is decided before the first row --- */

/* How many rows it will hold, for rules that speak of that; who is denied learns no more than that he is. */
static int count_rows(struct export *export, const struct client_facts *client)
{
    struct call *call = export->call;
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_RECORD_COUNT_OF, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client->row);
    bind_number(statement, 2, (int64_t) export->kind);
    bind_text(statement, 3, export->period.from);
    bind_text(statement, 4, export->period.to);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row)
        export->planned += column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int decide_all(struct export *export)
{
    struct call *call = export->call;
    const json_t *names = call_list(call, "clients");
    int result = VAULT_OK;
    export->count = json_array_size(names);
    if (export->count == 0 || export->count > CLIENTS_MAX)
        return failure_set(call->failure, VAULT_EUSAGE, "name 1 to %d clients to export", CLIENTS_MAX);
    export->clients = calloc(export->count, sizeof *export->clients);
    export->decisions = calloc(export->count, sizeof *export->decisions);
    export->compartments = calloc(export->count, sizeof *export->compartments);
    export->left_out = calloc(export->count, sizeof *export->left_out);
    if (export->clients == NULL || export->decisions == NULL || export->compartments == NULL ||
        export->left_out == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++) {
        result = clients_find(
            call->session, json_string_value(json_array_get(names, i)), &export->clients[i], call->failure);
        if (result == VAULT_OK)
            result = count_rows(export, &export->clients[i]);
    }
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++) {
        struct access_request request = export_request(export, i);
        if (result == VAULT_OK)
            result = call_decide(call, &request, &export->decisions[i]);
        if (result == VAULT_OK)
            result = clients_compartments(
                call->session, &export->clients[i], &export->compartments[i], call->failure);
    }
    return result;
}

/* Revealing in bulk is decided for each client too: by the same rule as revealing one record. */
static int decide_reveals(struct export *export)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(export->reveal) && result == VAULT_OK; i++) {
        const char *field = json_string_value(json_array_get(export->reveal, i));
        if (strcmp(field, "*") != 0 && !field_is_sensitive(field))
            result = failure_set(export->call->failure, VAULT_EUSAGE, "'%s' is not a masked field", field);
    }
    for (size_t i = 0; i < export->count && json_array_size(export->reveal) > 0 && result == VAULT_OK; i++) {
        struct decision decision = {0};
        struct access_request request = {.action = "record.reveal",
            .client = &export->clients[i],
            .purpose = call_text(export->call, "purpose"),
            .fields = export->reveal};
        result = call_decide(export->call, &request, &decision);
        decision_free(&decision);
    }
    return result;
}

/* --- The file's place --- */

static int check_out(struct call *call)
{
    const char *out = call_text(call, "out");
    if (file_exists(out)) {
        failure_remedy(call->failure, "name another file with --out, or move this one away");
        return failure_set(call->failure, VAULT_EEXISTS, "%s: there is a file already", out);
    }
    return VAULT_OK;
}

static int make_file(struct export *export)
{
    const char *out = call_text(export->call, "out");
    const char *slash = strrchr(out, '/');
    export->directory = slash == NULL ? strdup(".") : strndup(out, slash == out ? 1 : (size_t)(slash - out));
    return export->directory == NULL ? VAULT_ENOMEM
                                     : fresh_file_new(out, &export->fresh, export->call->failure);
}

static int run(struct export *export)
{
    struct hash hash;
    struct call *call = export->call;
    int result = export_write_file(export, &hash);
    /* All is read, so that the store may be written again. */
    shown_end(call, &export->state);
    if (result == VAULT_OK)
        result = copy_marks_keep(call, &export->marks, &export->decoys);
    /* The outcome is durable before the file has its name: who finds the file finds its hash in the log. */
    if (result == VAULT_OK)
        result = export_log_outcome(export, "ok", &hash);
    if (result == VAULT_OK)
        result = fresh_file_place(export->fresh, call->failure);
    else
        (void)!export_log_outcome(export, "undone", NULL);
    if (result != VAULT_OK)
        return result;
    json_t *value = json_pack("{s:s,s:I,s:o,s:I}", "out", call_text(call, "out"), "rows", (json_int_t) export->rows,
        "sha256", json_hex(hash_bytes(&hash)), "event", (json_int_t) export->intent);
    if (value != NULL && export->decoys.rows > 0)
        (void)json_object_set_new(value, "decoys", json_integer((json_int_t) export->decoys.rows));
    return reply_value(call, value);
}

static void export_free(struct export *export)
{
    for (size_t i = 0; i < export->count && export->decisions != NULL; i++)
        decision_free(&export->decisions[i]);
    for (size_t i = 0; export->released != NULL && i < export_groups(export); i++)
        released_end(export->call, &export->released[i]);
    free(export->released);
    free(export->compartments);
    free(export->decisions);
    free(export->left_out);
    free(export->clients);
    copy_marks_free(&export->marks);
    copy_decoys_free(&export->decoys);
    fresh_file_free(export->fresh);
    free(export->directory);
}

int op_record_export(struct call *call)
{
    struct export export = {.call = call, .reveal = call_list(call, "reveal")};
    int lock = -1;
    int result = check_out(call);
    if (result == VAULT_OK)
        result = call_kind(call, &export.kind);
    if (result == VAULT_OK)
        result = call_period(call, &export.period);
    if (result == VAULT_OK)
        result = copy_marks_plan(call, &export.marks);
    if (result == VAULT_OK)
        result = copy_marks_make(call, &export.marks);
    if (result == VAULT_OK)
        result = shown_begin(call, &export.state);
    if (result == VAULT_OK)
        result = decide_all(&export);
    if (result == VAULT_OK)
        result = decide_reveals(&export);
    if (result == VAULT_OK)
        result = export_leave_out_decoys(&export);
    if (result == VAULT_OK)
        result = export_plan_decoys(&export);
    if (result == VAULT_OK)
        result = make_file(&export);
    if (result == VAULT_OK)
        result = shown_spend(call, &export.state);
    if (result == VAULT_OK) {
        lock = export_lock(call->session, LOCK_SH);
        result = lock < 0 ? export_lock_failed(call->failure) : export_log_intent(&export);
        if (result == VAULT_OK)
            result = export_look_for_touches(&export);
        /* Intended, but a witness did not release it, or an alert could not be logged. */
        if (result != VAULT_OK && export.intent != 0)
            (void)!export_log_outcome(&export, "undone", NULL);
    }
    if (result == VAULT_OK)
        result = run(&export);
    shown_end(call, &export.state);
    if (lock >= 0)
        (void)close(lock);
    export_free(&export);
    return result;
}
