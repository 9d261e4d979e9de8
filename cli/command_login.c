/* login, logout, session: at a server */
#include "cli/cli.h"
#include "cli/json_out.h"
#include "cli/remote.h"
#include "cli/remote_head.h"
#include "cli/totp.h"
#include "cli/words.h"

static const struct option login_options[] = {
    {.name = "pin",
        .value = N_("PIN"),
        .form = OPTION_TEXT,
        .help = N_("the server's key as it prints it (sha256//…); remembered from then on")},
    {.name = "totp-file",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("read the code of the second factor, where one is needed, from a file's first line")},
    {0},
};

static const struct positional one_session[] = {{N_("SESSION"), POSITIONAL_OPTIONAL, "session"}, {0}};

static const struct option list_options[] = {
    {.name = "all", .form = OPTION_FLAG, .help = N_("everybody's; for admins and investigators")},
    {0},
};

static const struct option end_options[] = {
    {.name = "user",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "user",
        .help = N_("all sessions of one person, but the one that asks")},
    {.name = "all",
        .form = OPTION_FLAG,
        .member = "all",
        .help = N_("everybody's, but the one that asks")},
    {0},
};

static const struct column session_columns[] = {
    {"id", N_("SESSION"), COLUMN_ID},
    {"user", N_("USER"), COLUMN_TEXT},
    {"source", N_("FROM"), COLUMN_TEXT},
    {"began", N_("BEGAN"), COLUMN_TEXT},
    {"used", N_("USED"), COLUMN_TEXT},
    {"expires", N_("ENDS"), COLUMN_TEXT},
    {"current", N_("THIS"), COLUMN_TEXT},
    {0},
};

static int need_server(struct cli *cli)
{
    if (cli->server != NULL)
        return VAULT_OK;
    failure_remedy(&cli->failure, "%s", _("give --server URL or set STRONGROOM_SERVER"));
    return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("no server is named"));
}

static int connect_as_before(struct cli *cli)
{
    int result = need_server(cli);
    return result == VAULT_OK ? cli_open(cli) : result;
}

static void show_login(struct screen *screen, const json_t *value)
{
    screen_say(
        screen, _("%s is logged in until %s."), screen_word(value, "user"), screen_word(value, "expires"));
}

/* The code is asked for only where one is needed. */
static int log_in(struct cli *cli, const struct secret *passphrase, json_t **value)
{
    struct secret *code = NULL;
    bool needs_code = false;
    int result =
        remote_login(cli->remote, cli->user, passphrase, NULL, &needs_code, true, value, &cli->failure);
    if (result == VAULT_OK || !needs_code)
        return result;
    failure_clear(&cli->failure);
    result = totp_ask(cli, &code);
    if (result == VAULT_OK)
        result = remote_login(cli->remote, cli->user, passphrase, code, NULL, true, value, &cli->failure);
    secret_free(code);
    return result;
}

/* Who is shown another log than before is not logged in there. */
static int check_log(struct cli *cli)
{
    int result = VAULT_OK;
    if (cli->accept_rollback)
        result = cli_confirm(cli, _("Forget how much of this log this machine has seen already?"));
    if (result == VAULT_OK)
        result = remote_check_head(cli->remote, cli->known, cli->accept_rollback, &cli->failure);
    if (result != VAULT_OK)
        (void)!remote_logout(cli->remote, NULL);
    else
        cli_tell_waiting(cli);
    return result;
}

static int run_login(struct cli *cli)
{
    struct secret *passphrase = NULL;
    json_t *value = NULL;
    int result = need_server(cli);
    if (result == VAULT_OK)
        result = cli_remote(cli, cli_text(cli, "pin"));
    if (result == VAULT_OK)
        result = cli_passphrase(cli, &passphrase);
    if (result == VAULT_OK)
        result = log_in(cli, passphrase, &value);
    if (result == VAULT_OK)
        result = check_log(cli);
    if (result == VAULT_OK && json_text(value, "second_factor_due") != NULL)
        cli_warn(cli, _("from %s on a second factor is needed to log in: 'user totp enroll'"),
            json_text(value, "second_factor_due"));
    if (result == VAULT_OK)
        result = cli_value(cli, value, show_login);
    json_decref(value);
    secret_free(passphrase);
    return result;
}

/* Whatever the server shows. */
static int run_logout(struct cli *cli)
{
    int result = need_server(cli);
    if (result == VAULT_OK)
        result = cli_remote(cli, NULL);
    if (result == VAULT_OK)
        result = remote_resume(cli->remote, cli->user, &cli->failure);
    if (result == VAULT_OK)
        result = remote_logout(cli->remote, &cli->failure);
    return result;
}

/* One's own are asked for without an event; everybody's are an operation. */
static int run_list(struct cli *cli)
{
    json_t *list = NULL;
    int result = connect_as_before(cli);
    if (result == VAULT_OK && json_is_true(json_object_get(cli->arguments.apart, "all")))
        return cli_operation(cli, NULL);
    if (result == VAULT_OK)
        result = remote_sessions(cli->remote, &list, &cli->failure);
    for (size_t i = 0; cli->json && result == VAULT_OK && i < json_array_size(list); i++)
        result = json_out_value(cli->output, json_array_get(list, i));
    if (!cli->json && result == VAULT_OK)
        screen_table(cli->screen, list, session_columns, 0);
    json_decref(list);
    return result;
}

static void show_ended(struct screen *screen, const json_t *value)
{
    if (json_text(value, "session") != NULL)
        screen_say(screen, _("The session of %s has ended (event %lld)."), screen_word(value, "user"),
            (long long)json_number(value, "event", -1));
    else if (json_text(value, "user") != NULL)
        screen_say(screen, _("All sessions of %s that there were have ended (event %lld)."),
            screen_word(value, "user"), (long long)json_number(value, "event", -1));
    else
        screen_say(screen, _("All sessions that there were have ended (event %lld)."),
            (long long)json_number(value, "event", -1));
}

const struct command commands_login[] = {
    {.name = "login",
        .summary = N_("log in at a server, for the commands that follow"),
        .more = N_(
            "With --server or STRONGROOM_SERVER every command is done there, with the same output.  What is "
            "imported and exported are files of this machine.\nWithout a login, --as and --passphrase-file "
            "log in for one command."),
        .options = login_options,
        .served = true,
        .run = run_login},
    {.name = "logout", .summary = N_("end the session at a server"), .served = true, .run = run_logout},
    {.name = "session list",
        .summary = N_("list one's own sessions at a server, or everybody's"),
        .options = list_options,
        .operation = "session.list",
        .columns = session_columns,
        .run = run_list},
    {.name = "session end",
        .summary = N_("end a session at a server; of a person; of everybody"),
        .more = N_("On the vault's own machine --user and --all end what a server beside it has."),
        .positionals = one_session,
        .options = end_options,
        .operation = "session.end",
        .show = show_ended},
    {0},
};
