/* setting list | set */
#include "cli/cli.h"
#include "cli/words.h"

static const struct positional set_words[] = {
    {N_("NAME"), POSITIONAL_ONE, "name"}, {N_("VALUE"), POSITIONAL_ONE, "value"}, {0}};

static const struct column list_columns[] = {
    {"name", N_("NAME"), COLUMN_TEXT},
    {"value", N_("VALUE"), COLUMN_TEXT},
    {"values", N_("MAY BE"), COLUMN_TEXT},
    {0},
};

static void show_set(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "proposed"))) {
        screen_line(screen,
            _("%s: %s is proposed (event %lld).  It takes hold when somebody else sets the same."),
            screen_word(value, "name"), screen_word(value, "value"),
            (long long)json_number(value, "event", -1));
        return;
    }
    screen_say(screen, _("%s is now %s (event %lld)."), screen_word(value, "name"),
        screen_word(value, "value"), (long long)json_number(value, "event", -1));
}

const struct command commands_setting[] = {
    {.name = "setting list",
        .summary = N_("list what the firm has settled for itself"),
        .operation = "setting.list",
        .columns = list_columns},
    {.name = "setting set",
        .summary = N_("settle something; to loosen a rule takes two people"),
        .more =
            N_("policy.two_people (on, off): a policy that may widen access takes effect only when a second "
               "person has approved it.  policy.tests (on, off): a policy is set only after the firm's own cases "
               "were tried: policy set FILE --tests DIR.  witness.quorum (majority, all, any, or a number): how "
               "many witnesses must cosign a checkpoint of the log.  witness.max_lag (warn, or so many events as "
               "in 200, for so many minutes as in 30m, or both as in 200,30m): how far the log may be ahead of "
               "them before nothing more is disclosed.  alert.hook (off, or the path of a program that belongs to "
               "root or to you and that nobody else may write): it is told of alerts, as JSON on its standard input.  "
               "decoy.contain (off, suspend): who touches a decoy is contained until somebody else releases him.  "
               "decoy.two_investigators (off, on): what one investigator orders of decoys waits until another agreed."),
        .positionals = set_words,
        .operation = "setting.set",
        .show = show_set},
    {0},
};
