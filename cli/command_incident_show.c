#include "cli/command_incident_show.h"

#include <stdio.h>
#include <string.h>

#include "cli/command_incident_private.h"
#include "cli/local_time.h"
#include "cli/words.h"

/* --- Freezing --- */

static void targets_text(const json_t *value, struct buffer *text)
{
    const json_t *targets = json_object_get(value, "targets");
    buffer_put_format(text, "%s", incident_word(screen_word(value, "kind")));
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
        incident_word(screen_word(value, "step")), (long long)json_number(value, "event", -1));
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
            shown, "what", json_sprintf(_("frozen: %s"), incident_word(screen_word(frozen, "kind"))));
        (void)json_object_set(shown, "id", json_object_get(frozen, "target"));
        return shown;
    }
    local_time(screen_word(row, "opened"), time);
    (void)json_object_set_new(shown, "what", json_string(_("case")));
    (void)json_object_set_new(shown, "opened", json_string(time));
    (void)json_object_set_new(shown, "status", json_string(incident_word(screen_word(row, "status"))));
    return shown;
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
        incident_word(kind != NULL && strcmp(kind, "note") != 0 ? kind : screen_word(step, "step")), "text",
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

/* Replies that are owed, actions that are due. */
static void show_running(struct screen *screen, const json_t *running)
{
    for (size_t i = 0; i < json_array_size(running); i++) {
        const json_t *one = json_array_get(running, i);
        screen_line(screen,
            json_is_true(json_object_get(one, "over")) ? _("OVERDUE since %s: entry %lld, %s")
                                                       : _("by %s: entry %lld, %s"),
            screen_word(one, "due"), (long long)json_number(one, "entry", -1), screen_word(one, "kind"));
    }
    if (json_array_size(running) > 0)
        screen_blank(screen);
}

void incident_show_status(struct screen *screen, const json_t *value)
{
    screen_field_text(screen, _("case"), screen_word(value, "id"));
    screen_field_text(screen, _("state"), incident_word(screen_word(value, "status")));
    screen_field(screen, _("jurisdictions"), json_object_get(value, "jurisdictions"), NULL);
    screen_field(screen, _("circumstances"), json_object_get(value, "circumstances"), NULL);
    screen_field(screen, _("people"), json_object_get(value, "people"), NULL);
    screen_field(screen, _("held"), json_object_get(value, "held"), NULL);
    screen_field(screen, _("frozen"), json_object_get(value, "frozen"), NULL);
    screen_field_text(screen, _("next"), incident_word(screen_word(value, "next")));
    screen_fields_end(screen, 0);
    screen_blank(screen);
    incident_show_duties(screen, json_object_get(value, "duties"));
    screen_blank(screen);
    show_running(screen, json_object_get(value, "running"));
    show_steps(screen, json_object_get(value, "steps"));
    screen_blank(screen);
    incident_show_basis(screen, json_object_get(value, "facts"));
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
