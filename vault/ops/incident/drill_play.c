/* A whole case on a copy: frozen, opened, assessed, documents, duties, evidence, closed, each step with its
 * time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/evidence/bundle.h"
#include "vault/ops/incident/drill_private.h"

/* --- One step --- */

int drill_note(struct drill *drill, const char *step, const char *operation, uint64_t started, int result,
    const struct failure *why)
{
    uint64_t took = instant_monotonic() - started;
    drill->nanoseconds += took;
    json_t *row = json_pack("{s:s,s:s,s:I,s:b}", "step", step, "operation", operation, "ms",
        (json_int_t)(took / 1000000), "ok", result == VAULT_OK);
    if (row != NULL && result != VAULT_OK)
        (void)json_object_set_new(row, "why", json_cut_text(why->text));
    int noted = row == NULL || json_array_append(drill->steps, row) != 0 ? VAULT_ENOMEM : VAULT_OK;
    if (noted == VAULT_OK && drill->reply->row != NULL)
        noted = drill->reply->row(drill->reply->context, row);
    json_decref(row);
    if (result != VAULT_OK)
        return failure_set(drill->failure, result, "%s: %s", step, why->text);
    if (noted == VAULT_OK && drill->reply->check != NULL)
        noted = drill->reply->check(drill->reply->context);
    return noted == VAULT_OK ? VAULT_OK : failure_set(drill->failure, noted, "stopped after: %s", step);
}

static int keep_value(void *context, json_t *value)
{
    json_t **kept = context;
    json_decref(*kept);
    *kept = json_incref(value);
    return VAULT_OK;
}

static int pass_row(void *context, json_t *row)
{
    (void)context;
    (void)row;
    return VAULT_OK;
}

/* @p arguments are taken over; @p value, if it is wanted, is a new reference. */
static int run(
    struct drill *drill, const char *step, const char *operation, json_t *arguments, json_t **value)
{
    json_t *kept = NULL;
    struct failure why = {0};
    struct reply reply = {.context = &kept, .value = keep_value, .row = pass_row};
    struct operation_call call = {.name = operation, .arguments = arguments};
    uint64_t started = instant_monotonic();
    int result = arguments == NULL ? failure_set(&why, VAULT_ENOMEM, "no memory")
                                   : operation_run(drill->copy, &call, &reply, &why);
    result = drill_note(drill, step, operation, started, result, &why);
    json_decref(arguments);
    if (value != NULL)
        *value = kept;
    else
        json_decref(kept);
    return result;
}

/* --- Freeze, open, assess --- */

static int begin(struct drill *drill)
{
    char discovered[INSTANT_TEXT_SIZE];
    json_t *opened = NULL;
    instant_format(drill->discovered, discovered);
    int result = run(drill, "freeze", "incident.freeze", json_pack("{s:b}", "all", true), NULL);
    if (result == VAULT_OK)
        result = run(drill, "open", "incident.open",
            json_pack("{s:s,s:s,s:{s:s,s:s},s:{s:s,s:s,s:s}}", "title", DRILL_WORD, "how", DRILL_WORD,
                "moments", "discovered", discovered, "knew", discovered, "circumstances", "personal", "yes",
                "controller", "yes", "trustee", "yes"),
            &opened);
    if (result == VAULT_OK)
        text_copy(drill->id, sizeof drill->id, json_text(opened, "id"));
    json_decref(opened);
    return result == VAULT_OK ? run(drill, "assess", "incident.assess",
                                    json_pack("{s:s,s:s}", "id", drill->id, "person", drill->person), NULL)
                              : result;
}

/* --- Documents: drafted, filled where something must be, done, delivered to nobody --- */

/* Every field that must be there says what this is. */
static json_t *filled(const json_t *missing)
{
    json_t *fields = json_object();
    for (size_t i = 0; i < json_array_size(missing); i++)
        (void)json_object_set_new(
            fields, json_text(json_array_get(missing, i), "field"), json_string(DRILL_WORD));
    return fields;
}

static json_t *draft_arguments(const struct drill *drill, const char *kind, const json_t *draft)
{
    json_t *arguments = json_pack("{s:s,s:s,s:s}", "id", drill->id, "kind", kind, "lang", "zh");
    int failed = arguments == NULL;
    if (!failed && strcmp(kind, "notice-affected") == 0)
        failed = json_object_set_new(
            arguments, "recipients", json_pack("{s:{s:s}}", "exercise", "name", DRILL_WORD));
    if (!failed && draft != NULL) {
        failed = json_object_set_new(arguments, "fields", filled(json_object_get(draft, "missing")));
        failed |= json_object_set(arguments, "replace", json_object_get(draft, "document"));
    }
    if (!failed)
        return arguments;
    json_decref(arguments);
    return NULL;
}

static int write_document(struct drill *drill, const char *kind)
{
    char step[64];
    json_t *draft = NULL;
    json_t *whole = NULL;
    (void)snprintf(step, sizeof step, "draft %s", kind);
    int result = run(drill, step, "document.draft", draft_arguments(drill, kind, NULL), &draft);
    (void)snprintf(step, sizeof step, "fill %s", kind);
    if (result == VAULT_OK)
        result = run(drill, step, "document.draft", draft_arguments(drill, kind, draft), &whole);
    json_int_t number = (json_int_t)json_number(whole, "document", 0);
    (void)snprintf(step, sizeof step, "finish %s", kind);
    if (result == VAULT_OK)
        result = run(drill, step, "document.finish",
            json_pack("{s:s,s:I}", "id", drill->id, "document", number), NULL);
    (void)snprintf(step, sizeof step, "deliver %s", kind);
    if (result == VAULT_OK)
        result = run(drill, step, "document.deliver",
            json_pack("{s:s,s:I,s:{s:{s:s,s:s}}}", "id", drill->id, "document", number, "entries", "1",
                "state", "sent", "how", DRILL_WORD),
            NULL);
    json_decref(draft);
    json_decref(whole);
    return result;
}

/* --- Duties: what can be done by telling and reporting is done, and each clock is looked at --- */

static bool open_duty(const json_t *duty)
{
    return json_is(duty, "state", "owed") || json_is(duty, "state", "uncertain");
}

static int fulfil(struct drill *drill, const json_t *duties)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(duties) && result == VAULT_OK; i++) {
        const json_t *duty = json_array_get(duties, i);
        char step[96];
        if (!open_duty(duty) || (!json_is(duty, "step", "notify") && !json_is(duty, "step", "report")))
            continue;
        (void)snprintf(step, sizeof step, "fulfil %.80s", json_text(duty, "duty"));
        result = run(drill, step, "incident.fulfil",
            json_pack(
                "{s:s,s:O,s:s}", "id", drill->id, "duty", json_object_get(duty, "duty"), "text", DRILL_WORD),
            NULL);
    }
    return result;
}

static int add_clock(struct drill *drill, const json_t *duty)
{
    const json_t *strict = json_object_get(duty, "strict");
    bool late = json_is(duty, "state", "done") ? json_is_true(json_object_get(duty, "late"))
                                          : json_is_true(json_object_get(strict, "over"));
    if (json_object_get(strict, "due") == NULL || (!json_is(duty, "state", "done") && !open_duty(duty)))
        return VAULT_OK;
    json_t *row = json_pack("{s:O,s:O,s:O,s:o,s:b}", "duty", json_object_get(duty, "duty"), "force",
        json_object_get(duty, "force"), "state", json_object_get(duty, "state"), "due",
        json_instant(json_number(strict, "due", 0)), "late", late);
    return json_array_append_new(drill->clocks, row) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int duties(struct drill *drill)
{
    json_t *shown = NULL;
    json_t *after = NULL;
    int result = run(drill, "duties", "incident.show", json_pack("{s:s}", "id", drill->id), &shown);
    if (result == VAULT_OK)
        result = fulfil(drill, json_object_get(shown, "duties"));
    if (result == VAULT_OK)
        result = run(drill, "clocks", "incident.show", json_pack("{s:s}", "id", drill->id), &after);
    const json_t *list = json_object_get(after, "duties");
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = add_clock(drill, json_array_get(list, i));
    json_decref(shown);
    json_decref(after);
    return result;
}

/* --- Evidence, and an auditor's look at it --- */

static int keep_text(void *context, struct bytes text)
{
    struct buffer *kept = context;
    buffer_put(kept, text);
    return buffer_error(kept);
}

/* The log's own key: no witness was asked for this copy. */
static int read_trust(struct drill *drill, struct trust **trust, struct failure *why)
{
    struct buffer policy = {0};
    struct buffer log = {0};
    json_t *none = json_object();
    struct reply reply = {.context = &policy, .text = keep_text};
    struct operation_call call = {.name = "log.policy", .arguments = none};
    int result = none == NULL ? VAULT_ENOMEM : operation_run(drill->copy, &call, &reply, why);
    const char *text = result == VAULT_OK ? buffer_text(&policy) : NULL;
    for (const char *line = text; line != NULL && line[0] != '\0';) {
        size_t size = strcspn(line, "\n");
        if (strncmp(line, "log ", 4) == 0)
            buffer_put_format(&log, "%.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    buffer_put_text(&log, "quorum none\n");
    if (result == VAULT_OK)
        result = buffer_error(&log);
    if (result == VAULT_OK)
        result = trust_parse(buffer_bytes(&log), trust, why);
    json_decref(none);
    buffer_free(&policy);
    buffer_free(&log);
    return result;
}

static int audit(struct drill *drill)
{
    struct trust *trust = NULL;
    struct bundle *bundle = NULL;
    struct bundle_report *report = calloc(1, sizeof *report);
    struct failure why = {0};
    uint64_t started = instant_monotonic();
    int result = report == NULL ? VAULT_ENOMEM : read_trust(drill, &trust, &why);
    struct bundle_options options = {.trust = trust, .now = instant_now()};
    if (result == VAULT_OK)
        result = bundle_check(drill->bundle, &options, &bundle, report, &why);
    if (result == VAULT_OK && !report->has_case)
        result = failure_set(&why, VAULT_EFORGED, "the bundle holds no case");
    result = drill_note(drill, "audit", "audit", started, result, &why);
    bundle_free(bundle);
    trust_free(trust);
    free(report);
    return result;
}

/* --- All of it --- */

int drill_play(struct drill *drill)
{
    static const char *const documents[] = {"notice-affected", "report", "statement"};
    int result = begin(drill);
    for (size_t i = 0; i < sizeof documents / sizeof documents[0] && result == VAULT_OK; i++)
        result = write_document(drill, documents[i]);
    if (result == VAULT_OK)
        result = duties(drill);
    if (result == VAULT_OK)
        result = run(drill, "bundle", "incident.bundle",
            json_pack("{s:s,s:s}", "id", drill->id, "out", drill->bundle), NULL);
    if (result == VAULT_OK)
        result = audit(drill);
    if (result == VAULT_OK)
        result = run(drill, "close", "incident.close",
            json_pack("{s:s,s:s}", "id", drill->id, "text", DRILL_WORD), NULL);
    return result == VAULT_OK ? run(drill, "verify the log", "log.verify", json_object(), NULL) : result;
}
