/* policy explain | who-can | what-can | simulate: questions about the policy */
#include <string.h>

#include "cli/cli.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/text.h"

#define POLICY_MAX ((size_t)1 << 20)

static const struct positional explain_words[] = {{N_("USER ACTION RESOURCE"), POSITIONAL_ANY, NULL}, {0}};
static const struct positional who_words[] = {
    {N_("ACTION"), POSITIONAL_ONE, "action"}, {N_("RESOURCE"), POSITIONAL_ONE, "resource"}, {0}};
static const struct positional what_words[] = {{N_("USER"), POSITIONAL_ONE, "user"}, {0}};
static const struct positional simulate_words[] = {{N_("FILE"), POSITIONAL_FILE, NULL}, {0}};

#define PURPOSE_OPTION \
    { \
        .name = "purpose", .value = N_("PURPOSE"), .form = OPTION_TEXT, .member = "purpose", \
        .help = N_("why: a code, or CODE:REFERENCE") \
    }
#define MEMBER_OPTION \
    { \
        .name = "member", .value = N_("USER"), .form = OPTION_TEXT, .member = "member", \
        .help = N_("whom a grant or an assignment would be for") \
    }

static const struct option explain_options[] = {
    {.name = "event",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "event",
        .help = N_("a decision of the log, under the policy and the rights of then")},
    PURPOSE_OPTION,
    MEMBER_OPTION,
    {0},
};

static const struct option who_options[] = {
    PURPOSE_OPTION,
    MEMBER_OPTION,
    {.name = "all", .form = OPTION_FLAG, .member = "all", .help = N_("also those who may not")},
    {0},
};

static const struct option what_options[] = {PURPOSE_OPTION, {0}};

static const struct option simulate_options[] = {
    {.name = "from",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "from",
        .help = N_("not before: a date, or RFC 3339 in UTC")},
    {.name = "to", .value = N_("TIME"), .form = OPTION_TEXT, .member = "to", .help = N_("not after")},
    {0},
};

static const struct column who_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"permitted", N_("MAY"), COLUMN_TEXT},
    {"policies", N_("RULES"), COLUMN_TEXT},
    {0},
};

static const struct column what_columns[] = {
    {"action", N_("ACTION"), COLUMN_TEXT},
    {"resource", N_("TO WHAT"), COLUMN_TEXT},
    {"count", N_("HOW MANY"), COLUMN_NUMBER},
    {"of", N_("OF"), COLUMN_NUMBER},
    {"kinds", N_("KINDS"), COLUMN_TEXT},
    {"policies", N_("RULES"), COLUMN_TEXT},
    {0},
};

static const struct column change_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"action", N_("ACTION"), COLUMN_TEXT},
    {"was", N_("WAS"), COLUMN_TEXT},
    {"was_by", N_("BY RULE"), COLUMN_TEXT},
    {"becomes", N_("BECOMES"), COLUMN_TEXT},
    {"becomes_by", N_("BY RULE"), COLUMN_TEXT},
    {"count", N_("EVENTS"), COLUMN_NUMBER},
    {"first", N_("FIRST"), COLUMN_NUMBER},
    {"last", N_("LAST"), COLUMN_NUMBER},
    {0},
};

/* --- explain --- */

static int run_explain(struct cli *cli)
{
    static const char *const members[] = {"user", "action", "resource"};
    const json_t *words = json_object_get(cli->arguments.apart, "USER ACTION RESOURCE");
    size_t count = json_array_size(words);
    if (count != 0 && count != 3)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("name a user, an action and a resource"));
    for (size_t i = 0; i < count; i++)
        (void)json_object_set(cli->arguments.given, members[i], json_array_get(words, i));
    return cli_operation(cli, NULL);
}

static void show_question(struct screen *screen, const json_t *value)
{
    const json_t *question = json_object_get(value, "question");
    const json_t *resource = json_object_get(question, "resource");
    bool permitted = strcmp(screen_word(value, "effect"), "permit") == 0;
    screen_field_text(screen, _("decision"), permitted ? _("permitted") : _("DENIED"));
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_field(screen, _("who"), json_object_get(question, "user"), NULL);
    screen_field(screen, _("action"), json_object_get(question, "action"), NULL);
    screen_field(screen, _("to what"), json_object_get(resource, "type"), screen_word(resource, "id"));
    screen_field(screen, _("purpose"), json_object_get(question, "purpose"), NULL);
    screen_field(screen, _("at"), json_object_get(question, "at"), NULL);
    screen_field(screen, _("policy"), json_object_get(value, "policy_hash"), NULL);
    screen_fields_end(screen, 0);
    if (json_is_false(json_object_get(value, "agrees")))
        screen_line(screen, "%s", _("The log says otherwise: another decision, or other rules, than these."));
}

/* Line by line, since a line of the screen has no line ends. */
static void show_text(struct screen *screen, const char *text)
{
    char line[512];
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        text_copy(line, size + 1 < sizeof line ? size + 1 : sizeof line, text);
        screen_line(screen, "    %s", line);
        text += size + (text[size] == '\n');
    }
}

static void show_rule(struct screen *screen, const json_t *rule)
{
    bool forbids = strcmp(screen_word(rule, "effect"), "forbid") == 0;
    screen_blank(screen);
    screen_line(screen,
        forbids ? _("Rule '%s' (line %lld) forbids it:") : _("Rule '%s' (line %lld) permits it:"),
        screen_word(rule, "policy"), (long long)json_number(rule, "line", 0));
    show_text(screen, screen_word(rule, "text"));
}

static const struct {
    const char *because;
    const char *sentence;
} needs[] = {
    {"forbids", N_("must not hold")},
    {"when", N_("its condition is not met")},
    {"unless", N_("its exception holds")},
    {"failed", N_("it could not be evaluated")},
    {"resource", N_("it is about something else")},
    {"principal", N_("it is about other people")},
};

static void show_need(struct screen *screen, const json_t *need)
{
    const char *sentence = screen_word(need, "because");
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (strcmp(needs[i].because, screen_word(need, "because")) == 0)
            sentence = _(needs[i].sentence);
    }
    screen_line(screen, _("  '%s' (line %lld): %s"), screen_word(need, "policy"),
        (long long)json_number(need, "line", 0), sentence);
    show_text(screen, screen_word(need, "expression"));
    if (json_object_get(need, "message") != NULL)
        screen_line(screen, "    %s", screen_word(need, "message"));
}

static void show_explanation(struct screen *screen, const json_t *value)
{
    const json_t *rules = json_object_get(value, "rules");
    const json_t *different = json_object_get(value, "needs");
    show_question(screen, value);
    for (size_t i = 0; i < json_array_size(rules); i++)
        show_rule(screen, json_array_get(rules, i));
    if (json_array_size(rules) == 0) {
        screen_blank(screen);
        screen_line(screen, "%s", _("No rule permits it."));
    }
    if (json_array_size(different) == 0)
        return;
    screen_blank(screen);
    screen_line(screen, "%s", _("What would have to be different:"));
    for (size_t i = 0; i < json_array_size(different); i++)
        show_need(screen, json_array_get(different, i));
}

/* --- simulate --- */

int policy_file_given(struct cli *cli)
{
    struct buffer text = {0};
    const char *path = cli_text(cli, "FILE");
    int result = file_read(path, POLICY_MAX, &text, &cli->failure);
    if (result == VAULT_OK) {
        json_t *string = json_of_buffer(&text);
        if (string == NULL || json_object_set_new(cli->arguments.given, "text", string) != 0)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
    }
    buffer_free(&text);
    return result;
}

static int run_simulate(struct cli *cli)
{
    int result = policy_file_given(cli);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

static void show_simulation(struct screen *screen, const json_t *value)
{
    const json_t *rows = json_object_get(value, "changes");
    screen_line(screen, _("%lld decisions of the log, of which %lld would be others:"),
        (long long)json_number(value, "decisions", 0), (long long)json_number(value, "changed", 0));
    if (json_array_size(rows) > 0)
        screen_table(screen, rows, change_columns, 0);
    if (json_number(value, "unknown", 0) > 0)
        screen_line(screen, _("%lld could not be put again: what they were about is not known any more."),
            (long long)json_number(value, "unknown", 0));
}

const struct command commands_ask[] = {
    {.name = "policy explain",
        .summary = N_("say which rules made a decision, and what would have to be different"),
        .more =
            N_("A RESOURCE is vault, log, portfolio:NAME, role:NAME, user:NAME, a record's id or a client."),
        .positionals = explain_words,
        .options = explain_options,
        .operation = "policy.explain",
        .show = show_explanation,
        .run = run_explain},
    {.name = "policy who-can",
        .summary = N_("list who may do something, and by which rule"),
        .more =
            N_("A RESOURCE is vault, log, portfolio:NAME, role:NAME, user:NAME, a record's id or a client."),
        .positionals = who_words,
        .options = who_options,
        .operation = "policy.who_can",
        .columns = who_columns,
        .none = N_("Nobody.")},
    {.name = "policy what-can",
        .summary = N_("list what somebody may do, to how many clients"),
        .more = N_("Of records, those of the present month are asked about, one of each client and kind."),
        .positionals = what_words,
        .options = what_options,
        .operation = "policy.what_can",
        .columns = what_columns,
        .none = N_("Nothing.")},
    {.name = "policy simulate",
        .summary = N_("show which decisions of the log a policy would have made otherwise"),
        .positionals = simulate_words,
        .options = simulate_options,
        .operation = "policy.simulate",
        .show = show_simulation,
        .run = run_simulate},
    {0},
};
