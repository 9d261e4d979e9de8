/* incident.bundle: the case of an incident as evidence: its events with their proofs (log.bundle's writer),
 * and case.json, whose hash is told by the event that this is. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/evidence/bundle_writer.h"
#include "vault/ops/incident/case_files_private.h"
#include "vault/ops/incident/case_method_private.h"
#include "vault/ops/leak/report_private.h"

struct case_bundle {
    struct incident_step step;
    struct documents *documents;
    struct report_events events;
    json_t *value; /* of case.json */
    json_t *rows;  /* in it: pages of the document that is being looked at */
    struct case_counts counts;
    json_t *told;
};

static int no_memory(struct case_bundle *b)
{
    return failure_set(b->step.call->failure, VAULT_ENOMEM, "no memory for the bundle of the case");
}

/* --- Its events: those that name it, and the outcomes of those --- */

static bool has_event(const struct report_events *events, int64_t index)
{
    for (size_t i = events->count; i-- > 0 && (int64_t)events->items[i] >= index;) {
        if ((int64_t)events->items[i] == index)
            return true;
    }
    return false;
}

static bool concerns(const struct case_bundle *b, const json_t *leaf)
{
    const json_t *resources = json_object_get(leaf, "resources");
    bool found = json_is(json_object_get(leaf, "incident"), "id", b->step.id) ||
                 json_is(json_object_get(leaf, "document"), "case", b->step.id);
    for (size_t i = 0; i < json_array_size(resources) && !found; i++) {
        const json_t *one = json_array_get(resources, i);
        found = json_is(one, "type", "incident") && json_is(one, "id", b->step.id);
    }
    return found || has_event(&b->events, json_number(leaf, "intent", -1));
}

static int take_event(void *context, uint64_t index, const json_t *leaf)
{
    struct case_bundle *b = context;
    return concerns(b, leaf) ? report_events_add(&b->events, index) : VAULT_OK;
}

static int gather_events(struct case_bundle *b)
{
    static const char *const kinds[] = {CASE_EVENTS, DOCUMENT_EVENTS};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && result == VAULT_OK; i++)
        result = call_each_event(b->step.call, kinds[i], take_event, b);
    return result;
}

/* --- case.json --- */

static json_t *list_of(struct case_bundle *b, const char *name)
{
    return json_object_get(b->value, name);
}

static int add_file(struct case_bundle *b, const json_t *step, size_t number, const json_t *said)
{
    const json_t *file = json_object_get(said, "file");
    struct failure *failure = b->step.call->failure;
    struct buffer content = {0};
    if (file == NULL)
        return VAULT_OK;
    json_t *row = json_pack("{s:I,s:O,s:O}", "step", (json_int_t)number, "event",
        json_object_get(step, "event"), "name", json_object_get(file, "name"));
    int result = row == NULL ? no_memory(b) : case_file(said, number, &content, failure);
    if (result == VAULT_OK)
        result = case_put_hashes(row, buffer_bytes(&content), failure);
    if (result == VAULT_OK && json_array_append(list_of(b, "files"), row) != 0)
        result = no_memory(b);
    buffer_free(&content);
    json_decref(row);
    return result;
}

static int add_custody(struct case_bundle *b, const json_t *step, size_t number, const json_t *said)
{
    const json_t *file = json_object_get(said, "file");
    if (!json_is(step, "kind", "custody"))
        return VAULT_OK;
    json_t *row = json_pack("{s:I,s:O,s:O,s:O,s:O*,s:O*}", "step", (json_int_t)number, "event",
        json_object_get(step, "event"), "time", json_object_get(step, "time"), "by",
        json_object_get(step, "by"), "text", json_object_get(said, "text"), "file_sha256",
        json_object_get(file, "sha256"));
    return row != NULL && json_array_append_new(list_of(b, "custody"), row) == 0 ? VAULT_OK : no_memory(b);
}

/* What a step sealed is opened, and so held against its event's hashes; it is not told, but for files and
 * custody. */
static int add_step(struct case_bundle *b, const json_t *step, size_t number)
{
    json_t *said = NULL;
    json_t *row = json_deep_copy(step);
    int result = row == NULL || json_object_set_new(row, "no", json_integer((json_int_t)number)) != 0 ||
                         json_array_append(list_of(b, "steps"), row) != 0
                     ? no_memory(b)
                     : VAULT_OK;
    json_decref(row);
    if (result != VAULT_OK || json_text(step, "part") == NULL)
        return result;
    result = incident_part(b->step.call, b->step.id, step, &said);
    b->counts.parts += result == VAULT_OK;
    if (result == VAULT_OK)
        result = add_file(b, step, number, said);
    if (result == VAULT_OK)
        result = add_custody(b, step, number, said);
    json_decref(said);
    return result;
}

static int add_steps(struct case_bundle *b)
{
    const json_t *steps = json_object_get(b->step.one, "steps");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++)
        result = add_step(b, json_array_get(steps, i), i);
    return result;
}

static int add_page(void *context, size_t recipient, struct bytes page, const char *known)
{
    struct case_bundle *b = context;
    json_t *row = json_pack("{s:I,s:s*}", "recipient", (json_int_t)recipient + 1, "sha256", known);
    int result = row == NULL ? no_memory(b) : VAULT_OK;
    if (result == VAULT_OK && page.size > 0)
        result = case_put_hashes(row, page, b->step.call->failure);
    if (result == VAULT_OK && json_array_append(b->rows, row) != 0)
        result = no_memory(b);
    json_decref(row);
    return result;
}

/* Pages of what may be sent: of a draft nothing has gone out. */
static int add_pages(struct case_bundle *b)
{
    struct case_pages pages = {b->step.call, b->step.id, add_page, b};
    json_t *documents = list_of(b, "documents");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(documents) && result == VAULT_OK; i++) {
        json_t *one = json_array_get(documents, i);
        bool withheld = false;
        if (json_object_get(one, "finished") == NULL)
            continue;
        b->rows = json_array();
        result = b->rows == NULL || json_object_set_new(one, "pages", b->rows) != 0
                     ? no_memory(b)
                     : case_each_page(&pages, one, &withheld);
        if (result == VAULT_OK && withheld && json_object_set_new(one, "withheld", json_true()) != 0)
            result = no_memory(b);
    }
    return result;
}

static int describe(struct case_bundle *b)
{
    struct session *session = b->step.call->session;
    const json_t *one = b->step.one;
    const json_t *documents = documents_of(b->documents, b->step.id);
    b->value = json_pack("{s:s,s:i,s:{s:s,s:O,s:O,s:O,s:O,s:O},s:s,s:o,s:I,s:{s:b,s:b},s:[],s:o,s:[],s:[]}",
        "type", "strongroom-case", "v", 1, "case", "id", b->step.id, "status", json_object_get(one, "status"),
        "jurisdictions", json_object_get(one, "jurisdictions"), "moments", json_object_get(one, "moments"),
        "people", json_object_get(one, "people"), "held", json_object_get(one, "held"), "origin",
        session_origin(session), "created", json_instant(session_log_time(session)), "log_size",
        (json_int_t)log_size(session_log(session)), "included", "files",
        call_flag(b->step.call, "with_files"), "documents", call_flag(b->step.call, "with_documents"),
        "steps", "documents", documents == NULL ? json_array() : json_deep_copy(documents), "files",
        "custody");
    int result = b->value == NULL ? no_memory(b) : add_steps(b);
    if (result == VAULT_OK)
        result = add_pages(b);
    if (result != VAULT_OK)
        return result;
    b->counts.events = b->events.count;
    b->counts.held = json_is_true(json_object_get(one, "held"));
    return case_method_put(b->value, &b->counts) == VAULT_OK ? VAULT_OK : no_memory(b);
}

/* --- The event, the bundle, and what came of it --- */

static int log_start(struct case_bundle *b, struct bytes text)
{
    struct incident_step *step = &b->step;
    struct hash hash;
    hash_sha256(text, &hash);
    json_t *sha256 = json_hex(hash_bytes(&hash));
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    json_t *about = json_pack(
        "{s:s,s:O,s:O}", "id", step->id, "sha256", sha256, "included", json_object_get(b->value, "included"));
    int failed = json_object_set_new(members, "incident", about);
    failed |= json_object_set(b->value, "case_sha256", sha256);
    json_decref(sha256);
    if (failed) {
        json_decref(members);
        return no_memory(b);
    }
    return event_append(step->call->session, step->event, members, &step->index, step->call->failure);
}

/* @p manifest NULL: it came to nothing. */
static int log_result(struct case_bundle *b, const struct hash *manifest, struct failure *failure)
{
    struct incident_step *step = &b->step;
    json_t *members = call_note_members(
        step->call, &step->request, json_pack("[{s:s,s:s}]", "type", "incident", "id", step->id));
    json_t *result = json_pack("{s:s,s:o*}", "status", manifest != NULL ? "ok" : "undone", "manifest_sha256",
        manifest != NULL ? json_hex(hash_bytes(manifest)) : NULL);
    int failed = json_object_set_new(members, "result", result);
    failed |= json_object_set_new(members, "start", json_integer((json_int_t)step->index));
    if (failed) {
        json_decref(members);
        return no_memory(b);
    }
    return event_append(step->call->session, step->event, members, NULL, failure);
}

static int log_done(void *context, const struct hash *manifest)
{
    struct case_bundle *b = context;
    return log_result(b, manifest, b->step.call->failure);
}

/* --- In their own bytes --- */

struct attaching {
    struct case_bundle *b;
    struct bundle_writer *writer;
    json_t *there; /* by hash: the same bytes go in once */
};

static int attach(struct attaching *a, struct bytes content)
{
    char hex[2 * HASH_SIZE + 1];
    struct hash hash;
    hash_sha256(content, &hash);
    hex_encode(hash_bytes(&hash), hex);
    if (json_object_get(a->there, hex) != NULL)
        return VAULT_OK;
    if (json_object_set_new(a->there, hex, json_true()) != 0)
        return no_memory(a->b);
    return bundle_writer_case_file(a->writer, &hash, content, a->b->step.call->failure);
}

static int attach_page(void *context, size_t recipient, struct bytes page, const char *known)
{
    (void)recipient;
    (void)known;
    return page.size > 0 ? attach(context, page) : VAULT_OK;
}

static int attach_files(struct attaching *a)
{
    struct incident_step *step = &a->b->step;
    const json_t *files = list_of(a->b, "files");
    const json_t *steps = json_object_get(step->one, "steps");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(files) && result == VAULT_OK; i++) {
        size_t number = (size_t)json_number(json_array_get(files, i), "step", 0);
        struct buffer content = {0};
        json_t *said = NULL;
        result = incident_part(step->call, step->id, json_array_get(steps, number), &said);
        if (result == VAULT_OK)
            result = case_file(said, number, &content, step->call->failure);
        if (result == VAULT_OK)
            result = attach(a, buffer_bytes(&content));
        buffer_free(&content);
        json_decref(said);
    }
    return result;
}

static int attach_pages(struct attaching *a)
{
    struct case_pages pages = {a->b->step.call, a->b->step.id, attach_page, a};
    const json_t *documents = list_of(a->b, "documents");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(documents) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(documents, i);
        bool withheld;
        if (json_object_get(one, "finished") != NULL)
            result = case_each_page(&pages, one, &withheld);
    }
    return result;
}

static int attach_all(void *context, struct bundle_writer *writer)
{
    struct attaching a = {.b = context, .writer = writer, .there = json_object()};
    const struct call *call = a.b->step.call;
    int result = a.there == NULL ? no_memory(a.b) : VAULT_OK;
    if (result == VAULT_OK && call_flag(call, "with_files"))
        result = attach_files(&a);
    if (result == VAULT_OK && call_flag(call, "with_documents"))
        result = attach_pages(&a);
    if (result == VAULT_OK &&
        json_object_set_new(a.b->value, "attached", json_integer((json_int_t)json_object_size(a.there))) != 0)
        result = no_memory(a.b);
    json_decref(a.there);
    return result;
}

static int write_bundle(struct case_bundle *b, struct bytes text)
{
    struct call *call = b->step.call;
    struct failure undone = {0};
    char purpose[64 + ULID_TEXT_SIZE];
    (void)snprintf(purpose, sizeof purpose, "evidence of case %s", b->step.id);
    struct report_bundled as = {.out = call_text(call, "out"),
        .archive = call_flag(call, "archive"),
        .purpose = purpose,
        .case_file = text,
        .attach = attach_all,
        .finished = log_done,
        .context = b};
    int result = report_bundle(call, &b->events, b->step.index, &as, &b->told);
    if (result != VAULT_OK)
        (void)!log_result(b, NULL, &undone); /* why it failed is told already */
    return result;
}

static int reply_bundle(struct case_bundle *b)
{
    static const char *const counted[] = {"steps", "documents", "files", "custody"};
    int failed = json_object_set_new(b->told, "id", json_string(b->step.id));
    failed |= json_object_set(b->told, "case_sha256", json_object_get(b->value, "case_sha256"));
    failed |= json_object_set_new(b->told, "event", json_integer((json_int_t)b->step.index));
    failed |= json_object_set(b->told, "attached", json_object_get(b->value, "attached"));
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        failed |= json_object_set_new(
            b->told, counted[i], json_integer((json_int_t)json_array_size(list_of(b, counted[i]))));
    return failed ? no_memory(b) : reply_value(b->step.call, json_incref(b->told));
}

int op_incident_bundle(struct call *call)
{
    struct case_bundle b = {.step = {.call = call, .event = "incident.bundle", .reads = true}};
    struct buffer text = {0};
    int result = incident_begin(&b.step);
    if (result == VAULT_OK)
        result = document_history(call, NULL, NULL, &b.documents);
    if (result == VAULT_OK)
        result = gather_events(&b);
    if (result == VAULT_OK)
        result = describe(&b);
    if (result == VAULT_OK)
        result = json_write_canonical(b.value, &text);
    if (result == VAULT_OK)
        result = log_start(&b, buffer_bytes(&text));
    if (result == VAULT_OK)
        result = write_bundle(&b, buffer_bytes(&text));
    if (result == VAULT_OK)
        result = reply_bundle(&b);
    buffer_free(&text);
    report_events_free(&b.events);
    documents_free(b.documents);
    json_decref(b.value);
    json_decref(b.told);
    incident_end(&b.step);
    return result;
}
