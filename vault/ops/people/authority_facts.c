#include "vault/ops/people/authority_facts_private.h"

#include <string.h>

#include "vault/base/instant.h"

struct gathering {
    struct call *call;
    struct store *store;
    int64_t at;
    json_t *facts;
};

void fact_key(const char *what, const char *first, const char *second, struct buffer *key)
{
    buffer_reset(key);
    buffer_put_format(key, "%s\n%s\n%s", what, first, second);
}

/* Takes over @p fact. */
static int put(struct gathering *g, const char *first, const char *second, json_t *fact)
{
    struct buffer key = {0};
    const char *what = fact == NULL ? NULL : json_text(fact, "what");
    int result = VAULT_ENOMEM;
    if (what != NULL) {
        fact_key(what, first, second, &key);
        const char *name = buffer_text(&key);
        if (name != NULL && json_object_set(g->facts, name, fact) == 0)
            result = VAULT_OK;
    }
    json_decref(fact);
    buffer_free(&key);
    return result;
}

static json_t *find(struct gathering *g, const char *what, const char *first, const char *second)
{
    struct buffer key = {0};
    fact_key(what, first, second, &key);
    const char *name = buffer_text(&key);
    json_t *fact = name == NULL ? NULL : json_object_get(g->facts, name);
    buffer_free(&key);
    return fact;
}

/* Call back for every row of a query. */
static int each(
    struct gathering *g, enum query query, int (*take)(struct gathering *g, struct statement *row))
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(g->store, query, &statement, g->call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, g->call->failure)) == VAULT_OK && row)
        result = take(g, statement);
    statement_free(statement);
    return result;
}

static int take_user(struct gathering *g, struct statement *row)
{
    const char *user = column_text(row, 0);
    if (column_number(row, 3) != 0)
        return VAULT_OK;
    return put(g, user, "",
        json_pack("{s:s,s:s,s:I}", "what", "user", "user", user, "event", (json_int_t)column_number(row, 4)));
}

static int take_reach(struct gathering *g, struct statement *row)
{
    const char *role = column_text(row, 0);
    const char *portfolio = column_text(row, 1);
    return put(g, role, portfolio,
        json_pack("{s:s,s:s,s:s,s:o,s:I}", "what", "reach", "role", role, "portfolio", portfolio, "value",
            json_compartments((unsigned)column_number(row, 2)), "event", (json_int_t)column_number(row, 3)));
}

/* A person reaches a portfolio since the later of grant and reach; of several ways the first counts. */
static int put_portfolio(
    struct gathering *g, const char *user, const char *role, const char *portfolio, int64_t event)
{
    const json_t *known = find(g, "portfolio", user, portfolio);
    if (known != NULL && json_number(known, "event", 0) <= event)
        return VAULT_OK;
    return put(g, user, portfolio,
        json_pack("{s:s,s:s,s:s,s:s,s:I}", "what", "portfolio", "user", user, "portfolio", portfolio, "role",
            role, "event", (json_int_t)event));
}

static int take_reach_of(struct gathering *g, const char *user, const char *role, int64_t granted)
{
    struct statement *reach;
    bool row = true;
    int result = store_query(g->store, QUERY_REACH_OF_ROLE, &reach, g->call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(reach, 1, role);
    while (
        result == VAULT_OK && (result = statement_step(reach, &row, g->call->failure)) == VAULT_OK && row) {
        int64_t reached = column_number(reach, 2);
        result = put_portfolio(g, user, role, column_text(reach, 0), granted > reached ? granted : reached);
    }
    if (row)
        statement_reset(reach);
    return result;
}

static int take_grant(struct gathering *g, struct statement *row)
{
    const char *role = column_text(row, 0);
    const char *user = column_text(row, 1);
    int64_t until = column_number(row, 2);
    int64_t event = column_number(row, 4);
    if ((until != 0 && until <= g->at) || find(g, "user", user, "") == NULL)
        return VAULT_OK;
    json_t *fact = json_pack(
        "{s:s,s:s,s:s,s:I}", "what", "role", "user", user, "role", role, "event", (json_int_t)event);
    if (fact != NULL && until != 0) {
        (void)json_object_set_new(fact, "value", json_instant(until));
        (void)json_object_set_new(fact, "until", json_integer((json_int_t)until));
    }
    int result = put(g, user, role, fact);
    return result == VAULT_OK ? take_reach_of(g, user, role, event) : result;
}

static int take_assignment(struct gathering *g, struct statement *row)
{
    struct ulid id;
    char client[ULID_TEXT_SIZE];
    struct bytes bytes = column_bytes(row, 0);
    const char *user = column_text(row, 1);
    if (bytes.size != sizeof id.data)
        return failure_set(g->call->failure, VAULT_EDAMAGED, "a client's id has the wrong size");
    if (find(g, "user", user, "") == NULL)
        return VAULT_OK;
    memcpy(id.data, bytes.data, sizeof id.data);
    ulid_format(&id, client);
    return put(g, user, client,
        json_pack("{s:s,s:s,s:s,s:I}", "what", "client", "user", user, "client", client, "event",
            (json_int_t)column_number(row, 3)));
}

static int take_setting(struct gathering *g, struct statement *row)
{
    const char *name = column_text(row, 0);
    return put(g, name, "",
        json_pack("{s:s,s:s,s:s,s:I}", "what", "setting", "name", name, "value", column_text(row, 1), "event",
            (json_int_t)column_number(row, 3)));
}

static int take_policy(struct gathering *g, struct statement *row)
{
    struct bytes hash = column_bytes(row, 0);
    char hex[2 * HASH_SIZE + 1] = "";
    if (hash.size == HASH_SIZE)
        hex_encode(hash, hex);
    return put(g, "", "",
        json_pack("{s:s,s:o,s:I}", "what", "policy", "value", json_sprintf("sha256:%s", hex), "event",
            (json_int_t)column_number(row, 2)));
}

int authority_facts(struct call *call, struct store *store, int64_t at, json_t **facts)
{
    struct gathering g = {.call = call, .store = store, .at = at, .facts = json_object()};
    *facts = NULL;
    int result = g.facts == NULL ? VAULT_ENOMEM : each(&g, QUERY_USER_LIST, take_user);
    if (result == VAULT_OK)
        result = each(&g, QUERY_REACH_LIST, take_reach);
    if (result == VAULT_OK)
        result = each(&g, QUERY_GRANT_LIST, take_grant);
    if (result == VAULT_OK)
        result = each(&g, QUERY_ASSIGNMENT_LIST, take_assignment);
    if (result == VAULT_OK)
        result = each(&g, QUERY_FIRM_SETTING_LIST, take_setting);
    if (result == VAULT_OK)
        result = each(&g, QUERY_POLICY_NOW, take_policy);
    if (result == VAULT_OK)
        *facts = json_incref(g.facts);
    json_decref(g.facts);
    return result;
}
