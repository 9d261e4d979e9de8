/* Approvals: asking for one, giving and refusing it, taking it back, and what became of it. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/instant.h"
#include "vault/crypto/hash.h"
#include "vault/ops/people/approval_private.h"

/* --- One request --- */

int approval_find(struct call *call, struct approval *approval)
{
    int64_t seq = call_number(call, "request", -1);
    int result = approval_read(session_store(call->session), seq, approval, call->failure);
    if (result == VAULT_ENOTFOUND)
        failure_remedy(call->failure, "'approval list' shows the requests");
    return result;
}

json_t *approval_row(struct call *call, const struct approval *approval)
{
    int64_t now = session_log_time(call->session);
    json_t *approvers = json_array();
    for (size_t i = 0; i < approval->approver_count; i++)
        (void)json_array_append_new(approvers, json_string(approval->approvers[i]));
    json_t *row = json_pack("{s:I,s:s,s:s,s:s,s:s,s:O,s:I,s:o,s:o}", "request", (json_int_t)approval->seq, "requester",
        approval->requester, "state", approval_state_name(approval_state(approval, now)), "action",
        json_text(approval->scope, "action"), "type", json_text(approval->scope, "type"), "ids",
        json_object_get(approval->scope, "ids"), "needed", (json_int_t)approval->needed, "approved_by", approvers, "filed",
        json_instant(approval->filed));
    if (row != NULL && approval->started != 0)
        (void)json_object_set_new(row, "until", json_instant(approval->started + approval->duration));
    if (row != NULL)
        (void)json_object_set_new(row, "left", json_integer((json_int_t)(approval->uses - approval->used)));
    return row;
}

static int reply_state(struct call *call, int64_t seq, uint64_t event)
{
    struct approval approval = {0};
    int result = approval_read(session_store(call->session), seq, &approval, call->failure);
    json_t *row = result == VAULT_OK ? approval_row(call, &approval) : NULL;
    if (row != NULL)
        (void)json_object_set_new(row, "event", json_integer((json_int_t)event));
    approval_free(&approval);
    return result == VAULT_OK ? reply_value(call, row) : result;
}

/* --- Ending or approving one --- */

/* Decided for every resource of the scope; the last one's request is that of the event. */
static int decide_all(struct call *call, const struct approval *approval, struct scope_place *place, struct access_request *request)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(json_object_get(approval->scope, "ids")) && result == VAULT_OK; i++) {
        struct decision decision = {0};
        result = approval_request_of(call->session, approval->scope, i, place, request, call->failure);
        *request = (struct access_request){.action = "approval.approve", .member = approval->requester, .user = request->user,
            .role = request->role, .portfolio = request->portfolio, .log = request->log, .client = request->client,
            .record = request->record, .kind = request->kind, .compartment = request->compartment, .period = request->period};
        if (result == VAULT_OK)
            result = call_decide(call, request, &decision);
        decision_free(&decision);
    }
    return result;
}

static json_t *naming(const struct approval *approval)
{
    return json_pack("{s:I}", "request", (json_int_t)approval->seq);
}

/* By somebody who could approve it. */
static int by_approver(struct call *call, const char *event, bool approve)
{
    struct approval approval = {0};
    struct scope_place place;
    struct access_request request;
    json_t *frozen = NULL;
    uint64_t seq = 0;
    int result = approval_find(call, &approval);
    if (result == VAULT_OK)
        result = decide_all(call, &approval, &place, &request);
    /* What is approved is what was asked for, word for word. */
    if (result == VAULT_OK && approve)
        result = approval_open(call->session, buffer_bytes(&approval.hash), buffer_bytes(&approval.sealed), &frozen, call->failure);
    json_t *what = naming(&approval);
    if (approve && what != NULL)
        (void)json_object_set_new(what, "hash", json_base64(buffer_bytes(&approval.hash)));
    if (result == VAULT_OK)
        result = call_change_as(call, &request, event, what, &seq);
    else
        json_decref(what);
    if (result == VAULT_OK)
        result = reply_state(call, approval.seq, seq);
    json_decref(frozen);
    approval_free(&approval);
    return result;
}

/* By whoever it belongs to: authority says whether that is so. */
static int by_owner(struct call *call, const char *event)
{
    struct approval approval = {0};
    struct access_request request = {.action = "approval.list"};
    uint64_t seq = 0;
    int result = approval_find(call, &approval);
    if (result == VAULT_OK)
        result = call_change_as(call, &request, event, naming(&approval), &seq);
    if (result == VAULT_OK)
        result = reply_state(call, approval.seq, seq);
    approval_free(&approval);
    return result;
}

int op_approval_approve(struct call *call)
{
    return by_approver(call, "approval.approve", true);
}

int op_approval_deny(struct call *call)
{
    return by_approver(call, "approval.deny", false);
}

int op_approval_withdraw(struct call *call)
{
    return by_owner(call, "approval.withdraw");
}

int op_approval_hand_back(struct call *call)
{
    return by_owner(call, "approval.hand_back");
}

/* --- Seeing them --- */

static int may_see(struct call *call, const struct approval *approval, bool all, bool *may)
{
    const char *me = session_user(call->session);
    *may = all || strcmp(approval->requester, me) == 0;
    return *may ? VAULT_OK : approvals_may(call->session, me, approval, may, call->failure);
}

static int waits_for(struct call *call, const struct approval *approval, bool *waits)
{
    const char *me = session_user(call->session);
    *waits = approval_state(approval, session_log_time(call->session)) == APPROVAL_PENDING;
    for (size_t i = 0; i < approval->approver_count; i++)
        *waits = *waits && strcmp(approval->approvers[i], me) != 0;
    return *waits ? approvals_may(call->session, me, approval, waits, call->failure) : VAULT_OK;
}

static int show_one(struct call *call, int64_t seq, bool all)
{
    struct approval approval = {0};
    bool shown = false;
    int result = approval_read(session_store(call->session), seq, &approval, call->failure);
    if (result == VAULT_OK)
        result = call_flag(call, "mine") ? waits_for(call, &approval, &shown) : may_see(call, &approval, all, &shown);
    if (result == VAULT_OK && shown)
        result = reply_row(call, approval_row(call, &approval));
    approval_free(&approval);
    return result;
}

int op_approval_list(struct call *call)
{
    bool all = call_flag(call, "all");
    struct access_request request = {.action = all ? "approval.history" : "approval.list"};
    struct statement *requests = NULL;
    bool row = true;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_REQUEST_LIST, &requests, call->failure);
    while (result == VAULT_OK && (result = statement_step(requests, &row, call->failure)) == VAULT_OK && row)
        result = show_one(call, column_number(requests, 0), all);
    statement_free(requests);
    return result;
}

static int put_consents(struct call *call, const struct approval *approval, json_t *value)
{
    struct statement *statement;
    json_t *list = json_array();
    bool row = true;
    int result = store_query(session_store(call->session), QUERY_CONSENTS_TO, &statement, call->failure);
    if (result == VAULT_OK)
        bind_number(statement, 1, approval->seq);
    while (result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        json_t *one = json_pack("{s:s,s:I}", "user", column_text(statement, 0), "event", (json_int_t)column_number(statement, 1));
        if (column_number(statement, 2) != 0)
            (void)json_object_set_new(one, "lapsed", json_integer((json_int_t)column_number(statement, 2)));
        (void)json_array_append_new(list, one);
    }
    (void)json_object_set_new(value, "approvals", list);
    return result;
}

static int reply_whole(struct call *call, const struct approval *approval)
{
    json_t *frozen = NULL;
    json_t *value = NULL;
    int result = approval_open(call->session, buffer_bytes(&approval->hash), buffer_bytes(&approval->sealed), &frozen, call->failure);
    if (result == VAULT_OK && (value = approval_row(call, approval)) == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = put_consents(call, approval, value);
    if (result == VAULT_OK) {
        (void)json_object_set(value, "scope", approval->scope);
        (void)json_object_set(value, "reason", json_object_get(frozen, "reason"));
        (void)json_object_set_new(value, "minutes", json_integer((json_int_t)(approval->duration / 60000)));
        if (json_object_get(frozen, "policy") != NULL)
            (void)json_object_set(value, "policy", json_object_get(frozen, "policy"));
        if (strcmp(approval->closed, "open") != 0)
            (void)json_object_set_new(value, "closed_by", json_string(approval->closed_by));
        result = reply_value(call, json_incref(value));
    }
    json_decref(frozen);
    json_decref(value);
    return result;
}

int op_approval_show(struct call *call)
{
    struct access_request request = {.action = "approval.list"};
    struct approval approval = {0};
    struct decision decision = {0};
    bool may = false;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = approval_find(call, &approval);
    if (result == VAULT_OK)
        result = may_see(call, &approval, false, &may);
    /* Neither his nor his to decide: then only who may see everybody's. */
    request.action = may ? "approval.list" : "approval.history";
    if (result == VAULT_OK)
        result = call_allow(call, &request, json_pack("{s:{s:I}}", "query", "request", (json_int_t)approval.seq), NULL);
    if (result == VAULT_OK)
        result = reply_whole(call, &approval);
    approval_free(&approval);
    return result;
}
