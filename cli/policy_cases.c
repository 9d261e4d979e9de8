#include "cli/policy_cases.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json_out.h"
#include "cli/words.h"
#include "policy/cedar.h"
#include "vault/access/policy_text.h"
#include "vault/base/file.h"

#define CASE_FILE_MAX ((size_t)16 << 20)

/* All cases of one directory being tried. */
struct trying {
    struct cli *cli;
    struct bytes policies;
    struct cedar_arena *arena;
    struct case_counts *counts;
    const char *file;
    bool all; /* told, not only failures */
};

/* --- One case --- */

static int put_missing(json_t *context, const char *name, json_t *value)
{
    if (json_object_get(context, name) == NULL)
        return json_object_set_new(context, name, value);
    json_decref(value);
    return 0;
}

/* The context as a case gives it, and the rest as on an ordinary day. */
static json_t *full_context(const json_t *given)
{
    json_t *context = json_is_object(given) ? json_deep_copy(given) : json_object();
    int bad = context == NULL;
    bad = bad ||
          put_missing(context, "time",
              json_pack("{s:{s:s,s:s}}", "__extn", "fn", "datetime", "arg", "2026-01-05T02:00:00Z")) != 0;
    bad =
        bad || put_missing(context, "source", json_pack("{s:s,s:s}", "host", "desk", "kind", "command")) != 0;
    static const char *const counters[] = {
        "hour", "day", "hour_clients", "day_clients", "hour_reveals", "day_reveals", "hour_exported", "day_exported"};
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        bad = bad || put_missing(context, counters[i], json_integer(0)) != 0;
    bad = bad || put_missing(context, "approvals", json_array()) != 0;
    if (!bad)
        return context;
    json_decref(context);
    return NULL;
}

static char *request_text(const json_t *one)
{
    json_t *request = json_pack("{s:O,s:O,s:O,s:o}", "principal", json_object_get(one, "principal"), "action",
        json_object_get(one, "action"), "resource", json_object_get(one, "resource"), "context",
        full_context(json_object_get(one, "context")));
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    json_decref(request);
    return text;
}

static struct cedar_str str_of(const char *text)
{
    return (struct cedar_str){text, strlen(text)};
}

static int decide(
    struct trying *trying, const json_t *one, struct cedar_outcome_text *answer, struct cedar_error *error)
{
    const json_t *entities = json_object_get(one, "entities");
    struct bytes schema = policy_schema();
    char *request = request_text(one);
    char *known = entities == NULL ? strdup("[]") : json_dumps(entities, JSON_COMPACT);
    int status = CEDAR_ENOMEM;
    cedar_arena_reset(trying->arena);
    if (request != NULL && known != NULL) {
        struct cedar_inputs inputs = {
            .policies = {(const char *)trying->policies.data, trying->policies.size},
            .entities = str_of(known),
            .request = str_of(request),
            .schema = {(const char *)schema.data, schema.size}};
        status = cedar_command_authorize(&inputs, trying->arena, answer, error);
    }
    free(request);
    free(known);
    return status;
}

/* Write the line of one case; @p was NULL: it could not be decided, and @p message says why. */
static int tell(struct trying *trying, const json_t *one, bool ok, const json_t *was, const char *message)
{
    struct cli *cli = trying->cli;
    const char *name = json_text(one, "name");
    const char *expect = json_text(one, "expect");
    json_t *line = json_pack("{s:s,s:s,s:b,s:s}", "file", trying->file, "name", name == NULL ? "" : name,
        "ok", ok, "expect", expect == NULL ? "" : expect);
    if (line != NULL && was != NULL)
        (void)json_object_update_missing(line, json_out_loose(was));
    if (line != NULL && message != NULL)
        (void)json_object_set_new(line, "message", json_string(message));
    int result = line == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && cli->json) {
        result = json_out_value(cli->output, line);
    } else if (result == VAULT_OK && !ok) {
        struct buffer reasons = {0};
        table_cell(json_object_get(was, "reasons"), &reasons);
        screen_line(cli->screen, _("%s: '%s' should be %s, was %s (%s)"), trying->file,
            screen_word(line, "name"), screen_word(line, "expect"),
            was == NULL ? _("not decided") : screen_word(was, "decision"),
            message != NULL ? message : buffer_text(&reasons));
        buffer_free(&reasons);
    }
    json_decref(line);
    return result;
}

static bool is_case(const json_t *one)
{
    const char *expect = json_text(one, "expect");
    return json_text(one, "principal") != NULL && json_text(one, "action") != NULL &&
           json_text(one, "resource") != NULL && expect != NULL &&
           (strcmp(expect, "allow") == 0 || strcmp(expect, "deny") == 0);
}

static int try_case(struct trying *trying, const json_t *one)
{
    struct cedar_outcome_text answer = {0};
    struct cedar_error error = {0};
    const char *rule = json_text(one, "rule");
    json_t *was = NULL;
    if (!is_case(one))
        return failure_set(&trying->cli->failure, VAULT_EINPUT,
            _("%s: a case needs principal, action, resource, and expect: \"allow\" or \"deny\""),
            trying->file);
    int status = decide(trying, one, &answer, &error);
    if (status == CEDAR_ENOMEM)
        return VAULT_ENOMEM;
    /* Policies that are wrong are wrong for every case. */
    if (status != CEDAR_OK && answer.blame == CEDAR_IN_POLICIES)
        return failure_set(&trying->cli->failure, VAULT_EINPUT, _("the policy: line %zu, column %zu: %s"),
            error.line, error.column, error.message);
    if (status == CEDAR_OK && json_read(bytes_of(answer.json.data, answer.json.len), &was, NULL) != VAULT_OK)
        return VAULT_ENOMEM;
    bool ok = was != NULL && strcmp(json_text(was, "decision"), json_text(one, "expect")) == 0 &&
              (rule == NULL || json_lists(json_object_get(was, "reasons"), rule));
    trying->counts->passed += ok;
    trying->counts->failed += !ok;
    int result =
        !ok || trying->all ? tell(trying, one, ok, was, was == NULL ? error.message : NULL) : VAULT_OK;
    json_decref(was);
    return result;
}

/* --- Files --- */

static int try_file(struct trying *trying, const char *directory, const char *name)
{
    struct failure *failure = &trying->cli->failure;
    struct buffer text = {0};
    json_t *cases = NULL;
    char *path = file_path(directory, name);
    int result = path == NULL ? VAULT_ENOMEM : file_read(path, CASE_FILE_MAX, &text, failure);
    trying->file = name;
    if (result == VAULT_OK && (result = json_read(buffer_bytes(&text), &cases, failure)) != VAULT_OK)
        failure_prefix(failure, "%s", name);
    if (result == VAULT_OK && !json_is_array(cases))
        result = try_case(trying, cases);
    for (size_t i = 0; result == VAULT_OK && i < json_array_size(cases); i++)
        result = try_case(trying, json_array_get(cases, i));
    json_decref(cases);
    buffer_free(&text);
    free(path);
    return result;
}

static int is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

int policy_cases_try(
    struct cli *cli, const char *directory, struct bytes policies, bool all, struct case_counts *counts)
{
    struct trying trying = {
        .cli = cli, .policies = policies, .arena = cedar_arena_new(0), .counts = counts, .all = all};
    struct dirent **entries = NULL;
    *counts = (struct case_counts){0};
    int found = scandir(directory, &entries, is_json, alphasort);
    int result = trying.arena == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && found < 0)
        result = failure_set(&cli->failure, VAULT_ENOTFOUND, _("%s: no such directory"), directory);
    for (int i = 0; i < found; i++) {
        if (result == VAULT_OK)
            result = try_file(&trying, directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (result == VAULT_OK && counts->passed + counts->failed == 0)
        result = failure_set(&cli->failure, VAULT_ENOTFOUND, _("%s: no cases (files *.json)"), directory);
    cedar_arena_free(trying.arena);
    return result;
}
