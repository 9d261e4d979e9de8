/*
 * Our side of the differential test: a child that answers one request after another.
 *
 * A request is a line "COMMAND LENGTH LENGTH ...\n" followed by the texts themselves; the
 * answer is one line of JSON.  Commands:
 *   authorize policies entities request schema flags links   {"decision", "reasons", "errors"}
 *   parse policies                                      {"policies", "templates"}
 *   print policies                                      {"text", "json", "same"}
 *   unjson json                                         {"text"}
 *   schema text                                         {}
 *   validate policies schema                            {"valid", "errors", "warnings"}
 *   partial policies entities request unknown           the same answer by way of a residual
 *   verdict policies entities request unknown           {"verdict": "always"|"never"|"depends"}
 *   entities entities schema                            {"count"}
 *   context request schema                              {}
 * A refused input gives {"refused": "message"}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/cedar.h"

enum { MOST_TEXTS = 8 };

struct query {
    char command[16];
    struct cedar_str texts[MOST_TEXTS];
    size_t n;
};

static bool read_text(struct cedar_str *text, size_t len)
{
    char *data = malloc(len + 1);

    if (!data || fread(data, 1, len, stdin) != len) {
        free(data);
        return false;
    }
    data[len] = '\0';
    *text = (struct cedar_str){data, len};
    return true;
}

static bool read_query(struct query *q)
{
    size_t lens[MOST_TEXTS];
    char line[256], *at = line;
    int used;

    q->n = 0;
    if (!fgets(line, sizeof(line), stdin) || sscanf(at, "%15s%n", q->command, &used) != 1)
        return false;
    for (at += used; q->n < MOST_TEXTS && sscanf(at, "%zu%n", &lens[q->n], &used) == 1; at += used)
        q->n++;
    for (size_t i = 0; i < q->n; i++) {
        if (!read_text(&q->texts[i], lens[i]))
            return false;
    }
    return true;
}

static void free_query(struct query *q)
{
    for (size_t i = 0; i < q->n; i++)
        free((void *)(uintptr_t)q->texts[i].data);
}

static void put_string(struct cedar_str s, struct cedar_arena *arena)
{
    struct cedar_str json = cedar_value_json(cedar_string(arena, s), arena);

    printf("%.*s", (int)json.len, json.data);
}

static void put_refused(const struct cedar_error *err, struct cedar_arena *arena)
{
    printf("{\"refused\":");
    put_string(cedar_str(err->message), arena);
    printf("}\n");
}

static int command_of(
    const struct query *q, struct cedar_arena *arena, struct cedar_outcome_text *out, struct cedar_error *err)
{
    struct cedar_inputs in = {.policies = q->texts[0]};

    if (strcmp(q->command, "parse") == 0)
        return cedar_command_check_parse(&in, arena, out, err);
    if (strcmp(q->command, "validate") == 0) {
        in.schema = q->texts[1];
        return cedar_command_validate(&in, arena, out, err);
    }
    in.entities = q->texts[1];
    in.request = q->texts[2];
    if (q->texts[3].len)
        in.schema = q->texts[3];
    in.skip_request_validation = q->texts[4].len > 0;
    if (q->n > 5 && q->texts[5].len)
        in.links = q->texts[5];
    return cedar_command_authorize(&in, arena, out, err);
}

static void run_command(const struct query *q, struct cedar_arena *arena)
{
    struct cedar_outcome_text out;
    struct cedar_error err;

    if (command_of(q, arena, &out, &err) == CEDAR_OK)
        printf("%.*s\n", (int)out.json.len, out.json.data);
    else
        put_refused(&err, arena);
}

static bool same_print(struct cedar_str text, struct cedar_str json, struct cedar_arena *arena)
{
    struct cedar_policies *again = NULL, *back = cedar_policies_new();
    bool same = cedar_policies_parse(text.data, text.len, &again, NULL) == CEDAR_OK &&
                cedar_policies_add_json(back, json.data, json.len, NULL) == CEDAR_OK &&
                cedar_policies_seal(back, NULL) == CEDAR_OK;

    if (same) {
        struct cedar_str a = cedar_policies_json(again, arena), b = cedar_policies_json(back, arena);

        same = a.len == json.len && memcmp(a.data, json.data, a.len) == 0 && b.len == a.len &&
               memcmp(a.data, b.data, a.len) == 0;
    }
    cedar_policies_free(again);
    cedar_policies_free(back);
    return same;
}

static void run_print(const struct query *q, struct cedar_arena *arena, bool from_json)
{
    struct cedar_policies *set = cedar_policies_new();
    struct cedar_error err;
    int r = from_json ? cedar_policies_add_json(set, q->texts[0].data, q->texts[0].len, &err)
                      : cedar_policies_add_text(set, q->texts[0].data, q->texts[0].len, &err);

    if (r != CEDAR_OK || cedar_policies_seal(set, &err) != CEDAR_OK) {
        put_refused(&err, arena);
    } else {
        struct cedar_str text = cedar_policies_print(set, arena), json = cedar_policies_json(set, arena);

        printf("{\"same\":%s,\"text\":", same_print(text, json, arena) ? "true" : "false");
        put_string(text, arena);
        printf(",\"json\":%.*s}\n", (int)json.len, json.data);
    }
    cedar_policies_free(set);
}

static int read_schema(struct cedar_str text, struct cedar_schema **schema, struct cedar_error *err)
{
    *schema = NULL;
    if (!text.len)
        return CEDAR_OK;
    if (text.data[0] == '{')
        return cedar_schema_parse_json(text.data, text.len, schema, err);
    return cedar_schema_parse(text.data, text.len, schema, err);
}

static void run_entities(const struct query *q, struct cedar_arena *arena)
{
    struct cedar_entities *store = cedar_entities_new(NULL);
    struct cedar_schema *schema;
    struct cedar_error err;
    int r = read_schema(q->texts[1], &schema, &err);

    if (r == CEDAR_OK)
        r = cedar_entities_add_json(store, q->texts[0].data, q->texts[0].len, schema, &err);
    if (r == CEDAR_OK)
        r = cedar_entities_seal(store, &err);
    if (r == CEDAR_OK)
        printf("{\"count\":%zu}\n", cedar_entities_count(store));
    else
        put_refused(&err, arena);
    cedar_entities_free(store);
    cedar_schema_free(schema);
}

static void run_context(const struct query *q, struct cedar_arena *arena)
{
    struct cedar_schema *schema;
    struct cedar_request request;
    struct cedar_error err;
    int r = read_schema(q->texts[1], &schema, &err);

    if (r == CEDAR_OK)
        r = cedar_request_parse(q->texts[0].data, q->texts[0].len, schema, arena, &request, &err);
    if (r == CEDAR_OK)
        printf("{}\n");
    else
        put_refused(&err, arena);
    cedar_schema_free(schema);
}

static void run_schema(const struct query *q, struct cedar_arena *arena)
{
    struct cedar_schema *schema;
    struct cedar_error err;
    int r =
        q->texts[0].len ? read_schema(q->texts[0], &schema, &err) : cedar_schema_parse("", 0, &schema, &err);

    if (r == CEDAR_OK)
        printf("{}\n");
    else
        put_refused(&err, arena);
    cedar_schema_free(schema);
}

static void put_answer(const struct cedar_answer *answer, struct cedar_arena *arena)
{
    printf("{\"decision\":\"%s\",\"reasons\":[", answer->decision == CEDAR_ALLOW ? "allow" : "deny");
    for (size_t i = 0; i < answer->reason_count; i++) {
        printf("%s", i ? "," : "");
        put_string(cedar_policy_id(answer->reasons[i]), arena);
    }
    printf("],\"errors\":[");
    for (size_t i = 0; i < answer->failure_count; i++) {
        printf("%s", i ? "," : "");
        put_string(cedar_policy_id(answer->failures[i].policy), arena);
    }
    printf("]}\n");
}

static const char *const verdict_names[] = {
    [CEDAR_NEVER] = "never", [CEDAR_ALWAYS] = "always", [CEDAR_DEPENDS] = "depends"};

static int decide_partially(const struct query *q, struct cedar_policies *set,
    struct cedar_entities *entities, struct cedar_arena *arena, struct cedar_error *err)
{
    struct cedar_residual *residual;
    struct cedar_request request;
    struct cedar_answer answer;
    unsigned unknown = (unsigned)atoi(q->texts[3].data);
    bool verdict_only = q->command[0] == 'v';
    int r = cedar_policies_add_text(set, q->texts[0].data, q->texts[0].len, err);

    if (r == CEDAR_OK)
        r = cedar_policies_seal(set, err);
    if (r == CEDAR_OK)
        r = cedar_entities_add_json(entities, q->texts[1].data, q->texts[1].len, NULL, err);
    if (r == CEDAR_OK)
        r = cedar_entities_seal(entities, err);
    if (r == CEDAR_OK)
        r = cedar_request_parse(q->texts[2].data, q->texts[2].len, NULL, arena, &request, err);
    if (r != CEDAR_OK)
        return r;
    r = cedar_residual_new(set, entities, &request, unknown, arena, &residual);
    if (r == CEDAR_OK && verdict_only)
        printf("{\"verdict\":\"%s\"}\n", verdict_names[cedar_residual_verdict(residual)]);
    if (r != CEDAR_OK || verdict_only)
        return r;
    r = cedar_residual_decide(residual, entities, &request, arena, &answer);
    if (r == CEDAR_OK &&
        ((cedar_residual_verdict(residual) == CEDAR_ALWAYS && answer.decision == CEDAR_DENY) ||
            (cedar_residual_verdict(residual) == CEDAR_NEVER && answer.decision == CEDAR_ALLOW)))
        printf("{\"refused\":\"the verdict was wrong\"}\n");
    else if (r == CEDAR_OK)
        put_answer(&answer, arena);
    return r;
}

static void run_partial(const struct query *q, struct cedar_arena *arena)
{
    struct cedar_policies *set = cedar_policies_new();
    struct cedar_entities *entities = cedar_entities_new(NULL);
    struct cedar_error err = {.message = "partial evaluation failed"};

    if (decide_partially(q, set, entities, arena, &err) != CEDAR_OK)
        put_refused(&err, arena);
    cedar_policies_free(set);
    cedar_entities_free(entities);
}

int main(void)
{
    struct cedar_arena *arena = cedar_arena_new(0);
    struct query q;

    while (arena && read_query(&q)) {
        cedar_arena_reset(arena);
        if (strcmp(q.command, "print") == 0 || strcmp(q.command, "unjson") == 0)
            run_print(&q, arena, q.command[0] == 'u');
        else if (strcmp(q.command, "schema") == 0)
            run_schema(&q, arena);
        else if (strcmp(q.command, "partial") == 0 || strcmp(q.command, "verdict") == 0)
            run_partial(&q, arena);
        else if (strcmp(q.command, "entities") == 0)
            run_entities(&q, arena);
        else if (strcmp(q.command, "context") == 0)
            run_context(&q, arena);
        else
            run_command(&q, arena);
        free_query(&q);
        fflush(stdout);
    }
    cedar_arena_free(arena);
    return 0;
}
