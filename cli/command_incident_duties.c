/* The duties of a case: what is due to whom, until when, by which rule; and what to type for each. */
#include <stdio.h>
#include <string.h>

#include "cli/command_incident_private.h"
#include "cli/local_time.h"
#include "cli/words.h"
#include "vault/base/instant.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

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
        return json_sprintf(_("runs once %s"), incident_word(screen_word(duty, "start_is")));
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
    json_t *rule = article[0] == '\0' ? json_string(incident_word(force))
                                      : json_sprintf("%s (%s, %s)", article, incident_word(force),
                                            incident_word(screen_word(duty, "status")));
    return json_pack("{s:s,s:s,s:o,s:s,s:s,s:o}", "duty", screen_word(duty, "duty"), "state",
        incident_word(screen_word(duty, "state")), "due", due_text(duty), "to",
        screen_word(duty, words_chinese() ? "to_zh" : "to_en"), "what",
        screen_word(duty, words_chinese() ? "zh" : "en"), "rule", rule);
}

/* Of an uncertain duty what it depends on; of a freeze when it was, by whom. */
static void put_why(const json_t *duty, struct buffer *text)
{
    const json_t *proposed = json_object_get(duty, "proposed");
    const char *question = strcmp(screen_word(duty, "state"), "uncertain") == 0
                               ? incident_question(screen_word(duty, "when"))
                               : NULL;
    char when[LOCAL_TIME_SIZE];
    if (question != NULL)
        buffer_put_format(text, "  (%s)", question);
    if (proposed == NULL)
        return;
    moment(json_number(proposed, "at", 0), when);
    buffer_put_format(text, _("  (if the freeze of %s by %s was enough)"), when, screen_word(proposed, "by"));
}

static void show_todo(struct screen *screen, const json_t *duties)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(duties); i++) {
        const json_t *duty = json_array_get(duties, i);
        struct buffer text = {0};
        if (json_text(duty, "todo") == NULL)
            continue;
        if (!any) {
            screen_blank(screen);
            screen_line(screen, "%s", _("What to type for what is open:"));
        }
        any = true;
        buffer_put_format(&text, "  %s:  %s", screen_word(duty, "duty"), screen_word(duty, "todo"));
        put_why(duty, &text);
        screen_line(screen, "%s", buffer_text(&text));
        buffer_free(&text);
    }
}

void incident_show_duties(struct screen *screen, const json_t *duties)
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
    show_todo(screen, duties);
}
