/* Portfolios: add with keys for the roles that serve it, list. */
#include <string.h>

#include "vault/keys/issue.h"
#include "vault/ops/call_private.h"

int portfolio_exists(struct call *call, const char *portfolio, bool *found)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_PORTFOLIO_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    result = statement_step(statement, found, call->failure);
    statement_reset(statement);
    return result;
}

int call_portfolio(struct call *call, char *portfolio)
{
    const char *named = call_text(call, "portfolio");
    bool found = false;
    (void)strcpy(portfolio, "main");
    if (named == NULL)
        return need(call, portfolio_exists(call, portfolio, &found), &found, "portfolio", portfolio);
    int result = need(call, portfolio_exists(call, named, &found), &found, "portfolio", named);
    if (result == VAULT_OK)
        (void)strcpy(portfolio, named);
    return result;
}

/* A new portfolio's pairs, wiped when they are boxed. */
struct pairs {
    struct box_key *items[COMPARTMENT_COUNT];
    struct secret *index[COMPARTMENT_COUNT];
};

static void pairs_free(struct pairs *pairs)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        box_key_free(pairs->items[i]);
        secret_free(pairs->index[i]);
    }
}

static int draw_pairs(struct pairs *pairs, json_t *keys)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        pairs->items[i] = box_key_new();
        pairs->index[i] = secret_random(KEY_SIZE);
        if (pairs->items[i] == NULL || pairs->index[i] == NULL ||
            json_object_set_new(keys, compartment_name((enum compartment)i),
                json_base64(box_key_public(pairs->items[i]))) != 0)
            return VAULT_ENOMEM;
    }
    return VAULT_OK;
}

static int box_pairs(struct call *call, const char *portfolio, struct pairs *pairs)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        result = issue_index_key(&issue, pairs->items[i], portfolio, (enum compartment)i, 1, pairs->index[i]);
        if (result == VAULT_OK)
            result = issue_portfolio_to_roles(&issue, pairs->items[i], portfolio, (enum compartment)i, 1);
    }
    return result;
}

/* --- Who serves it --- */

static int note_reach(struct call *call, struct change *change, const struct access_request *request,
    const char *portfolio, const char *role, unsigned mask)
{
    return change_note(change, "reach.add", call_note_members(call, request, NULL),
        json_pack("{s:s,s:s,s:o}", "role", role, "portfolio", portfolio, "compartments", json_compartments(mask)),
        call->failure);
}

/* Roles like admin see the directory; of the reading roles those that are named, or else the built-in one. */
static int note_reaches(
    struct call *call, struct change *change, const struct access_request *request, const char *portfolio)
{
    const json_t *named = call_list(call, "roles");
    struct statement *roles = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_ROLE_LIST, &roles, call->failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, call->failure)) == VAULT_OK && row) {
        const char *role = column_text(roles, 0);
        const char *like = column_text(roles, 1);
        if (strcmp(like, "admin") == 0)
            result = note_reach(call, change, request, portfolio, role, 1u << COMPARTMENT_DIRECTORY);
        else if (strcmp(like, "accountant") == 0 &&
            (named == NULL ? strcmp(role, "accountant") == 0 : json_lists(named, role)))
            result = note_reach(call, change, request, portfolio, role, (1u << COMPARTMENT_COUNT) - 1);
    }
    statement_free(roles);
    return result;
}

static int check_roles(struct call *call)
{
    const json_t *roles = call_list(call, "roles");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(roles) && result == VAULT_OK; i++) {
        const char *role = json_string_value(json_array_get(roles, i));
        bool found = false;
        result = need(call, role_exists(call, role, &found), &found, "role", role);
    }
    return result;
}

static int add_portfolio(struct call *call, const char *portfolio, struct pairs *pairs, json_t *keys, uint64_t *event)
{
    struct access_request request = {.action = "portfolio.add"};
    struct change *change = NULL;
    int result = call_change(call, &request, json_pack("{s:s}", "portfolio", portfolio), &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    result = change_note(change, "portfolio.epoch", call_note_members(call, &request, NULL),
        json_pack("{s:s,s:i,s:O}", "portfolio", portfolio, "epoch", 1, "keys", keys), call->failure);
    if (result == VAULT_OK)
        result = note_reaches(call, change, &request, portfolio);
    if (result == VAULT_OK)
        result = box_pairs(call, portfolio, pairs);
    return call_finish(call, change, result);
}

int op_portfolio_add(struct call *call)
{
    const char *portfolio = call_text(call, "portfolio");
    struct pairs pairs = {{NULL}, {NULL}};
    json_t *keys = json_object();
    uint64_t event = 0;
    bool found = false;
    int result = VAULT_OK;
    if (!name_valid(portfolio))
        result = failure_set(call->failure, VAULT_EINPUT, "'%s' is no name for a portfolio", portfolio);
    if (result == VAULT_OK)
        result = portfolio_exists(call, portfolio, &found);
    if (result == VAULT_OK && found)
        result = failure_set(call->failure, VAULT_EEXISTS, "there is a portfolio '%s' already", portfolio);
    if (result == VAULT_OK)
        result = check_roles(call);
    if (result == VAULT_OK)
        result = draw_pairs(&pairs, keys);
    if (result == VAULT_OK)
        result = check_authority(call);
    if (result == VAULT_OK)
        result = add_portfolio(call, portfolio, &pairs, keys, &event);
    pairs_free(&pairs);
    json_decref(keys);
    return result == VAULT_OK
        ? reply_value(call, json_pack("{s:s,s:I}", "portfolio", portfolio, "event", (json_int_t)event))
        : result;
}

static int roles_of(struct call *call, const char *portfolio, json_t *list)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_REACH_TO, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(list, json_string(column_text(statement, 0)));
    return result;
}

int op_portfolio_list(struct call *call)
{
    struct access_request request = {.action = "portfolio.list"};
    struct statement *portfolios = NULL;
    bool row = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_PORTFOLIO_LIST, &portfolios, call->failure);
    while (result == VAULT_OK && (result = statement_step(portfolios, &row, call->failure)) == VAULT_OK && row) {
        json_t *roles = json_array();
        json_t *line = json_pack("{s:s,s:I,s:o}", "portfolio", column_text(portfolios, 0), "clients",
            (json_int_t)column_number(portfolios, 2), "roles", roles);
        result = roles_of(call, column_text(portfolios, 0), roles);
        if (result == VAULT_OK)
            result = reply_row(call, line);
        else
            json_decref(line);
    }
    statement_free(portfolios);
    return result;
}
