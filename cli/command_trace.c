/* trace: who may have leaked a file; for now of a firm in a folder, which needs no vault */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/command_report.h"
#include "cli/words.h"
#include "vault/base/instant.h"
#include "vault/ops/firm.h"

#define PEOPLE_SHOWN 5

static const struct positional leaks[] = {{N_("LEAK"), POSITIONAL_FILES, NULL}, {0}};

static const struct option trace_options[] = {
    {.name = "firm",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("a firm's folder: events.jsonl, principals.csv, clients.csv, versions.csv")},
    {.name = "index",
        .value = N_("FILE"),
        .form = OPTION_FILE,
        .help = N_("keep the index of accesses here, and use it while the folder is unchanged")},
    {.name = "before",
        .value = N_("TIME"),
        .form = OPTION_TEXT,
        .help = N_("when it was found, where no .meta.json beside it says so: only earlier events count")},
    {.name = "encoding",
        .value = N_("NAME"),
        .form = OPTION_TEXT,
        .help = N_("the leaked file's encoding, where it is not recognised")},
    {.name = "details",
        .form = OPTION_FLAG,
        .help = N_("with --json: also what speaks for and against each")},
    {0},
};

/* --- For programs --- */

/* Six digits: more would say more than the method knows. */
static json_t *probability(double value)
{
    return json_real(round(value * 1e6) / 1e6);
}

static json_t *name_of(struct bytes name)
{
    return json_stringn((const char *)name.data, name.size);
}

static const char *hold_name(enum trace_hold hold)
{
    static const char *const names[] = {
        "", "others_saw_the_same", "sees_most", "others_suffice", "access_not_logged"};
    return names[hold];
}

static json_t *way_of(const struct access_index *index, const struct trace_person *person)
{
    static const char *const names[] = {"all", "month", "day", "export", "segment", "selection"};
    json_t *way =
        json_pack("{s:s, s:I, s:I, s:I}", "kind", names[person->scope], "rows", (json_int_t)person->explained,
            "first_event", (json_int_t)person->first_event, "last_event", (json_int_t)person->last_event);
    if (way != NULL && person->scope == TRACE_SCOPE_EXPORT)
        (void)json_object_set_new(way, "export", name_of(access_index_export_name(index, person->key)));
    return way;
}

static void add_details(const struct access_index *index, const struct trace_person *person, json_t *object)
{
    (void)json_object_set_new(object, "alone", probability(person->alone));
    (void)json_object_set_new(object, "held_back", json_string(hold_name(person->hold)));
    (void)json_object_set_new(object, "seen", json_integer((json_int_t)person->seen));
    (void)json_object_set_new(object, "seen_fully", json_integer((json_int_t)person->seen_fully));
    (void)json_object_set_new(object, "only_he", json_integer((json_int_t)person->only_he));
    (void)json_object_set_new(object, "never_saw", json_integer((json_int_t)person->never));
    (void)json_object_set_new(object, "saw_other_versions", json_integer((json_int_t)person->outdated));
    (void)json_object_set_new(object, "decoys", json_integer((json_int_t)person->decoys));
    (void)json_object_set_new(object, "rows_apart", json_integer((json_int_t)person->least_apart));
    if (person->nearest != person->person)
        (void)json_object_set_new(
            object, "nearest", name_of(access_index_person_name(index, person->nearest)));
    (void)json_object_set_new(object, "way", way_of(index, person));
}

static json_t *people_of(const struct access_index *index, const struct trace_result *result, bool details)
{
    json_t *people = json_array();
    for (size_t i = 0; i < result->people_count; i++) {
        const struct trace_person *person = &result->people[i];
        json_t *object = json_object();
        (void)json_object_set_new(object, "actor", name_of(access_index_person_name(index, person->person)));
        (void)json_object_set_new(object, "posterior", probability(person->posterior));
        if (details)
            add_details(index, person, object);
        (void)json_array_append_new(people, object);
    }
    return people;
}

static json_t *groups_of(const struct access_index *index, const struct trace_result *result, bool details)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < result->group_count; i++) {
        const struct trace_group *group = &result->groups[i];
        json_t *object = json_object(), *actors = json_array(), *explains = json_array();
        for (size_t k = 0; k < group->size; k++) {
            (void)json_array_append_new(actors, name_of(access_index_person_name(index, group->people[k])));
            (void)json_array_append_new(explains, json_integer((json_int_t)group->explains[k]));
        }
        (void)json_object_set_new(object, "actors", actors);
        (void)json_object_set_new(object, "posterior", probability(group->posterior));
        if (details)
            (void)json_object_set(object, "explains", explains);
        json_decref(explains);
        (void)json_array_append_new(groups, object);
    }
    return groups;
}

static json_t *moment(int64_t seconds)
{
    char text[INSTANT_TEXT_SIZE];
    if (seconds == INT64_MIN || seconds == INT64_MAX)
        return json_string("");
    instant_format(seconds * 1000, text);
    return json_string(text);
}

static json_t *fields_of(trace_fields fields)
{
    json_t *names = json_array();
    for (int f = 0; f < TRACE_FIELDS; f++)
        if ((fields & TRACE_BIT(f)) != 0)
            (void)json_array_append_new(names, json_string(trace_field_facts[f].name));
    return names;
}

static json_t *result_of(
    const struct access_index *index, const char *path, const struct trace_result *result, bool details)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "leak", json_string(path));
    (void)json_object_set_new(object, "none", probability(result->none));
    (void)json_object_set_new(object, "backup", probability(result->backup));
    (void)json_object_set_new(object, "persons", people_of(index, result, details));
    (void)json_object_set_new(object, "groups", groups_of(index, result, details));
    (void)json_object_set_new(object, "linked", json_integer((json_int_t)result->linked));
    if (!details)
        return object;
    (void)json_object_set_new(object, "unlogged", probability(result->unlogged));
    (void)json_object_set_new(object, "rows", json_integer((json_int_t)result->rows));
    (void)json_object_set_new(object, "decoys", json_integer((json_int_t)result->decoys));
    (void)json_object_set_new(object, "columns", fields_of(result->fields));
    (void)json_object_set_new(object, "leaked", fields_of(result->leaked));
    (void)json_object_set_new(object, "not_before", moment(result->not_before));
    (void)json_object_set_new(object, "current_until", moment(result->all_until));
    return object;
}

/* --- The command --- */

static const struct column people_columns[] = {
    {"actor", N_("PERSON"), COLUMN_TEXT},
    {"probability", N_("PROBABILITY"), COLUMN_NUMBER},
    {"way", N_("BEST EXPLANATION"), COLUMN_TEXT},
    {"seen", N_("SAW"), COLUMN_NUMBER},
    {"seen_fully", N_("ALL OF IT"), COLUMN_NUMBER},
    {"only_he", N_("ALONE"), COLUMN_NUMBER},
    {"saw_other_versions", N_("OTHER VERSIONS"), COLUMN_NUMBER},
    {"never_saw", N_("NEVER"), COLUMN_NUMBER},
    {"events", N_("EVENTS"), COLUMN_TEXT},
    {0},
};

static const struct column group_columns[] = {
    {"actors", N_("TOGETHER"), COLUMN_TEXT},
    {"probability", N_("PROBABILITY"), COLUMN_NUMBER},
    {"explains", N_("ROWS OF EACH"), COLUMN_TEXT},
    {0},
};

static json_t *percent(double value)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%.1f %%", value * 100);
    return json_string(text);
}

static const char *way_text(const json_t *way)
{
    static const struct {
        const char *kind, *text;
    } texts[] = {{"all", N_("all that was seen")}, {"month", N_("what was seen in one month")},
        {"day", N_("what was seen on one day")}, {"export", N_("one export")},
        {"segment", N_("one portfolio, team, city or industry")}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(screen_word(way, "kind"), texts[i].kind) == 0)
            return _(texts[i].text);
    return "";
}

static void show_people(struct screen *screen, const json_t *people)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(people) && i < PEOPLE_SHOWN; i++) {
        const json_t *person = json_array_get(people, i), *way = json_object_get(person, "way");
        json_t *row = json_deep_copy(person);
        char text[96];
        const char *export = screen_word(way, "export");
        (void)snprintf(text, sizeof text, "%s%s%s", way_text(way), *export == '\0' ? "" : " ", export);
        (void)json_object_set_new(row, "way", json_string(text));
        (void)json_object_set_new(
            row, "probability", percent(json_real_value(json_object_get(person, "posterior"))));
        (void)snprintf(text, sizeof text, "%lld–%lld", (long long)json_number(way, "first_event", 0),
            (long long)json_number(way, "last_event", 0));
        (void)json_object_set_new(row, "events", json_string(text));
        (void)json_array_append_new(rows, row);
    }
    screen_table(screen, rows, people_columns, 0);
    json_decref(rows);
}

/* Why somebody is not told above nine tenths, and what speaks against him. */
static void show_holds(struct screen *screen, const json_t *people)
{
    for (size_t i = 0; i < json_array_size(people) && i < PEOPLE_SHOWN; i++) {
        const json_t *person = json_array_get(people, i);
        const char *hold = screen_word(person, "held_back"), *actor = screen_word(person, "actor");
        if (strcmp(hold, "others_saw_the_same") == 0)
            screen_line(screen,
                _("%s is held back: of what leaked, only %lld rows tell this person from %s."), actor,
                (long long)json_number(person, "rows_apart", 0), screen_word(person, "nearest"));
        else if (strcmp(hold, "sees_most") == 0)
            screen_line(screen,
                _("%s is held back: this person sees most clients, and others saw the same rows."), actor);
        else if (strcmp(hold, "others_suffice") == 0)
            screen_line(screen,
                _("%s is held back: the others of the group saw nearly all of it without this person."),
                actor);
        else if (strcmp(hold, "access_not_logged") == 0)
            screen_line(screen,
                _("%s is held back: somebody whose access the log does not show would explain it nearly as "
                  "well."),
                actor);
        if (json_number(person, "never_saw", 0) > 0)
            screen_line(screen, _("For %s speaks: %lld leaked rows were never shown to this person."), actor,
                (long long)json_number(person, "never_saw", 0));
    }
}

static void show_groups(struct screen *screen, const json_t *groups)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < json_array_size(groups) && i < PEOPLE_SHOWN; i++) {
        json_t *row = json_deep_copy(json_array_get(groups, i));
        (void)json_object_set_new(
            row, "probability", percent(json_real_value(json_object_get(row, "posterior"))));
        (void)json_array_append_new(rows, row);
    }
    if (json_array_size(rows) > 0) {
        screen_blank(screen);
        screen_table(screen, rows, group_columns, 0);
    }
    json_decref(rows);
}

static void show_number(struct screen *screen, const char *name, const json_t *value, const char *member)
{
    screen_field(screen, name, json_object_get(value, member), NULL);
}

static void show_share(struct screen *screen, const char *name, const json_t *value, const char *member)
{
    json_t *share = percent(json_real_value(json_object_get(value, member)));
    screen_field(screen, name, share, NULL);
    json_decref(share);
}

static void show(struct screen *screen, const json_t *value)
{
    const json_t *people = json_object_get(value, "persons");
    show_number(screen, _("leak"), value, "leak");
    show_number(screen, _("rows"), value, "rows");
    show_number(screen, _("of them ours"), value, "linked");
    show_number(screen, _("decoys"), value, "decoys");
    show_number(screen, _("columns recognised"), value, "columns");
    show_number(screen, _("columns that agree"), value, "leaked");
    show_number(screen, _("not taken before"), value, "not_before");
    show_number(screen, _("all current until"), value, "current_until");
    show_share(screen, _("none of ours"), value, "none");
    show_share(screen, _("stolen copy of the store"), value, "backup");
    show_share(screen, _("access that was not logged"), value, "unlogged");
    screen_fields_end(screen, 0);
    screen_blank(screen);
    if (json_array_size(people) == 0) {
        screen_line(screen, _("Nobody in the log was shown anything of it."));
        return;
    }
    show_people(screen, people);
    show_holds(screen, people);
    show_groups(screen, json_object_get(value, "groups"));
    screen_line(screen,
        _("A probability is no finding: read when not to trust it in METHOD.md, and look at the events."));
}

static int trace_one(struct cli *cli, struct access_index *index, const char *path, int64_t found)
{
    struct trace_result result;
    bool details = !cli->json || json_is_true(json_object_get(cli->arguments.apart, "details"));
    int error = firm_trace(index, path, found, cli_text(cli, "encoding"), &result, &cli->failure);
    if (error == VAULT_OK) {
        json_t *value = result_of(index, path, &result, details);
        error = cli_value(cli, value, show);
        json_decref(value);
    }
    trace_result_free(&result);
    return error;
}

/* In seconds; INT64_MAX where the option is not given. */
static int read_before(struct cli *cli, int64_t *found)
{
    const char *text = cli_text(cli, "before");
    int64_t instant = 0;
    *found = INT64_MAX;
    if (text == NULL)
        return VAULT_OK;
    if (!instant_parse(bytes_of_text(text), &instant))
        return failure_set(
            &cli->failure, VAULT_EUSAGE, _("--before takes a date or a moment in UTC: %s"), text);
    *found = instant / 1000;
    return VAULT_OK;
}

static int run_trace(struct cli *cli)
{
    struct access_index *index = NULL;
    const json_t *paths = json_object_get(cli->arguments.apart, "LEAK");
    int64_t found = INT64_MAX;
    int error = read_before(cli, &found);
    if (error == VAULT_OK)
        error = firm_open(cli_text(cli, "firm"), cli_text(cli, "index"), &index, &cli->failure);
    for (size_t i = 0; i < json_array_size(paths) && error == VAULT_OK; i++)
        error = trace_one(cli, index, json_string_value(json_array_get(paths, i)), found);
    access_index_free(index);
    return error;
}

static const struct positional report_words_of[] = {{N_("CASE"), POSITIONAL_OPTIONAL, "case"}, {0}};

static const struct option report_options[] = {
    {.name = "finding",
        .value = N_("FINDING"),
        .form = OPTION_TEXT,
        .member = "id",
        .required = true,
        .help = N_("whose conclusion it tells")},
    {.name = "out",
        .value = N_("DIR"),
        .form = OPTION_FILE,
        .required = true,
        .help = N_("a new directory: report.html, report.pdf, bundle/")},
    {.name = "lang",
        .value = N_("LANG"),
        .form = OPTION_TEXT,
        .choices = "en zh",
        .help = N_("the report's language; otherwise yours")},
    {.name = "since",
        .value = N_("CHECKPOINT"),
        .form = OPTION_FILE,
        .help = N_("prove that the log extends this earlier checkpoint")},
    {.name = "names",
        .form = OPTION_FLAG,
        .member = "names",
        .help = N_("the accounts of the people concerned instead of pseudonyms; the event says so")},
    {.name = "version",
        .value = N_("N"),
        .form = OPTION_NUMBER,
        .member = "version",
        .help = N_("another version than the newest that both have signed")},
    {0},
};

const struct command commands_trace[] = {
    {.name = "trace report",
        .summary = N_("write the report of a leak: a finding, its events, and a bundle of them"),
        .more = N_("`strongroom-audit` accepts the bundle.  The PDF needs the program weasyprint."),
        .positionals = report_words_of,
        .options = report_options,
        .operation = "trace.report",
        .run = run_report},
    {.name = "trace",
        .summary = N_("say who may have leaked a file, and how sure that is"),
        .more = N_("Reads a firm's folder, not a vault.  The moment of finding stands in LEAK's .meta.json."),
        .positionals = leaks,
        .options = trace_options,
        .run = run_trace},
    {0},
};
