/* Records out of the vault: intent, file, outcome with its hash; the file appears whole or not at all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/fresh_file.h"
#include "vault/base/instant.h"
#include "vault/formats/export.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/export_marks_private.h"
#include "vault/ops/records/released_private.h"
#include "vault/ops/records/shown_private.h"

#define CLIENTS_MAX 10000
#define CLIENTS_PER_EVENT 1000 /* a leaf has room for some more */

struct export
{
    struct call *call;
    struct export_writer *writer;
    struct client_facts *clients;
    struct decision *decisions;
    unsigned *compartments; /* of each client, whose keys are held */
    bool *left_out;         /* decoys, of what goes to an authority */
    size_t count;
    const json_t *reveal;
    struct period_range period;
    enum record_kind kind;
    struct fresh_file *fresh;
    char *directory; /* where the file will be */
    const json_t *card;
    char client_id[ULID_TEXT_SIZE];
    uint64_t rows;
    int64_t planned; /* rows that there were before the first decision */
    uint64_t intent;
    struct shown_state state; /* of the store, from which all rows come */
    struct copy_marks marks;
    struct copy_decoys decoys; /* made up for this export */
    struct released *released; /* one for each event that names clients */
};

/* --- Who and what: every client is decided before the first row --- */

static struct access_request request_of(const struct export *export, size_t i)
{
    return (struct access_request){.action = "record.export",
        .client = &export->clients[i],
        .purpose = call_text(export->call, "purpose"),
        .count = (int64_t) export->count,
        .marked = export->marks.marked,
        .rows = export->planned};
}

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
        struct access_request request = request_of(export, i);
        if (result == VAULT_OK)
            result = call_decide(call, &request, &export->decisions[i]);
        if (result == VAULT_OK)
            result = clients_compartments(
                call->session, &export->clients[i], &export->compartments[i], call->failure);
    }
    return result;
}

/* No authority is told of a client that does not exist; and the log does not say that it was. */
static int leave_out_decoys(struct export *export)
{
    bool unmarked = false;
    int result = copy_unmarked_purpose(export->call, &unmarked);
    if (result != VAULT_OK || (!unmarked && !purpose_is_authority(call_text(export->call, "purpose"))))
        return result;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = decoys_find(
            export->call->session, &export->clients[i], &export->left_out[i], NULL, export->call->failure);
    return result;
}

/* Among others of his own it is what everybody exports. */
static int look_for_touches(struct export *export)
{
    struct call *call = export->call;
    size_t decoys = 0;
    size_t first = 0;
    bool foreign = false;
    int result = VAULT_OK;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++) {
        json_t *entry = NULL;
        bool decoy = false;
        result = decoys_find(call->session, &export->clients[i], &decoy, &entry, call->failure);
        bool strange =
            result == VAULT_OK && decoy &&
            (!decoy_is_for(entry, session_user(call->session)) || json_object_get(entry, "retired") != NULL);
        if (result == VAULT_OK && decoy && (decoys++ == 0 || (strange && !foreign)))
            first = i;
        foreign = foreign || strange;
        json_decref(entry);
    }
    if (result == VAULT_OK && (foreign || (decoys > 0 && decoys == export->count)))
        result = decoy_touched(call, &export->clients[first], "export", export->intent);
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

/* NULL without memory: an event that names fewer clients than were asked for must not be. */
static json_t *name_clients(const struct export *export, size_t from)
{
    json_t *resources = json_array();
    int bad = resources == NULL;
    for (size_t i = from; i < export->count && i < from + CLIENTS_PER_EVENT && !bad; i++) {
        if (export->left_out[i])
            continue;
        json_t *one = json_pack("{s:s,s:o}", "type", "client", "id", json_ulid(&export->clients[i].id));
        unsigned held = shown_compartments(export->compartments[i]);
        if (json_array_size(export->reveal) > 0 && i == from)
            bad = json_object_set_new(one, "fields", json_deep_copy(export->reveal)) != 0;
        if (held != 0)
            bad = json_object_set_new(one, "compartments", json_integer((json_int_t)held)) != 0 || bad;
        bad = json_array_append_new(resources, one) != 0 || bad;
    }
    if (!bad)
        return resources;
    json_decref(resources);
    return NULL;
}

/* --- What witnesses must release for it, event by event --- */

static size_t groups_of(const struct export *export)
{
    return (export->count + CLIENTS_PER_EVENT - 1) / CLIENTS_PER_EVENT;
}

static int need_client(struct export *export, size_t i, struct releases *releases)
{
    struct call *call = export->call;
    return records_need_many(session_records(call->session), export->compartments[i], export->clients[i].row,
        export->kind, export->period.from, export->period.to, releases, call->failure);
}

static int need_all(struct export *export)
{
    size_t groups = groups_of(export);
    int result = VAULT_OK;
    export->released = calloc(groups, sizeof *export->released);
    if (export->released == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < groups && result == VAULT_OK; i++)
        result = released_start(export->call, &export->released[i]);
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = export->left_out[i]
                     ? VAULT_OK
                     : need_client(export, i, export->released[i / CLIENTS_PER_EVENT].releases);
    return result;
}

static json_t *scope(const struct export *export)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "kind", export->kind == 0 ? "" : kind_name(export->kind), "from",
        export->period.from, "to", export->period.to, "format", call_text(export->call, "format"));
}

/* The clients that the intent has no room for, durable before the first row like the intent itself. */
static int log_rest(struct export *export)
{
    struct call *call = export->call;
    struct access_request request = {.action = "record.export", .purpose = call_text(call, "purpose")};
    int result = VAULT_OK;
    for (size_t i = CLIENTS_PER_EVENT; i < export->count && result == VAULT_OK; i += CLIENTS_PER_EVENT) {
        json_t *resources = name_clients(export, i);
        json_t *members = resources == NULL ? NULL
                                            : access_event_members(
                                                  call->session, &request, &export->decisions[i], resources);
        struct access_request decided = request_of(export, i);
        if (members == NULL || json_object_set_new(members, "asked", access_asked(&decided)) != 0 ||
            json_object_set_new(members, "phase", json_string("intent")) != 0 ||
            json_object_set_new(members, "scope", scope(export)) != 0 ||
            shown_name(call, &export->state, members) != VAULT_OK ||
            json_object_set_new(members, "within", json_integer((json_int_t) export->intent)) != 0) {
            json_decref(members);
            members = NULL;
        }
        uint64_t event = 0;
        result =
            released_event(call, &export->released[i / CLIENTS_PER_EVENT], "record.export", members, &event);
    }
    return result;
}

static int log_intent(struct export *export)
{
    struct call *call = export->call;
    json_t *resources = name_clients(export, 0);
    if (resources == NULL)
        return VAULT_ENOMEM;
    struct access_request request = {.action = "record.export",
        .client = export->count == 1 && !export->left_out[0] ? &export->clients[0] : NULL,
        .purpose = call_text(call, "purpose")};
    struct access_request decided = request_of(export, 0);
    json_t *members = access_event_members(call->session, &request, &export->decisions[0], resources);
    if (members == NULL)
        return VAULT_ENOMEM;
    (void)json_object_set_new(members, "asked", access_asked(&decided));
    (void)json_object_set_new(members, "phase", json_string("intent"));
    json_t *marks = copy_marks_json(&export->marks);
    (void)json_object_set_new(members, "marks", marks);
    (void)json_object_set_new(members, "scope", scope(export));
    int result = copy_decoys_tell(&export->decoys, marks);
    if (result == VAULT_OK)
        result = shown_name(call, &export->state, members);
    if (result == VAULT_OK)
        result = need_all(export);
    if (result != VAULT_OK) {
        json_decref(members);
        return result;
    }
    result = released_event(call, &export->released[0], "record.export", members, &export->intent);
    return result == VAULT_OK ? log_rest(export) : result;
}

static int log_outcome(struct export *export, const char *status, const struct hash *hash)
{
    struct call *call = export->call;
    json_t *result = json_pack("{s:s,s:I}", "status", status, "count", (json_int_t) export->rows);
    if (hash != NULL)
        (void)json_object_set_new(result, "sha256", json_hex(hash_bytes(hash)));
    json_t *release = export->count > CLIENTS_PER_EVENT ? NULL : release_named(export->released[0].ask);
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:s,s:I,s:o}", "actor", "id",
        session_user(call->session), "type", "user", "decision", "effect", "permit", "policies", "resources",
        "phase", "outcome", "intent", (json_int_t) export->intent, "result", result);
    if (release != NULL)
        (void)json_object_set_new(members, "release", release);
    return event_append(call->session, "record.export", members, NULL, call->failure);
}

/* --- Rows --- */

static int put_body(void *context, const struct record_body *body)
{
    struct export *export = context;
    char id[ULID_TEXT_SIZE];
    const char *number = json_text(export->card, "client_no");
    const char *name = json_text(export->card, "name");
    const char *tax_id = json_text(export->card, "tax_id");
    ulid_format(&body->info.id, id);
    struct export_row row = {.kind = body->info.kind,
        .client_no = number == NULL ? "" : number,
        .client_name = name == NULL ? "" : name,
        .client_tax_id = tax_id == NULL ? "" : tax_id,
        .record_id = id,
        .version = body->info.version,
        .period = body->info.period,
        .date = body->date,
        .fields = body->fields,
        .fields_json = body->fields_json,
        .masked = body->masked};
    if (++export->rows % 512 == 0)
        reply_progress(export->call, export->rows, 0, "rows");
    int result = export->rows % 64 == 0 ? reply_check(export->call) : VAULT_OK;
    return result == VAULT_OK ? export_put(export->writer, &row, export->call->failure) : result;
}

/* --- Decoys: made after the cards of all and the rows of some --- */

static int plan_decoys(struct export *export)
{
    size_t clients = 0;
    for (size_t i = 0; i < export->count; i++)
        clients += !export->left_out[i];
    return copy_decoys_plan(export->call, export->marks.seed != NULL, export->kind, clients, export->planned,
        &export->decoys);
}

static int look_at_rows(struct export *export, size_t i)
{
    struct call *call = export->call;
    struct permit *permit = NULL;
    const struct client_facts *client = &export->clients[i];
    int result = call_permit(call, &export->decisions[i], export->intent, PERMIT_BODIES, client->row,
        export->compartments[i], export->reveal, &permit);
    released_lend(call, &export->released[i / CLIENTS_PER_EVENT]);
    enum record_kind kind = copy_decoys_kind(&export->decoys, 0);
    for (size_t k = 0; kind != 0 && result == VAULT_OK; kind = copy_decoys_kind(&export->decoys, ++k)) {
        export->decoys.looked = 0;
        result = records_scan(session_records(call->session), permit, client->row, kind, export->period.from,
            export->period.to, copy_decoys_look, &export->decoys, call->failure);
        if (result == VAULT_ELIMIT) {
            failure_clear(call->failure);
            result = VAULT_OK;
        }
    }
    if (export->decoys.permit == NULL)
        export->decoys.permit = permit;
    else
        permit_free(permit);
    return result;
}

static int look_at_card(struct export *export, size_t i)
{
    json_t *card = NULL;
    int result = clients_card(export->call->session, &export->clients[i], &card, export->call->failure);
    if (result == VAULT_OK)
        result = copy_decoys_card(&export->decoys, card);
    json_decref(card);
    return result;
}

static int make_decoys(struct export *export)
{
    int result = VAULT_OK;
    if (!copy_decoys_wanted(&export->decoys))
        return VAULT_OK;
    for (size_t i = 0; i < export->count && result == VAULT_OK; i++)
        result = export->left_out[i] ? VAULT_OK : look_at_card(export, i);
    for (size_t k = 0; k < COPY_SAMPLE_CLIENTS && result == VAULT_OK; k++) {
        uint32_t random;
        random_fill(&random, sizeof random);
        size_t i = random % export->count;
        result = export->left_out[i] ? VAULT_OK : look_at_rows(export, i);
    }
    return result == VAULT_OK ? copy_decoys_make(export->call, export->marks.word, &export->decoys) : result;
}

static int export_client(struct export *export, size_t i)
{
    struct call *call = export->call;
    struct permit *permit = NULL;
    json_t *card = NULL;
    if (i >= export->count)
        return copy_decoys_put(&export->decoys, i - export->count, export->writer, call->failure);
    if (export->left_out[i])
        return VAULT_OK;
    const struct client_facts *client = &export->clients[i];
    int result = call_permit(call, &export->decisions[i], export->intent, PERMIT_BODIES, client->row,
        export->compartments[i], export->reveal, &permit);
    if (result == VAULT_OK)
        result = clients_card(call->session, client, &card, call->failure);
    export->card = card;
    released_lend(call, &export->released[i / CLIENTS_PER_EVENT]);
    /* JSON lines take the fields as they lie in the record; the others need them parsed. */
    bool lines = strcmp(call_text(call, "format"), "jsonl") == 0;
    if (result == VAULT_OK)
        result =
            (lines ? records_scan_json : records_scan)(session_records(call->session), permit, client->row,
                export->kind, export->period.from, export->period.to, put_body, export, call->failure);
    json_decref(card);
    permit_free(permit);
    return result;
}

/* In both languages, since nobody knows who will find it. A workbook has room for it; in CSV it is one row more. */
static const char *footer_of(const struct export *export, const char *now, char *footer, size_t size)
{
    bool workbook = strcmp(call_text(export->call, "format"), "xlsx") == 0 && export->marks.footer;
    (void)snprintf(footer, size, "导出 exported by %s, 事件 event %llu, %s", session_user(export->call->session),
        (unsigned long long)export->intent, now);
    return workbook || call_flag(export->call, "footer") ? footer : NULL;
}

static int write_file(struct export *export, struct hash *hash)
{
    struct call *call = export->call;
    char now[INSTANT_TEXT_SIZE], footer[160];
    instant_format(instant_now(), now);
    struct export_options options = {.encoding = call_text(call, "encoding"),
        .firm = "",
        .exporter = session_user(call->session),
        .exported_at = now,
        .scope = call_text(call, "period"),
        .temporary = export->directory,
        .footer = footer_of(export, now, footer, sizeof footer),
        .marks = export->marks.word == NULL ? NULL : &export->marks.writer,
        .claimed = true};
    size_t *order = NULL;
    int result = make_decoys(export);
    size_t all = export->count + export->decoys.made;
    if (result == VAULT_OK && (order = calloc(all, sizeof *order)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = copy_marks_order(call, &export->marks, export->clients, export->count, &export->decoys, order);
    if (result == VAULT_OK)
        result = export_open(
            call_text(call, "format"), fresh_file_path(export->fresh), &options, &export->writer, call->failure);
    for (size_t i = 0; i < all && result == VAULT_OK; i++)
        result = export_client(export, order[i]);
    free(order);
    if (result == VAULT_OK)
        result = export_close(export->writer, hash, call->failure);
    else
        export_abandon(export->writer);
    export->writer = NULL;
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
    int result = write_file(export, &hash);
    /* All is read, so that the store may be written again. */
    shown_end(call, &export->state);
    if (result == VAULT_OK)
        result = copy_marks_keep(call, &export->marks, &export->decoys);
    /* The outcome is durable before the file has its name: who finds the file finds its hash in the log. */
    if (result == VAULT_OK)
        result = log_outcome(export, "ok", &hash);
    if (result == VAULT_OK)
        result = fresh_file_place(export->fresh, call->failure);
    else
        (void)!log_outcome(export, "undone", NULL);
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
    for (size_t i = 0; export->released != NULL && i < groups_of(export); i++)
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
        result = leave_out_decoys(&export);
    if (result == VAULT_OK)
        result = plan_decoys(&export);
    if (result == VAULT_OK)
        result = make_file(&export);
    if (result == VAULT_OK)
        result = shown_spend(call, &export.state);
    if (result == VAULT_OK) {
        lock = export_lock(call->session, LOCK_SH);
        result = lock < 0 ? export_lock_failed(call->failure) : log_intent(&export);
        if (result == VAULT_OK)
            result = look_for_touches(&export);
        /* Intended, but a witness did not release it, or an alert could not be logged. */
        if (result != VAULT_OK && export.intent != 0)
            (void)!log_outcome(&export, "undone", NULL);
    }
    if (result == VAULT_OK)
        result = run(&export);
    shown_end(call, &export.state);
    if (lock >= 0)
        (void)close(lock);
    export_free(&export);
    return result;
}
