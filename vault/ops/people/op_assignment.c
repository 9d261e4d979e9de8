/* Which clients an accountant works on. */
#include <string.h>

#include "vault/ops/call_private.h"

/* Ids per event: a leaf has room for some two thousand. */
#define CLIENTS_PER_EVENT 1000

/* The clients named by the arguments, as an array of ids. */
static int add_named(struct call *call, json_t *ids)
{
    const json_t *clients = call_list(call, "clients");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(clients) && result == VAULT_OK; i++) {
        struct client_facts client;
        result = clients_find(call->session, json_string_value(json_array_get(clients, i)), &client, call->failure);
        if (result == VAULT_OK)
            (void)json_array_append_new(ids, json_ulid(&client.id));
    }
    return result;
}

static int add_portfolio(struct call *call, json_t *ids)
{
    const char *portfolio = call_text(call, "portfolio");
    struct statement *statement = NULL;
    bool found = false;
    bool row = true;
    if (portfolio == NULL)
        return VAULT_OK;
    int result = need(call, portfolio_exists(call, portfolio, &found), &found, "portfolio", portfolio);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_CLIENT_IDS, &statement, call->failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct ulid id;
        struct bytes found_id = column_bytes(statement, 0);
        if (strcmp(column_text(statement, 1), portfolio) != 0 || found_id.size != ULID_SIZE)
            continue;
        memcpy(id.data, found_id.data, ULID_SIZE);
        if (json_array_append_new(ids, json_ulid(&id)) != 0)
            result = failure_set(call->failure, VAULT_ENOMEM, "no memory for the clients");
    }
    statement_free(statement);
    return result;
}

static json_t *slice(const json_t *ids, size_t from, size_t count)
{
    json_t *part = json_array();
    for (size_t i = from; i < from + count && i < json_array_size(ids); i++) {
        if (json_array_append(part, json_array_get(ids, i)) != 0) {
            json_decref(part);
            return NULL;
        }
    }
    return part;
}

static json_t *change_of(const char *user, json_t *part)
{
    return json_pack("{s:s,s:o}", "user", user, "clients", part);
}

/* Each client is decided by itself; one that may not be assigned stops all. */
static int decide_all(struct call *call, const char *action, const char *user, const json_t *ids)
{
    int result = VAULT_OK;
    for (size_t i = 1; i < json_array_size(ids) && result == VAULT_OK; i++) {
        struct client_facts client;
        struct decision decision = {0};
        struct access_request request = {.action = action, .member = user, .client = &client};
        result = clients_find(call->session, json_string_value(json_array_get(ids, i)), &client, call->failure);
        if (result == VAULT_OK)
            result = call_decide(call, &request, &decision);
        decision_free(&decision);
    }
    return result;
}

static int assign(struct call *call, const char *action, const char *user, const json_t *ids, uint64_t *event)
{
    struct change *change = NULL;
    struct client_facts first;
    struct access_request request = {.action = action, .member = user, .client = &first};
    int result = clients_find(call->session, json_string_value(json_array_get(ids, 0)), &first, call->failure);
    if (result == VAULT_OK)
        result = decide_all(call, action, user, ids);
    if (result == VAULT_OK)
        result = call_change(call, &request, change_of(user, slice(ids, 0, CLIENTS_PER_EVENT)), &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    for (size_t i = CLIENTS_PER_EVENT; i < json_array_size(ids) && result == VAULT_OK; i += CLIENTS_PER_EVENT)
        result = change_note(change, action, call_note_members(call, &request, NULL),
            change_of(user, slice(ids, i, CLIENTS_PER_EVENT)), call->failure);
    return call_finish(call, change, result);
}

static int run(struct call *call, const char *action)
{
    const char *user = call_text(call, "user");
    json_t *ids = json_array();
    uint64_t event = 0;
    bool found = false;
    int result = need(call, user_exists(call, user, &found), &found, "user", user);
    if (result == VAULT_OK)
        result = add_named(call, ids);
    if (result == VAULT_OK)
        result = add_portfolio(call, ids);
    if (result == VAULT_OK && json_array_size(ids) == 0) {
        failure_remedy(call->failure, "name clients, or a portfolio that has some");
        result = failure_set(call->failure, VAULT_EUSAGE, "there is no client to assign");
    }
    if (result == VAULT_OK)
        result = assign(call, action, user, ids, &event);
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:s,s:I,s:I}", "user", user, "clients",
                                       (json_int_t)json_array_size(ids), "event", (json_int_t)event));
    json_decref(ids);
    return result;
}

int op_assignment_add(struct call *call)
{
    return run(call, "assignment.add");
}

int op_assignment_remove(struct call *call)
{
    return run(call, "assignment.remove");
}
