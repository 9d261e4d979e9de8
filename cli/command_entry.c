/* incident entry add | set | list, incident ledger add | list */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/given_words.h"
#include "cli/words.h"

static const struct positional new_entry[] = {{N_("CASE"), POSITIONAL_ONE, "id"},
    {N_("KIND"), POSITIONAL_ONE, "kind"}, {N_("FIELD=VALUE"), POSITIONAL_MANY, NULL}, {0}};
static const struct positional old_entry[] = {{N_("CASE"), POSITIONAL_ONE, "id"},
    {N_("ENTRY"), POSITIONAL_ONE, NULL}, {N_("FIELD=VALUE"), POSITIONAL_ANY, NULL}, {0}};
static const struct positional one_case[] = {{N_("CASE"), POSITIONAL_ONE, "id"}, {0}};

static const struct option entry_options[] = {
    {.name = "state",
        .value = N_("STATE"),
        .form = OPTION_TEXT,
        .member = "state",
        .help = N_("how it stands; the first of its kind unless said")},
    {.name = "file",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .member = "file",
        .help = N_("the proof: sealed in the case, 4 MiB at most")},
    {0},
};

static const struct option list_options[] = {
    {.name = "kind",
        .value = N_("KIND"),
        .form = OPTION_TEXT,
        .member = "kind",
        .help = N_("entries of this kind only")},
    {0},
};

static const struct column columns[] = {
    {"entry", N_("ENTRY"), COLUMN_NUMBER},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"due", N_("DUE"), COLUMN_TEXT},
    {"says", N_("SAYS"), COLUMN_TEXT},
    {0},
};

#define SAYS_MAX 400u

/* "amount=12.00 basis=…" */
static json_t *row_shown(const json_t *row)
{
    json_t *shown = json_copy((json_t *)(uintptr_t)row);
    char says[SAYS_MAX] = "";
    size_t used = 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(row, "fields"), name, value)
    {
        if (used < sizeof says - 1)
            used += (size_t)snprintf(says + used, sizeof says - used, "%s%s=%s", used == 0 ? "" : " ", name,
                json_string_value(value));
    }
    (void)json_object_set_new(shown, "says", json_cut_text(says));
    wipe(says, sizeof says);
    if (json_is_true(json_object_get(row, "over"))) {
        char due[60];
        (void)snprintf(due, sizeof due, _("%s, overdue"), json_text(row, "due"));
        (void)json_object_set_new(shown, "due", json_string(due));
    }
    return shown;
}

static void show_entered(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Entry %lld: %s, %s (event %lld)."), (long long)json_number(value, "entry", -1),
        screen_word(value, "kind"), screen_word(value, "state"), (long long)json_number(value, "event", -1));
    if (json_text(value, "monthly_limit") != NULL)
        screen_line(screen, _("At most %s yuan of a month's wage may be deducted."),
            screen_word(value, "monthly_limit"));
}

static void show_hundredths(struct screen *screen, const json_t *row, const char *name)
{
    long long mean = (long long)json_number(row, name, 0);
    screen_line(screen, "    %s: %lld.%02lld", name, mean / 100, mean % 100);
}

/* A client a line: how the plan and the contract stand, what was kept, what is next. */
static void show_clients(struct screen *screen, const json_t *clients)
{
    for (size_t i = 0; i < json_array_size(clients); i++) {
        const json_t *row = json_array_get(clients, i);
        const char *plan = json_text(row, "plan");
        const char *contract = json_text(row, "contract");
        const char *next = json_text(row, "next");
        screen_line(screen,
            _("%s: plan %s, contract %s; visits held %lld, planned %lld; promises kept %lld, broken %lld, "
              "open %lld; "
              "next %s"),
            screen_word(row, "client"), plan == NULL ? "-" : plan, contract == NULL ? "-" : contract,
            (long long)json_number(row, "visits_held", 0), (long long)json_number(row, "visits_planned", 0),
            (long long)json_number(row, "kept", 0), (long long)json_number(row, "broken", 0),
            (long long)json_number(row, "promised", 0), next == NULL ? "-" : next);
    }
}

static void show_sums(struct screen *screen, const json_t *value)
{
    static const char *const scores[] = {"timeliness", "clarity", "effectiveness", "trust", "renewal"};
    const json_t *survey = json_object_get(value, "survey");
    const json_t *lost = json_object_get(value, "lost");
    const char *kind;
    const char *state;
    json_t *of;
    json_t *amount;
    json_object_foreach(json_object_get(value, "sums"), kind, of)
    {
        json_object_foreach(of, state, amount)
        {
            screen_line(screen, _("Sum of %s, %s: %s yuan"), kind, state, json_string_value(amount));
        }
    }
    for (size_t i = 0; i < json_array_size(survey); i++) {
        const json_t *row = json_array_get(survey, i);
        screen_line(screen, _("Survey after %s days: %lld answers, means of 1 to 5, trust of 0 to 10"),
            screen_word(row, "round"), (long long)json_number(row, "answers", 0));
        for (size_t j = 0; j < sizeof scores / sizeof scores[0]; j++)
            show_hundredths(screen, row, scores[j]);
    }
    for (size_t i = 0; i < json_array_size(lost); i++) {
        const json_t *row = json_array_get(lost, i);
        screen_line(screen, _("Lost in %s: %lld clients, %lld staff"), screen_word(row, "month"),
            (long long)json_number(row, "clients", 0), (long long)json_number(row, "staff", 0));
    }
    show_clients(screen, json_object_get(value, "clients"));
    screen_line(screen, _("Clocks that run: %lld; overdue: %lld."), (long long)json_number(value, "open", 0),
        (long long)json_number(value, "over", 0));
}

/* --- Running --- */

static int run_entry(struct cli *cli)
{
    const json_t *words = json_object_get(cli->arguments.apart, "FIELD=VALUE");
    json_t *fields = NULL;
    int result = given_fields(&cli->arguments, words, NULL, &fields, &cli->failure);
    if (result == VAULT_OK && json_object_set_new(cli->arguments.given, "fields", fields) != 0)
        result = VAULT_ENOMEM;
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_set(struct cli *cli)
{
    int result = cli_take_number(cli, "ENTRY", "entry");
    return result == VAULT_OK ? run_entry(cli) : result;
}

static int run_group(struct cli *cli, const char *group)
{
    return json_object_set_new(cli->arguments.given, "group", json_string(group)) == 0
               ? cli_operation(cli, NULL)
               : VAULT_ENOMEM;
}

static int run_ledger(struct cli *cli)
{
    return run_group(cli, "ledger");
}

static int run_cooperation(struct cli *cli)
{
    return run_group(cli, "cooperation");
}

#define KINDS_SAID \
    N_("Ledger: claim (from amount basis), fine (authority amount basis), compensation (to amount basis), " \
       "recovery (user owed basis fault " \
       "wage minimum_wage contract_term monthly), cost (what amount basis).  Discipline: discipline (user " \
       "measure rule heard union " \
       "written_agreement appeal_until), own-fault (what basis share).  remedy (to offer cost), care (from " \
       "question reply_by owner answer), complaint (from about received reply_by channel owner answer).  " \
       "Working " \
       "together again: client-plan (client goal owner review needs), visit (client day owner purpose " \
       "outcome " \
       "next), commitment (client promise owner due proof), renewal (client contract ends owner until " \
       "why).  " \
       "public-step (day text): once published, it stands in the document open-record.  " \
       "action (cause action owner due proof effect), survey (round pseudonym timeliness clarity " \
       "effectiveness trust renewal needs), lost " \
       "(what month count), reputation (month what source), lesson (text).  Recovery from staff and " \
       "discipline are held against the law.  A VALUE need not stand in the process's arguments: @FILE is what a file " \
       "holds, @- what standard input does, and @@ begins words that begin with one @.")

const struct command commands_entry[] = {
    {.name = "incident entry add",
        .summary = N_("enter into a case what follows from it: money, discipline, remedies, questions, "
                      "plans with clients, actions, surveys, losses, lessons"),
        .more = KINDS_SAID,
        .positionals = new_entry,
        .options = entry_options,
        .operation = "incident.enter",
        .show = show_entered,
        .run = run_entry},
    {.name = "incident entry set",
        .summary = N_("say how an entry stands now, or what else there is of it"),
        .positionals = old_entry,
        .options = entry_options,
        .operation = "incident.enter",
        .show = show_entered,
        .run = run_set},
    {.name = "incident entry list",
        .summary = N_("list the entries of a case, with clocks, sums and trends"),
        .positionals = one_case,
        .options = list_options,
        .operation = "incident.entries",
        .columns = columns,
        .row_of_row = row_shown,
        .show = show_sums,
        .none = N_("The case has no such entries.")},
    {.name = "incident ledger add",
        .summary = N_("enter a claim, fine, compensation, recovery or cost"),
        .more = KINDS_SAID,
        .positionals = new_entry,
        .options = entry_options,
        .operation = "incident.enter",
        .show = show_entered,
        .run = run_entry},
    {.name = "incident ledger list",
        .summary = N_("list claims, fines, compensation, recovery and costs with their sums"),
        .positionals = one_case,
        .operation = "incident.entries",
        .columns = columns,
        .row_of_row = row_shown,
        .show = show_sums,
        .none = N_("The case has no such entries."),
        .run = run_ledger},
    {.name = "incident cooperation list",
        .summary =
            N_("list what was agreed with each client: plans, visits, promises, renewals, and what is next"),
        .positionals = one_case,
        .operation = "incident.entries",
        .columns = columns,
        .row_of_row = row_shown,
        .show = show_sums,
        .none = N_("The case has no such entries."),
        .run = run_cooperation},
    {0},
};
