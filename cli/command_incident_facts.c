/* The facts of the law as people read them, and which commands serve what an incident asks. */
#include "cli/command_incident_private.h"
#include "cli/command_incident_show.h"
#include "cli/words.h"

void incident_show_basis(struct screen *screen, const json_t *facts)
{
    if (json_is_true(json_object_get(facts, "stale")))
        screen_line(screen, _("THE FACTS OF THE LAW WERE LAST REVIEWED ON %s: LOOK WHETHER THEY STILL HOLD."),
            screen_word(facts, "checked"));
    else
        screen_line(screen, _("Facts of the law as reviewed on %s."), screen_word(facts, "checked"));
    screen_line(
        screen, "%s", _("No legal advice: a lawyer looks the articles up before anybody acts on them."));
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
    incident_show_basis(screen, value);
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
        json_object_get(row, words_chinese() ? "zh" : "en"), "items", joined(json_object_get(row, "items"), ""),
        "commands", joined(json_object_get(row, "commands"), _("not served")));
}
