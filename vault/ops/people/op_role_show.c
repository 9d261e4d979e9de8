/* role.list, role.show: who is in it, who waits for whom, and what it reaches. */
#include "vault/access/keepers.h"
#include "vault/base/instant.h"
#include "vault/keys/issue.h"
#include "vault/ops/call_private.h"

int op_role_list(struct call *call)
{
    struct access_request request = {.action = "role.list"};
    struct statement *roles = NULL;
    bool row = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_ROLE_LIST, &roles, call->failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, call->failure)) == VAULT_OK && row) {
        struct statement *members;
        bool member = true;
        json_int_t count = 0;
        result = store_query(session_store(call->session), QUERY_GRANTS_TO, &members, call->failure);
        if (result != VAULT_OK)
            break;
        bind_text(members, 1, column_text(roles, 0));
        while ((result = statement_step(members, &member, call->failure)) == VAULT_OK && member)
            count++;
        if (result == VAULT_OK)
            result = reply_row(call,
                json_pack("{s:s,s:s,s:s,s:I,s:I}", "role", column_text(roles, 0), "like", column_text(roles, 1),
                    "keepers", column_text(roles, 2), "epoch", (json_int_t)column_number(roles, 3), "members", count));
    }
    statement_free(roles);
    return result;
}

/* Does the member hold a box of the role's present epoch? */
int member_holds_role(struct call *call, const char *role, const char *user, bool *holds)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct statement *statement;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(issue.store, QUERY_ROLE_SECRET_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_text(statement, 3, user);
    result = statement_step(statement, holds, call->failure);
    statement_reset(statement);
    return result;
}

static int list_names(struct call *call, enum query query, const char *first, const char *second, json_t *names)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session), query, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, first);
    if (second != NULL)
        bind_text(statement, 2, second);
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(names, json_string(column_text(statement, 0)));
    return result;
}

static int count_given(struct call *call, const char *role, const char *user, int64_t *count)
{
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct statement *statement;
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    bool row = true;
    *count = 0;
    int result = issue_role_public(&issue, role, &epoch, public_key);
    if (result == VAULT_OK)
        result = store_query(issue.store, QUERY_GIVEN_SHARES, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_number(statement, 3, epoch);
    bind_number(statement, 4, instant_now());
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        (*count)++;
    return result;
}

/* Of a grant that waits for a quorum: who approved, and how many shares are there. */
int show_approvals(struct call *call, const char *role, const char *user, json_t *member)
{
    json_t *names = json_array();
    int64_t shares = 0;
    int result = list_names(call, QUERY_APPROVALS_TO, role, user, names);
    if (result == VAULT_OK)
        result = count_given(call, role, user, &shares);
    (void)json_object_set_new(member, "approved_by", names);
    (void)json_object_set_new(member, "shares", json_integer(shares));
    return result;
}

static int show_quorum(struct call *call, const char *role, json_t *value)
{
    struct keepers_state state;
    int result = keepers_state(call->session, role, &state, call->failure);
    if (result != VAULT_OK || state.needed == 0)
        return result;
    json_t *holders = json_array();
    result = list_names(call, QUERY_ROLE_SHARE_HOLDERS, role, NULL, holders);
    (void)json_object_set_new(value, "quorum", json_pack("{s:i,s:i,s:o}", "needed", (int)state.needed, "of",
                                                   (int)json_array_size(holders), "holders", holders));
    return result;
}

static int show_members(struct call *call, const char *role, bool quorum, json_t *list)
{
    struct statement *members = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_GRANTS_TO, &members, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(members, 1, role);
    while (result == VAULT_OK && (result = statement_step(members, &row, call->failure)) == VAULT_OK && row) {
        bool holds = false;
        result = member_holds_role(call, role, column_text(members, 0), &holds);
        json_t *member = json_pack("{s:s,s:s,s:b}", "user", column_text(members, 0), "granted_by",
            column_text(members, 2), "pending", !holds);
        if (column_number(members, 1) != 0)
            (void)json_object_set_new(member, "until", json_instant(column_number(members, 1)));
        if (result == VAULT_OK && quorum && !holds)
            result = show_approvals(call, role, column_text(members, 0), member);
        (void)json_array_append_new(list, member);
    }
    statement_free(members);
    return result;
}

json_t *json_compartments(unsigned mask)
{
    json_t *list = json_array();
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        if ((mask >> i & 1) != 0)
            (void)json_array_append_new(list, json_string(compartment_name((enum compartment)i)));
    }
    return list;
}

static int show_reach(struct call *call, const char *role, json_t *list)
{
    struct statement *reach;
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_REACH_OF_ROLE, &reach, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(reach, 1, role);
    while ((result = statement_step(reach, &row, call->failure)) == VAULT_OK && row)
        (void)json_array_append_new(list, json_pack("{s:s,s:o}", "portfolio", column_text(reach, 0), "compartments",
                                              json_compartments((unsigned)column_number(reach, 1))));
    return result;
}

int op_role_show(struct call *call)
{
    const char *role = call_text(call, "role");
    struct access_request request = {.action = "role.show", .role = role};
    struct statement *statement;
    bool row = false;
    int result = need(call, role_exists(call, role, &row), &row, "role", role);
    if (result == VAULT_OK)
        result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = store_query(session_store(call->session), QUERY_ROLE_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, call->failure);
    if (result != VAULT_OK || !row)
        return result;
    json_t *members = json_array();
    json_t *portfolios = json_array();
    json_t *value = json_pack("{s:s,s:s,s:s,s:I,s:o,s:o}", "role", role, "like", column_text(statement, 0), "keepers",
        column_text(statement, 1), "epoch", (json_int_t)column_number(statement, 2), "members", members, "portfolios",
        portfolios);
    statement_reset(statement);
    result = show_quorum(call, role, value);
    if (result == VAULT_OK)
        result = show_members(call, role, json_object_get(value, "quorum") != NULL, members);
    if (result == VAULT_OK)
        result = show_reach(call, role, portfolios);
    if (result == VAULT_OK)
        return reply_value(call, value);
    json_decref(value);
    return result;
}
