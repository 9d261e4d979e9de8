/* What leaked, counted against every threshold. */
#include <string.h>

#include "cli/command_incident_private.h"
#include "cli/command_incident_show.h"
#include "cli/table.h"
#include "cli/words.h"

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
    return json_pack("{s:s,s:O,s:O,s:O,s:O,s:o}", "what", screen_word(class, words_chinese() ? "zh" : "en"), "n",
        json_object_get(class, "n"), "clients", json_object_get(class, "clients"), "strict",
        json_object_get(class, "strict"), "lenient", json_object_get(class, "lenient"), "rule",
        json_sprintf("%s (%s)", screen_word(class, "article"), incident_word(screen_word(class, "status"))));
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
    return json_pack("{s:s,s:s,s:O,s:o,s:o,s:o}", "kind", incident_word(screen_word(entry, "kind")), "what",
        screen_word(entry, words_chinese() ? "zh" : "en"), "from", json_object_get(entry, "from"), "strict",
        reading_text(json_object_get(entry, "strict")), "lenient",
        reading_text(json_object_get(entry, "lenient")), "rule",
        json_sprintf("%s (%s)", screen_word(entry, "article"), incident_word(screen_word(entry, "status"))));
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
        screen_line(screen, "%s (%s): %s", incident_word(screen_word(role, "role")),
            screen_word(role, "article"), buffer_text(&kinds));
        buffer_free(&kinds);
    }
}

static const struct {
    const char *code;
    const char *text;
} readings[] = {
    {"shown", N_("Strictly: all that this person was shown, each kind of data under its lowest threshold; "
                 "people are records about "
                 "people, so at most so many.")},
    {"rows", N_("Strictly: every row of the leaked file with all its columns, each kind of data under its "
                "lowest threshold; people "
                "are rows about people, the same number of identity once, so at most so many.")},
    {"matched", N_("Leniently: only records of the firm that the leaked file holds, each once, with the "
                   "columns that agree, under its "
                   "highest threshold; people told apart by number of identity, telephone, card and name, so "
                   "at least so many.")},
    {"none", N_("Leniently: nothing is tied to a leak until a trace is named (--trace), so nothing counts "
                "for the offence; people are "
                "those of the fullest period that was shown, so at least so many.")},
};

static void show_reading(struct screen *screen, const char *code)
{
    for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
        if (strcmp(readings[i].code, code) == 0)
            screen_line(screen, "%s", _(readings[i].text));
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
    screen_field_text(screen, _("encryption frees"), incident_word(screen_word(encryption, "frees")));
    screen_field(screen, _("circumstances"), json_object_get(value, "circumstances"), NULL);
    screen_fields_end(screen, 0);
    screen_blank(screen);
    show_reading(screen, screen_word(json_object_get(value, "readings"), "strict"));
    show_reading(screen, screen_word(json_object_get(value, "readings"), "lenient"));
    screen_blank(screen);
    show_rows(screen, json_object_get(value, "classes"), class_columns, class_row);
    show_rows(screen, json_object_get(value, "thresholds"), threshold_columns, threshold_row);
    show_roles(screen, json_object_get(value, "roles"));
    incident_show_basis(screen, json_object_get(value, "facts"));
}
