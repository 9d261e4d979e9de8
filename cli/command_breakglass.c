/* break-glass, break-glass list | show | close | review */
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional one_glass[] = {{N_("NUMBER"), POSITIONAL_ONE, NULL}, {0}};

static const struct option open_options[] = {
    {.name = "reason", .value = N_("REASON"), .form = OPTION_TEXT, .member = "reason", .help = N_("why"), .required = true},
    {.name = "for",
        .value = N_("SPAN"),
        .form = OPTION_TEXT,
        .member = "for",
        .help = N_("how long it lasts: 30m, 8h, 1d"),
        .required = true},
    {.name = "client", .value = N_("CLIENT"), .form = OPTION_TEXT, .member = "client", .help = N_("for this client only")},
    {0},
};

static const struct option review_options[] = {
    {.name = "ok", .form = OPTION_FLAG, .help = N_("it was right")},
    {.name = "not-ok", .form = OPTION_FLAG, .help = N_("it was not right")},
    {.name = "note", .value = N_("NOTE"), .form = OPTION_TEXT, .member = "note", .help = N_("what was found")},
    {0},
};

static const struct column list_columns[] = {
    {"breakglass", N_("NUMBER"), COLUMN_NUMBER},
    {"user", N_("USER"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"client", N_("CLIENT"), COLUMN_TEXT},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"due", N_("REVIEW BY"), COLUMN_TEXT},
    {"reviewed_by", N_("REVIEWED BY"), COLUMN_TEXT},
    {"verdict", N_("VERDICT"), COLUMN_TEXT},
    {0},
};

static int run_one(struct cli *cli)
{
    int result = cli_take_number(cli, "NUMBER", "breakglass");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_open(struct cli *cli)
{
    int result = cli_confirm(cli, _("Break glass?  Everybody who could have been asked is told, and somebody else reviews it."));
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static int run_review(struct cli *cli)
{
    bool fine = json_is_true(json_object_get(cli->arguments.apart, "ok"));
    bool wrong = json_is_true(json_object_get(cli->arguments.apart, "not-ok"));
    if (fine == wrong)
        return failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("say --ok or --not-ok"));
    (void)json_object_set_new(cli->arguments.given, "verdict", json_string(fine ? "ok" : "not_ok"));
    return run_one(cli);
}

static void show_opened(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Glass broken: %lld, until %s.  Told: %zu people.  Somebody else must review it by %s."),
        (long long)json_number(value, "breakglass", -1), screen_word(value, "until"), json_array_size(json_object_get(value, "told")),
        screen_word(value, "due"));
}

static void show_state(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("Broken glass %lld of %s is %s (event %lld)."), (long long)json_number(value, "breakglass", -1),
        screen_word(value, "user"), screen_word(value, "state"), (long long)json_number(value, "event", -1));
}

const struct command commands_breakglass[] = {
    {.name = "break-glass list",
        .summary = N_("list broken glass: your own, and what you may review"),
        .operation = "breakglass.list",
        .columns = list_columns,
        .none = N_("No glass was broken.")},
    {.name = "break-glass show",
        .summary = N_("show why glass was broken, and what was done that would have been denied"),
        .positionals = one_glass,
        .operation = "breakglass.show",
        .run = run_one},
    {.name = "break-glass close",
        .summary = N_("end your own before its time"),
        .positionals = one_glass,
        .operation = "breakglass.close",
        .show = show_state,
        .run = run_one},
    {.name = "break-glass review",
        .summary = N_("say whether somebody else broke glass rightly"),
        .positionals = one_glass,
        .options = review_options,
        .operation = "breakglass.review",
        .show = show_state,
        .run = run_review},
    {.name = "break-glass open",
        .summary = N_("do at once, for a short time, what takes others"),
        .more = N_("Where a rule of the policy allows it (none of a new vault does), rules that say context.emergency hold until the time is "
                   "over.  Everybody who could have been asked is told; somebody else reviews it within breakglass.review_days, or you are "
                   "locked until that is done.  'break-glass --reason R --for 1h' is the same."),
        .options = open_options,
        .operation = "breakglass.open",
        .show = show_opened,
        .run = run_open},
    {.name = "break-glass",
        .summary = N_("the same as 'break-glass open'"),
        .options = open_options,
        .operation = "breakglass.open",
        .show = show_opened,
        .run = run_open},
    {0},
};
