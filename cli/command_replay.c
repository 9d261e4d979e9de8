/* log replay | authority | diff-authority | stats | export: what the log tells people and their monitoring */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/heat.h"
#include "cli/interrupt.h"
#include "cli/json_out.h"
#include "cli/local_time.h"
#include "cli/story.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/ops/ops.h"

#define FILTERS \
    {.name = "actor", \
        .value = N_("USER"), \
        .form = OPTION_TEXT, \
        .member = "actor", \
        .help = N_("who did it")}, \
        {.name = "client", \
            .value = N_("CLIENT"), \
            .form = OPTION_TEXT, \
            .member = "client", \
            .help = N_("to which client")}, \
        {.name = "record", \
            .value = N_("RECORD"), \
            .form = OPTION_TEXT, \
            .member = "record", \
            .help = N_("to which record")}, \
        {.name = "event", \
            .value = N_("EVENT"), \
            .form = OPTION_TEXT, \
            .member = "event", \
            .help = N_("what was done, such as record.read")}, \
        {.name = "from", \
            .value = N_("TIME"), \
            .form = OPTION_TEXT, \
            .member = "from", \
            .help = N_("not before: a date, or RFC 3339 in UTC")}, \
        {.name = "to", .value = N_("TIME"), .form = OPTION_TEXT, .member = "to", .help = N_("not after")}, \
    { \
        .name = "limit", .value = N_("N"), .form = OPTION_NUMBER, .member = "limit", \
        .help = N_("at most so many events") \
    }

static const struct option replay_options[] = {
    FILTERS,
    {.name = "story",
        .form = OPTION_FLAG,
        .member = "story",
        .help = N_("told by person and session: what was shown, and which rule let it through")},
    {.name = "follow",
        .form = OPTION_FLAG,
        .member = "follow",
        .help = N_("go on with new events as they come, until interrupted")},
    {0},
};

static const struct option stats_options[] = {
    FILTERS,
    {.name = "svg",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("also draw weekdays and hours into this file")},
    {0},
};

static const struct option export_options[] = {
    {.name = "format",
        .value = N_("FORMAT"),
        .form = OPTION_TEXT,
        .member = "format",
        .required = true,
        .help = N_("what to write"),
        .choices = "ocsf cef syslog"},
    {.name = "out",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .member = "out",
        .required = true,
        .help = N_("where to write it; - is standard output")},
    {.name = "framing",
        .value = N_("FRAMING"),
        .form = OPTION_TEXT,
        .member = "framing",
        .help = N_("of syslog: one a line, or each behind its size"),
        .choices = "lines octets"},
    {.name = "follow",
        .form = OPTION_FLAG,
        .member = "follow",
        .help = N_("go on with new events as they come, until interrupted")},
    FILTERS,
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

static const struct positional moments[] = {
    {N_("TIME"), POSITIONAL_ONE, "from"}, {N_("TIME2"), POSITIONAL_OPTIONAL, "to"}, {0}};

/* --- Columns --- */

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

static const struct column people_columns[] = {
    {"actor", N_("WHO"), COLUMN_TEXT},
    {"reads", N_("READS"), COLUMN_NUMBER},
    {"reveals", N_("REVEALS"), COLUMN_NUMBER},
    {"searches", N_("SEARCHES"), COLUMN_NUMBER},
    {"lists", N_("LISTS"), COLUMN_NUMBER},
    {"exports", N_("EXPORTS"), COLUMN_NUMBER},
    {"exported", N_("ROWS EXPORTED"), COLUMN_NUMBER},
    {"denials", N_("DENIALS"), COLUMN_NUMBER},
    {"events", N_("EVENTS"), COLUMN_NUMBER},
    {0},
};

static const struct column client_columns[] = {
    {"client", N_("CLIENT"), COLUMN_ID},
    {"reads", N_("READS"), COLUMN_NUMBER},
    {"reveals", N_("REVEALS"), COLUMN_NUMBER},
    {"searches", N_("SEARCHES"), COLUMN_NUMBER},
    {"lists", N_("LISTS"), COLUMN_NUMBER},
    {"exports", N_("EXPORTS"), COLUMN_NUMBER},
    {"denials", N_("DENIALS"), COLUMN_NUMBER},
    {"events", N_("EVENTS"), COLUMN_NUMBER},
    {0},
};

static const struct column difference_columns[] = {
    {"time", N_("TIME"), COLUMN_TEXT},
    {"change", N_("CHANGE"), COLUMN_TEXT},
    {"user", N_("USER"), COLUMN_TEXT},
    {"what", N_("WHAT"), COLUMN_TEXT},
    {"name", N_("WHICH"), COLUMN_TEXT},
    {"by", N_("BY"), COLUMN_TEXT},
    {"how", N_("HOW"), COLUMN_TEXT},
    {"event", N_("EVENT"), COLUMN_NUMBER},
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

static void set_local(json_t *row, const char *utc)
{
    char text[LOCAL_TIME_SIZE];
    local_time(utc, text);
    (void)json_object_set_new(row, "time", json_string(text));
}

/* The log keeps its leaves as evidence; people get the members that they look for, by their own clock. */
static json_t *row_of_leaf(const json_t *leaf)
{
    json_t *row = json_object();
    static const char *const same[] = {"seq", "event", "purpose"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        (void)json_object_set(row, same[i], json_object_get(leaf, same[i]));
    set_local(row, json_text(leaf, "time"));
    const json_t *actor = json_object_get(leaf, "actor");
    const json_t *decision = json_object_get(leaf, "decision");
    (void)json_object_set(row, "actor", json_object_get(actor, "id"));
    (void)json_object_set(row, "effect", json_object_get(decision, "effect"));
    (void)json_object_set_new(row, "resources", resource_list(json_object_get(leaf, "resources")));
    return row;
}

static bool is_given(const struct cli *cli, const char *member)
{
    return json_is_true(json_object_get(cli->arguments.given, member));
}

static int run_following(struct cli *cli)
{
    if (is_given(cli, "follow"))
        interrupt_catch();
    return cli_operation(cli, NULL);
}

/* --- diff-authority --- */

/* To what somebody gained or lost a right: the one member that says it. */
static json_t *which(const json_t *row)
{
    static const char *const members[] = {"client", "portfolio", "role", "name"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *text = json_text(row, members[i]);
        if (text == NULL)
            continue;
        const char *role = i == 1 ? json_text(row, "role") : NULL;
        return role == NULL ? json_string(text) : json_sprintf("%s (%s)", text, role);
    }
    return NULL;
}

static json_t *row_of_difference(const json_t *difference)
{
    static const struct {
        const char *change;
        const char *word;
    } words[] = {{"gained", N_("gained")}, {"lost", N_("lost")}, {"changed", N_("changed")}};
    json_t *row = json_copy(json_out_loose(difference));
    json_t *name = which(difference);
    const char *change = screen_word(difference, "change");
    struct buffer value = {0};
    if (row == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].change, change) == 0)
            (void)json_object_set_new(row, "change", json_string(_(words[i].word)));
    }
    if (strcmp(change, "changed") == 0) {
        buffer_put_format(
            &value, "%s%s", name == NULL ? "" : json_string_value(name), name == NULL ? "" : ": ");
        table_cell(json_object_get(difference, "was"), &value);
        buffer_put_text(&value, " → ");
        table_cell(json_object_get(difference, "value"), &value);
        json_decref(name);
        name = json_string(buffer_text(&value));
    }
    (void)json_object_set_new(row, "name", name == NULL ? json_string("") : name);
    set_local(row, json_text(difference, "time"));
    buffer_free(&value);
    return row;
}

/* --- stats --- */

#define CLIENTS_SHOWN 20

static uint64_t weight(const json_t *row)
{
    static const char *const members[] = {"reads", "reveals", "searches", "lists", "exports", "denials"};
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        sum += (uint64_t)json_number(row, members[i], 0);
    return sum;
}

static int by_weight(const void *left, const void *right)
{
    uint64_t a = weight(*(json_t *const *)left);
    uint64_t b = weight(*(json_t *const *)right);
    return a > b ? -1 : a < b;
}

/* Those of whom most was shown; --json has all. */
static void show_clients(struct screen *screen, const json_t *clients)
{
    size_t count = json_array_size(clients);
    json_t **rows = calloc(count + 1, sizeof(json_t *));
    json_t *shown = json_array();
    for (size_t i = 0; i < count && rows != NULL; i++)
        rows[i] = json_array_get(clients, i);
    if (rows != NULL)
        qsort(rows, count, sizeof(json_t *), by_weight);
    for (size_t i = 0; i < count && i < CLIENTS_SHOWN && rows != NULL; i++)
        (void)json_array_append(shown, rows[i]);
    screen_blank(screen);
    screen_table(screen, shown, client_columns, 0);
    if (count > CLIENTS_SHOWN)
        screen_line(screen, _("and %zu more clients; --json lists all"), count - CLIENTS_SHOWN);
    json_decref(shown);
    free(rows);
}

static void show_stats(struct screen *screen, const json_t *value)
{
    const json_t *hours = json_object_get(value, "hours");
    const json_t *clients = json_object_get(value, "clients");
    char from[LOCAL_TIME_SIZE];
    char to[LOCAL_TIME_SIZE];
    struct heat heat;
    screen_field(screen, _("events"), json_object_get(value, "events"), NULL);
    if (json_array_size(hours) > 0) {
        local_time(json_text(json_array_get(hours, 0), "hour"), from);
        local_time(json_text(json_array_get(hours, json_array_size(hours) - 1), "hour"), to);
        screen_field_text(screen, _("first hour"), from);
        screen_field_text(screen, _("last hour"), to);
    }
    screen_fields_end(screen, 0);
    if (json_array_size(hours) == 0)
        return;
    screen_blank(screen);
    screen_table(screen, json_object_get(value, "people"), people_columns, 0);
    if (json_array_size(clients) > 0)
        show_clients(screen, clients);
    heat_of(hours, &heat);
    screen_blank(screen);
    heat_show(screen, &heat);
}

static int keep(void *context, json_t *value)
{
    json_t **kept = context;
    json_decref(*kept);
    *kept = json_incref(value);
    return VAULT_OK;
}

static int ask_stats(struct cli *cli, json_t **value)
{
    struct reply reply = {.context = value, .value = keep};
    struct operation_call call = {.name = "log.stats", .arguments = cli->arguments.given};
    int result = cli_open(cli);
    return result == VAULT_OK ? cli_call(cli, &call, &reply) : result;
}

static int draw(struct cli *cli, const char *file, const json_t *value)
{
    struct heat heat;
    struct buffer svg = {0};
    heat_of(json_object_get(value, "hours"), &heat);
    heat_svg(&heat, &svg);
    int result = buffer_error(&svg);
    if (result == VAULT_OK)
        result = file_replace(file, buffer_bytes(&svg), 0600, &cli->failure);
    buffer_free(&svg);
    return result;
}

static int run_stats(struct cli *cli)
{
    const char *file = cli_text(cli, "svg");
    json_t *value = NULL;
    if (file != NULL && file_exists(file)) {
        failure_remedy(&cli->failure, "%s", _("name another file, or move this one away"));
        return failure_set(&cli->failure, VAULT_EEXISTS, _("%s: there is a file already"), file);
    }
    int result = ask_stats(cli, &value);
    if (result == VAULT_OK && file != NULL)
        result = draw(cli, file, value);
    if (result == VAULT_OK)
        result = cli_value(cli, value, show_stats);
    /* The reason is the system's: a pipe that was closed, say. */
    if (result == VAULT_EIO && output_failed(cli->output))
        result = output_flush(cli->output, &cli->failure);
    json_decref(value);
    return result;
}

/* --- export --- */

static void show_export(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("file"), json_object_get(value, "out"), NULL);
    screen_field(screen, _("events"), json_object_get(value, "entries"), NULL);
    screen_field(screen, "SHA-256", json_object_get(value, "sha256"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_fields_end(screen, 0);
}

const struct command commands_replay[] = {
    {.name = "log replay",
        .summary = N_("list who did what, when, to what and why"),
        .more = N_(
            "With --json, the log's entries exactly as they were logged, or with --story a line a session.  "
            "Times are UTC under --json, local elsewhere.  Reading the log is an event too."),
        .options = replay_options,
        .operation = "log.replay",
        .columns = replay_columns,
        .none = N_("There are no such events."),
        .row_of_line = row_of_leaf,
        .show_row = story_show,
        .run = run_following},
    {.name = "log authority",
        .summary = N_("list who could do what, and who had let them"),
        .more = N_("Rebuilt from the log's signed events; the vault's tables are not asked."),
        .options = authority_options,
        .operation = "log.authority",
        .columns = authority_columns,
        .none = N_("Nobody had a role.")},
    {.name = "log diff-authority",
        .summary = N_("list who gained or lost which right between two moments, by whom and which event"),
        .more =
            N_("Roles, portfolios, clients, what roles reach, the policy and settings, from the log's events "
               "alone.  Without a second moment, until now."),
        .positionals = moments,
        .operation = "log.diff_authority",
        .columns = difference_columns,
        .row_of_row = row_of_difference,
        .none = N_("No right changed.")},
    {.name = "log stats",
        .summary = N_("count reads, reveals, exports and denials by person, client and hour"),
        .more = N_("Times are UTC under --json, local elsewhere."),
        .options = stats_options,
        .operation = "log.stats",
        .run = run_stats},
    {.name = "log export",
        .summary = N_("write the log for a monitoring system (SIEM): OCSF, CEF or syslog"),
        .more = N_("Each record carries the log's origin, the event's number and its leaf hash, by which it "
                   "is found in "
                   "a bundle.  A file is written whole or not at all."),
        .options = export_options,
        .operation = "log.export",
        .show = show_export,
        .run = run_following},
    {0},
};
