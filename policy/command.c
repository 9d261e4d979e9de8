/* Whole texts in, one line of JSON out: what the command line is made of. */
#include "policy/policies.h"

struct run {
    const struct cedar_inputs *in;
    struct cedar_arena *arena;
    struct cedar_error *err;
    struct cedar_outcome_text *out;
    struct cedar_policies *set;
    struct cedar_schema *schema;
    struct cedar_entities *entities;
};

static int fail(struct run *run, int r, enum cedar_input blame)
{
    if (r != CEDAR_OK)
        run->out->blame = blame;
    return r;
}

static void finish(struct run *run)
{
    cedar_policies_free(run->set);
    cedar_schema_free(run->schema);
    cedar_entities_free(run->entities);
}

static int load_policies(struct run *run, bool rename)
{
    struct cedar_str text = run->in->policies;
    int r;

    run->set = cedar_policies_new();
    if (!run->set)
        return cedar_error_set(run->err, CEDAR_ENOMEM, "out of memory");
    r = cedar_policies_add_text(run->set, text.data, text.len, run->err);
    if (r == CEDAR_OK && rename)
        r = cedar_policies_rename(run->set, run->err);
    return fail(run, r, CEDAR_IN_POLICIES);
}

static int load_links(struct run *run)
{
    struct cedar_str links = run->in->links;
    int r = CEDAR_OK;

    if (links.data)
        r = cedar_policies_link_json(run->set, links.data, links.len, run->err);
    if (r != CEDAR_OK)
        return fail(run, r, CEDAR_IN_LINKS);
    return fail(run, cedar_policies_seal(run->set, run->err), CEDAR_IN_POLICIES);
}

static bool looks_like_json(struct cedar_str text)
{
    size_t i = 0;

    while (i < text.len && memchr(" \t\r\n", text.data[i], 4))
        i++;
    return i < text.len && text.data[i] == '{';
}

static int load_schema(struct run *run)
{
    struct cedar_str text = run->in->schema;
    int r = CEDAR_OK;

    if (text.data && looks_like_json(text))
        r = cedar_schema_parse_json(text.data, text.len, &run->schema, run->err);
    else if (text.data)
        r = cedar_schema_parse(text.data, text.len, &run->schema, run->err);
    return fail(run, r, CEDAR_IN_SCHEMA);
}

static int load_entities(struct run *run)
{
    struct cedar_str text = run->in->entities;
    int r;

    run->entities = cedar_entities_new(NULL);
    if (!run->entities)
        return cedar_error_set(run->err, CEDAR_ENOMEM, "out of memory");
    r = cedar_entities_add_json(run->entities, text.data, text.len, run->schema, run->err);
    if (r == CEDAR_OK)
        r = cedar_entities_seal(run->entities, run->err);
    return fail(run, r, CEDAR_IN_ENTITIES);
}

static int load_request(struct run *run, struct cedar_request *request)
{
    struct cedar_str text = run->in->request;
    int r = cedar_request_parse(text.data, text.len, run->schema, run->arena, request, run->err);

    if (r == CEDAR_OK && run->schema && !run->in->skip_request_validation)
        r = cedar_request_validate(run->schema, request, run->err);
    return fail(run, r, CEDAR_IN_REQUEST);
}

static int put_done(struct run *run, struct cedar_text *json, struct cedar_text *text)
{
    run->out->json = cedar_text_done(json);
    run->out->text = cedar_text_done(text);
    if (!run->out->json.data || !run->out->text.data)
        return cedar_error_set(run->err, CEDAR_ENOMEM, "out of memory");
    return CEDAR_OK;
}

static int put_answer(struct run *run, const struct cedar_answer *answer)
{
    struct cedar_text json = {.arena = run->arena}, text = {.arena = run->arena};

    run->out->decision = answer->decision;
    cedar_putf(
        &json, "{\"decision\":\"%s\",\"reasons\":[", answer->decision == CEDAR_ALLOW ? "allow" : "deny");
    for (size_t i = 0; i < answer->reason_count; i++) {
        cedar_puts(&json, i ? "," : "");
        cedar_put_json(&json, answer->reasons[i]->id);
    }
    cedar_puts(&json, "],\"errors\":[");
    for (size_t i = 0; i < answer->failure_count; i++) {
        const struct cedar_failure *failure = &answer->failures[i];

        cedar_puts(&json, i ? "," : "");
        cedar_put_json(&json, failure->policy->id);
        cedar_put_quoted(&text, failure->policy->id);
        cedar_putf(&text, ":%zu:%zu: ", failure->line, failure->column);
        cedar_put(&text, failure->message);
        cedar_putc(&text, '\n');
    }
    cedar_puts(&json, "]}");
    return put_done(run, &json, &text);
}

static int authorize(struct run *run)
{
    struct cedar_request request;
    struct cedar_answer answer;
    int r = load_policies(run, true);

    if (r == CEDAR_OK)
        r = load_links(run);
    if (r == CEDAR_OK)
        r = load_schema(run);
    if (r == CEDAR_OK)
        r = load_entities(run);
    if (r == CEDAR_OK)
        r = load_request(run, &request);
    if (r != CEDAR_OK)
        return r;
    r = cedar_authorize(run->set, run->entities, &request, run->arena, &answer);
    if (r != CEDAR_OK)
        return cedar_error_set(run->err, (enum cedar_status)r, "out of memory");
    return put_answer(run, &answer);
}

int cedar_command_authorize(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err)
{
    struct run run = {.in = in, .arena = arena, .err = err, .out = out};
    int r;

    memset(out, 0, sizeof(*out));
    r = authorize(&run);
    finish(&run);
    return r;
}

int cedar_command_check_parse(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err)
{
    struct run run = {.in = in, .arena = arena, .err = err, .out = out};
    struct cedar_text json = {.arena = arena}, text = {.arena = arena};
    int r;

    memset(out, 0, sizeof(*out));
    r = load_policies(&run, false);
    if (r == CEDAR_OK) {
        cedar_putf(&json, "{\"policies\":%zu,\"templates\":%zu}", run.set->policies.n, run.set->templates.n);
        r = put_done(&run, &json, &text);
    }
    finish(&run);
    return r;
}

static void put_finding(struct cedar_text *json, struct cedar_text *text, const struct cedar_finding *finding)
{
    cedar_puts(json, "{\"policy\":");
    cedar_put_json(json, finding->policy->id);
    cedar_putf(json, ",\"line\":%zu,\"column\":%zu,\"message\":", finding->line, finding->column);
    cedar_put_json(json, finding->message);
    cedar_puts(json, ",\"help\":");
    cedar_put_json(json, finding->help);
    cedar_putc(json, '}');
    cedar_putf(text, "%zu:%zu: %s: ", finding->line, finding->column, finding->warning ? "warning" : "error");
    cedar_put_quoted(text, finding->policy->id);
    cedar_puts(text, ": ");
    cedar_put(text, finding->message);
    if (finding->help.len) {
        cedar_puts(text, " (");
        cedar_put(text, finding->help);
        cedar_putc(text, ')');
    }
    cedar_putc(text, '\n');
}

static void put_findings(
    struct cedar_text *json, struct cedar_text *text, const struct cedar_findings *found, bool warnings)
{
    bool some = false;

    for (size_t i = 0; i < found->count; i++) {
        if (found->items[i].warning != warnings)
            continue;
        if (some)
            cedar_putc(json, ',');
        some = true;
        put_finding(json, text, &found->items[i]);
    }
}

static int validate(struct run *run)
{
    struct cedar_text json = {.arena = run->arena}, text = {.arena = run->arena};
    struct cedar_findings found;
    int r = load_policies(run, true);

    if (r == CEDAR_OK)
        r = load_links(run);
    if (r == CEDAR_OK)
        r = load_schema(run);
    if (r == CEDAR_OK && !run->schema)
        return fail(run, cedar_error_set(run->err, CEDAR_EINVAL, "a schema is needed"), CEDAR_IN_SCHEMA);
    if (r != CEDAR_OK)
        return r;
    r = cedar_validate(run->set, run->schema, run->arena, &found);
    if (r != CEDAR_OK)
        return cedar_error_set(run->err, (enum cedar_status)r, "the policies are too large to validate");
    run->out->valid = found.valid;
    cedar_putf(&json, "{\"valid\":%s,\"errors\":[", found.valid ? "true" : "false");
    put_findings(&json, &text, &found, false);
    cedar_puts(&json, "],\"warnings\":[");
    put_findings(&json, &text, &found, true);
    cedar_puts(&json, "]}");
    return put_done(run, &json, &text);
}

int cedar_command_validate(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err)
{
    struct run run = {.in = in, .arena = arena, .err = err, .out = out};
    int r;

    memset(out, 0, sizeof(*out));
    r = validate(&run);
    finish(&run);
    return r;
}
