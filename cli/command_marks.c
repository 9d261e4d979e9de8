/* trace marks: what leaked files show of the marks that exports carry */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional leaks[] = {{N_("LEAK"), POSITIONAL_FILES, "files"}, {0}};

static const struct option options[] = {
    {.name = "encoding",
        .value = N_("NAME"),
        .form = OPTION_TEXT,
        .member = "encoding",
        .help = N_("the leaked file's encoding, where it is not recognised")},
    {0},
};

static const struct column columns[] = {
    {"event", N_("EVENT"), 0},
    {"time", N_("TIME"), 0},
    {"found", N_("FOUND"), 0},
    {"bound", N_("CHANCE OF AN INNOCENT"), 0},
    {"log10_ratio", N_("LOG10 RATIO"), 0},
    {"kinds", N_("SURVIVED (AGREE/READ)"), 0},
    {0},
};

static void add_kind(char *text, size_t size, size_t *used, const char *name, long long agree, long long read)
{
    int wrote =
        snprintf(text + *used, size - *used, "%s%s %lld/%lld", *used == 0 ? "" : ", ", name, agree, read);
    if (wrote > 0 && (size_t)wrote < size - *used)
        *used += (size_t)wrote;
}

/* Of what was made up for the export: clients, records and amounts that the file has. */
static void add_decoys(char *text, size_t size, size_t *used, const json_t *decoys)
{
    static const char *const names[] = {"clients", "records", "amounts"};
    long long found = 0, made = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *pair = json_object_get(decoys, names[i]);
        found += json_integer_value(json_array_get(pair, 0));
        made += json_integer_value(json_array_get(pair, 1));
    }
    if (made > 0)
        add_kind(text, size, used, _("made-up rows"), found, made);
}

/* "brackets 40/41, order 45/45": pairs of clients in the copy's own order, of all pairs. */
static json_t *kinds_of(const json_t *survived)
{
    static const char *const names[] = {
        N_("brackets"), N_("stops"), N_("gaps"), N_("spaces"), N_("tails"), NULL};
    char text[256] = "";
    size_t used = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *slot = json_object_get(survived, names[i]);
        if (slot != NULL)
            add_kind(text, sizeof text, &used, _(names[i]), (long long)json_number(slot, "agree", 0),
                (long long)json_number(slot, "read", 0));
    }
    const json_t *order = json_object_get(survived, "order");
    long long texts = (long long)json_number(order, "texts", 0), pairs = texts * (texts - 1) / 2;
    if (order != NULL)
        add_kind(text, sizeof text, &used, _("order"), pairs - (long long)json_number(order, "inversions", 0),
            pairs);
    if (json_is_true(json_object_get(survived, "workbook")))
        add_kind(text, sizeof text, &used, _("workbook"), 1, 1);
    add_decoys(text, sizeof text, &used, json_object_get(survived, "decoys"));
    return json_string(text);
}

static json_t *small(const json_t *value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%.2g", json_number_value(value));
    return json_string(text);
}

static void show_exports(struct screen *screen, const json_t *exports)
{
    json_t *rows = json_array();
    bool any = false;
    for (size_t i = 0; i < json_array_size(exports); i++) {
        json_t *row = json_deep_copy(json_array_get(exports, i));
        bool found = json_is_true(json_object_get(row, "found"));
        any = any || found;
        (void)json_object_set_new(row, "bound", small(json_object_get(row, "bound")));
        (void)json_object_set_new(row, "log10_ratio", small(json_object_get(row, "log10_ratio")));
        (void)json_object_set_new(row, "found", json_string(found ? _("yes") : _("no")));
        (void)json_object_set_new(row, "kinds", kinds_of(json_object_get(row, "survived")));
        (void)json_array_append_new(rows, row);
    }
    if (json_array_size(rows) > 0)
        screen_table(screen, rows, columns, 0);
    json_decref(rows);
    screen_line(screen, any ? _("The file came from a copy of what these events exported; who passed a copy "
                                "on, marks do not say.")
                            : _("No export is found by its marks: they did not survive, or the file came "
                                "from none of them."));
}

static void show(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("file"), json_object_get(value, "file"), NULL);
    screen_field(screen, _("rows"), json_object_get(value, "rows"), NULL);
    screen_field(screen, _("places read"), json_object_get(value, "positions"), NULL);
    screen_field(screen, _("exports weighed"), json_object_get(value, "weighed"), NULL);
    screen_field(screen, _("exports without marks"), json_object_get(value, "unmarked"), NULL);
    screen_field(screen, _("exports whose seed you cannot open"), json_object_get(value, "unread"), NULL);
    screen_fields_end(screen, 0);
    screen_blank(screen);
    show_exports(screen, json_object_get(value, "exports"));
}

const struct command commands_marks[] = {
    {.name = "trace marks",
        .summary = N_("say which exports a leaked file came from, by the marks in it"),
        .more = N_("Opens no record. The chance is a bound over all exports together that an innocent one "
                   "looks like "
                   "this."),
        .positionals = leaks,
        .options = options,
        .operation = "trace.marks",
        .show_row = show},
    {0},
};
