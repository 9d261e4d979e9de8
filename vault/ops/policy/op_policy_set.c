/* Another policy: checked, and put in force by one person, or proposed by one and approved by another. */
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/access/policy_text.h"
#include "vault/access/settings.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/policy_private.h"

/* A new policy on its way. */
struct candidate {
    struct bytes text;
    struct hash hash;
    bool approvals;        /* they ask for approvals there */
    bool two;              /* the firm's settings ask for two people where access may widen */
    bool narrows;          /* it surely permits nothing new */
    struct buffer because; /* why it may */
};

static int in_force(struct call *call, struct buffer *text)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_POLICY_NOW, &statement, call->failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, call->failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_EDAMAGED : result;
    buffer_put(text, column_bytes(statement, 1));
    statement_reset(statement);
    return buffer_error(text);
}

static int weigh(struct call *call, struct candidate *out)
{
    struct buffer old = {0};
    int result = policy_check(call->session, out->text, call->failure);
    hash_sha256(out->text, &out->hash);
    if (result == VAULT_OK)
        result = setting_is_on(session_store(call->session), SETTING_TWO_PEOPLE, &out->two, call->failure);
    struct access_request request = {.action = "policy.set", .policy_hash = &out->hash};
    unsigned needed = 0;
    if (result == VAULT_OK)
        result = approvals_needed(session_store(call->session), &request, &needed, call->failure);
    out->approvals = needed > 0;
    if (result == VAULT_OK && (out->two || out->approvals)) {
        result = in_force(call, &old);
        if (result == VAULT_OK)
            result = policy_narrows(buffer_bytes(&old), out->text, &out->narrows, &out->because);
    }
    buffer_free(&old);
    return result;
}

static int log_change(struct call *call, const struct candidate *out, bool propose, uint64_t *event)
{
    struct access_request request = {.action = propose ? "policy.propose" : "policy.set"};
    if (out->approvals && !out->narrows)
        request.policy_hash = &out->hash;
    struct change *change = NULL;
    json_t *what = json_pack(
        "{s:o,s:s%}", "hash", json_base64(hash_bytes(&out->hash)), "text", out->text.data, out->text.size);
    if (what != NULL && out->narrows && !propose)
        (void)json_object_set_new(what, "narrows", json_true());
    int result = what == NULL ? failure_set(call->failure, VAULT_EINPUT, "the policy is not UTF-8 text")
                              : call_change(call, &request, what, &change);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    return call_finish(call, change, VAULT_OK);
}

/* Cases are files of a person's machine, so the program that reads them tries them and says how many held. */
static int check_tests(struct call *call)
{
    bool on = false;
    int result = setting_is_on(session_store(call->session), SETTING_TESTS, &on, call->failure);
    if (result != VAULT_OK || !on || call_number(call, "tests", 0) > 0)
        return result;
    failure_remedy(call->failure, "name the directory of the cases: policy set FILE --tests DIR");
    return failure_set(call->failure, VAULT_EINPUT, "this firm tries its own cases before a policy is set");
}

int op_policy_set(struct call *call)
{
    struct candidate out = {.text = bytes_of_text(call_text(call, "text"))};
    struct access_request request = {.action = "policy.set"};
    struct decision decision = {0};
    uint64_t event = 0;
    /* Decided first, so that who may not set one learns nothing from how a text is checked. */
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check_tests(call);
    /* Held from here on, so that what it is weighed against is what it takes the place of. */
    if (result == VAULT_OK)
        result = change_hold(call->session, call->failure);
    if (result == VAULT_OK)
        result = weigh(call, &out);
    bool propose = out.two && !out.narrows && !out.approvals;
    if (result == VAULT_OK)
        result = log_change(call, &out, propose, &event);
    change_release(call->session);
    if (result == VAULT_OK) {
        json_t *value = json_pack("{s:o,s:I,s:b}", "hash", json_hex(hash_bytes(&out.hash)), "event",
            (json_int_t)event, "proposed", propose);
        if (value != NULL && propose)
            (void)json_object_set_new(value, "because", json_string(buffer_text(&out.because)));
        result = reply_value(call, value);
    }
    buffer_free(&out.because);
    return result;
}

/* --- policy.approve --- */

/* What authority would refuse, said so that a person knows what to do. */
static int check_people(struct call *call, const struct proposal *proposal)
{
    if (bytes_equal(buffer_bytes(&proposal->proposer), bytes_of_text(session_user(call->session)))) {
        failure_remedy(call->failure, "ask another person who may approve policies");
        return failure_set(call->failure, VAULT_EDENIED, "who proposed a policy cannot approve it");
    }
    if (!proposal->active) {
        failure_remedy(call->failure, "set it anew, so that it is proposed by somebody who is active");
        return failure_set(call->failure, VAULT_EDENIED, "who proposed the policy has been disabled since");
    }
    return VAULT_OK;
}

static int approve(struct call *call, struct proposal *proposal)
{
    struct access_request request = {.action = "policy.approve"};
    struct change *change = NULL;
    struct bytes hash = buffer_bytes(&proposal->hash);
    int result = check_people(call, proposal);
    /* A refusal for who approves is a denial as much as one by a rule, and as much to be found in the log. */
    if (result == VAULT_EDENIED)
        result = call_refuse(call, &request, "two people", "query", json_pack("{s:I}", "proposal", (json_int_t)proposal->seq));
    /* Who is there may have changed since it was proposed. */
    if (result == VAULT_OK)
        result = policy_check(call->session, buffer_bytes(&proposal->text), call->failure);
    if (result == VAULT_OK)
        result = call_change(call, &request,
            json_pack("{s:o,s:I}", "hash", json_base64(hash), "proposal", (json_int_t)proposal->seq),
            &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:o,s:s,s:I}", "hash", json_hex(hash), "proposed_by",
                                       buffer_text(&proposal->proposer), "event", (json_int_t)event))
               : result;
}

static int check_hash(struct call *call, const struct proposal *proposal)
{
    struct hash hash;
    hash_sha256(buffer_bytes(&proposal->text), &hash);
    if (bytes_equal(hash_bytes(&hash), buffer_bytes(&proposal->hash)))
        return VAULT_OK;
    return failure_set(
        call->failure, VAULT_EFORGED, "the policy in the store is not the one that was proposed");
}

int op_policy_approve(struct call *call)
{
    struct access_request request = {.action = "policy.approve"};
    struct decision decision = {0};
    struct proposal proposal = {0};
    int64_t seq = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = policy_find_proposal(call, call_text(call, "hash"), &seq);
    if (result == VAULT_OK)
        result = proposal_get(session_store(call->session), seq, &proposal, call->failure);
    if (result == VAULT_OK)
        result = check_hash(call, &proposal);
    if (result == VAULT_OK)
        result = approve(call, &proposal);
    proposal_free(&proposal);
    return result;
}
