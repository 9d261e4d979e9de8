#include "cli/command_incident_show.h"

#include <stdio.h>
#include <string.h>

#include "cli/local_time.h"
#include "cli/words.h"
#include "vault/base/instant.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

struct said {
    const char *code;
    const char *text;
};

static const struct said said[] = {
    {"owed", N_("due")},
    {"uncertain", N_("due if it applies")},
    {"waiting", N_("waits")},
    {"done", N_("done")},
    {"exempt", N_("freed from")},
    {"not_owed", N_("not due")},
    {"law", N_("law")},
    {"contract", N_("contract")},
    {"advice", N_("advice")},
    {"house", N_("house rule")},
    {"proposed", N_("not in force")},
    {"primary", N_("article read")},
    {"secondary", N_("from reports")},
    {"recalled", N_("from memory")},
    {"freeze", N_("freeze what is affected (incident freeze)")},
    {"assess", N_("assess who and what is affected (incident assess)")},
    {"notify", N_("notify those whom the duties name (incident fulfil)")},
    {"report", N_("report to the authorities (incident fulfil)")},
    {"responsibility",
        N_("find out who is responsible (finding draft; incident note --kind responsibility)")},
    {"remedy", N_("offer remedies (incident note --kind remedy)")},
    {"learn", N_("write down the lessons (incident note --kind lesson)")},
    {"close", N_("close the case (incident close)")},
    {"closed", N_("nothing, it is closed")},
    {"occurred", N_("it occurred")},
    {"knew", N_("the firm knew")},
    {"discovered", N_("it was discovered")},
    {"confirmed", N_("it is confirmed")},
    {"assessed", N_("it is assessed")},
    {"ended", N_("handling it has ended")},
    {"decided", N_("it is decided")},
    {"open", N_("open")},
    {"note", N_("note")},
    {"hold", N_("hold")},
    {"fulfil", N_("duty done")},
    {"enter", N_("entry")},
    {"controller", N_("its own data: it decides what for")},
    {"trustee", N_("a client's data, by his order")},
    {"yes", N_("yes")},
    {"no", N_("no")},
    {"unknown", N_("unknown")},
    {"criminal", N_("criminal")},
    {"administrative", N_("administrative")},
    {"reporting", N_("reporting")},
    {"all", N_("all clients")},
    {"client", N_("client")},
    {"portfolio", N_("portfolio")},
    {"person", N_("person")},
};

static const char *say(const char *code)
{
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strcmp(said[i].code, code) == 0)
            return _(said[i].text);
    }
    return code;
}

static bool chinese(void)
{
    return strcmp(_("en"), "zh") == 0;
}

/* --- Freezing --- */

static void targets_text(const json_t *value, struct buffer *text)
{
    const json_t *targets = json_object_get(value, "targets");
    buffer_put_format(text, "%s", say(screen_word(value, "kind")));
    for (size_t i = 0; i < json_array_size(targets); i++)
        buffer_put_format(text, " %s", json_string_value(json_array_get(targets, i)));
}

void incident_show_frozen(struct screen *screen, const json_t *value)
{
    struct buffer text = {0};
    targets_text(value, &text);
    screen_line(screen, _("Frozen: %s (event %lld)."), buffer_text(&text),
        (long long)json_number(value, "event", -1));
    buffer_free(&text);
    screen_field(screen, _("rights before it"), json_object_get(value, "snapshot"), NULL);
    screen_field(screen, _("log before it"), json_object_get(value, "size"), screen_word(value, "root"));
    screen_field(screen, _("roles that get new keys"), json_object_get(value, "roles"), NULL);
    screen_fields_end(screen, 2);
    screen_line(
        screen, "%s", _("Keep the checkpoint elsewhere: log checkpoint > FILE.  Next: incident open."));
}

void incident_show_unfrozen(struct screen *screen, const json_t *value)
{
    struct buffer text = {0};
    targets_text(value, &text);
    if (json_is_true(json_object_get(value, "proposed")))
        screen_line(screen,
            _("To unfreeze is proposed: %s (event %lld).  It takes effect when somebody else says the same."),
            buffer_text(&text), (long long)json_number(value, "event", -1));
    else
        screen_line(screen, _("No longer frozen: %s (event %lld)."), buffer_text(&text),
            (long long)json_number(value, "event", -1));
    buffer_free(&text);
}

/* --- Cases --- */

void incident_show_step(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Case %s: %s (event %lld)."), screen_word(value, "id"),
        say(screen_word(value, "step")), (long long)json_number(value, "event", -1));
}

const struct column incident_list_columns[] = {
    {"what", N_("WHAT"), COLUMN_TEXT},
    {"id", N_("ID"), COLUMN_ID},
    {"status", N_("STATE"), COLUMN_TEXT},
    {"opened", N_("OPENED"), COLUMN_TEXT},
    {"by", N_("BY"), COLUMN_TEXT},
    {"held", N_("HELD"), COLUMN_TEXT},
    {0},
};

json_t *incident_row(const json_t *row)
{
    const json_t *frozen = json_object_get(row, "frozen");
    json_t *shown = json_copy((json_t *)(uintptr_t)row);
    char time[LOCAL_TIME_SIZE];
    if (frozen != NULL) {
        (void)json_object_set_new(
            shown, "what", json_sprintf(_("frozen: %s"), say(screen_word(frozen, "kind"))));
        (void)json_object_set(shown, "id", json_object_get(frozen, "target"));
        return shown;
    }
    local_time(screen_word(row, "opened"), time);
    (void)json_object_set_new(shown, "what", json_string(_("case")));
    (void)json_object_set_new(shown, "opened", json_string(time));
    (void)json_object_set_new(shown, "status", json_string(say(screen_word(row, "status"))));
    return shown;
}

/* "3 d 4 h", or "2 h 10 min". */
static void span(int64_t milliseconds, char *text, size_t size)
{
    int64_t left = milliseconds < 0 ? -milliseconds : milliseconds;
    if (left >= DAY)
        (void)snprintf(
            text, size, _("%lld d %lld h"), (long long)(left / DAY), (long long)(left % DAY / HOUR));
    else
        (void)snprintf(
            text, size, _("%lld h %lld min"), (long long)(left / HOUR), (long long)(left % HOUR / MINUTE));
}

static void moment(int64_t instant, char text[LOCAL_TIME_SIZE])
{
    char utc[INSTANT_TEXT_SIZE];
    instant_format(instant, utc);
    local_time(utc, text);
}

static bool at_once(const json_t *duty)
{
    const char *unit = screen_word(duty, "unit");
    return strcmp(unit, "at_once") == 0 || strcmp(unit, "before") == 0;
}

/* When, and what remains of it; both readings where they differ. */
static json_t *due_text(const json_t *duty)
{
    const json_t *strict = json_object_get(duty, "strict");
    const json_t *lenient = json_object_get(duty, "lenient");
    const char *state = screen_word(duty, "state");
    char when[LOCAL_TIME_SIZE];
    char later[LOCAL_TIME_SIZE];
    char left[64];
    if (strcmp(state, "waiting") == 0)
        return json_sprintf(_("runs once %s"), say(screen_word(duty, "start_is")));
    if (strcmp(state, "done") == 0) {
        moment(json_number(duty, "at", 0), when);
        return json_sprintf(json_is_true(json_object_get(duty, "late")) ? _("%s, late") : "%s", when);
    }
    if (strict == NULL || strcmp(state, "exempt") == 0 || strcmp(state, "not_owed") == 0)
        return json_string("");
    if (at_once(duty))
        return json_string(
            strcmp(screen_word(duty, "unit"), "before") == 0 ? _("before it is done") : _("at once"));
    moment(json_number(strict, "due", 0), when);
    span(json_number(strict, "left", 0), left, sizeof left);
    const char *estimated = json_is_true(json_object_get(strict, "estimated")) ? _(" (estimated)") : "";
    if (lenient != NULL)
        moment(json_number(lenient, "due", 0), later);
    if (json_is_true(json_object_get(strict, "over")))
        return lenient == NULL
                   ? json_sprintf(_("%s, over since %s%s"), when, left, estimated)
                   : json_sprintf(_("%s, over since %s%s; leniently %s"), when, left, estimated, later);
    return lenient == NULL ? json_sprintf(_("%s, %s left%s"), when, left, estimated)
                           : json_sprintf(_("%s, %s left%s; leniently %s"), when, left, estimated, later);
}

static const struct column duty_columns[] = {
    {"duty", N_("DUTY"), COLUMN_ID},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"due", N_("DUE"), COLUMN_TEXT},
    {"to", N_("TO"), COLUMN_TEXT},
    {"what", N_("WHAT"), COLUMN_TEXT},
    {"rule", N_("RULE"), COLUMN_TEXT},
    {0},
};

static json_t *duty_row(const json_t *duty)
{
    const char *article = screen_word(duty, "article");
    const char *force = screen_word(duty, "force");
    json_t *rule = article[0] == '\0'
                       ? json_string(say(force))
                       : json_sprintf("%s (%s, %s)", article, say(force), say(screen_word(duty, "status")));
    return json_pack("{s:s,s:s,s:o,s:s,s:s,s:o}", "duty", screen_word(duty, "duty"), "state",
        say(screen_word(duty, "state")), "due", due_text(duty), "to",
        screen_word(duty, chinese() ? "to_zh" : "to_en"), "what", screen_word(duty, chinese() ? "zh" : "en"),
        "rule", rule);
}

static void show_duties(struct screen *screen, const json_t *duties)
{
    json_t *rows = json_array();
    size_t hidden = 0;
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        const char *state = screen_word(duty, "state");
        if (strcmp(state, "not_owed") == 0)
            hidden++;
        else
            (void)json_array_append_new(rows, duty_row(duty));
    }
    screen_table(screen, rows, duty_columns, 0);
    json_decref(rows);
    if (hidden > 0)
        screen_line(screen, _("%zu more are not due, since the case says so."), hidden);
}

static const struct column step_columns[] = {
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {"time", N_("TIME"), COLUMN_TEXT},
    {"by", N_("BY"), COLUMN_TEXT},
    {"step", N_("STEP"), COLUMN_TEXT},
    {"text", N_("SAYS"), COLUMN_TEXT},
    {0},
};

static void add_said(struct buffer *text, const json_t *says, const char *member)
{
    const char *value = json_text(says, member);
    if (value != NULL)
        buffer_put_format(text, "%s%s", text->size > 0 ? "; " : "", value);
}

static json_t *step_row(const json_t *step)
{
    const json_t *says = json_object_get(step, "says");
    const json_t *file = json_object_get(says, "file");
    struct buffer text = {0};
    char time[LOCAL_TIME_SIZE];
    add_said(&text, step, "duty");
    add_said(&text, says, "title");
    add_said(&text, says, "discovered_by");
    add_said(&text, says, "how");
    add_said(&text, says, "text");
    if (file != NULL)
        buffer_put_format(&text, "%s%s (%lld, %.12s…)", text.size > 0 ? "; " : "", screen_word(file, "name"),
            (long long)json_number(file, "size", 0), screen_word(file, "sha256"));
    local_time(screen_word(step, "time"), time);
    const char *kind = json_text(step, "kind");
    const char *shown = buffer_text(&text);
    json_t *row = json_pack("{s:O,s:s,s:s,s:s,s:s}", "event", json_object_get(step, "event"), "time", time,
        "by", screen_word(step, "by"), "step",
        say(kind != NULL && strcmp(kind, "note") != 0 ? kind : screen_word(step, "step")), "text",
        shown == NULL ? "" : shown);
    buffer_free(&text);
    return row;
}

static void show_steps(struct screen *screen, const json_t *steps)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(steps); i++)
        (void)json_array_append_new(rows, step_row(json_array_get(steps, i)));
    screen_table(screen, rows, step_columns, 0);
    json_decref(rows);
}

static void show_basis(struct screen *screen, const json_t *facts)
{
    if (json_is_true(json_object_get(facts, "stale")))
        screen_line(screen, _("THE FACTS OF THE LAW WERE LAST REVIEWED ON %s: LOOK WHETHER THEY STILL HOLD."),
            screen_word(facts, "checked"));
    else
        screen_line(screen, _("Facts of the law as reviewed on %s."), screen_word(facts, "checked"));
    screen_line(
        screen, "%s", _("No legal advice: a lawyer looks the articles up before anybody acts on them."));
}

/* Replies that are owed, actions that are due. */
static void show_running(struct screen *screen, const json_t *running)
{
    for (size_t i = 0; i < json_array_size(running); i++) {
        const json_t *one = json_array_get(running, i);
        screen_line(screen, json_is_true(json_object_get(one, "over")) ? _("OVERDUE since %s: entry %lld, %s") : _("by %s: entry %lld, %s"),
            screen_word(one, "due"), (long long)json_number(one, "entry", -1), screen_word(one, "kind"));
    }
    if (json_array_size(running) > 0)
        screen_blank(screen);
}

void incident_show_status(struct screen *screen, const json_t *value)
{
    screen_field_text(screen, _("case"), screen_word(value, "id"));
    screen_field_text(screen, _("state"), say(screen_word(value, "status")));
    screen_field(screen, _("jurisdictions"), json_object_get(value, "jurisdictions"), NULL);
    screen_field(screen, _("circumstances"), json_object_get(value, "circumstances"), NULL);
    screen_field(screen, _("people"), json_object_get(value, "people"), NULL);
    screen_field(screen, _("held"), json_object_get(value, "held"), NULL);
    screen_field(screen, _("frozen"), json_object_get(value, "frozen"), NULL);
    screen_field_text(screen, _("next"), say(screen_word(value, "next")));
    screen_fields_end(screen, 0);
    screen_blank(screen);
    show_duties(screen, json_object_get(value, "duties"));
    screen_blank(screen);
    show_running(screen, json_object_get(value, "running"));
    show_steps(screen, json_object_get(value, "steps"));
    screen_blank(screen);
    show_basis(screen, json_object_get(value, "facts"));
}

/* --- Assessment --- */

static const struct column class_columns[] = {
    {"what", N_("DATA"), COLUMN_TEXT},
    {"n", N_("PIECES"), COLUMN_NUMBER},
    {"clients", N_("CLIENTS"), COLUMN_NUMBER},
    {"strict", N_("STRICTLY"), COLUMN_TEXT},
    {"lenient", N_("LENIENTLY"), COLUMN_TEXT},
    {"rule", N_("RULE"), COLUMN_TEXT},
    {0},
};

static json_t *class_row(const json_t *class)
{
    return json_pack("{s:s,s:O,s:O,s:O,s:O,s:o}", "what", screen_word(class, chinese() ? "zh" : "en"), "n",
        json_object_get(class, "n"), "clients", json_object_get(class, "clients"), "strict",
        json_object_get(class, "strict"), "lenient", json_object_get(class, "lenient"), "rule",
        json_sprintf("%s (%s)", screen_word(class, "article"), say(screen_word(class, "status"))));
}

/* "1.1 times: serious", of ordinary thresholds or of those in service. */
static json_t *gauge_text(const json_t *gauge)
{
    long long whole = (long long)json_number(gauge, "whole", 0);
    long long thousandths = (long long)json_number(gauge, "millionths", 0) / 1000;
    if (json_is_true(json_object_get(gauge, "very_serious")))
        return json_sprintf(_("%lld.%03lld times: very serious"), whole, thousandths);
    return json_sprintf(json_is_true(json_object_get(gauge, "serious")) ? _("%lld.%03lld times: serious")
                                                                        : _("%lld.%03lld times: below"),
        whole, thousandths);
}

static void show_gauge(struct screen *screen, const char *name, const json_t *reading)
{
    json_t *ordinary = gauge_text(json_object_get(reading, "ordinary"));
    json_t *in_service = gauge_text(json_object_get(reading, "in_service"));
    struct buffer text = {0};
    buffer_put_format(
        &text, _("%s; got in service: %s"), json_string_value(ordinary), json_string_value(in_service));
    screen_field_text(screen, name, buffer_text(&text));
    buffer_free(&text);
    json_decref(ordinary);
    json_decref(in_service);
}

static const struct column threshold_columns[] = {
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"what", N_("WHAT"), COLUMN_TEXT},
    {"from", N_("FROM"), COLUMN_NUMBER},
    {"strict", N_("STRICTLY"), COLUMN_TEXT},
    {"lenient", N_("LENIENTLY"), COLUMN_TEXT},
    {"rule", N_("RULE"), COLUMN_TEXT},
    {0},
};

static json_t *reading_text(const json_t *reading)
{
    return json_sprintf(
        json_is_true(json_object_get(reading, "reached")) ? _("%lld: reached") : _("%lld: not reached"),
        (long long)json_number(reading, "n", 0));
}

static json_t *threshold_row(const json_t *entry)
{
    return json_pack("{s:s,s:s,s:O,s:o,s:o,s:o}", "kind", say(screen_word(entry, "kind")), "what",
        screen_word(entry, chinese() ? "zh" : "en"), "from", json_object_get(entry, "from"), "strict",
        reading_text(json_object_get(entry, "strict")), "lenient",
        reading_text(json_object_get(entry, "lenient")), "rule",
        json_sprintf("%s (%s)", screen_word(entry, "article"), say(screen_word(entry, "status"))));
}

static void show_rows(struct screen *screen, const json_t *list, const struct column *columns,
    json_t *(*row_of)(const json_t *entry))
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        (void)json_array_append_new(rows, row_of(json_array_get(list, i)));
    screen_table(screen, rows, columns, 0);
    json_decref(rows);
    screen_blank(screen);
}

static void show_roles(struct screen *screen, const json_t *roles)
{
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const json_t *role = json_array_get(roles, i);
        struct buffer kinds = {0};
        table_cell(json_object_get(role, "kinds"), &kinds);
        screen_line(screen, "%s (%s): %s", say(screen_word(role, "role")), screen_word(role, "article"),
            buffer_text(&kinds));
        buffer_free(&kinds);
    }
}

void incident_show_assessment(struct screen *screen, const json_t *value)
{
    const json_t *persons = json_object_get(value, "persons");
    const json_t *personal = json_object_get(value, "personal_information");
    const json_t *encryption = json_object_get(value, "encryption");
    screen_field_text(screen, _("case"), screen_word(value, "id"));
    screen_field(screen, _("person"), json_object_get(value, "person"), NULL);
    screen_field(screen, _("people, strictly"), json_object_get(persons, "strict"), NULL);
    screen_field(screen, _("people, leniently"), json_object_get(persons, "lenient"), NULL);
    show_gauge(screen, _("offence, strictly"), json_object_get(personal, "strict"));
    show_gauge(screen, _("offence, leniently"), json_object_get(personal, "lenient"));
    screen_field_text(screen, _("encryption frees"), say(screen_word(encryption, "frees")));
    screen_field(screen, _("circumstances"), json_object_get(value, "circumstances"), NULL);
    screen_fields_end(screen, 0);
    screen_blank(screen);
    show_rows(screen, json_object_get(value, "classes"), class_columns, class_row);
    show_rows(screen, json_object_get(value, "thresholds"), threshold_columns, threshold_row);
    show_roles(screen, json_object_get(value, "roles"));
    show_basis(screen, json_object_get(value, "facts"));
}

/* --- Facts --- */

void incident_show_facts(struct screen *screen, const json_t *value)
{
    if (json_object_get(value, "stale") == NULL) { /* the whole file */
        screen_object(screen, value, NULL, 0);
        return;
    }
    screen_field(screen, _("duties"), json_object_get(value, "duties"), NULL);
    screen_field(screen, _("thresholds"), json_object_get(value, "thresholds"), NULL);
    int64_t event = json_number(value, "set_by_event", -1);
    if (event >= 0)
        screen_field(screen, _("set by event"), json_object_get(value, "set_by_event"), NULL);
    else
        screen_field_text(screen, _("set by"), _("the program"));
    screen_fields_end(screen, 0);
    show_basis(screen, value);
}

void incident_show_fact(struct screen *screen, const json_t *row)
{
    screen_object(screen, row, NULL, 0);
    screen_blank(screen);
}

/* --- What serves what an incident asks --- */

const struct column incident_coverage_columns[] = {
    {"id", N_("ID"), COLUMN_TEXT},
    {"what", N_("WHAT"), COLUMN_TEXT},
    {"items", N_("ITEMS"), COLUMN_TEXT},
    {"commands", N_("COMMANDS"), COLUMN_TEXT},
    {0},
};

static json_t *joined(const json_t *list, const char *none)
{
    struct buffer text = {0};
    for (size_t i = 0; i < json_array_size(list); i++)
        buffer_put_format(&text, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(list, i)));
    json_t *all = json_string(text.size == 0 ? none : buffer_text(&text));
    buffer_free(&text);
    return all;
}

json_t *incident_coverage_row(const json_t *row)
{
    return json_pack("{s:O,s:O,s:o,s:o}", "id", json_object_get(row, "id"), "what",
        json_object_get(row, chinese() ? "zh" : "en"), "items", joined(json_object_get(row, "items"), ""),
        "commands", joined(json_object_get(row, "commands"), _("not served")));
}

void incident_show_bundle(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("case"), json_object_get(value, "id"), NULL);
    screen_field(screen, _("bundle"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("entries told"), json_object_get(value, "told"), NULL);
    screen_field(screen, _("documents"), json_object_get(value, "documents"), NULL);
    screen_field(screen, _("files"), json_object_get(value, "files"), NULL);
    screen_field(screen, _("in their own bytes"), json_object_get(value, "attached"), NULL);
    screen_field(screen, _("custody"), json_object_get(value, "custody"), NULL);
    screen_field(screen, "case.json", json_object_get(value, "case_sha256"), NULL);
    screen_field(screen, _("manifest"), json_object_get(value, "manifest_sha256"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
}
