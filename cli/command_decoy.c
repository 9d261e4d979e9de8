/* decoy plant | list | retire | rotate | approve */
#include "cli/cli.h"
#include "cli/words.h"

static const struct option plant_options[] = {
    {.name = "user",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .member = "user",
        .help = N_("for this person alone")},
    {.name = "role",
        .value = N_("ROLE"),
        .form = OPTION_TEXT,
        .member = "role",
        .help = N_("for everybody who has this role")},
    {.name = "portfolio",
        .value = N_("PORTFOLIO"),
        .form = OPTION_TEXT,
        .member = "portfolio",
        .help = N_("for everybody who works in this portfolio")},
    {.name = "count",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "count",
        .help = N_("how many, up to 20; one if not given")},
    {.name = "like",
        .value = N_("CLIENT"),
        .form = OPTION_LIST,
        .member = "like",
        .help = N_("named after these clients rather than after all")},
    {0},
};

static const struct option rotate_options[] = {
    {.name = "older-than",
        .value = N_("DAYS"),
        .form = OPTION_TEXT,
        .member = "older_than",
        .required = true,
        .help = N_("planted so long ago, as in 180d")},
    {0},
};

static const struct option approve_options[] = {
    {.name = "refuse",
        .form = OPTION_FLAG,
        .member = "refuse",
        .help = N_("call the order off instead; one's own, too")},
    {0},
};

static const struct positional one_order[] = {{N_("EVENT"), POSITIONAL_ONE, NULL}, {0}};
static const struct positional clients[] = {{N_("CLIENT"), POSITIONAL_MANY, "clients"}, {0}};

static const struct column columns[] = {
    {"state", N_("STATE"), COLUMN_TEXT},
    {"client_no", N_("NUMBER"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"tax_id", N_("TAX ID"), COLUMN_TEXT},
    {"whom", N_("FOR"), COLUMN_TEXT},
    {"since", N_("SINCE"), COLUMN_TEXT},
    {"touched", N_("TOUCHED"), COLUMN_TEXT},
    {0},
};

/* "by li, read, 2025-01-04T…Z": the last one; the rest is under --json. */
static json_t *last_touch(const json_t *touches)
{
    size_t count = json_array_size(touches);
    const json_t *last = json_array_get(touches, count == 0 ? 0 : count - 1);
    if (last == NULL)
        return json_string("");
    return json_sprintf(
        "%s %s %s", screen_word(last, "by"), screen_word(last, "how"), screen_word(last, "at"));
}

/* "user li, now wu": the first of those who have it since. */
static json_t *whom_of(const json_t *whom, const json_t *holders)
{
    const char *kind = screen_word(whom, "kind"), *name = screen_word(whom, "name");
    const char *now = json_string_value(json_array_get(holders, 0));
    if (holders == NULL)
        return json_sprintf("%s %s", kind, name);
    return now == NULL ? json_sprintf(_("%s %s, now nobody"), kind, name)
                       : json_sprintf(_("%s %s, now %s"), kind, name, now);
}

static json_t *row_of_row(const json_t *row)
{
    static const char *const same[] = {"state", "client_no", "name", "tax_id"};
    const json_t *whom = json_object_get(row, "for");
    const char *since = json_text(row, "retired");
    if (since == NULL)
        since = json_text(row, "planted") == NULL ? screen_word(row, "ordered") : json_text(row, "planted");
    json_t *shown = json_pack("{s:o,s:s,s:o}", "whom", whom_of(whom, json_object_get(row, "holders")), "since", since,
        "touched", last_touch(json_object_get(row, "touched")));
    for (size_t i = 0; i < sizeof same / sizeof same[0] && shown != NULL; i++) {
        if (json_object_get(row, same[i]) != NULL)
            (void)json_object_set(shown, same[i], json_object_get(row, same[i]));
    }
    return shown;
}

static void show_awaits(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "awaits")))
        screen_say(screen, _("Another investigator must agree first: 'strongroom decoy approve %lld'."),
            (long long)json_number(value, "event", -1));
}

static void show_plant(struct screen *screen, const json_t *value)
{
    screen_say(screen,
        _("%lld decoys are ordered in portfolio %s (event %lld); an admin's next session plants them."),
        (long long)json_number(value, "ordered", 0), screen_word(value, "portfolio"),
        (long long)json_number(value, "event", -1));
    show_awaits(screen, value);
}

static void show_retire(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%lld decoys are to be retired (event %lld); an admin's next session does it."),
        (long long)json_number(value, "retired", 0), (long long)json_number(value, "event", -1));
    show_awaits(screen, value);
}

static void show_rotate(struct screen *screen, const json_t *value)
{
    if (json_number(value, "rotated", 0) == 0)
        screen_say(screen, _("No decoy is that old."));
    else
        screen_say(screen, _("%lld decoys are to be replaced (event %lld); an admin's next session does it."),
            (long long)json_number(value, "rotated", 0), (long long)json_number(value, "event", -1));
    show_awaits(screen, value);
}

static void show_approve(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "agreed")))
        screen_say(screen, _("You agreed to what %s ordered (event %lld); an admin's next session does it."),
            screen_word(value, "by"), (long long)json_number(value, "order", -1));
    else
        screen_say(screen, _("What %s ordered (event %lld) is called off."), screen_word(value, "by"),
            (long long)json_number(value, "order", -1));
}

static int run_approve(struct cli *cli)
{
    int result = cli_take_number(cli, "EVENT", "order");
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

const struct command commands_decoy[] = {
    {.name = "decoy plant",
        .summary = N_("have made-up clients planted, by which a leak is recognised"),
        .more = N_(
            "They look like the firm's own clients and are assigned to those for whom they are meant, who "
            "see them in "
            "lists, searches and exports like all others.  Which they are only investigators can list; what "
            "is "
            "exported for an authority (purpose authority, tax, tax-authority, court, police, regulator, "
            "statutory-audit, declaration, filing, social-insurance or housing-fund, and those of export.unmarked) leaves them out.  They are added by the next "
            "session of an admin, as clients "
            "that this "
            "admin adds, so that nothing tells them from others.  Say one of --user, --role and "
            "--portfolio."),
        .options = plant_options,
        .operation = "decoy.plant",
        .show = show_plant},
    {.name = "decoy list",
        .summary = N_("list decoys: for whom, since when, and who touched them"),
        .operation = "decoy.list",
        .columns = columns,
        .row_of_row = row_of_row,
        .none = N_("There are no decoys.")},
    {.name = "decoy retire",
        .summary = N_("take decoys away from those for whom they were planted"),
        .more = N_("They stay known as decoys, so that an old leak still shows by them."),
        .positionals = clients,
        .operation = "decoy.retire",
        .show = show_retire},
    {.name = "decoy rotate",
        .summary = N_("retire old decoys, and plant as many anew"),
        .options = rotate_options,
        .operation = "decoy.rotate",
        .show = show_rotate},
    {.name = "decoy approve",
        .summary = N_("agree to what another investigator ordered"),
        .more = N_("Where decoy.two_investigators is on, nothing is planted, retired or rotated before."),
        .positionals = one_order,
        .options = approve_options,
        .operation = "decoy.approve",
        .show = show_approve,
        .run = run_approve},
    {0},
};
