/* destroy propose | run | withdraw | list | show */
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional one_list[] = {{N_("LIST"), POSITIONAL_ONE, NULL}, {0}};

static const struct option propose_options[] = {
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_LIST,
        .member = "clients",
        .help = N_("these clients; may be several")},
    {.name = "kind",
        .value = N_("KIND"),
        .form = OPTION_TEXT,
        .member = "kind",
        .help = N_("records of this kind only")},
    {.name = "period",
        .value = N_("PERIOD"),
        .form = OPTION_TEXT,
        .member = "period",
        .help = N_("records of this period only")},
    {.name = "expired",
        .form = OPTION_FLAG,
        .member = "expired",
        .help = N_("only those that the law lets go, and pass over the others")},
    {0},
};

static const struct column list_columns[] = {
    {"list", N_("LIST"), COLUMN_NUMBER},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"records", N_("RECORDS"), COLUMN_NUMBER},
    {"proposed_by", N_("PROPOSED BY"), COLUMN_TEXT},
    {"by", N_("BY"), COLUMN_TEXT},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {0},
};

static const struct column record_columns[] = {
    {"id", N_("RECORD"), COLUMN_TEXT},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"period", N_("PERIOD"), COLUMN_TEXT},
    {"client", N_("CLIENT"), COLUMN_TEXT},
    {"version", N_("VERSION"), COLUMN_NUMBER},
    {0},
};

static void show_proposed(struct screen *screen, const json_t *value)
{
    const json_t *kinds = json_object_get(value, "kinds");
    const char *kind;
    json_t *count;
    screen_say(screen, _("List %lld: %lld records.  Another admin carries it out: 'destroy run %lld'."),
        (long long)json_number(value, "list", 0), (long long)json_number(value, "records", 0),
        (long long)json_number(value, "list", 0));
    json_object_foreach((json_t *)(uintptr_t)kinds, kind, count)
    {
        screen_line(screen, "  %s: %lld", kind, (long long)json_integer_value(count));
    }
    if (json_number(value, "kept", 0) > 0)
        screen_line(screen, _("Passed over, since the law keeps them yet: %lld."),
            (long long)json_number(value, "kept", 0));
}

static void show_run(struct screen *screen, const json_t *value)
{
    screen_say(screen,
        _("Erased: %lld records (list %lld, event %lld).  Backups from before still hold them."),
        (long long)json_number(value, "records", 0), (long long)json_number(value, "list", 0),
        (long long)json_number(value, "event", -1));
}

static void show_withdrawn(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("The list %lld is withdrawn (event %lld)."),
        (long long)json_number(value, "list", 0), (long long)json_number(value, "event", -1));
}

static void show_list(struct screen *screen, const json_t *value)
{
    screen_line(screen, _("List %lld by %s: %lld records, %s"), (long long)json_number(value, "list", 0),
        screen_word(value, "proposed_by"), (long long)json_number(value, "records", 0),
        screen_word(value, "state"));
}

static int run_one(struct cli *cli)
{
    int result = cli_take_number(cli, "LIST", "list");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_run(struct cli *cli)
{
    char question[300];
    (void)snprintf(
        question, sizeof question, _("Erase for good what is on the list %s?"), cli_text(cli, "LIST"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? run_one(cli) : result;
}

const struct command commands_destroy[] = {
    {.name = "destroy propose",
        .summary = N_("propose a list of records to be erased; refused where the law keeps one, with the "
                      "article and the date"),
        .more =
            N_("Periods are those of 'incident facts show --section retention'.  Nothing that a case holds "
               "or an incident froze is "
               "listed.  What remains is the log, and the list itself with the hashes of what was erased."),
        .options = propose_options,
        .operation = "destroy.propose",
        .show = show_proposed},
    {.name = "destroy run",
        .summary = N_("carry out a list that another has proposed: erase its records for good"),
        .positionals = one_list,
        .operation = "destroy.run",
        .show = show_run,
        .run = run_run},
    {.name = "destroy withdraw",
        .summary = N_("withdraw a list that was not carried out"),
        .positionals = one_list,
        .operation = "destroy.withdraw",
        .show = show_withdrawn,
        .run = run_one},
    {.name = "destroy list",
        .summary = N_("list what was proposed to be erased, and what was erased"),
        .operation = "destroy.list",
        .columns = list_columns,
        .none = N_("Nothing was proposed to be erased.")},
    {.name = "destroy show",
        .summary = N_("show which records are, or were, on a list"),
        .positionals = one_list,
        .operation = "destroy.show",
        .columns = record_columns,
        .show = show_list,
        .run = run_one},
    {0},
};
