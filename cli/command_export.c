/* export */
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional clients[] = {{N_("CLIENT"), POSITIONAL_MANY, "clients"}, {0}};

static const struct option options[] = {
    {.name = "kind",
        .value = N_("KIND"),
        .form = OPTION_TEXT,
        .member = "kind",
        .help = N_("only records of this kind")},
    {.name = "period",
        .value = N_("PERIOD"),
        .form = OPTION_TEXT,
        .member = "period",
        .help = N_("YYYY, YYYY-MM, or FROM..TO of either")},
    {.name = "format",
        .value = N_("FORMAT"),
        .form = OPTION_TEXT,
        .member = "format",
        .required = true,
        .help = N_("what to write"),
        .choices = "csv xlsx jsonl"},
    {.name = "out",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("where to write it")},
    {.name = "purpose",
        .value = N_("PURPOSE"),
        .form = OPTION_TEXT,
        .member = "purpose",
        .required = true,
        .help = N_("why: a code, or CODE:REFERENCE")},
    {.name = "reveal",
        .value = N_("FIELD"),
        .form = OPTION_LIST,
        .member = "reveal",
        .help = N_("write a masked field in full; decided and logged on its own")},
    {.name = "encoding",
        .value = N_("ENCODING"),
        .form = OPTION_TEXT,
        .member = "encoding",
        .help = N_("of CSV: UTF-8 with a mark, or GB18030 for old spreadsheets")},
    {.name = "no-marks",
        .form = OPTION_FLAG,
        .member = "no_marks",
        .help = N_("ask for a file without marks, which the policy permits for authorities alone")},
    {.name = "no-decoys",
        .form = OPTION_FLAG,
        .member = "no_decoys",
        .help = N_("without clients made up for this file alone, for work that they would hurt; the log says so")},
    {.name = "footer",
        .form = OPTION_FLAG,
        .member = "footer",
        .help = N_("CSV: end with a row that names exporter and event; other programs may stumble over it")},
    {0},
};

static void show_export(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("file"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("rows"), json_object_get(value, "rows"), NULL);
    screen_field(screen, "SHA-256", json_object_get(value, "sha256"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
    if (json_number(value, "decoys", 0) > 0)
        screen_say(screen,
            _("Beside them the file holds %lld records of made-up clients, by which a piece of it would be recognised "
              "(export.decoys).  They change no sum of a real client, and an import into this vault leaves them out; "
              "--no-decoys goes without."),
            (long long)json_number(value, "decoys", 0));
}

const struct command commands_export[] = {
    {.name = "export",
        .summary = N_("write clients' records to a file, for a stated purpose"),
        .more = N_("The log holds who wrote what to where, and the file's SHA-256."),
        .positionals = clients,
        .options = options,
        .operation = "record.export",
        .show = show_export},
    {0},
};
