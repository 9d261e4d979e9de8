/* drill run */
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/present.h"
#include "cli/words.h"
#include "vault/base/instant.h"

static const struct option drill_options[] = {
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("where the copy is made; there must be nothing yet, and at the end it is removed")},
    {.name = "keep",
        .form = OPTION_FLAG,
        .help = N_("leave the copy and the bundle, to practise on by hand")},
    {.name = "discovered",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .help = N_("when it is said to have been discovered, so that clocks have run; now unless said")},
    {.name = "person",
        .value = N_("USER"),
        .form = OPTION_TEXT,
        .help = N_("whose disclosures are assessed; one's own unless said")},
    {.name = "next",
        .value = N_("DATE"),
        .form = OPTION_TEXT,
        .help = N_("when the next drill is due; in a year unless said")},
    {0},
};

static const struct column columns[] = {
    {"step", N_("STEP"), COLUMN_TEXT},
    {"ms", N_("MS"), COLUMN_NUMBER},
    {"result", N_("RESULT"), COLUMN_TEXT},
    {0},
};

static json_t *row_shown(const json_t *row)
{
    const char *why = json_text(row, "why");
    return json_pack("{s:O,s:O,s:s}", "step", json_object_get(row, "step"), "ms", json_object_get(row, "ms"),
        "result", why == NULL ? _("done") : why);
}

static void show_drill(struct screen *screen, const json_t *value)
{
    const json_t *clocks = json_object_get(value, "clocks");
    for (size_t i = 0; i < json_array_size(clocks); i++) {
        const json_t *clock = json_array_get(clocks, i);
        screen_line(screen,
            json_is_true(json_object_get(clock, "late")) ? _("LATE: %s, due %s") : _("in time: %s, due %s"),
            screen_word(clock, "duty"), screen_word(clock, "due"));
    }
    screen_say(screen, _("EXERCISE %s, %lld ms, clocks late: %lld; entered in the register (event %lld)."),
        screen_word(value, "name"), (long long)json_number(value, "ms", 0),
        (long long)json_number(value, "late", 0), (long long)json_number(value, "event", -1));
    if (json_text(value, "kept") != NULL)
        screen_say(screen, _("The copy is kept in %s: whatever is done there says that it is an exercise."),
            screen_word(value, "kept"));
}

static int take_time(struct cli *cli, const char *name, int64_t *moment)
{
    const char *text = cli_text(cli, name);
    if (text == NULL || instant_parse(bytes_of_text(text), moment))
        return VAULT_OK;
    return failure_set(&cli->failure, VAULT_EUSAGE, _("“%s” is no date or time"), text);
}

static int stop(void *context)
{
    (void)context;
    return interrupt_seen() ? VAULT_EBUSY : VAULT_OK;
}

static int play(struct cli *cli, const struct session_options *options, const struct drill_plan *plan)
{
    struct reply reply;
    struct presentation *presentation = present_new(cli, &reply);
    if (presentation == NULL)
        return VAULT_ENOMEM;
    interrupt_catch();
    reply.check = stop;
    int result = vault_drill(options, plan, &reply, &cli->failure);
    int ended = present_end(presentation, &cli->failure);
    present_free(presentation);
    return result != VAULT_OK ? result : ended;
}

static int run_drill(struct cli *cli)
{
    struct session_options options;
    struct secret *passphrase = NULL;
    struct drill_plan plan = {.out = cli_text(cli, "out"),
        .person = cli_text(cli, "person"),
        .keep = json_is_true(json_object_get(cli->arguments.apart, "keep"))};
    int result = take_time(cli, "discovered", &plan.discovered);
    if (result == VAULT_OK)
        result = take_time(cli, "next", &plan.next);
    if (result == VAULT_OK)
        result = cli_session_options(cli, &options, &passphrase);
    if (result == VAULT_OK)
        result = play(cli, &options, &plan);
    secret_free(passphrase);
    return result;
}

const struct command commands_drill[] = {
    {.name = "drill run",
        .summary =
            N_("play the whole case of an incident on a copy of the vault, and enter it in the register"),
        .more = N_("On the vault's own machine: the copy is made from its files and opened with the "
                   "passphrase, and a server "
                   "hands out neither.  Frozen, opened, assessed, three documents, what is to be told and "
                   "reported, the "
                   "bundle and its audit, closed: each with its time, and each clock of the law held against "
                   "it.  Whatever "
                   "is logged or written there says that it is an exercise, and reaches nobody.  The copy is "
                   "removed."),
        .options = drill_options,
        .columns = columns,
        .row_of_row = row_shown,
        .show = show_drill,
        .run = run_drill},
    {0},
};
