/* log replay | authority | verify | checkpoint | policy */
#include "cli/cli.h"
#include "cli/words.h"
#include "vault/base/file.h"

#define CHECKPOINT_MAX ((size_t)64 * 1024)

static const struct option replay_options[] = {
    {.name = "actor", .value = N_("USER"), .form = OPTION_TEXT, .member = "actor", .help = N_("who did it")},
    {.name = "client",
        .value = N_("CLIENT"),
        .form = OPTION_TEXT,
        .member = "client",
        .help = N_("to which client")},
    {.name = "record",
        .value = N_("RECORD"),
        .form = OPTION_TEXT,
        .member = "record",
        .help = N_("to which record")},
    {.name = "event",
        .value = N_("EVENT"),
        .form = OPTION_TEXT,
        .member = "event",
        .help = N_("what was done, such as record.read")},
    {.name = "from",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "from",
        .help = N_("not before: a date, or RFC 3339 in UTC")},
    {.name = "to", .value = N_("TIME"), .form = OPTION_TEXT, .member = "to", .help = N_("not after")},
    {.name = "limit",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "limit",
        .help = N_("at most so many events")},
    {0},
};

static const struct option authority_options[] = {
    {.name = "at",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .member = "at",
        .help = N_("at this moment, not now")},
    {0},
};

static const struct option verify_options[] = {
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("a checkpoint verified before: the log must extend it")},
    {.name = "skip-signatures",
        .form = OPTION_FLAG,
        .member = "skip_signatures",
        .help = N_("hashes, tree and tables only, not people's signatures")},
    {0},
};

static const struct column replay_columns[] = {
    {"seq", N_("EVENT"), COLUMN_NUMBER},
    {"time", N_("TIME"), COLUMN_TEXT},
    {"actor", N_("WHO"), COLUMN_TEXT},
    {"event", N_("WHAT"), COLUMN_TEXT},
    {"effect", N_("DECISION"), COLUMN_TEXT},
    {"resources", N_("TO WHAT"), COLUMN_TEXT},
    {"purpose", N_("PURPOSE"), COLUMN_TEXT},
    {0},
};

static const struct column authority_columns[] = {
    {"user", N_("USER"), COLUMN_TEXT},
    {"role", N_("ROLE"), COLUMN_TEXT},
    {"portfolios", N_("PORTFOLIOS"), COLUMN_TEXT},
    {"until", N_("UNTIL"), COLUMN_TEXT},
    {"granted_by", N_("GRANTED BY"), COLUMN_TEXT},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {0},
};

static const struct column problem_columns[] = {
    {"index", N_("EVENT"), COLUMN_NUMBER},
    {"what", N_("WHAT IS WRONG"), COLUMN_TEXT},
    {0},
};

/* --- replay --- */

static json_t *resource_list(const json_t *resources)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(resources); i++) {
        const json_t *resource = json_array_get(resources, i);
        (void)json_array_append_new(
            list, json_sprintf("%s %s", screen_word(resource, "type"), screen_word(resource, "id")));
    }
    return list;
}

/* The log keeps its leaves as evidence; people get the members that they look for. */
static json_t *row_of_leaf(const json_t *leaf)
{
    json_t *row = json_object();
    static const char *const same[] = {"seq", "time", "event", "purpose"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        (void)json_object_set(row, same[i], json_object_get(leaf, same[i]));
    const json_t *actor = json_object_get(leaf, "actor");
    const json_t *decision = json_object_get(leaf, "decision");
    (void)json_object_set(row, "actor", json_object_get(actor, "id"));
    (void)json_object_set(row, "effect", json_object_get(decision, "effect"));
    (void)json_object_set_new(row, "resources", resource_list(json_object_get(leaf, "resources")));
    return row;
}

/* --- verify --- */

static void show_verification(struct screen *screen, const json_t *value)
{
    const json_t *problems = json_object_get(value, "problems");
    bool ok = json_is_true(json_object_get(value, "ok"));
    screen_field_text(screen, _("log"), ok ? _("whole") : _("DAMAGED OR FORGED"));
    screen_field(screen, _("origin"), json_object_get(value, "origin"), NULL);
    screen_field(screen, _("events"), json_object_get(value, "size"), NULL);
    screen_field(screen, _("root"), json_object_get(value, "root"), NULL);
    screen_field(screen, _("signatures"), json_object_get(value, "signatures"), NULL);
    screen_fields_end(screen, 0);
    if (json_array_size(problems) == 0)
        return;
    screen_blank(screen);
    screen_table(screen, problems, problem_columns, 0);
}

/* A checkpoint is a signed note of several lines, so it comes as a file. */
static int run_verify(struct cli *cli)
{
    const char *since = cli_text(cli, "since");
    struct buffer note = {0};
    int result = VAULT_OK;
    if (since != NULL)
        result = file_read(since, CHECKPOINT_MAX, &note, &cli->failure);
    if (result == VAULT_OK && since != NULL) {
        json_t *text = json_stringn(note.size == 0 ? "" : (const char *)note.data, note.size);
        if (text == NULL || json_object_set_new(cli->arguments.given, "since", text) != 0)
            result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), since);
    }
    buffer_free(&note);
    return result == VAULT_OK ? cli_operation(cli, NULL) : result;
}

const struct command commands_log[] = {
    {.name = "log replay",
        .summary = N_("list who did what, when, to what and why"),
        .more = N_(
            "With --json, the log's entries exactly as they were logged.  Reading the log is an event too."),
        .options = replay_options,
        .operation = "log.replay",
        .columns = replay_columns,
        .none = N_("There are no such events."),
        .row_of_line = row_of_leaf},
    {.name = "log authority",
        .summary = N_("list who could do what, and who had let them"),
        .options = authority_options,
        .operation = "log.authority",
        .columns = authority_columns,
        .none = N_("Nobody had a role.")},
    {.name = "log verify",
        .summary = N_("prove that nothing in the log was changed, dropped or reordered"),
        .options = verify_options,
        .operation = "log.verify",
        .show = show_verification,
        .run = run_verify},
    {.name = "log checkpoint",
        .summary = N_("print the signed head of the log"),
        .operation = "log.checkpoint",
        .text_member = "checkpoint"},
    {.name = "log policy",
        .summary = N_("print which keys a verifier of this log should trust"),
        .operation = "log.policy",
        .text_member = "policy"},
    {0},
};
