/* register add | renew | end | sign | list | due | mine | show */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"

static const struct positional kind_and_name[] = {
    {N_("KIND"), POSITIONAL_ONE, "kind"}, {N_("NAME"), POSITIONAL_ONE, "name"}, {0}};
static const struct positional one_rule[] = {{N_("NAME"), POSITIONAL_ONE, "name"}, {0}};

#define KINDS "rule training nda entrustment audit audit-finding plan drill helper"

#define HOLDER_OPTIONS \
    {.name = "user", \
        .value = N_("USER"), \
        .form = OPTION_LIST, \
        .member = "users", \
        .help = N_("whose it is; may be several; a rule without it binds everybody")}, \
    { \
        .name = "client", .value = N_("CLIENT"), .form = OPTION_TEXT, .member = "client", \
        .help = N_("the client that it was agreed with") \
    }

#define ENTRY_OPTIONS \
    HOLDER_OPTIONS, \
        {.name = "until", \
            .value = N_("DATE"), \
            .form = OPTION_TEXT, \
            .member = "until", \
            .help = N_("when it lapses: the next training, the end of an agreement, by when a rule is to " \
                       "be signed, " \
                       "the next audit, review or drill"), \
            .required = true}, \
        {.name = "text", \
            .value = N_("TEXT|-|@FILE"), \
            .form = OPTION_WORDS, \
            .member = "text", \
            .help = N_("its words; sealed")}, \
    { \
        .name = "file", .value = N_("FILE"), .form = OPTION_FILE, .member = "file", \
        .help = N_("its words, or the proof, from a file of 1 MiB at most; sealed") \
    }

static const struct option entry_options[] = {ENTRY_OPTIONS, {0}};
static const struct option end_options[] = {HOLDER_OPTIONS, {0}};

#define LIST_OPTIONS \
    {.name = "kind", \
        .value = N_("KIND"), \
        .form = OPTION_TEXT, \
        .member = "kind", \
        .choices = KINDS, \
        .help = N_("entries of this kind only")}, \
    { \
        .name = "user", .value = N_("USER"), .form = OPTION_TEXT, .member = "user", \
        .help = N_("entries of this person only") \
    }

static const struct option list_options[] = {
    LIST_OPTIONS,
    {.name = "ended", .form = OPTION_FLAG, .member = "ended", .help = N_("also what was ended")},
    {0},
};
static const struct option due_options[] = {
    LIST_OPTIONS,
    {.name = "days",
        .value = N_("DAYS"),
        .form = OPTION_NUMBER,
        .member = "days",
        .help = N_("within so many days; 30 unless said")},
    {0},
};
static const struct option show_options[] = {
    {.name = "user", .value = N_("USER"), .form = OPTION_TEXT, .member = "user", .help = N_("whose it is")},
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_TEXT,
        .member = "client",
        .help = N_("the client that it was agreed with")},
    {.name = "signatures",
        .form = OPTION_FLAG,
        .member = "signatures",
        .help = N_("also who signed it, by which event")},
    {0},
};

static const struct column list_columns[] = {
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"of", N_("WHOSE"), COLUMN_TEXT},
    {"version", N_("VERSION"), COLUMN_NUMBER},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"not_signed", N_("NOT SIGNED BY"), COLUMN_TEXT},
    {0},
};

#define NAMED_MAX 5u
#define DAY_SIZE 10u

/* The first few who have not signed, and how many more. */
static json_t *names_of(const json_t *list)
{
    char text[NAMED_MAX * 70 + 40] = "";
    size_t used = 0;
    for (size_t i = 0; i < json_array_size(list) && i < NAMED_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.64s", i == 0 ? "" : ", ",
            json_string_value(json_array_get(list, i)));
    if (json_array_size(list) > NAMED_MAX)
        (void)snprintf(text + used, sizeof text - used, " +%zu", json_array_size(list) - NAMED_MAX);
    return json_string(text);
}

/* A state in words of its own: "due" is said of duties, too. */
static const char *state_word(const char *state)
{
    static const char *const words[][2] = {{"current", N_("in force")}, {"due", N_("to be signed")},
        {"lapsed", N_("lapsed")}, {"ended", N_("ended")}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (state != NULL && strcmp(state, words[i][0]) == 0)
            return _(words[i][1]);
    }
    return state == NULL ? "" : state;
}

static json_t *list_row(const json_t *row)
{
    json_t *shown = json_copy((json_t *)(uintptr_t)row);
    const char *until = json_text(row, "until");
    const char *of = json_text(row, "user");
    if (until != NULL) /* it is a day */
        (void)json_object_set_new(shown, "until", json_stringn(until, strnlen(until, DAY_SIZE)));
    (void)json_object_set_new(shown, "state", json_string(state_word(json_text(row, "state"))));
    if (of == NULL)
        of = json_text(row, "client");
    (void)json_object_set_new(shown, "of", json_string(of == NULL ? "" : of));
    (void)json_object_set_new(shown, "not_signed", names_of(json_object_get(row, "unsigned")));
    return shown;
}

static void show_done(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s '%s', version %lld: %lld entries (event %lld)."), screen_word(value, "kind"),
        screen_word(value, "name"), (long long)json_number(value, "version", 0),
        (long long)json_number(value, "entries", 0), (long long)json_number(value, "event", -1));
}

static void show_signed(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("You have signed the rule '%s', version %lld (event %lld; SHA-256 of its text %s)."),
        screen_word(value, "name"), (long long)json_number(value, "version", 0),
        (long long)json_number(value, "event", -1), screen_word(value, "sha256"));
}

static void show_entry(struct screen *screen, const json_t *value)
{
    const json_t *signatures = json_object_get(value, "signatures");
    screen_line(screen, _("%s '%s', version %lld, until %.10s: %s"), screen_word(value, "kind"),
        screen_word(value, "name"), (long long)json_number(value, "version", 0), screen_word(value, "until"),
        state_word(json_text(value, "state")));
    if (json_text(value, "sha256") != NULL)
        screen_line(screen, _("SHA-256 of its text: %s"), screen_word(value, "sha256"));
    for (size_t i = 0; i < json_array_size(signatures); i++) {
        const json_t *one = json_array_get(signatures, i);
        screen_line(screen, _("Signed by %s: version %lld, %s (event %lld)"), screen_word(one, "user"),
            (long long)json_number(one, "version", 0), screen_word(one, "time"),
            (long long)json_number(one, "event", -1));
    }
    if (json_text(value, "base64") != NULL)
        screen_line(screen, "%s", _("Its text is no plain text; --json has it in base64."));
    if (json_text(value, "text") != NULL) {
        screen_line(screen, "%s", "");
        screen_line(screen, "%s", json_text(value, "text"));
    }
}

static int run_due(struct cli *cli)
{
    if (json_object_get(cli->arguments.given, "days") == NULL &&
        json_object_set_new(cli->arguments.given, "days", json_integer(30)) != 0)
        return VAULT_ENOMEM;
    return cli_operation(cli, NULL);
}

const struct command commands_register[] = {
    {.name = "register add",
        .summary = N_("add to the registers that prevent: a rule to be signed, a training, an agreement, an "
                      "audit, a plan, a helper"),
        .more = N_("KIND is rule (the firm's, signed by everybody or by --user), training (--user), nda "
                   "(--user or --client), entrustment "
                   "(--client), audit, audit-finding, plan, drill or helper.  Who lets a training, an "
                   "agreement or a signature lapse does "
                   "no client work until it is renewed (setting register.gate)."),
        .positionals = kind_and_name,
        .options = entry_options,
        .operation = "register.add",
        .show = show_done},
    {.name = "register renew",
        .summary = N_("give an entry another date, or new words"),
        .more = N_("New words are a new version; who signed a rule before signs it anew, by --until."),
        .positionals = kind_and_name,
        .options = entry_options,
        .operation = "register.renew",
        .show = show_done},
    {.name = "register end",
        .summary = N_("end an entry; what was signed stays"),
        .positionals = kind_and_name,
        .options = end_options,
        .operation = "register.end",
        .show = show_done},
    {.name = "register sign",
        .summary = N_("sign a rule of the firm; 'register show rule NAME' shows it"),
        .more = N_("The event of the log carries your signature, and the hash of the text that you sign."),
        .positionals = one_rule,
        .operation = "register.sign",
        .show = show_signed},
    {.name = "register list",
        .summary = N_("list what the registers hold"),
        .options = list_options,
        .operation = "register.list",
        .columns = list_columns,
        .row_of_row = list_row,
        .none = N_("The registers hold nothing of that.")},
    {.name = "register due",
        .summary = N_("list what has lapsed, or will soon"),
        .more = N_("Warnings come 14, 7 and 1 days before something lapses: to the person and to who keeps the registers."),
        .options = due_options,
        .operation = "register.list",
        .columns = list_columns,
        .row_of_row = list_row,
        .none = N_("Nothing lapses."),
        .run = run_due},
    {.name = "register mine",
        .summary = N_("list which rules bind you, and your own trainings and agreements"),
        .operation = "register.mine",
        .columns = list_columns,
        .row_of_row = list_row,
        .none = N_("The registers hold nothing of you.")},
    {.name = "register show",
        .summary = N_("show an entry with its words"),
        .positionals = kind_and_name,
        .options = show_options,
        .operation = "register.show",
        .show = show_entry},
    {0},
};
