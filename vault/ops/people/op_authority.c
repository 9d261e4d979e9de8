/* Who could do what at a moment: not what the tables say, but what the log's events yield. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/replay.h"
#include "vault/base/instant.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"
#include "vault/ops/call_private.h"

#define PROGRESS_EVERY 65536u

struct playing {
    struct call *call;
    struct replay *replay;
    uint64_t size;
};

static int feed(void *context, uint64_t index, struct bytes text)
{
    struct playing *playing = context;
    struct bytes event;
    json_t *leaf = NULL;
    if (index % PROGRESS_EVERY == 0)
        reply_progress(playing->call, index, playing->size, "entries");
    if (!canonical_find(text, "event", &event) || !replay_wants(playing->replay, canonical_string(event)))
        return VAULT_OK;
    int result = json_read(text, &leaf, playing->call->failure);
    if (result == VAULT_OK)
        result = replay_feed(playing->replay, index, leaf, playing->call->failure);
    if (result != VAULT_OK)
        failure_prefix(playing->call->failure, "event %llu", (unsigned long long)index);
    json_decref(leaf);
    return result;
}

/* Everything up to the moment, and what was logged at it. */
static int play(struct call *call, struct replay *replay, int64_t at)
{
    struct playing playing = {call, replay, log_size(session_log(call->session))};
    struct log_query query = {.from = INT64_MIN, .to = at == INT64_MAX ? at : at + 1};
    return log_index_query(session_log(call->session), session_store(call->session),
        session_keys(call->session)->log_index, &query, feed, &playing, call->failure);
}

/* --- Rows --- */

static int is_disabled(struct call *call, struct store *store, const char *user, bool *disabled)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_USER_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, call->failure);
    *disabled = !row || column_number(statement, 2) != 0;
    statement_reset(statement);
    return result;
}

static int reach_of(struct call *call, struct store *store, const char *role, json_t *portfolios)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(store, QUERY_REACH_OF_ROLE, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(portfolios, json_string(column_text(statement, 0)));
    return result;
}

/* The row of one grant, or NULL in @p rowp if it is not in force. */
static int grant_row(
    struct call *call, struct store *store, struct statement *grants, int64_t at, json_t **rowp)
{
    const char *role = column_text(grants, 0);
    const char *user = column_text(grants, 1);
    int64_t until = column_number(grants, 2);
    bool disabled = true;
    *rowp = NULL;
    int result = is_disabled(call, store, user, &disabled);
    if (result != VAULT_OK || disabled || (until != 0 && until <= at))
        return result;
    json_t *portfolios = json_array();
    json_t *row = json_pack("{s:s,s:s,s:o,s:s,s:I}", "user", user, "role", role, "portfolios", portfolios,
        "granted_by", column_text(grants, 3), "event", (json_int_t)column_number(grants, 4));
    if (row == NULL)
        return VAULT_ENOMEM;
    result = reach_of(call, store, role, portfolios);
    if (until != 0)
        (void)json_object_set_new(row, "until", json_instant(until));
    *rowp = row;
    return result;
}

static int by_user_and_role(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left;
    const json_t *b = *(json_t *const *)right;
    int order = strcmp(json_text(a, "user"), json_text(b, "user"));
    return order != 0 ? order : strcmp(json_text(a, "role"), json_text(b, "role"));
}

struct rows {
    json_t **items;
    size_t count;
};

static int gather(struct call *call, struct store *store, int64_t at, struct rows *rows)
{
    struct statement *grants = NULL;
    bool row = true;
    int result = statement_own(store, QUERY_GRANT_LIST, &grants, call->failure);
    while (result == VAULT_OK && (result = statement_step(grants, &row, call->failure)) == VAULT_OK && row) {
        json_t *one = NULL;
        json_t **grown = realloc(rows->items, (rows->count + 1) * sizeof(json_t *));
        if (grown == NULL) {
            result = VAULT_ENOMEM;
            break;
        }
        rows->items = grown;
        result = grant_row(call, store, grants, at, &one);
        if (one != NULL)
            rows->items[rows->count++] = one;
    }
    statement_free(grants);
    return result;
}

int op_log_authority(struct call *call)
{
    struct access_request request = {.action = "log.authority", .log = true};
    struct replay *replay = NULL;
    struct rows rows = {0};
    int64_t at = 0;
    int result = call_moment(call, "at", instant_now(), &at);
    if (result == VAULT_OK)
        result = call_allow(call, &request, json_pack("{s:{s:o}}", "query", "at", json_instant(at)), NULL);
    if (result == VAULT_OK)
        result = replay_new(&replay, call->failure);
    if (result == VAULT_OK)
        result = play(call, replay, at);
    if (result == VAULT_OK)
        result = gather(call, replay_store(replay), at, &rows);
    if (result == VAULT_OK && rows.count > 0)
        qsort(rows.items, rows.count, sizeof(json_t *), by_user_and_role);
    for (size_t i = 0; i < rows.count; i++) {
        if (result == VAULT_OK)
            result = reply_row(call, rows.items[i]);
        else
            json_decref(rows.items[i]);
    }
    free(rows.items);
    replay_free(replay);
    return result;
}
