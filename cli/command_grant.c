/* grant, revoke, assign, unassign */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional role_and_user[] = {
    {N_("ROLE"), POSITIONAL_ONE, "role"}, {N_("USER"), POSITIONAL_ONE, "user"}, {0}};
static const struct positional clients_and_user[] = {
    {N_("CLIENT"), POSITIONAL_ANY, "clients"}, {N_("USER"), POSITIONAL_ONE, "user"}, {0}};

static const struct option grant_options[] = {
    {.name = "until",
        .value = N_("DATE"),
        .form = OPTION_TEXT,
        .member = "until",
        .help = N_("when it ends by itself")},
    {0},
};

static const struct option assign_options[] = {
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_TEXT,
        .member = "portfolio",
        .help = N_("all clients of a portfolio, those to come as well")},
    {0},
};

static int run_revoke(struct cli *cli)
{
    char question[300];
    (void)snprintf(question, sizeof question, _("Take the role %s from %s?"), cli_given(cli, "role"),
        cli_given(cli, "user"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_assign(struct cli *cli)
{
    bool clients = json_object_get(cli->arguments.given, "clients") != NULL;
    if (!clients && cli_given(cli, "portfolio") == NULL)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("name a client, or --portfolio PORTFOLIO"));
    return cli_operation(cli, NULL);
}

static void show_granted(struct screen *screen, const json_t *value)
{
    const char *until = json_text(value, "until");
    long long event = (long long)json_number(value, "event", -1);
    if (until != NULL)
        screen_say(screen, _("%s has the role %s until %s (event %lld)."), screen_word(value, "user"),
            screen_word(value, "role"), until, event);
    else
        screen_say(screen, _("%s has the role %s (event %lld)."), screen_word(value, "user"),
            screen_word(value, "role"), event);
    long long needed = (long long)json_number(value, "needed", 0);
    if (json_is_true(json_object_get(value, "pending")) && needed > 0)
        screen_say(screen, _("It waits for other admins to approve it ('role approve %s %s'): %lld of %lld shares are there."),
            screen_word(value, "role"), screen_word(value, "user"), (long long)json_number(value, "shares", 0), needed);
    else if (json_is_true(json_object_get(value, "pending")))
        screen_say(
            screen, "%s", _("It waits for a member of that role, whose next session hands the key on."));
}

static void show_revoked(struct screen *screen, const json_t *value)
{
    const json_t *seen = json_object_get(value, "seen");
    screen_say(screen, _("%s no longer has the role %s (event %lld)."), screen_word(value, "user"),
        screen_word(value, "role"), (long long)json_number(value, "event", -1));
    screen_say(screen, _("The role's keys are at epoch %lld; %lld keys are still to be wrapped anew."),
        (long long)json_number(value, "epoch", 0), (long long)json_number(value, "left", 0));
    screen_say(screen, _("Seen before, and not undone by this: %lld records of %lld clients."),
        (long long)json_number(seen, "records", 0), (long long)json_number(seen, "clients", 0));
}

static void show_assigned(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s: clients assigned: %lld (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "clients", 0), (long long)json_number(value, "event", -1));
}

static void show_unassigned(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s: clients no longer assigned: %lld (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "clients", 0), (long long)json_number(value, "event", -1));
}

const struct command commands_grant[] = {
    {.name = "grant",
        .summary = N_("give a person a role"),
        .positionals = role_and_user,
        .options = grant_options,
        .operation = "grant.add",
        .show = show_granted},
    {.name = "revoke",
        .summary = N_("take a role from a person, and change its keys"),
        .positionals = role_and_user,
        .operation = "grant.remove",
        .show = show_revoked,
        .run = run_revoke},
    {.name = "assign",
        .summary = N_("make a person responsible for clients"),
        .positionals = clients_and_user,
        .options = assign_options,
        .operation = "assignment.add",
        .show = show_assigned,
        .run = run_assign},
    {.name = "unassign",
        .summary = N_("end a responsibility for clients"),
        .positionals = clients_and_user,
        .options = assign_options,
        .operation = "assignment.remove",
        .show = show_unassigned,
        .run = run_assign},
    {0},
};
