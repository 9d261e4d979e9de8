/* Requests for approval, approvals and what spends them.  Checked here, and not only where they are asked for: a log in
 * which one was spent twice, by whom it was not for, or after its time does not verify. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/authority_private.h"
#include "vault/access/settings.h"

/* A live caller is refused; replay takes it for damage. */
static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDENIED, "event %lld: %s", (long long)apply->seq, why);
}

static int run_on(struct apply *apply, enum query query, int64_t number, const char *first, const char *second)
{
    struct statement *statement;
    int result = apply_query(apply, query, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, number);
    if (first != NULL)
        bind_text(statement, 2, first);
    if (second != NULL)
        bind_text(statement, 3, second);
    return apply_run(apply, statement);
}

/* --- Filing --- */

static int sealed_text(struct apply *apply, struct buffer *sealed)
{
    /* A live caller puts the text with it; replay knows only its hash. */
    const char *text = json_text(apply->change, "text");
    if (text == NULL)
        return VAULT_OK;
    return base64_decode(bytes_of_text(text), sealed) == VAULT_OK ? VAULT_OK : apply_missing(apply, "text");
}

int apply_sealed_text(struct apply *apply, struct buffer *sealed)
{
    return sealed_text(apply, sealed);
}

static bool sound(const json_t *change)
{
    int64_t needed = json_number(change, "needed", 0);
    int64_t duration = json_number(change, "duration", 0);
    int64_t uses = json_number(change, "uses", 0);
    const json_t *scope = json_object_get(change, "scope");
    return needed >= 1 && needed <= (int64_t)APPROVALS_NEEDED_MAX && duration >= 1 && duration <= APPROVAL_DURATION_MAX &&
           uses >= 1 && uses <= APPROVAL_USES_MAX && json_text(scope, "action") != NULL && json_text(scope, "type") != NULL &&
           json_array_size(json_object_get(scope, "ids")) > 0;
}

int apply_approval_request(struct apply *apply)
{
    struct buffer scope = {0};
    struct buffer hash = {0};
    struct buffer sealed = {0};
    struct statement *statement;
    int result = sound(apply->change) ? VAULT_OK : refuse(apply, "a request for approval that does not bind");
    if (result == VAULT_OK)
        result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK)
        result = sealed_text(apply, &sealed);
    if (result == VAULT_OK)
        result = json_write_canonical(json_object_get(apply->change, "scope"), &scope);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_REQUEST_PUT, &statement);
    if (result == VAULT_OK) {
        bind_number(statement, 1, apply->seq);
        bind_text(statement, 2, apply->actor);
        bind_text(statement, 3, buffer_text(&scope));
        bind_bytes(statement, 4, buffer_bytes(&hash));
        bind_bytes(statement, 5, buffer_bytes(&sealed));
        bind_number(statement, 6, json_number(apply->change, "needed", 0));
        bind_number(statement, 7, json_number(apply->change, "duration", 0));
        bind_number(statement, 8, json_number(apply->change, "uses", 0));
        bind_number(statement, 9, apply->time);
        result = apply_run(apply, statement);
    }
    buffer_free(&scope);
    buffer_free(&hash);
    buffer_free(&sealed);
    return result;
}

/* --- The request that a change names --- */

static int read_request(struct apply *apply, const char *member, struct approval *approval)
{
    int result = approval_read(apply->store, json_number(apply->change, member, -1), approval, apply->failure);
    return result == VAULT_ENOTFOUND ? refuse(apply, "nobody asked for that approval") : result;
}

static bool is_requester(const struct apply *apply, const struct approval *approval)
{
    return strcmp(approval->requester, apply->actor) == 0;
}

static bool approves_already(const struct apply *apply, const struct approval *approval)
{
    for (size_t i = 0; i < approval->approver_count; i++) {
        if (strcmp(approval->approvers[i], apply->actor) == 0)
            return true;
    }
    return false;
}

/* What leads to keys is approved by those who could do it themselves. */
static int check_floor(struct apply *apply, const struct approval *approval)
{
    struct statement *statement;
    bool row = false;
    const char *action = json_text(approval->scope, "action");
    if (action == NULL || (strcmp(action, "grant.add") != 0 && strcmp(action, "policy.set") != 0))
        return VAULT_OK;
    int result = apply_query(apply, QUERY_GRANTS_OF_BASE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, apply->actor);
    bind_text(statement, 2, "admin");
    result = statement_step(statement, &row, apply->failure);
    bool admin = result == VAULT_OK && row && column_number(statement, 0) > 0;
    statement_reset(statement);
    return result != VAULT_OK || admin ? result : refuse(apply, "who approves this must be an admin");
}

static int check_approval(struct apply *apply, const struct approval *approval)
{
    struct buffer hash = {0};
    int result = apply_hash(apply, "hash", &hash);
    if (result == VAULT_OK && !bytes_equal(buffer_bytes(&hash), buffer_bytes(&approval->hash)))
        result = refuse(apply, "it approves something else than was asked for");
    buffer_free(&hash);
    if (result != VAULT_OK)
        return result;
    if (is_requester(apply, approval))
        return refuse(apply, "nobody approves what he asked for himself");
    if (approval_state(approval, apply->time) != APPROVAL_PENDING)
        return refuse(apply, "that request is not pending any more");
    if (approves_already(apply, approval))
        return refuse(apply, "who approves twice counts once");
    return check_floor(apply, approval);
}

int apply_approval_approve(struct apply *apply)
{
    struct approval approval = {0};
    struct statement *statement;
    int result = read_request(apply, "request", &approval);
    if (result == VAULT_OK)
        result = check_approval(apply, &approval);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_CONSENT_PUT, &statement);
    if (result == VAULT_OK) {
        bind_number(statement, 1, approval.seq);
        bind_text(statement, 2, apply->actor);
        bind_number(statement, 3, apply->seq);
        result = apply_run(apply, statement);
    }
    /* The clock starts with the last one that is needed. */
    if (result == VAULT_OK && approval.approver_count + 1 >= approval.needed)
        result = apply_query(apply, QUERY_REQUEST_START, &statement);
    if (result == VAULT_OK && approval.approver_count + 1 >= approval.needed) {
        bind_number(statement, 1, approval.seq);
        bind_number(statement, 2, apply->time);
        result = apply_run(apply, statement);
    }
    approval_free(&approval);
    return result;
}

/* --- Ends --- */

static int close_request(struct apply *apply, const struct approval *approval, const char *how)
{
    enum approval_state state = approval_state(approval, apply->time);
    if (state != APPROVAL_PENDING && state != APPROVAL_APPROVED)
        return refuse(apply, "that request is over already");
    return run_on(apply, QUERY_REQUEST_CLOSE, approval->seq, how, apply->actor);
}

int apply_approval_deny(struct apply *apply)
{
    struct approval approval = {0};
    int result = read_request(apply, "request", &approval);
    if (result == VAULT_OK && is_requester(apply, &approval))
        result = refuse(apply, "who asks withdraws, and does not deny");
    if (result == VAULT_OK)
        result = close_request(apply, &approval, "denied");
    approval_free(&approval);
    return result;
}

int apply_approval_hand_back(struct apply *apply)
{
    struct approval approval = {0};
    int result = read_request(apply, "request", &approval);
    if (result == VAULT_OK && !is_requester(apply, &approval))
        result = refuse(apply, "only who asked for it hands it back");
    if (result == VAULT_OK && approval_state(&approval, apply->time) != APPROVAL_APPROVED)
        result = refuse(apply, "there is nothing to hand back");
    if (result == VAULT_OK)
        result = close_request(apply, &approval, "handed_back");
    approval_free(&approval);
    return result;
}

/* Fewer than are needed are left: the clock has not started. */
static int stop_clocks(struct apply *apply)
{
    return run_on(apply, QUERY_REQUESTS_STOP, apply->time, NULL, NULL);
}

static int withdraw_own(struct apply *apply, const struct approval *approval)
{
    struct statement *statement;
    enum approval_state state = approval_state(approval, apply->time);
    if (!approves_already(apply, approval) || (state != APPROVAL_PENDING && state != APPROVAL_APPROVED))
        return refuse(apply, "there is nothing of his to withdraw");
    int result = apply_query(apply, QUERY_CONSENT_LAPSE, &statement);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, approval->seq);
    bind_text(statement, 2, apply->actor);
    bind_number(statement, 3, apply->seq);
    result = apply_run(apply, statement);
    return result == VAULT_OK ? stop_clocks(apply) : result;
}

int apply_approval_withdraw(struct apply *apply)
{
    struct approval approval = {0};
    int result = read_request(apply, "request", &approval);
    if (result == VAULT_OK)
        result = is_requester(apply, &approval) ? close_request(apply, &approval, "withdrawn") : withdraw_own(apply, &approval);
    approval_free(&approval);
    return result;
}

int apply_lapse_approvals(struct apply *apply, const char *user, bool gone)
{
    struct statement *statement;
    int result = apply_query(apply, QUERY_CONSENTS_LAPSE, &statement);
    if (result == VAULT_OK) {
        bind_text(statement, 1, user);
        bind_number(statement, 2, apply->seq);
        bind_number(statement, 3, apply->time);
        result = apply_run(apply, statement);
    }
    if (result == VAULT_OK)
        result = stop_clocks(apply);
    if (result == VAULT_OK && gone)
        result = apply_query(apply, QUERY_REQUESTS_LAPSE, &statement);
    if (result != VAULT_OK || !gone)
        return result;
    bind_text(statement, 1, user);
    bind_text(statement, 2, apply->actor);
    bind_number(statement, 3, apply->time);
    return apply_run(apply, statement);
}

/* --- Spending --- */

static int spend(struct apply *apply, const struct approval *approval)
{
    enum approval_state state = approval_state(approval, apply->time);
    if (!is_requester(apply, approval))
        return refuse(apply, "that approval is for somebody else");
    if (state == APPROVAL_USED)
        return refuse(apply, "that approval has been used as often as it may be");
    if (state == APPROVAL_EXPIRED)
        return refuse(apply, "the time of that approval is over");
    if (state != APPROVAL_APPROVED)
        return refuse(apply, "that approval is not in force");
    return run_on(apply, QUERY_REQUEST_USE, approval->seq, NULL, NULL);
}

int apply_approval_use(struct apply *apply)
{
    struct approval approval = {0};
    const char *action;
    int result = apply_text(apply, "action", &action);
    if (result == VAULT_OK)
        result = read_request(apply, "request", &approval);
    if (result == VAULT_OK && (json_text(approval.scope, "action") == NULL || strcmp(json_text(approval.scope, "action"), action) != 0))
        result = refuse(apply, "that approval is for something else");
    if (result == VAULT_OK)
        result = spend(apply, &approval);
    approval_free(&approval);
    return result;
}

int apply_take_approval(struct apply *apply, const struct access_request *request)
{
    struct approval approval = {0};
    unsigned needed = 0;
    bool named = json_object_get(apply->change, "approval") != NULL;
    int result = strcmp(apply->actor, "vault") == 0 ? VAULT_OK : approvals_needed(apply->store, request, &needed, apply->failure);
    if (result != VAULT_OK || (needed == 0 && !named))
        return result;
    if (!named)
        return refuse(apply, "it takes the approval of others here");
    result = read_request(apply, "approval", &approval);
    if (result == VAULT_OK && !approval_covers(approval.scope, request))
        result = refuse(apply, "that approval is for something else");
    if (result == VAULT_OK && approval.approver_count < needed)
        result = refuse(apply, "too few have approved it");
    if (result == VAULT_OK)
        result = spend(apply, &approval);
    approval_free(&approval);
    return result;
}
