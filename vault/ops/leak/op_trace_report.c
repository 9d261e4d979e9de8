/* trace.report: all that a report of a leak says, and the bundle of the events that it cites;
 * trace.report_written: what was made of it, by its hashes. */
#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/leak/finding_facts_private.h"
#include "vault/ops/leak/finding_step_private.h"
#include "vault/ops/leak/report_private.h"

struct report {
    struct step step;
    int64_t version;
    json_t *value;
    struct report_events events;
};

static int log_start(struct report *report)
{
    struct step *step = &report->step;
    json_t *members = access_event_members(step->call->session, &step->request, &step->decision,
        json_pack("[{s:s,s:s}]", "type", "finding", "id", step->id));
    if (members != NULL) {
        (void)json_object_set_new(members, "finding",
            json_pack("{s:s,s:I}", "id", step->id, "version", (json_int_t)report->version));
        (void)json_object_set_new(members, "names", json_boolean(call_flag(step->call, "names")));
    }
    return event_append(step->call->session, step->event, members, &step->index, step->call->failure);
}

/* A second event says what came out; it is no outcome of a change, so it has no phase. */
static int log_result(struct report *report, bool done)
{
    struct call *call = report->step.call;
    const json_t *bundle = json_object_get(report->value, "bundle");
    json_t *members = call_note_members(call, &report->step.request, json_array());
    json_t *result = json_pack("{s:s}", "status", done ? "ok" : "undone");
    if (done && result != NULL)
        (void)json_object_set(result, "manifest_sha256", json_object_get(bundle, "manifest_sha256"));
    if (members == NULL) {
        json_decref(result);
    } else {
        (void)json_object_set_new(members, "result", result);
        (void)json_object_set_new(members, "start", json_integer((json_int_t)report->step.index));
    }
    return event_append(call->session, report->step.event, members, NULL, call->failure);
}

static int put(struct report *report, const char *name, int result, json_t *value)
{
    if (result != VAULT_OK)
        return result;
    return json_object_set_new(report->value, name, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int describe(struct report *report)
{
    struct step *step = &report->step;
    const json_t *version = finding_version(step->finding, report->version);
    const char *status = json_text(step->finding, "status");
    bool withdrawn = strcmp(status, "withdrawn") == 0;
    bool is_signed = !withdrawn && json_number(step->finding, "signed_version", 0) == report->version;
    report->value = json_pack("{s:s,s:I,s:s,s:O*,s:b,s:b,s:o,s:s,s:I}", "id", step->id, "version",
        (json_int_t)report->version, "status", status, "sha256", json_object_get(version, "sha256"), "signed",
        is_signed, "names", call_flag(step->call, "names"), "created", json_instant(instant_now()), "origin",
        session_origin(step->call->session), "event", (json_int_t)step->index);
    return report->value == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static int gather(struct report *report)
{
    struct call *call = report->step.call;
    json_t *document = NULL;
    json_t *history = NULL;
    json_t *timeline = NULL;
    json_t *matrix = NULL;
    int result = finding_document(call, report->step.finding, report->version, &document);
    result = put(report, "finding", result, document);
    if (result == VAULT_OK)
        history = json_deep_copy(report->step.finding);
    if (result == VAULT_OK)
        result = history == NULL ? VAULT_ENOMEM : finding_notes(call, history);
    result = put(report, "history", result, history);
    if (result == VAULT_OK)
        result = report_events_gather(document, history, &report->events);
    if (result == VAULT_OK)
        result = report_timeline(call, &report->events, &timeline);
    result = put(report, "timeline", result, timeline);
    if (result == VAULT_OK)
        result = report_matrix(call, document, timeline, &matrix);
    return put(report, "matrix", result, matrix);
}

static int write_bundle(struct report *report)
{
    char purpose[64 + ULID_TEXT_SIZE];
    json_t *told = NULL;
    (void)snprintf(purpose, sizeof purpose, "events that finding %s, version %lld, cites", report->step.id,
        (long long)report->version);
    struct report_bundled as = {.out = call_text(report->step.call, "bundle"), .purpose = purpose};
    int result = report_bundle(report->step.call, &report->events, report->step.index, &as, &told);
    return put(report, "bundle", result, told);
}

/* What was written counts once the log tells of it; who finds no such event has an abandoned one. */
static int run(struct report *report)
{
    struct call *call = report->step.call;
    struct failure undone = {0};
    struct call quiet = *call;
    int result = describe(report);
    if (result == VAULT_OK)
        result = gather(report);
    if (result == VAULT_OK)
        result = write_bundle(report);
    if (result == VAULT_OK)
        result = log_result(report, true);
    if (result == VAULT_OK && !call_flag(call, "names"))
        result = report_hide_names(report->value);
    if (result == VAULT_OK)
        return reply_value(call, json_incref(report->value));
    quiet.failure = &undone; /* why it failed is told already */
    report->step.call = &quiet;
    (void)!log_result(report, false);
    report->step.call = call;
    return result;
}

static int check_case(struct report *report)
{
    struct call *call = report->step.call;
    const char *asked = call_text(call, "case");
    const char *of = json_text(report->step.finding, "trace_case");
    if (asked == NULL || (of != NULL && strcmp(asked, of) == 0))
        return VAULT_OK;
    return failure_set(
        call->failure, VAULT_EINPUT, "finding %s is not about case '%s'", report->step.id, asked);
}

/* Names that nobody asked to see in their case stay hidden in its report. */
static int check_names(struct report *report)
{
    struct call *call = report->step.call;
    const char *of = json_text(report->step.finding, "trace_case");
    bool revealed = false;
    if (!call_flag(call, "names") || of == NULL)
        return VAULT_OK;
    int result = finding_names_revealed(call, of, &revealed);
    if (result != VAULT_OK || revealed)
        return result;
    failure_remedy(call->failure, "ask for them with 'trace reveal %s'", of);
    return failure_set(call->failure, VAULT_EDENIED, "denied: no names of case %s have been revealed", of);
}

int op_trace_report(struct call *call)
{
    struct report report = {.step = {.call = call, .event = "trace.report"}};
    int result = step_begin(&report.step);
    int64_t in_force = json_number(report.step.finding, "signed_version", report.step.version);
    report.version = call_number(call, "version", in_force);
    if (result == VAULT_OK)
        result = check_case(&report);
    if (result == VAULT_OK)
        result = check_names(&report);
    if (result == VAULT_OK && finding_version(report.step.finding, report.version) == NULL)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "finding %s has no version %lld", report.step.id,
            (long long)report.version);
    if (result == VAULT_OK)
        result = log_start(&report);
    if (result == VAULT_OK)
        result = run(&report);
    report_events_free(&report.events);
    json_decref(report.value);
    step_end(&report.step);
    return result;
}

/* --- trace.report_written --- */

/* Only of a report that the log says this person was told, and of files that one consists of. */
static int check_files(struct call *call, const json_t *files)
{
    static const char *const names[] = {"report.html", "report.pdf", "finding.json"};
    size_t known = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *hash = json_text(files, names[i]);
        known += hash != NULL;
        if (hash != NULL &&
            (strlen(hash) != 2 * (size_t)HASH_SIZE || strspn(hash, "0123456789abcdef") != strlen(hash)))
            return failure_set(
                call->failure, VAULT_EUSAGE, "hashes: %s has no SHA-256 in hexadecimal", names[i]);
    }
    if (known == 0 || known != json_object_size(files))
        return failure_set(
            call->failure, VAULT_EUSAGE, "hashes: report.html, report.pdf and finding.json, by their SHA-256");
    return VAULT_OK;
}

static int read_start(struct call *call, json_int_t index, json_t **leaf)
{
    struct buffer text = {0};
    *leaf = NULL;
    if (index < 0 || (uint64_t)index >= log_size(session_log(call->session)))
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "report: the log has no event %lld", (long long)index);
    int result = log_read(session_log(call->session), (uint64_t)index, &text, call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), leaf, call->failure);
    buffer_free(&text);
    if (result != VAULT_OK)
        return result;
    const char *event = json_text(*leaf, "event");
    const char *actor = json_text(json_object_get(*leaf, "actor"), "id");
    const char *effect = json_text(json_object_get(*leaf, "decision"), "effect");
    bool his = event != NULL && strcmp(event, "trace.report") == 0 && actor != NULL &&
               strcmp(actor, session_user(call->session)) == 0 && effect != NULL &&
               strcmp(effect, "permit") == 0 && json_object_get(*leaf, "finding") != NULL;
    return his ? VAULT_OK
               : failure_set(call->failure, VAULT_EINPUT, "report: event %lld tells of no report to you",
                     (long long)index);
}

int op_trace_report_written(struct call *call)
{
    struct access_request request = {.action = "trace.report"};
    struct decision decision = {0};
    const json_t *files = call_list(call, "hashes");
    json_int_t index = call_number(call, "report", -1);
    json_t *leaf = NULL;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = check_files(call, files);
    if (result == VAULT_OK)
        result = read_start(call, index, &leaf);
    if (result == VAULT_OK) {
        const json_t *finding = json_object_get(leaf, "finding");
        json_t *members = access_event_members(call->session, &request, &decision,
            json_pack("[{s:s,s:O}]", "type", "finding", "id", json_object_get(finding, "id")));
        if (members != NULL) {
            (void)json_object_set_new(members, "finding", json_deep_copy(finding));
            (void)json_object_set_new(
                members, "written", json_pack("{s:I,s:o}", "start", index, "files", json_deep_copy(files)));
        }
        result = event_append(call->session, "trace.report_written", members, &event, call->failure);
    }
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:I}", "event", (json_int_t)event));
    json_decref(leaf);
    decision_free(&decision);
    return result;
}
