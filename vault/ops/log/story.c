#include "vault/ops/log/story_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/log/index.h"

/* Which line an intent's outcome belongs to; intents come in order. */
struct intent {
    uint64_t index;
    json_t *line; /* borrowed from its session */
    bool settled; /* its outcome was seen */
};

struct story {
    struct call *call;
    json_t *people; /* actor: {session: {…, lines: {key: line}}} */
    struct intent *intents;
    size_t intent_count;
    size_t intent_capacity;
    json_t *looked_for; /* events whose outcomes were looked for */
    uint64_t end;
    size_t lines;
    size_t records;
};

struct story *story_new(struct call *call)
{
    struct story *story = calloc(1, sizeof *story);
    if (story == NULL)
        return NULL;
    story->call = call;
    story->people = json_object();
    story->looked_for = json_object();
    if (story->people == NULL || story->looked_for == NULL) {
        story_free(story);
        return NULL;
    }
    return story;
}

void story_free(struct story *story)
{
    if (story == NULL)
        return;
    json_decref(story->people);
    json_decref(story->looked_for);
    free(story->intents);
    free(story);
}

static const char *text_or_none(const json_t *object, const char *name)
{
    const char *text = json_text(object, name);
    return text == NULL ? "" : text;
}

/* The object of that name, made if it is not there; borrowed, NULL without memory. */
static json_t *object_in(json_t *object, const char *name)
{
    json_t *inner = json_object_get(object, name);
    if (inner == NULL && json_object_set_new(object, name, json_object()) == 0)
        inner = json_object_get(object, name);
    return inner;
}

static void count_up(json_t *object, const char *name, int64_t by)
{
    if (by == 0)
        return;
    (void)json_object_set_new(object, name, json_integer(json_number(object, name, 0) + by));
}

static int too_long(struct story *story, const char *what, unsigned limit)
{
    failure_remedy(story->call->failure, "narrow it down with --from, --to, --actor, --client or --event");
    return failure_set(
        story->call->failure, VAULT_ELIMIT, "this story would be too long: more than %u %s", limit, what);
}

/* --- Sessions and lines --- */

static json_t *session_of(struct story *story, uint64_t index, const json_t *leaf)
{
    json_t *person = object_in(story->people, text_or_none(json_object_get(leaf, "actor"), "id"));
    const char *name = text_or_none(leaf, "session");
    const char *host = json_text(json_object_get(leaf, "src"), "host");
    json_t *session = person == NULL ? NULL : object_in(person, name);
    if (session == NULL)
        return NULL;
    if (json_object_size(session) == 0) {
        (void)json_object_set_new(session, "session", json_string(name));
        (void)json_object_set(session, "from", json_object_get(leaf, "time"));
        (void)json_object_set_new(session, "first", json_integer((json_int_t)index));
    }
    if (host != NULL && json_object_get(session, "host") == NULL)
        (void)json_object_set_new(session, "host", json_string(host));
    (void)json_object_set(session, "to", json_object_get(leaf, "time"));
    count_up(session, "events", 1);
    return session;
}

/* All in which events must be alike to share a line. */
static int key_of(const json_t *leaf, struct buffer *key)
{
    const json_t *decision = json_object_get(leaf, "decision");
    const char *const parts[] = {text_or_none(leaf, "event"), text_or_none(decision, "effect"),
        text_or_none(json_object_get(leaf, "subject"), "id"), text_or_none(leaf, "purpose"),
        text_or_none(leaf, "ticket"), text_or_none(leaf, "member")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        buffer_put_format(key, "%s\n", parts[i]);
    const json_t *policies = json_object_get(decision, "policies");
    for (size_t i = 0; i < json_array_size(policies); i++) {
        const char *name = json_string_value(json_array_get(policies, i));
        buffer_put_format(key, "%s\n", name == NULL ? "" : name);
    }
    return buffer_error(key);
}

static json_t *new_line(uint64_t index, const json_t *leaf)
{
    const json_t *decision = json_object_get(leaf, "decision");
    json_t *line = json_object();
    static const char *const same[] = {"time", "event", "purpose", "ticket", "member"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        (void)json_object_set(line, same[i], json_object_get(leaf, same[i]));
    (void)json_object_set(line, "effect", json_object_get(decision, "effect"));
    (void)json_object_set(line, "policies", json_object_get(decision, "policies"));
    (void)json_object_set(line, "client", json_object_get(json_object_get(leaf, "subject"), "id"));
    (void)json_object_set_new(line, "first", json_integer((json_int_t)index));
    return line;
}

static int line_of(struct story *story, json_t *session, uint64_t index, const json_t *leaf, json_t **linep)
{
    struct buffer key = {0};
    json_t *lines = object_in(session, "lines");
    int result = lines == NULL ? VAULT_ENOMEM : key_of(leaf, &key);
    const char *name = result == VAULT_OK ? buffer_text(&key) : NULL;
    if (name == NULL) {
        result = VAULT_ENOMEM;
        goto out;
    }
    *linep = json_object_get(lines, name);
    if (*linep == NULL) {
        if (++story->lines > STORY_LINES_MAX)
            result = too_long(story, "lines", STORY_LINES_MAX);
        else if (json_object_set_new(lines, name, new_line(index, leaf)) != 0)
            result = VAULT_ENOMEM;
        *linep = json_object_get(lines, name);
    }
out:
    buffer_free(&key);
    return result;
}

/* --- What was shown --- */

/* The log names records by id; their kinds are in the store.  Of an import that was undone there is none. */
static const char *kind_of(struct story *story, const char *text)
{
    struct record_info info;
    struct ulid id;
    if (!ulid_parse(bytes_of_text(text), &id) ||
        records_find(session_records(story->call->session), &id, &info, NULL) != VAULT_OK)
        return "unknown";
    return kind_name(info.kind);
}

static int add_record(struct story *story, json_t *line, const char *id)
{
    json_t *ids = object_in(line, "ids");
    json_t *kinds = object_in(line, "kinds");
    if (ids == NULL || kinds == NULL)
        return VAULT_ENOMEM;
    if (json_object_get(ids, id) != NULL)
        return VAULT_OK;
    if (++story->records > STORY_RECORDS_MAX)
        return too_long(story, "records", STORY_RECORDS_MAX);
    count_up(kinds, kind_of(story, id), 1);
    return json_object_set_new(ids, id, json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_named(json_t *line, const char *group, const char *name)
{
    json_t *names = object_in(line, group);
    return names != NULL && json_object_set_new(names, name, json_true()) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_resource(struct story *story, json_t *line, const json_t *resource)
{
    const char *type = text_or_none(resource, "type");
    const char *id = text_or_none(resource, "id");
    const json_t *fields = json_object_get(resource, "fields");
    int result = VAULT_OK;
    if (strcmp(type, "record") == 0)
        result = add_record(story, line, id);
    else if (strcmp(type, "client") == 0)
        result = add_named(line, "clients", id);
    else
        (void)json_object_set_new(line, "on", json_sprintf("%s %s", type, id));
    for (size_t i = 0; i < json_array_size(fields) && result == VAULT_OK; i++) {
        const char *field = json_string_value(json_array_get(fields, i));
        if (field != NULL)
            result = add_named(line, "fields", field);
    }
    return result;
}

/* What somebody was denied was not shown; the line says what it was about. */
static int add_event(struct story *story, json_t *line, uint64_t index, const json_t *leaf)
{
    const json_t *resources = json_object_get(leaf, "resources");
    const char *kind = json_text(json_object_get(leaf, "scope"), "kind");
    int result = VAULT_OK;
    count_up(line, "times", 1);
    (void)json_object_set_new(line, "last", json_integer((json_int_t)index));
    for (size_t i = 0; i < json_array_size(resources) && result == VAULT_OK; i++)
        result = add_resource(story, line, json_array_get(resources, i));
    if (result == VAULT_OK && kind != NULL && kind[0] != '\0')
        result = add_named(line, "scope", kind);
    return result;
}

/* --- Intents and outcomes --- */

static int keep_intent(struct story *story, uint64_t index, json_t *line)
{
    if (story->intent_count == story->intent_capacity) {
        size_t capacity = story->intent_capacity == 0 ? 256 : 2 * story->intent_capacity;
        struct intent *grown = realloc(story->intents, capacity * sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        story->intents = grown;
        story->intent_capacity = capacity;
    }
    story->intents[story->intent_count++] = (struct intent){index, line, false};
    return VAULT_OK;
}

static int by_index(const void *wanted, const void *one)
{
    uint64_t index = *(const uint64_t *)wanted;
    const struct intent *intent = one;
    return index < intent->index ? -1 : index > intent->index;
}

/* An outcome whose intent was not asked for tells nothing by itself. */
static void add_outcome(struct story *story, uint64_t index, const json_t *leaf)
{
    const json_t *result = json_object_get(leaf, "result");
    uint64_t wanted = (uint64_t)json_number(leaf, "intent", -1);
    struct intent *intent =
        story->intent_count == 0
            ? NULL
            : bsearch(&wanted, story->intents, story->intent_count, sizeof *story->intents, by_index);
    static const char *const counts[] = {"count", "new", "changed"};
    if (intent == NULL || intent->settled)
        return;
    intent->settled = true;
    if (strcmp(text_or_none(result, "status"), "ok") != 0)
        count_up(intent->line, "undone", 1);
    else
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            count_up(intent->line, "rows", json_number(result, counts[i], 0));
    (void)json_object_set_new(intent->line, "last", json_integer((json_int_t)index));
}

static int add_leaf(struct story *story, uint64_t index, const json_t *leaf)
{
    const char *phase = text_or_none(leaf, "phase");
    json_t *line = NULL;
    if (strcmp(phase, "outcome") == 0) {
        add_outcome(story, index, leaf);
        return VAULT_OK;
    }
    json_t *session = session_of(story, index, leaf);
    int result = session == NULL ? VAULT_ENOMEM : line_of(story, session, index, leaf, &line);
    if (result == VAULT_OK)
        result = add_event(story, line, index, leaf);
    if (result == VAULT_OK && strcmp(phase, "intent") == 0)
        result = keep_intent(story, index, line);
    return result;
}

int story_add(struct story *story, uint64_t index, struct bytes text)
{
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, story->call->failure);
    if (result == VAULT_OK)
        result = add_leaf(story, index, leaf);
    json_decref(leaf);
    return result;
}

/* Outcomes name neither client nor record, so filters leave them out; and they may come after the last
 * moment. */
static int add_late(void *context, uint64_t index, struct bytes text)
{
    struct story *story = context;
    json_t *leaf = NULL;
    int result = index >= story->end ? VAULT_OK : json_read(text, &leaf, story->call->failure);
    if (leaf != NULL && strcmp(text_or_none(leaf, "phase"), "outcome") == 0)
        add_outcome(story, index, leaf);
    json_decref(leaf);
    return result;
}

static int find_outcomes_of(struct story *story, const char *event, uint64_t first)
{
    struct session *session = story->call->session;
    struct log_query query = {.event = event, .from = INT64_MIN, .to = INT64_MAX, .first = first};
    return log_index_query(session_log(session), session_store(session), session_keys(session)->log_index,
        &query, add_late, story, story->call->failure);
}

int story_settle(struct story *story, uint64_t end)
{
    int result = VAULT_OK;
    story->end = end;
    for (size_t i = 0; i < story->intent_count && result == VAULT_OK; i++) {
        const char *event = text_or_none(story->intents[i].line, "event");
        if (!story->intents[i].settled && json_object_get(story->looked_for, event) == NULL) {
            (void)json_object_set_new(story->looked_for, event, json_true());
            result = find_outcomes_of(story, event, story->intents[i].index);
        }
    }
    return result;
}

/* --- Telling --- */

/* Sets become lists; counts of records are told beside them. */
static json_t *list_of(json_t *set)
{
    json_t *list = json_array();
    for (void *at = json_object_iter(set); at != NULL; at = json_object_iter_next(set, at))
        (void)json_array_append_new(list, json_string(json_object_iter_key(at)));
    return list;
}

static json_t *finished(json_t *line)
{
    json_t *told = json_copy(line);
    static const char *const sets[] = {"ids", "fields", "clients", "scope"};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        json_t *set = json_object_get(line, sets[i]);
        if (set != NULL)
            (void)json_object_set_new(told, sets[i], list_of(set));
    }
    (void)json_object_set_new(
        told, "records", json_integer((json_int_t)json_object_size(json_object_get(line, "ids"))));
    return told;
}

static int tell_session(struct story *story, const char *actor, const json_t *session)
{
    json_t *row = json_pack("{s:s}", "actor", actor);
    json_t *lines = json_array();
    json_t *set = json_object_get(session, "lines");
    static const char *const same[] = {"session", "host", "from", "to", "first", "events"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        (void)json_object_set(row, same[i], json_object_get(session, same[i]));
    if (json_text(row, "session") != NULL && json_text(row, "session")[0] == '\0')
        (void)json_object_del(row, "session");
    for (void *at = json_object_iter(set); at != NULL; at = json_object_iter_next(set, at))
        (void)json_array_append_new(lines, finished(json_object_iter_value(at)));
    (void)json_object_set_new(row, "lines", lines);
    return reply_row(story->call, row);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int story_tell(struct story *story)
{
    size_t count = json_object_size(story->people);
    const char **names = calloc(count + 1, sizeof *names);
    int result = names == NULL ? VAULT_ENOMEM : VAULT_OK;
    size_t i = 0;
    for (void *at = json_object_iter(story->people); at != NULL && names != NULL;
         at = json_object_iter_next(story->people, at))
        names[i++] = json_object_iter_key(at);
    if (names != NULL)
        qsort(names, count, sizeof *names, by_name);
    /* Members keep the order in which they came, so a person's sessions are by time. */
    for (i = 0; i < count && result == VAULT_OK; i++) {
        json_t *sessions = json_object_get(story->people, names[i]);
        for (void *at = json_object_iter(sessions); at != NULL && result == VAULT_OK;
             at = json_object_iter_next(sessions, at))
            result = tell_session(story, names[i], json_object_iter_value(at));
    }
    free(names);
    return result;
}
