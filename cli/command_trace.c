/* trace: who may have leaked a file, of a vault, or of a firm in a folder, which needs none */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command_report.h"
#include "cli/command_trace_vault.h"
#include "cli/words.h"
#include "vault/base/instant.h"
#include "vault/ops/leak/firm.h"
#include "vault/ops/leak/trace_reply.h"

#define PEOPLE_SHOWN 5

static const struct positional leaks[] = {{N_("LEAK"), POSITIONAL_FILES, NULL}, {0}};

static const struct option trace_options[] = {
    {.name = "firm",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .help = N_(
            "instead of a vault a firm's folder: events.jsonl, principals.csv, clients.csv, versions.csv")},
    {.name = "index",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("with --firm: keep the index of accesses here, and use it while the folder is unchanged")},
    {.name = "before",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .help = N_("when it was found: only earlier events count; otherwise now, or what a .meta.json beside "
                   "it says")},
    {.name = "encoding",
        .value = N_("NAME"),
        .form = OPTION_TEXT,
        .help = N_("the leaked file's encoding, where it is not recognised")},
    {.name = "details",
        .form = OPTION_FLAG,
        .help = N_("with --firm and --json: also what speaks for and against each")},
    {0},
};

/* --- The command --- */

static const struct column people_columns[] = {
    {"actor", N_("PERSON"), COLUMN_TEXT},
    {"probability", N_("PROBABILITY"), COLUMN_NUMBER},
    {"way", N_("BEST EXPLANATION"), COLUMN_TEXT},
    {"seen", N_("SAW"), COLUMN_NUMBER},
    {"seen_fully", N_("ALL OF IT"), COLUMN_NUMBER},
    {"only_he", N_("ALONE"), COLUMN_NUMBER},
    {"saw_other_versions", N_("OTHER VERSIONS"), COLUMN_NUMBER},
    {"never_saw", N_("NEVER"), COLUMN_NUMBER},
    {"events", N_("EVENTS"), COLUMN_TEXT},
    {0},
};

static const struct column group_columns[] = {
    {"actors", N_("TOGETHER"), COLUMN_TEXT},
    {"probability", N_("PROBABILITY"), COLUMN_NUMBER},
    {"explains", N_("ROWS OF EACH"), COLUMN_TEXT},
    {0},
};

static json_t *percent(double value)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%.1f %%", value * 100);
    return json_string(text);
}

static const char *way_text(const json_t *way)
{
    static const struct {
        const char *kind, *text;
    } texts[] = {{"all", N_("all that was seen")}, {"month", N_("what was seen in one month")},
        {"day", N_("what was seen on one day")}, {"export", N_("one export")},
        {"segment", N_("one portfolio, team, city or industry")}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(screen_word(way, "kind"), texts[i].kind) == 0)
            return _(texts[i].text);
    return "";
}

static void show_people(struct screen *screen, const json_t *people)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(people) && i < PEOPLE_SHOWN; i++) {
        const json_t *person = json_array_get(people, i), *way = json_object_get(person, "way");
        json_t *row = json_deep_copy(person);
        char text[96];
        const char *export = screen_word(way, "export");
        (void)snprintf(text, sizeof text, "%s%s%s", way_text(way), *export == '\0' ? "" : " ", export);
        (void)json_object_set_new(row, "way", json_string(text));
        (void)json_object_set_new(
            row, "probability", percent(json_real_value(json_object_get(person, "posterior"))));
        (void)snprintf(text, sizeof text, "%lld–%lld", (long long)json_number(way, "first_event", 0),
            (long long)json_number(way, "last_event", 0));
        (void)json_object_set_new(row, "events", json_string(text));
        (void)json_array_append_new(rows, row);
    }
    screen_table(screen, rows, people_columns, 0);
    json_decref(rows);
}

/* Why somebody is not told above nine tenths, and what speaks against him. */
static void show_holds(struct screen *screen, const json_t *people)
{
    for (size_t i = 0; i < json_array_size(people) && i < PEOPLE_SHOWN; i++) {
        const json_t *person = json_array_get(people, i);
        const char *hold = screen_word(person, "held_back"), *actor = screen_word(person, "actor");
        if (strcmp(hold, "others_saw_the_same") == 0)
            screen_line(screen,
                _("%s is held back: of what leaked, only %lld rows tell this person from %s."), actor,
                (long long)json_number(person, "rows_apart", 0), screen_word(person, "nearest"));
        else if (strcmp(hold, "sees_most") == 0)
            screen_line(screen,
                _("%s is held back: this person sees most clients, and others saw the same rows."), actor);
        else if (strcmp(hold, "others_suffice") == 0)
            screen_line(screen,
                _("%s is held back: the others of the group saw nearly all of it without this person."),
                actor);
        else if (strcmp(hold, "access_not_logged") == 0)
            screen_line(screen,
                _("%s is held back: somebody whose access the log does not show would explain it nearly as "
                  "well."),
                actor);
        if (json_number(person, "never_saw", 0) > 0)
            screen_line(screen, _("For %s speaks: %lld leaked rows were never shown to this person."), actor,
                (long long)json_number(person, "never_saw", 0));
    }
}

static void show_groups(struct screen *screen, const json_t *groups)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(groups) && i < PEOPLE_SHOWN; i++) {
        json_t *row = json_deep_copy(json_array_get(groups, i));
        (void)json_object_set_new(
            row, "probability", percent(json_real_value(json_object_get(row, "posterior"))));
        (void)json_array_append_new(rows, row);
    }
    if (json_array_size(rows) > 0) {
        screen_blank(screen);
        screen_table(screen, rows, group_columns, 0);
    }
    json_decref(rows);
}

static void show_number(struct screen *screen, const char *name, const json_t *value, const char *member)
{
    screen_field(screen, name, json_object_get(value, member), NULL);
}

static void show_share(struct screen *screen, const char *name, const json_t *value, const char *member)
{
    json_t *share = percent(json_real_value(json_object_get(value, member)));
    screen_field(screen, name, share, NULL);
    json_decref(share);
}

static void show(struct screen *screen, const json_t *value)
{
    const json_t *people = json_object_get(value, "persons");
    show_number(screen, _("leak"), value, "leak");
    show_number(screen, _("rows"), value, "rows");
    show_number(screen, _("of them ours"), value, "linked");
    show_number(screen, _("decoys"), value, "decoys");
    show_number(screen, _("columns recognised"), value, "columns");
    show_number(screen, _("columns that agree"), value, "leaked");
    show_number(screen, _("not taken before"), value, "not_before");
    show_number(screen, _("all current until"), value, "current_until");
    show_share(screen, _("none of ours"), value, "none");
    show_share(screen, _("stolen copy of the store"), value, "backup");
    show_share(screen, _("access that was not logged"), value, "unlogged");
    screen_fields_end(screen, 0);
    screen_blank(screen);
    if (json_array_size(people) == 0) {
        screen_line(screen, _("Nobody in the log was shown anything of it."));
    } else {
        show_people(screen, people);
        show_holds(screen, people);
        show_groups(screen, json_object_get(value, "groups"));
    }
    if (json_object_get(value, "case") != NULL)
        trace_show_vault(screen, value);
    screen_line(screen,
        _("A probability is no finding: read when not to trust it in METHOD.md, and look at the events."));
}

static json_t *name_of(struct bytes name)
{
    return json_stringn((const char *)name.data, name.size);
}

static json_t *person_name(void *context, uint32_t person)
{
    return name_of(access_index_person_name(context, person));
}

static json_t *export_name(void *context, uint32_t export)
{
    return name_of(access_index_export_name(context, export));
}

static int trace_one(struct cli *cli, struct access_index *index, const char *path, int64_t found)
{
    struct trace_result result;
    bool details = !cli->json || json_is_true(json_object_get(cli->arguments.apart, "details"));
    int error = firm_trace(index, path, found, cli_text(cli, "encoding"), &result, &cli->failure);
    if (error == VAULT_OK) {
        struct trace_names names = {index, person_name, export_name};
        json_t *value = trace_reply(path, &result, &names, details);
        error = cli_value(cli, value, show);
        json_decref(value);
    }
    trace_result_free(&result);
    return error;
}

/* In seconds; INT64_MAX where the option is not given. */
static int read_before(struct cli *cli, int64_t *found)
{
    const char *text = cli_text(cli, "before");
    int64_t instant = 0;
    *found = INT64_MAX;
    if (text == NULL)
        return VAULT_OK;
    if (!instant_parse(bytes_of_text(text), &instant))
        return failure_set(
            &cli->failure, VAULT_EUSAGE, _("--before takes a date or a moment in UTC: %s"), text);
    *found = instant / 1000;
    return VAULT_OK;
}

static int run_trace(struct cli *cli)
{
    struct access_index *index = NULL;
    const json_t *paths = json_object_get(cli->arguments.apart, "LEAK");
    int64_t found = INT64_MAX;
    int error = read_before(cli, &found);
    if (error == VAULT_OK && cli_text(cli, "firm") == NULL)
        return trace_in_vault(cli);
    if (error == VAULT_OK)
        error = firm_open(cli_text(cli, "firm"), cli_text(cli, "index"), &index, &cli->failure);
    for (size_t i = 0; i < json_array_size(paths) && error == VAULT_OK; i++)
        error = trace_one(cli, index, json_string_value(json_array_get(paths, i)), found);
    access_index_free(index);
    return error;
}

static const struct positional report_words_of[] = {{N_("CASE"), POSITIONAL_OPTIONAL, "case"}, {0}};

static const struct option report_options[] = {
    {.name = "finding",
        .value = N_("FINDING"),
        .form = OPTION_TEXT,
        .member = "id",
        .required = true,
        .help = N_("whose conclusion it tells")},
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("a new directory: report.html, report.pdf, bundle/")},
    {.name = "lang",
        .value = N_("LANG"),
        .form = OPTION_TEXT,
        .choices = "en zh",
        .help = N_("the report's language; otherwise yours")},
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("prove that the log extends this earlier checkpoint")},
    {.name = "names",
        .form = OPTION_FLAG,
        .member = "names",
        .help = N_("the accounts of the people concerned instead of pseudonyms; the event says so")},
    {.name = "version",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "version",
        .help = N_("another version than the newest that both have signed")},
    {0},
};

/* "trace" last: the others begin with it. */
const struct command commands_trace[] = {
    {.name = "trace report",
        .summary = N_("write the report of a leak: a finding, its events, and a bundle of them"),
        .more = N_("`strongroom-audit` accepts the bundle.  The PDF needs the program weasyprint."),
        .positionals = report_words_of,
        .options = report_options,
        .operation = "trace.report",
        .run = run_report},
    {.name = "trace list",
        .summary = N_("list the leaks that were traced"),
        .operation = "trace.list",
        .columns = trace_list_columns,
        .none = N_("No leak was traced yet.")},
    {.name = "trace show",
        .summary = N_("show a case again, as it was traced"),
        .positionals = trace_case_words,
        .operation = "trace.show",
        .show = show},
    {.name = "trace reveal",
        .summary = N_("ask for the names behind the pseudonyms of a case"),
        .more =
            N_("An event, and where trace.two_investigators is on, another investigator must agree first."),
        .positionals = trace_reveal_words,
        .options = trace_reveal_options,
        .operation = "trace.reveal_names",
        .show = trace_show_names},
    {.name = "trace approve",
        .summary = N_("agree that another investigator sees the names of a case"),
        .positionals = trace_case_words,
        .operation = "trace.reveal_approve",
        .show = trace_show_approval},
    {.name = "trace",
        .summary = N_("say who may have leaked a file, and how sure that is"),
        .more = N_("LEAK is a table: separated values, a workbook, plain lines, or the text of a PDF (which "
                   "needs the "
                   "program pdftotext).  Of the vault nothing is opened: rows are linked by keyed tokens and "
                   "compared by "
                   "fingerprints.  People have pseudonyms until somebody asks for their names.  With --firm, "
                   "no vault is "
                   "needed, and the moment of finding stands in LEAK's .meta.json."),
        .positionals = leaks,
        .options = trace_options,
        .operation = "trace.run",
        .show = show,
        .run = run_trace},
    {0},
};
