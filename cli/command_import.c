/* import */
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional files[] = {{N_("FILE"), POSITIONAL_FILES, "files"}, {0}};

static const struct option options[] = {
    {.name = "format",
        .value = N_("FORMAT"),
        .form = OPTION_TEXT,
        .member = "format",
        .help = N_("the files' format; recognised by their content otherwise")},
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_TEXT,
        .member = "client",
        .help = N_("the client that all rows belong to")},
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_TEXT,
        .member = "portfolio",
        .help = N_("the portfolio for clients that are new")},
    {.name = "encoding",
        .value = N_("ENCODING"),
        .form = OPTION_TEXT,
        .member = "encoding",
        .help = N_("the files' encoding, such as UTF-8 or GB18030; found out otherwise")},
    {.name = "dry-run",
        .form = OPTION_FLAG,
        .member = "dry_run",
        .help = N_("say what would happen, and change nothing")},
    {0},
};

static const struct column counts[] = {
    {"file", N_("FILE"), COLUMN_TEXT},
    {"format", N_("FORMAT"), COLUMN_TEXT},
    {"encoding", N_("ENCODING"), COLUMN_TEXT},
    {"read", N_("READ"), COLUMN_NUMBER},
    {"new", N_("NEW"), COLUMN_NUMBER},
    {"changed", N_("CHANGED"), COLUMN_NUMBER},
    {"same", N_("SAME"), COLUMN_NUMBER},
    {"refused", N_("REFUSED"), COLUMN_NUMBER},
    {0},
};

static const struct column places[] = {
    {"where", N_("WHERE"), COLUMN_TEXT},
    {"reason", N_("REASON"), COLUMN_TEXT},
    {0},
};

static const struct column controls[] = {
    {"name", N_("CONTROL"), COLUMN_TEXT},
    {"stated", N_("STATED"), COLUMN_NUMBER},
    {"computed", N_("COMPUTED"), COLUMN_NUMBER},
    {"result", N_("RESULT"), COLUMN_TEXT},
    {0},
};

/* A copy whose list of refused rows, which may be cut, is their number. */
static void show_counts(struct screen *screen, const json_t *list)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = json_copy(json_array_get(list, i));
        int64_t listed = (int64_t)json_array_size(json_object_get(row, "refused"));
        (void)json_object_set_new(row, "refused", json_integer(json_number(row, "refused_count", listed)));
        (void)json_array_append_new(rows, row);
    }
    screen_table(screen, rows, counts, 0);
    json_decref(rows);
}

static void show_controls(struct screen *screen, const json_t *list)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = json_copy(json_array_get(list, i));
        bool agrees = json_is_true(json_object_get(row, "ok"));
        (void)json_object_set_new(row, "result", json_string(agrees ? _("agrees") : _("DIFFERS")));
        (void)json_array_append_new(rows, row);
    }
    screen_table(screen, rows, controls, 4);
    json_decref(rows);
}

static void show_places(struct screen *screen, const json_t *list, const char *title)
{
    if (json_array_size(list) == 0)
        return;
    screen_line(screen, "  %s", title);
    screen_table(screen, list, places, 4);
}

static void show_file(struct screen *screen, const json_t *file)
{
    const json_t *checks = json_object_get(file, "controls");
    const json_t *unmapped = json_object_get(file, "unmapped");
    const json_t *refused = json_object_get(file, "refused");
    const json_t *warned = json_object_get(file, "warned");
    int64_t decoys = json_number(file, "decoys", 0);
    if (json_array_size(checks) + json_array_size(unmapped) + json_array_size(refused) +
                json_array_size(warned) ==
            0 &&
        decoys == 0)
        return;
    screen_blank(screen);
    screen_line(screen, "%s", screen_word(file, "file"));
    if (decoys > 0)
        screen_say(screen,
            _("  %lld records are of clients that an export of this vault made up (export.decoys): left out."),
            (long long)decoys);
    if (json_array_size(checks) > 0)
        show_controls(screen, checks);
    show_places(screen, refused, _("refused:"));
    show_places(screen, warned, _("taken, with a warning:"));
    if (json_array_size(unmapped) > 0) {
        screen_field(screen, _("kept as they are, not mapped:"), unmapped, NULL);
        screen_fields_end(screen, 2);
    }
}

static void show_import(struct screen *screen, const json_t *value)
{
    const json_t *list = json_object_get(value, "files");
    show_counts(screen, list);
    for (size_t i = 0; i < json_array_size(list); i++)
        show_file(screen, json_array_get(list, i));
    if (json_is_true(json_object_get(value, "dry_run")))
        screen_say(screen, "%s", _("Nothing was changed: this was a dry run."));
    else
        screen_say(screen, _("Event %lld."), (long long)json_number(value, "event", -1));
}

const struct command commands_import[] = {
    {.name = "import",
        .summary = N_("take records from accounting files"),
        .more = N_(
            "Formats: SAF-T, UBL and CII invoices, CAMT, OFX, DATEV, CSV and XLSX of agencies and banks, and "
            "any file as an attachment.\nImporting a file twice changes nothing.  Rows that cannot be taken "
            "are listed with their place and reason; columns that are not known are kept as they are."),
        .positionals = files,
        .options = options,
        .operation = "record.import",
        .show = show_import},
    {0},
};
