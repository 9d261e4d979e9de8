/* trace person: everything that somebody was shown, by how the law counts it */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/local_time.h"
#include "cli/words.h"

static const struct positional person_words[] = {{N_("USER"), POSITIONAL_ONE, "person"}, {0}};

static const struct option person_options[] = {
    {.name = "since",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "since",
        .required = true,
        .help = N_("not before: a date, or RFC 3339 in UTC")},
    {.name = "until", .value = N_("TIME"), .form = OPTION_TEXT, .member = "until", .help = N_("not after")},
    {0},
};

static const struct column class_columns[] = {
    {"n", N_("RECORDS"), COLUMN_NUMBER},
    {"clients", N_("CLIENTS"), COLUMN_NUMBER},
    {"what", N_("KIND OF DATA"), COLUMN_TEXT},
    {"strict", N_("READ STRICTLY"), COLUMN_TEXT},
    {"lenient", N_("READ LENIENTLY"), COLUMN_TEXT},
    {"basis", N_("BASIS"), COLUMN_TEXT},
    {0},
};

static const struct column sum_columns[] = {
    {"reading", N_("MIXED"), COLUMN_TEXT},
    {"sum", N_("SUM"), COLUMN_NUMBER},
    {"sum_in_service", N_("IN SERVICE"), COLUMN_NUMBER},
    {"says", N_("WHICH IS"), COLUMN_TEXT},
    {0},
};

static const struct column field_columns[] = {
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"records", N_("RECORDS"), COLUMN_NUMBER},
    {"clients", N_("CLIENTS"), COLUMN_NUMBER},
    {"fields", N_("FIELDS SHOWN"), COLUMN_TEXT},
    {0},
};

static const struct column client_columns[] = {
    {"client", N_("CLIENT"), COLUMN_ID},
    {"records", N_("RECORDS"), COLUMN_NUMBER},
    {"first", N_("FIRST"), COLUMN_TEXT},
    {"first_event", N_("EVENT"), COLUMN_NUMBER},
    {"last", N_("LAST"), COLUMN_TEXT},
    {"last_event", N_("EVENT"), COLUMN_NUMBER},
    {0},
};

/* The member of a fact that is in the reader's language. */
static const char *language(void)
{
    return words_chinese() ? "zh" : "en";
}

static const char *status_word(const char *status)
{
    return strcmp(status, "primary") == 0     ? _("article read")
           : strcmp(status, "secondary") == 0 ? _("as others report it")
                                              : _("from memory");
}

static void put_ratio(struct buffer *text, const json_t *value)
{
    buffer_put_format(text, "%.2f", json_number_value(value));
}

/* "7 of 500: 0.01 (in service of 250: 0.03)" */
static json_t *reading(const json_t *class, const char *name)
{
    struct buffer text = {0};
    const json_t *told = json_object_get(class, name);
    if (strcmp(screen_word(told, "tier"), "none") == 0) {
        buffer_put_text(&text, _("not personal information"));
    } else {
        buffer_put_format(&text, "%lld / %lld = ", (long long)json_number(class, "n", 0),
            (long long)json_number(told, "threshold", 0));
        put_ratio(&text, json_object_get(told, "ratio"));
        buffer_put_format(
            &text, _("; in service / %lld = "), (long long)json_number(told, "threshold_in_service", 0));
        put_ratio(&text, json_object_get(told, "ratio_in_service"));
    }
    json_t *cell = json_of_buffer(&text);
    buffer_free(&text);
    return cell;
}

static json_t *basis_of(const json_t *fact)
{
    struct buffer text = {0};
    buffer_put_format(&text, "%s (%s, %s)", screen_word(fact, "article"),
        status_word(screen_word(fact, "status")), screen_word(fact, "since"));
    json_t *cell = json_of_buffer(&text);
    buffer_free(&text);
    return cell;
}

static void show_classes(struct screen *screen, const json_t *classes)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *class = json_array_get(classes, i);
        (void)json_array_append_new(rows,
            json_pack("{s:O,s:O,s:s,s:o,s:o,s:o}", "n", json_object_get(class, "n"), "clients",
                json_object_get(class, "clients"), "what", screen_word(class, language()), "strict",
                reading(class, "strict"), "lenient", reading(class, "lenient"), "basis", basis_of(class)));
    }
    if (json_array_size(rows) > 0) {
        screen_blank(screen);
        screen_table(screen, rows, class_columns, 0);
    }
    json_decref(rows);
}

static void show_fields(struct screen *screen, const json_t *classes)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(classes); i++)
        (void)json_array_extend(rows, json_object_get(json_array_get(classes, i), "fields"));
    if (json_array_size(rows) > 0) {
        screen_blank(screen);
        screen_table(screen, rows, field_columns, 0);
    }
    json_decref(rows);
}

static const char *gravity(const json_t *sum)
{
    if (json_is_true(json_object_get(sum, "very_serious")))
        return _("very serious");
    if (json_is_true(json_object_get(sum, "very_serious_in_service")))
        return _("very serious if in service");
    if (json_is_true(json_object_get(sum, "serious")))
        return _("serious");
    return json_is_true(json_object_get(sum, "serious_in_service")) ? _("serious if in service")
                                                                    : _("below the threshold");
}

static json_t *decimal(const json_t *value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.2f", json_number_value(value));
    return json_string(text);
}

static void show_sums(struct screen *screen, const json_t *mixed)
{
    static const char *const names[] = {"strict", "lenient"};
    json_t *rows = json_array();
    for (size_t i = 0; i < 2; i++) {
        const json_t *sum = json_object_get(mixed, names[i]);
        (void)json_array_append_new(
            rows, json_pack("{s:s,s:o,s:o,s:s}", "reading", i == 0 ? _("read strictly") : _("read leniently"),
                      "sum", decimal(json_object_get(sum, "sum")), "sum_in_service",
                      decimal(json_object_get(sum, "sum_in_service")), "says", gravity(sum)));
    }
    screen_blank(screen);
    screen_table(screen, rows, sum_columns, 0);
    json_decref(rows);
}

static void show_clients(struct screen *screen, const json_t *clients)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(clients); i++) {
        static const char *const moments[] = {"first", "last"};
        json_t *row = json_copy(json_array_get(clients, i));
        for (size_t m = 0; m < 2 && row != NULL; m++) {
            char text[LOCAL_TIME_SIZE];
            local_time(screen_word(row, moments[m]), text);
            (void)json_object_set_new(row, moments[m], json_string(text));
        }
        (void)json_array_append_new(rows, row);
    }
    if (json_array_size(rows) > 0) {
        screen_blank(screen);
        screen_table(screen, rows, client_columns, 0);
    }
    json_decref(rows);
}

static void show_moment(struct screen *screen, const char *name, const json_t *moment)
{
    char text[LOCAL_TIME_SIZE];
    char note[64];
    if (moment == NULL)
        return;
    local_time(screen_word(moment, "time"), text);
    (void)snprintf(note, sizeof note, _("event %lld"), (long long)json_number(moment, "event", 0));
    json_t *shown = json_string(text);
    screen_field(screen, name, shown, note);
    json_decref(shown);
}

static void show_totals(struct screen *screen, const json_t *value)
{
    const json_t *people = json_object_get(value, "people");
    char range[96];
    (void)snprintf(range, sizeof range, _("at least %lld, at most %lld"),
        (long long)json_number(people, "least", 0), (long long)json_number(people, "most", 0));
    screen_field(screen, _("person"), json_object_get(value, "person"), NULL);
    screen_field(screen, _("events"), json_object_get(value, "events"), NULL);
    screen_field(screen, _("by"), json_object_get(value, "by"), NULL);
    show_moment(screen, _("first"), json_object_get(value, "first"));
    show_moment(screen, _("last"), json_object_get(value, "last"));
    screen_field(screen, _("clients"), json_object_get(value, "clients"), NULL);
    screen_field(screen, _("records"), json_object_get(value, "records"), NULL);
    screen_field(screen, _("kinds"), json_object_get(value, "kinds"), NULL);
    screen_field_text(screen, _("natural persons"), range);
    screen_fields_end(screen, 0);
}

static void show_law(struct screen *screen, const json_t *value)
{
    const json_t *law = json_object_get(value, "law");
    const json_t *offence = json_object_get(law, "offence");
    json_t *basis = basis_of(offence);
    screen_blank(screen);
    screen_line(screen, _("Thresholds: %s, %s: %s.  Facts checked on %s."), screen_word(offence, language()),
        screen_word(offence, "interpretation"), json_string_value(basis), screen_word(law, "checked"));
    screen_line(screen,
        _("Read strictly, an uncertain kind has the lower threshold and every kind of a record counts; read "
          "leniently, the higher one, and a record counts once."));
    screen_line(screen,
        _("Masked fields do not count.  In service: got while doing a duty or giving a service, and sold or "
          "given away."));
    screen_line(screen, _("This counts what was shown, not what was taken.  It is no legal advice."));
    json_decref(basis);
}

static void show_person(struct screen *screen, const json_t *value)
{
    const json_t *classes = json_object_get(value, "classes");
    show_totals(screen, value);
    if (json_number(value, "events", 0) == 0) {
        screen_line(screen, _("Nothing was shown to this person in that time."));
        return;
    }
    show_classes(screen, classes);
    show_sums(screen, json_object_get(value, "mixed"));
    show_fields(screen, classes);
    show_clients(screen, json_object_get(value, "client_rows"));
    show_law(screen, value);
}

const struct command commands_person[] = {
    {.name = "trace person",
        .summary = N_("count everything that somebody was shown, by how the law counts it"),
        .more =
            N_("The basis of notices: clients, records, natural persons and kinds of personal data since a "
               "day, against "
               "the thresholds of the Criminal Law.  No record is opened, and clients have their ids alone."),
        .positionals = person_words,
        .options = person_options,
        .operation = "trace.person",
        .show = show_person},
    {0},
};
