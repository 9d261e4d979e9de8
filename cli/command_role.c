/* role add | list | show | recover, portfolio add | list */
#include "cli/cli.h"
#include "cli/share_text.h"
#include "cli/words.h"
#include "vault/base/file.h"

#define SHARES_FILE_MAX ((size_t)64 * 1024)
#define COMPARTMENTS "directory books bank tax payroll identity documents"

static const struct positional one_role[] = {{N_("ROLE"), POSITIONAL_ONE, "role"}, {0}};
static const struct positional role_and_user[] = {
    {N_("ROLE"), POSITIONAL_ONE, "role"}, {N_("USER"), POSITIONAL_ONE, "user"}, {0}};
static const struct positional one_portfolio[] = {{N_("PORTFOLIO"), POSITIONAL_ONE, "portfolio"}, {0}};

static const struct option add_options[] = {
    {.name = "like",
        .value = N_("ROLE"),
        .form = OPTION_TEXT,
        .member = "like",
        .help = N_("what the policy treats it as"),
        .choices = "accountant admin investigator auditor"},
    {.name = "keepers",
        .value = N_("WHO"),
        .form = OPTION_TEXT,
        .member = "keepers",
        .help = N_("who can give the role on; quorum:K is K admins together"),
        .choices = "members admins quorum:2"},
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_LIST,
        .member = "portfolios",
        .help = N_("a portfolio whose records it opens")},
    {.name = "compartment",
        .value = N_("COMPARTMENT"),
        .form = OPTION_LIST,
        .member = "compartments",
        .help = N_("a group of record kinds that it opens"),
        .choices = COMPARTMENTS},
    {0},
};

static const struct option recover_options[] = {
    {.name = "share",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("shares of the recovery sheet, one a line")},
    {0},
};

static const struct option portfolio_options[] = {
    {.name = "role",
        .value = N_("ROLE"),
        .form = OPTION_LIST,
        .member = "roles",
        .help = N_("a role that opens the portfolio's records")},
    {0},
};

static const struct column role_columns[] = {
    {"role", N_("ROLE"), COLUMN_TEXT},
    {"like", N_("LIKE"), COLUMN_TEXT},
    {"keepers", N_("KEEPERS"), COLUMN_TEXT},
    {"epoch", N_("EPOCH"), COLUMN_NUMBER},
    {"members", N_("MEMBERS"), COLUMN_NUMBER},
    {0},
};

static const struct column member_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"granted_by", N_("GRANTED BY"), COLUMN_TEXT},
    {"pending", N_("PENDING"), COLUMN_TEXT},
    {0},
};

static const struct column quorum_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"granted_by", N_("GRANTED BY"), COLUMN_TEXT},
    {"pending", N_("PENDING"), COLUMN_TEXT},
    {"approved_by", N_("APPROVED BY"), COLUMN_TEXT},
    {"shares", N_("SHARES"), COLUMN_NUMBER},
    {0},
};

static const struct column reach_columns[] = {
    {"portfolio", N_("PORTFOLIO"), COLUMN_TEXT},
    {"compartments", N_("COMPARTMENTS"), COLUMN_TEXT},
    {0},
};

static const struct column portfolio_columns[] = {
    {"portfolio", N_("PORTFOLIO"), COLUMN_TEXT},
    {"clients", N_("CLIENTS"), COLUMN_NUMBER},
    {"roles", N_("ROLES"), COLUMN_TEXT},
    {0},
};

static int run_recover(struct cli *cli)
{
    struct buffer text = {0};
    struct secret *shares = NULL;
    const char *path = cli_text(cli, "share");
    int result = file_read(path, SHARES_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK) {
        result = share_text_read_all(buffer_bytes(&text), &shares, &cli->failure);
        if (result != VAULT_OK)
            failure_prefix(&cli->failure, "%s", path);
    }
    buffer_free(&text);
    if (result == VAULT_OK)
        result = cli_operation(cli, shares);
    secret_free(shares);
    return result;
}

static void show_role_added(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Role %s was added (event %lld)."), screen_word(value, "role"),
        (long long)json_number(value, "event", -1));
}

static void show_role(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("role"), json_object_get(value, "role"), NULL);
    screen_field(screen, _("like"), json_object_get(value, "like"), NULL);
    screen_field(screen, _("keepers"), json_object_get(value, "keepers"), NULL);
    screen_field(screen, _("epoch"), json_object_get(value, "epoch"), NULL);
    const json_t *quorum = json_object_get(value, "quorum");
    screen_field(screen, _("needed"), json_object_get(quorum, "needed"), NULL);
    screen_field(screen, _("shares"), json_object_get(quorum, "holders"), NULL);
    screen_fields_end(screen, 0);
    if (json_array_size(json_object_get(value, "members")) > 0) {
        screen_blank(screen);
        screen_table(screen, json_object_get(value, "members"), quorum == NULL ? member_columns : quorum_columns, 0);
    }
    if (json_array_size(json_object_get(value, "portfolios")) > 0) {
        screen_blank(screen);
        screen_table(screen, json_object_get(value, "portfolios"), reach_columns, 0);
    }
}

static void show_approved(struct screen *screen, const json_t *value)
{
    long long needed = (long long)json_number(value, "needed", 0);
    long long shares = (long long)json_number(value, "shares", 0);
    screen_say(screen, _("You approved that %s gets the role %s (event %lld)."), screen_word(value, "user"),
        screen_word(value, "role"), (long long)json_number(value, "event", -1));
    if (shares >= needed)
        screen_say(screen, _("Its key is complete when %s is next in session."), screen_word(value, "user"));
    else
        screen_say(screen, _("Shares of its key given so far: %lld of %lld."), shares, needed);
}

static void show_recovered(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Role %s is recovered; %s is a member of it (event %lld)."),
        screen_word(value, "role"), screen_word(value, "user"), (long long)json_number(value, "event", -1));
}

static void show_portfolio_added(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Portfolio %s was added (event %lld)."), screen_word(value, "portfolio"),
        (long long)json_number(value, "event", -1));
}

const struct command commands_role[] = {
    {.name = "role add",
        .summary = N_("add a role"),
        .positionals = one_role,
        .options = add_options,
        .operation = "role.add",
        .show = show_role_added},
    {.name = "role list",
        .summary = N_("list roles"),
        .operation = "role.list",
        .columns = role_columns,
        .none = N_("There are no roles.")},
    {.name = "role show",
        .summary = N_("show a role's members and what it opens"),
        .positionals = one_role,
        .operation = "role.show",
        .show = show_role},
    {.name = "role approve",
        .summary = N_("approve that a person gets a role which a quorum of admins keeps"),
        .more = N_(
            "For roles added with --keepers quorum:K.  Who grants the role approves it; when K admins have, each once, the "
            "person's next session puts their shares of the role's key together.  None of them ever holds it."),
        .positionals = role_and_user,
        .operation = "grant.approve",
        .show = show_approved},
    {.name = "role recover",
        .summary = N_("open a role that nobody holds any more to a person who was granted it"),
        .more = N_(
            "Grant the role first: the grant waits, since no member is left to hand the key on.  As many "
            "shares of the recovery sheet as it asks for are put together; using it is an event of the log."),
        .positionals = role_and_user,
        .options = recover_options,
        .operation = "role.recover",
        .show = show_recovered,
        .run = run_recover},
    {.name = "portfolio add",
        .summary = N_("add a portfolio, a group of clients served by one team"),
        .positionals = one_portfolio,
        .options = portfolio_options,
        .operation = "portfolio.add",
        .show = show_portfolio_added},
    {.name = "portfolio list",
        .summary = N_("list portfolios"),
        .operation = "portfolio.list",
        .columns = portfolio_columns,
        .none = N_("There are no portfolios.")},
    {0},
};
