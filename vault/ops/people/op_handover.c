/* Handing over: what one person works on goes to another, in one change; and what the leaver has seen is told. */
#include <string.h>

#include "vault/access/keepers.h"
#include "vault/access/pending.h"
#include "vault/base/instant.h"
#include "vault/ops/people/approval_private.h"
#include "vault/ops/call_private.h"
#include "vault/ops/people/revoke_private.h"

#define CLIENTS_PER_EVENT 1000u

struct handover {
    struct call *call;
    const char *user;
    const char *to;
    json_t *clients;  /* ids of those that the leaver works on */
    json_t *roles;    /* {role,until?,given}: given: the other gets it; else he has it already */
    json_t *pending;  /* his requests for approval that are not over */
    json_t *seen;
    uint64_t event;
};

/* --- What there is --- */

static int add_clients(struct handover *handover)
{
    struct call *call = handover->call;
    struct statement *assignments = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_ASSIGNMENTS_OF, &assignments, call->failure);
    if (result == VAULT_OK)
        bind_text(assignments, 1, handover->user);
    while (result == VAULT_OK && (result = statement_step(assignments, &row, call->failure)) == VAULT_OK && row) {
        struct client_facts client;
        result = clients_by_row(call->session, column_number(assignments, 0), &client, call->failure);
        if (result == VAULT_OK && json_array_append_new(handover->clients, json_ulid(&client.id)) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(assignments);
    return result;
}

static int has_role(struct handover *handover, const char *role, bool *has)
{
    struct call *call = handover->call;
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_GRANT_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, handover->to);
    result = statement_step(statement, &row, call->failure);
    int64_t until = result == VAULT_OK && row ? column_number(statement, 0) : 0;
    *has = row && (until == 0 || until > session_log_time(call->session));
    statement_reset(statement);
    return result;
}

static int add_roles(struct handover *handover)
{
    struct call *call = handover->call;
    struct statement *grants = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_GRANTS_OF, &grants, call->failure);
    if (result == VAULT_OK)
        bind_text(grants, 1, handover->user);
    while (result == VAULT_OK && (result = statement_step(grants, &row, call->failure)) == VAULT_OK && row) {
        bool has = false;
        int64_t until = column_number(grants, 1);
        bool over = until != 0 && until <= session_log_time(call->session);
        result = has_role(handover, column_text(grants, 0), &has);
        json_t *one = json_pack("{s:s,s:b}", "role", column_text(grants, 0), "given", !has && !over);
        if (one != NULL && until != 0)
            (void)json_object_set_new(one, "until", json_integer((json_int_t)until));
        if (json_array_append_new(handover->roles, one) != 0)
            result = VAULT_ENOMEM;
    }
    statement_free(grants);
    return result;
}

static int add_pending(struct handover *handover)
{
    struct call *call = handover->call;
    struct statement *requests = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_REQUEST_LIST, &requests, call->failure);
    while (result == VAULT_OK && (result = statement_step(requests, &row, call->failure)) == VAULT_OK && row) {
        struct approval approval = {0};
        if (strcmp(column_text(requests, 1), handover->user) != 0)
            continue;
        result = approval_read(session_store(call->session), column_number(requests, 0), &approval, call->failure);
        if (result == VAULT_OK && approval_state(&approval, session_log_time(call->session)) <= APPROVAL_APPROVED)
            (void)json_array_append_new(handover->pending, approval_row(call, &approval));
        approval_free(&approval);
    }
    statement_free(requests);
    return result;
}

static int look(struct handover *handover)
{
    int result = add_clients(handover);
    if (result == VAULT_OK)
        result = add_roles(handover);
    if (result == VAULT_OK)
        result = add_pending(handover);
    return result == VAULT_OK ? revoke_seen(handover->call, handover->user, true, &handover->seen) : result;
}

/* --- May it be done: each part by its own rule, before the first is --- */

static int decide_one(struct handover *handover, const struct access_request *request)
{
    struct decision decision = {0};
    int result = call_decide(handover->call, request, &decision);
    decision_free(&decision);
    return result;
}

/* A grant names the approval that it rests on, and spends it itself. */
static int decide_grant(struct handover *handover, const struct access_request *request, json_t *role)
{
    struct call *call = handover->call;
    struct decision decision = {0};
    int result = call_decide(call, request, &decision);
    if (result == VAULT_OK && decision.approval != 0 &&
        json_object_set_new(role, "approval", json_integer((json_int_t)decision.approval)) != 0)
        result = VAULT_ENOMEM;
    for (size_t i = 0; result == VAULT_OK && i < call->approval_count; i++)
        call->approvals[i].spent = call->approvals[i].spent || call->approvals[i].request == decision.approval;
    decision_free(&decision);
    return result;
}

static int decide_clients(struct handover *handover)
{
    struct call *call = handover->call;
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(handover->clients) && result == VAULT_OK; i++) {
        struct client_facts client;
        struct access_request adding = {.action = "assignment.add", .member = handover->to, .client = &client};
        struct access_request removing = {.action = "assignment.remove", .member = handover->user, .client = &client};
        result = clients_find(call->session, json_string_value(json_array_get(handover->clients, i)), &client, call->failure);
        if (result == VAULT_OK)
            result = decide_one(handover, &adding);
        if (result == VAULT_OK)
            result = decide_one(handover, &removing);
    }
    return result;
}

static int decide_roles(struct handover *handover)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(handover->roles) && result == VAULT_OK; i++) {
        json_t *one = json_array_get(handover->roles, i);
        const char *role = json_text(one, "role");
        struct access_request adding = {.action = "grant.add", .role = role, .member = handover->to, .until = json_number(one, "until", 0)};
        struct access_request removing = {.action = "grant.remove", .role = role, .member = handover->user};
        bool given = json_is_true(json_object_get(one, "given"));
        result = given ? decide_grant(handover, &adding, one) : VAULT_OK;
        if (result == VAULT_OK)
            result = decide_one(handover, &removing);
        if (result == VAULT_OK && !given)
            result = revoke_check_last(handover->call, role, handover->user);
    }
    return result;
}

/* --- Doing it --- */

static int note(struct handover *handover, struct change *change, const struct access_request *request, json_t *what)
{
    return change_note(change, request->action, call_note_members(handover->call, request, NULL), what, handover->call->failure);
}

static int note_clients(struct handover *handover, struct change *change, const char *action, const char *member)
{
    struct access_request request = {.action = action, .member = member};
    size_t count = json_array_size(handover->clients);
    int result = VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i += CLIENTS_PER_EVENT) {
        struct client_facts client;
        json_t *part = json_array();
        for (size_t j = i; j < count && j < i + CLIENTS_PER_EVENT; j++)
            (void)json_array_append(part, json_array_get(handover->clients, j));
        result = clients_find(
            handover->call->session, json_string_value(json_array_get(part, 0)), &client, handover->call->failure);
        request.client = &client;
        if (result == VAULT_OK)
            result = note(handover, change, &request, json_pack("{s:s,s:O}", "user", member, "clients", part));
        json_decref(part);
    }
    return result;
}

static int note_role(struct handover *handover, struct change *change, const json_t *one)
{
    const char *role = json_text(one, "role");
    int64_t until = json_number(one, "until", 0);
    struct access_request adding = {.action = "grant.add", .role = role, .member = handover->to};
    struct access_request removing = {.action = "grant.remove", .role = role, .member = handover->user};
    int result = VAULT_OK;
    if (json_is_true(json_object_get(one, "given"))) {
        json_t *what = json_pack("{s:s,s:s}", "role", role, "user", handover->to);
        if (what != NULL && until != 0)
            (void)json_object_set_new(what, "until", json_integer((json_int_t)until));
        if (what != NULL && json_object_get(one, "approval") != NULL)
            (void)json_object_set(what, "approval", json_object_get(one, "approval"));
        result = note(handover, change, &adding, what);
    }
    if (result == VAULT_OK)
        result = note(handover, change, &removing, json_pack("{s:s,s:s}", "role", role, "user", handover->user));
    return result == VAULT_OK ? revoke_effects(handover->call, role, handover->user) : result;
}

static int run(struct handover *handover, const struct access_request *request)
{
    struct call *call = handover->call;
    struct change *change = NULL;
    int64_t left = 0;
    int result = call_change(call, request, NULL, &change);
    if (result != VAULT_OK)
        return result;
    handover->event = change_intent(change);
    for (size_t i = 0; i < json_array_size(handover->roles) && result == VAULT_OK; i++)
        result = note_role(handover, change, json_array_get(handover->roles, i));
    if (result == VAULT_OK)
        result = note_clients(handover, change, "assignment.add", handover->to);
    if (result == VAULT_OK)
        result = note_clients(handover, change, "assignment.remove", handover->user);
    result = call_finish(call, change, result);
    if (result == VAULT_OK)
        result = pending_settle(call->session, call->failure);
    return result == VAULT_OK ? pending_rewrap(call->session, true, &left, call->failure) : result;
}

static int check(struct handover *handover)
{
    struct call *call = handover->call;
    bool found = false;
    int result = need(call, user_exists(call, handover->user, &found), &found, "user", handover->user);
    if (result == VAULT_OK)
        result = need(call, user_exists(call, handover->to, &found), &found, "user", handover->to);
    if (result == VAULT_OK && strcmp(handover->user, handover->to) == 0)
        result = failure_set(call->failure, VAULT_EUSAGE, "name another person to hand over to");
    if (result == VAULT_OK && strcmp(handover->user, session_user(call->session)) == 0)
        result = failure_set(call->failure, VAULT_EINPUT, "nobody hands over himself; ask another admin");
    return result;
}

/* As people are told of them: with an end as a moment. */
static json_t *roles_shown(const struct handover *handover)
{
    json_t *shown = json_deep_copy(handover->roles);
    for (size_t i = 0; i < json_array_size(shown); i++) {
        json_t *one = json_array_get(shown, i);
        int64_t until = json_number(one, "until", 0);
        if (until != 0)
            (void)json_object_set_new(one, "until", json_instant(until));
    }
    return shown;
}

static int reply(struct handover *handover, bool preview)
{
    json_t *value = json_pack("{s:s,s:s,s:b,s:O,s:o,s:O,s:O}", "user", handover->user, "to", handover->to, "preview", preview, "clients",
        handover->clients, "roles", roles_shown(handover), "pending", handover->pending, "seen", handover->seen);
    if (value != NULL && !preview)
        (void)json_object_set_new(value, "event", json_integer((json_int_t)handover->event));
    return reply_value(handover->call, value);
}

int op_handover_run(struct call *call)
{
    struct handover handover = {.call = call, .user = call_text(call, "user"), .to = call_text(call, "to"), .clients = json_array(),
        .roles = json_array(), .pending = json_array()};
    struct access_request request = {.action = "handover.run", .user = handover.user, .member = handover.to};
    bool preview = call_flag(call, "preview");
    int result = check(&handover);
    if (result == VAULT_OK && preview)
        result = call_allow(call, &request, json_pack("{s:{s:b}}", "query", "preview", 1), NULL);
    else if (result == VAULT_OK)
        result = decide_one(&handover, &request);
    if (result == VAULT_OK)
        result = look(&handover);
    if (result == VAULT_OK && !preview)
        result = decide_clients(&handover);
    if (result == VAULT_OK && !preview)
        result = decide_roles(&handover);
    if (result == VAULT_OK && !preview)
        result = run(&handover, &request);
    if (result == VAULT_OK)
        result = reply(&handover, preview);
    json_decref(handover.clients);
    json_decref(handover.roles);
    json_decref(handover.pending);
    json_decref(handover.seen);
    return result;
}
