/* review start | next | keep | drop | list, handover */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional role_and_user[] = {
    {N_("ROLE"), POSITIONAL_ONE, "role"}, {N_("USER"), POSITIONAL_ONE, "user"}, {0}};
static const struct positional one_user[] = {{N_("USER"), POSITIONAL_ONE, "user"}, {0}};

static const struct option start_options[] = {
    {.name = "due", .value = N_("DATE"), .form = OPTION_TEXT, .member = "due", .help = N_("by when it must be finished"), .required = true},
    {.name = "role", .value = N_("ROLE"), .form = OPTION_TEXT, .member = "role", .help = N_("grants of this role only")},
    {.name = "user", .value = N_("USER"), .form = OPTION_TEXT, .member = "user", .help = N_("grants of this person only")},
    {0},
};

static const struct option handover_options[] = {
    {.name = "to", .value = N_("USER"), .form = OPTION_TEXT, .member = "to", .help = N_("who takes over"), .required = true},
    {.name = "preview", .form = OPTION_FLAG, .member = "preview", .help = N_("only show what would be handed over")},
    {0},
};

static const struct column list_columns[] = {
    {"review", N_("REVIEW"), COLUMN_NUMBER},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"started_by", N_("STARTED BY"), COLUMN_TEXT},
    {"due", N_("DUE"), COLUMN_TEXT},
    {"open", N_("OPEN"), COLUMN_NUMBER},
    {"missed", N_("IF MISSED"), COLUMN_TEXT},
    {0},
};

static const struct column seen_columns[] = {
    {"client", N_("CLIENT"), COLUMN_TEXT},
    {"records", N_("RECORDS"), COLUMN_NUMBER},
    {0},
};

static void show_started(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Review %lld: %lld grants are to be looked through by %s."), (long long)json_number(value, "review", -1),
        (long long)json_number(value, "grants", 0), screen_word(value, "due"));
}

static void show_next(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "done"))) {
        screen_say(screen, "%s", _("Nothing waits for you."));
        return;
    }
    const json_t *seen = json_object_get(value, "seen");
    screen_line(screen, _("%s has the role %s, given by %s (event %lld)."), screen_word(value, "user"), screen_word(value, "role"),
        screen_word(value, "granted_by"), (long long)json_number(value, "granted", -1));
    screen_line(screen, _("Seen so far: %lld records of %lld clients."), (long long)json_number(seen, "records", 0),
        (long long)json_number(seen, "clients", 0));
    screen_line(screen, _("Due %s; open: %lld.  Decide with 'review keep %s %s' or 'review drop %s %s'."), screen_word(value, "due"),
        (long long)json_number(value, "open", 0), screen_word(value, "role"), screen_word(value, "user"), screen_word(value, "role"),
        screen_word(value, "user"));
}

static void show_decided(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s in the role %s: %s (event %lld).  Open: %lld."), screen_word(value, "user"), screen_word(value, "role"),
        screen_word(value, "verdict"), (long long)json_number(value, "event", -1), (long long)json_number(value, "open", 0));
}

static void show_handover(struct screen *screen, const json_t *value)
{
    const json_t *seen = json_object_get(value, "seen");
    const json_t *list = json_object_get(seen, "list");
    bool preview = json_is_true(json_object_get(value, "preview"));
    screen_line(screen, preview ? _("%s would hand over to %s: clients %zu, roles %zu, requests that wait %zu.")
                                : _("%s handed over to %s: clients %zu, roles %zu, requests that wait %zu."),
        screen_word(value, "user"), screen_word(value, "to"), json_array_size(json_object_get(value, "clients")),
        json_array_size(json_object_get(value, "roles")), json_array_size(json_object_get(value, "pending")));
    screen_line(screen, _("Seen before, and not undone by this: %lld records of %lld clients."),
        (long long)json_number(seen, "records", 0), (long long)json_number(seen, "clients", 0));
    if (json_array_size(list) > 0)
        screen_table(screen, list, seen_columns, 0);
}

static int run_drop(struct cli *cli)
{
    char question[300];
    (void)snprintf(question, sizeof question, _("Take the role %s from %s?"), cli_given(cli, "role"), cli_given(cli, "user"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_handover(struct cli *cli)
{
    char question[300];
    int result = VAULT_OK;
    (void)snprintf(question, sizeof question, _("Hand all of %s's clients and roles over to %s?"), cli_given(cli, "user"), cli_given(cli, "to"));
    if (!json_is_true(json_object_get(cli->arguments.given, "preview")))
        result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

const struct command commands_review[] = {
    {.name = "review start",
        .summary = N_("have somebody look through who has which role, until a date"),
        .more = N_("Every grant in force is to be kept or dropped by an admin who is not the one it is of.  Warnings come 14, 7 and 1 days "
                   "before it is due; with the setting review.missed suspend, what was not decided on then does not count until it is "
                   "(roles like admin excepted)."),
        .options = start_options,
        .operation = "review.start",
        .show = show_started},
    {.name = "review next", .summary = N_("show the next grant to be decided on"), .operation = "review.next", .show = show_next},
    {.name = "review keep",
        .summary = N_("a grant is still right"),
        .positionals = role_and_user,
        .operation = "review.keep",
        .show = show_decided},
    {.name = "review drop",
        .summary = N_("a grant is not right any more: take it away"),
        .positionals = role_and_user,
        .operation = "review.drop",
        .show = show_decided,
        .run = run_drop},
    {.name = "review list",
        .summary = N_("list access reviews and how far they are"),
        .operation = "review.list",
        .columns = list_columns,
        .none = N_("There was no review.")},
    {.name = "handover",
        .summary = N_("give all clients and roles of one person to another, and list what the first has seen"),
        .more = N_("All in one change, or nothing.  Requests for approval are the leaver's own and are only listed: the other files them anew."),
        .positionals = one_user,
        .options = handover_options,
        .operation = "handover.run",
        .show = show_handover,
        .run = run_handover},
    {0},
};
