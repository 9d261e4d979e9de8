/* user add | list | passwd | disable */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional one_user[] = {{N_("USER"), POSITIONAL_ONE, "user"}, {0}};

static const struct option new_passphrase[] = {
    {.name = "new-passphrase-file",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("read the new passphrase from a file's first line; asked for twice otherwise")},
    {0},
};

static const struct column user_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"roles", N_("ROLES"), COLUMN_TEXT},
    {"disabled", N_("DISABLED"), COLUMN_TEXT},
    {0},
};

static int run_with_passphrase(struct cli *cli)
{
    struct secret *secret = NULL;
    const char *user = cli_given(cli, "user") != NULL ? cli_given(cli, "user") : cli->user;
    /* Opening first: a wrong passphrase of one's own is found before a new one is thought of. */
    int result = cli_open(cli);
    if (result == VAULT_OK)
        result = cli_new_passphrase(cli, user, cli_text(cli, "new-passphrase-file"), &secret);
    if (result == VAULT_OK)
        result = cli_operation(cli, secret);
    secret_free(secret);
    return result;
}

/* A passphrase opens one's own keys, so nobody can change another's. */
static int run_passwd(struct cli *cli)
{
    const char *named = cli_text(cli, "USER");
    if (cli->user == NULL)
        cli->user = named;
    if (named != NULL && strcmp(named, cli->user) != 0)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("everybody changes only his own passphrase"));
    return run_with_passphrase(cli);
}

static int run_disable(struct cli *cli)
{
    char question[200];
    (void)snprintf(question, sizeof question, _("Disable user %s?"), cli_given(cli, "user"));
    int result = cli_confirm(cli, question);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_added(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("User %s was added (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "event", -1));
}

static void show_passphrase(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("User %s has a new passphrase (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "event", -1));
}

static void show_disabled(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("User %s is disabled (event %lld)."), screen_word(value, "user"),
        (long long)json_number(value, "event", -1));
}

static void show_contained(struct screen *screen, const json_t *value)
{
    screen_say(screen,
        json_is_true(json_object_get(value, "contained"))
            ? _("User %s works on no client until somebody releases him (event %lld).")
            : _("User %s works on clients again (event %lld)."),
        screen_word(value, "user"), (long long)json_number(value, "event", -1));
}

static const struct positional user_or_self[] = {{N_("USER"), POSITIONAL_OPTIONAL, NULL}, {0}};

const struct command commands_user[] = {
    {.name = "user add",
        .summary = N_("add a person"),
        .positionals = one_user,
        .options = new_passphrase,
        .operation = "user.add",
        .show = show_added,
        .run = run_with_passphrase},
    {.name = "user list",
        .summary = N_("list people and their roles"),
        .operation = "user.list",
        .columns = user_columns,
        .none = N_("There are no users.")},
    {.name = "user passwd",
        .summary = N_("change one's own passphrase"),
        .positionals = user_or_self,
        .options = new_passphrase,
        .operation = "user.passwd",
        .show = show_passphrase,
        .run = run_passwd},
    {.name = "user disable",
        .summary = N_("shut a person out"),
        .positionals = one_user,
        .operation = "user.disable",
        .show = show_disabled,
        .run = run_disable},
    {.name = "user contain",
        .summary = N_("suspend a person's work on clients until it is clear what happened"),
        .positionals = one_user,
        .operation = "user.contain",
        .show = show_contained},
    {.name = "user release",
        .summary = N_("let a person who was contained work on clients again"),
        .positionals = one_user,
        .operation = "user.release",
        .show = show_contained},
    {0},
};
