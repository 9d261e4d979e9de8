/* Whose rights changed between two moments, by whom and by which event: from the log's events alone. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/replay.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"
#include "vault/ops/people/authority_facts_private.h"

#define PROGRESS_EVERY 65536u

struct difference {
    struct call *call;
    struct replay *replay;
    int64_t from;
    int64_t to;
    json_t *before; /* facts; NULL until the first moment has passed */
    json_t *after;
    json_t *taken; /* key of a fact: index of the event that took it away */
    json_t *rows;
    int error; /* of what the replay's watch could not keep */
};

/* --- What was taken away --- */

static void note_taken(
    struct difference *d, const char *what, const char *first, const char *second, uint64_t index)
{
    struct buffer key = {0};
    fact_key(what, first, second, &key);
    const char *name = buffer_text(&key);
    if (name == NULL || json_object_set_new(d->taken, name, json_integer((json_int_t)index)) != 0)
        d->error = VAULT_ENOMEM;
    buffer_free(&key);
}

/* Given again: an earlier loss does not stand. */
static void note_given(struct difference *d, const char *what, const char *first, const char *second)
{
    struct buffer key = {0};
    fact_key(what, first, second, &key);
    const char *name = buffer_text(&key);
    if (name != NULL)
        (void)json_object_del(d->taken, name);
    buffer_free(&key);
}

static void watch_client(
    struct difference *d, const char *event, const char *user, const char *client, uint64_t index)
{
    if (strcmp(event, "assignment.remove") == 0)
        note_taken(d, "client", user, client, index);
    else if (strcmp(event, "assignment.add") == 0)
        note_given(d, "client", user, client);
}

static void watch(void *context, uint64_t index, const json_t *leaf)
{
    struct difference *d = context;
    const char *event = json_text(leaf, "event");
    const json_t *change = json_object_get(leaf, "change");
    const char *user = json_text(change, "user");
    const char *role = json_text(change, "role");
    const json_t *clients = json_object_get(change, "clients");
    if (event == NULL || user == NULL)
        return;
    if (strcmp(event, "user.disable") == 0)
        note_taken(d, "user", user, "", index);
    if (strcmp(event, "grant.remove") == 0 && role != NULL)
        note_taken(d, "role", user, role, index);
    if (strcmp(event, "grant.add") == 0 && role != NULL)
        note_given(d, "role", user, role);
    for (size_t i = 0; i < json_array_size(clients); i++) {
        const char *client = json_string_value(json_array_get(clients, i));
        if (client != NULL)
            watch_client(d, event, user, client, index);
    }
}

static int64_t taken_at(const struct difference *d, const char *what, const char *first, const char *second)
{
    struct buffer key = {0};
    fact_key(what, first, second, &key);
    const char *name = buffer_text(&key);
    int64_t index = name == NULL ? -1 : json_number(d->taken, name, -1);
    buffer_free(&key);
    return index;
}

/* --- Playing the log --- */

static int feed(void *context, uint64_t index, struct bytes text)
{
    struct difference *d = context;
    struct bytes value;
    json_t *leaf = NULL;
    int64_t time = 0;
    int result = VAULT_OK;
    if (index % PROGRESS_EVERY == 0)
        reply_progress(d->call, index, log_size(session_log(d->call->session)), "entries");
    if (d->before == NULL && canonical_find(text, "time", &value) &&
        instant_parse(canonical_string(value), &time) && time > d->from)
        result = authority_facts(d->call, replay_store(d->replay), d->from, &d->before);
    if (result != VAULT_OK || !canonical_find(text, "event", &value) ||
        !replay_wants(d->replay, canonical_string(value)))
        return result;
    result = json_read(text, &leaf, d->call->failure);
    if (result == VAULT_OK)
        result = replay_feed(d->replay, index, leaf, d->call->failure);
    if (result != VAULT_OK)
        failure_prefix(d->call->failure, "event %llu", (unsigned long long)index);
    json_decref(leaf);
    return result == VAULT_OK ? d->error : result;
}

static int play(struct difference *d)
{
    struct call *call = d->call;
    struct log_query query = {.from = INT64_MIN, .to = d->to == INT64_MAX ? d->to : d->to + 1};
    int result = replay_new(&d->replay, call->failure);
    if (result != VAULT_OK)
        return result;
    replay_watch(d->replay, watch, d);
    result = log_index_query(session_log(call->session), session_store(call->session),
        session_keys(call->session)->log_index, &query, feed, d, call->failure);
    if (result == VAULT_OK && d->before == NULL)
        result = authority_facts(call, replay_store(d->replay), d->from, &d->before);
    if (result == VAULT_OK)
        result = authority_facts(call, replay_store(d->replay), d->to, &d->after);
    return result;
}

/* --- Rows --- */

/* Who did it, when, and by what: as the event itself says. */
static int tell_event(struct difference *d, json_t *row, int64_t index)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    int result = log_read(session_log(d->call->session), (uint64_t)index, &text, d->call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, d->call->failure);
    if (result == VAULT_OK) {
        (void)json_object_set(row, "how", json_object_get(leaf, "event"));
        (void)json_object_set(row, "by", json_object_get(json_object_get(leaf, "actor"), "id"));
        (void)json_object_set_new(row, "event", json_integer((json_int_t)index));
        (void)json_object_set(row, "time", json_object_get(leaf, "time"));
    }
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

/* Takes over nothing; @p was may be NULL. */
static int add_row(struct difference *d, const char *change, const json_t *fact, const json_t *was,
    int64_t index, int64_t expired)
{
    static const char *const same[] = {"what", "user", "role", "portfolio", "client", "name", "value"};
    json_t *row = json_pack("{s:s}", "change", change);
    if (row == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        (void)json_object_set(row, same[i], json_object_get(fact, same[i]));
    if (was != NULL)
        (void)json_object_set(row, "was", json_object_get(was, "value"));
    int result = tell_event(d, row, index);
    if (expired != 0) {
        (void)json_object_set_new(row, "how", json_string("expiry"));
        (void)json_object_set_new(row, "time", json_instant(expired));
    }
    if (json_array_append_new(d->rows, row) != 0 && result == VAULT_OK)
        result = VAULT_ENOMEM;
    return result;
}

/* What had been there and is not: removed by an event, gone with its user, or run out. */
static int add_lost(struct difference *d, const json_t *fact)
{
    const char *what = json_text(fact, "what");
    const char *user = json_text(fact, "user");
    const char *role = json_text(fact, "role");
    const char *client = json_text(fact, "client");
    int64_t index = -1;
    int64_t expired = 0;
    if (user == NULL)
        return VAULT_OK;
    int64_t disabled = taken_at(d, "user", user, "");
    if (role != NULL)
        index = taken_at(d, "role", user, role);
    else if (client != NULL)
        index = taken_at(d, "client", user, client);
    /* Whichever was first took it: a role of somebody disabled is none, nor does disabling take what is gone.
     */
    if (disabled >= 0 && (index < 0 || disabled < index))
        index = disabled;
    if (index < 0 && role != NULL) {
        struct buffer key = {0};
        fact_key("role", user, role, &key);
        const char *name = buffer_text(&key);
        expired = name == NULL ? 0 : json_number(json_object_get(d->before, name), "until", 0);
        buffer_free(&key);
    }
    if (index < 0)
        index = json_number(fact, "event", 0);
    return what == NULL ? VAULT_OK : add_row(d, "lost", fact, NULL, index, expired);
}

static bool same_value(const json_t *a, const json_t *b)
{
    const json_t *x = json_object_get(a, "value");
    const json_t *y = json_object_get(b, "value");
    return x == y || (x != NULL && y != NULL && json_equal(x, y));
}

static int compare(struct difference *d)
{
    const char *key;
    json_t *fact;
    int result = VAULT_OK;
    json_object_foreach(d->before, key, fact)
    {
        if (result == VAULT_OK && json_object_get(d->after, key) == NULL)
            result = add_lost(d, fact);
    }
    json_object_foreach(d->after, key, fact)
    {
        const json_t *was = json_object_get(d->before, key);
        int64_t index = json_number(fact, "event", 0);
        if (result == VAULT_OK && was == NULL)
            result = add_row(d, "gained", fact, NULL, index, 0);
        else if (result == VAULT_OK && !same_value(was, fact))
            result = add_row(d, "changed", fact, was, index, 0);
    }
    return result;
}

static const char *word(const json_t *row, const char *name)
{
    const char *text = json_text(row, name);
    return text == NULL ? "" : text;
}

static int by_event(const void *left, const void *right)
{
    static const char *const order[] = {"time", "what", "user", "role", "portfolio", "client", "name"};
    const json_t *a = *(json_t *const *)left;
    const json_t *b = *(json_t *const *)right;
    int64_t x = json_number(a, "event", 0);
    int64_t y = json_number(b, "event", 0);
    if (x != y)
        return x < y ? -1 : 1;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        int found = strcmp(word(a, order[i]), word(b, order[i]));
        if (found != 0)
            return found;
    }
    return 0;
}

static int reply_rows(struct difference *d)
{
    size_t count = json_array_size(d->rows);
    json_t **rows = calloc(count + 1, sizeof(json_t *));
    int result = rows == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < count && rows != NULL; i++)
        rows[i] = json_array_get(d->rows, i);
    if (rows != NULL)
        qsort(rows, count, sizeof(json_t *), by_event);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = reply_row(d->call, json_incref(rows[i]));
    free(rows);
    return result;
}

int op_log_diff_authority(struct call *call)
{
    struct access_request request = {.action = "log.authority", .log = true};
    struct difference d = {.call = call, .taken = json_object(), .rows = json_array()};
    int result = d.taken == NULL || d.rows == NULL ? VAULT_ENOMEM : call_moment(call, "from", 0, &d.from);
    if (result == VAULT_OK)
        result = call_moment(call, "to", instant_now(), &d.to);
    if (result == VAULT_OK && d.from > d.to) {
        failure_remedy(call->failure, "name the earlier moment first");
        result = failure_set(call->failure, VAULT_EUSAGE, "the first moment is after the second");
    }
    if (result == VAULT_OK)
        result = call_allow(call, &request,
            json_pack("{s:{s:o,s:o}}", "query", "from", json_instant(d.from), "to", json_instant(d.to)),
            NULL);
    if (result == VAULT_OK)
        result = play(&d);
    if (result == VAULT_OK)
        result = compare(&d);
    if (result == VAULT_OK)
        result = reply_rows(&d);
    json_decref(d.before);
    json_decref(d.after);
    json_decref(d.taken);
    json_decref(d.rows);
    replay_free(d.replay);
    return result;
}
