/* Why: a decision of the log, or one that nobody has asked for yet, with the rules that made it. */
#include <string.h>

#include "vault/access/logged.h"
#include "vault/base/instant.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/subject_private.h"

/* The parts of the reply that tell what the explanation is of. */
static json_t *question_json(const struct question *question, const char *type, const char *id)
{
    const struct access_request *request = &question->request;
    json_t *json = json_pack("{s:s,s:s,s:{s:s,s:s},s:o}", "user", question->user, "action", request->action,
        "resource", "type", type, "id", id, "at", json_instant(question->time));
    if (json != NULL && request->purpose != NULL)
        (void)json_object_set_new(json, "purpose", json_string(request->purpose));
    if (json != NULL && request->member != NULL)
        (void)json_object_set_new(json, "member", json_string(request->member));
    return json;
}

/* --- An event --- */

struct past {
    struct call *call;
    uint64_t event;
    json_t *leaf;
    struct replay *replay;
    struct buffer policy;
    struct logged logged;
    struct inquiry *inquiry;
};

static void progress(void *context, uint64_t done)
{
    struct past *past = context;
    reply_progress(past->call, done, past->event, "entries");
}

static int read_leaf(struct past *past)
{
    struct call *call = past->call;
    struct buffer text = {0};
    int result = log_read(session_log(call->session), past->event, &text, call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &past->leaf, call->failure);
    buffer_free(&text);
    if (result != VAULT_OK || logged_has_decision(past->leaf))
        return result;
    int64_t intent = json_number(past->leaf, "intent", -1);
    if (intent >= 0)
        failure_remedy(call->failure, "it is the outcome of event %lld; explain that one", (long long)intent);
    return failure_set(call->failure, VAULT_EINPUT, "event %llu is not one that a policy decided",
        (unsigned long long)past->event);
}

/* The question, the tables and the policy of then. */
static int go_back(struct past *past)
{
    struct call *call = past->call;
    int result = read_leaf(past);
    if (result == VAULT_OK)
        result = logged_replay(call->session, past->event, &past->replay, progress, past, call->failure);
    if (result == VAULT_OK)
        result = logged_question(
            call->session, replay_store(past->replay), past->event, past->leaf, &past->logged, call->failure);
    if (result == VAULT_OK)
        result = logged_policy(call->session, past->logged.policy_hash, &past->policy, call->failure);
    if (result == VAULT_OK) {
        struct inquiry_terms terms = {buffer_bytes(&past->policy), replay_store(past->replay)};
        result = inquiry_new(call->session, &terms, &past->inquiry, call->failure);
    }
    return result;
}

/* json_equal() holds nothing equal to nothing. */
static bool same_member(const json_t *a, const json_t *b, const char *name)
{
    const json_t *x = json_object_get(a, name);
    const json_t *y = json_object_get(b, name);
    return x == NULL || y == NULL ? x == y : json_equal(x, y);
}

static bool same_decision(const json_t *logged, const json_t *now)
{
    return same_member(logged, now, "effect") && same_member(logged, now, "policies") &&
           same_member(logged, now, "errors");
}

static int explain_past(struct past *past, json_t **value)
{
    const struct logged *logged = &past->logged;
    int result = inquiry_explain(past->inquiry, &logged->question, value, past->call->failure);
    if (result != VAULT_OK)
        return result;
    json_t *said = json_pack("{s:O,s:O}", "effect", json_object_get(logged->decision, "effect"), "policies",
        json_object_get(logged->decision, "policies"));
    bool bad =
        json_object_set_new(*value, "event", json_integer((json_int_t)past->event)) != 0 ||
        json_object_set_new(*value, "question",
            question_json(&logged->question, logged->resource_type, logged->resource_id)) != 0 ||
        json_object_set_new(*value, "logged", said) != 0 ||
        json_object_set_new(*value, "agrees", json_boolean(same_decision(logged->decision, *value))) != 0;
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

static int explain_event(struct call *call, json_t **value)
{
    struct past past = {.call = call, .event = (uint64_t)call_number(call, "event", 0)};
    int result = go_back(&past);
    if (result == VAULT_OK)
        result = explain_past(&past, value);
    inquiry_free(past.inquiry);
    buffer_free(&past.policy);
    replay_free(past.replay);
    json_decref(past.leaf);
    return result;
}

/* --- A question --- */

static int explain_question(struct call *call, const struct subject *subject, json_t **value)
{
    struct inquiry_terms terms = {0};
    struct inquiry *inquiry = NULL;
    struct question question = question_now(call->session, call_text(call, "user"), &subject->request);
    int result = inquiry_new(call->session, &terms, &inquiry, call->failure);
    if (result == VAULT_OK)
        result = inquiry_explain(inquiry, &question, value, call->failure);
    if (result == VAULT_OK &&
        json_object_set_new(*value, "question", question_json(&question, subject->type, subject->id)) != 0)
        result = VAULT_ENOMEM;
    inquiry_free(inquiry);
    return result;
}

/* One or the other, whole. */
static int check_form(struct call *call)
{
    bool event = json_object_get(call->arguments, "event") != NULL;
    int parts = (call_text(call, "user") != NULL) + (call_text(call, "action") != NULL) +
                (call_text(call, "resource") != NULL);
    if (event && call_number(call, "event", -1) < 0)
        return failure_set(call->failure, VAULT_EUSAGE, "event: must not be negative");
    if (event ? parts == 0 : parts == 3)
        return VAULT_OK;
    failure_remedy(call->failure, "name an event of the log, or a user, an action and a resource");
    return failure_set(call->failure, VAULT_EUSAGE, "what is to be explained?");
}

static json_t *query_json(struct call *call, const struct subject *subject)
{
    if (json_object_get(call->arguments, "event") != NULL)
        return json_pack("{s:{s:I}}", "query", "event", (json_int_t)call_number(call, "event", 0));
    return json_pack("{s:{s:s,s:s,s:s,s:s}}", "query", "user", call_text(call, "user"), "action",
        call_text(call, "action"), "type", subject->type, "id", subject->id);
}

int op_policy_explain(struct call *call)
{
    struct access_request request = {.action = "policy.explain"};
    struct decision decision = {0};
    struct subject subject = {0};
    json_t *value = NULL;
    bool event = json_object_get(call->arguments, "event") != NULL;
    int result = check_form(call);
    /* Who may not ask is not told which clients there are. */
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK && !event)
        result = subject_find(call, &subject);
    if (result == VAULT_OK && !event)
        result = subject_user(call, call_text(call, "user"));
    if (result == VAULT_OK)
        result = call_allow(call, &request, query_json(call, &subject), NULL);
    if (result == VAULT_OK)
        result = event ? explain_event(call, &value) : explain_question(call, &subject, &value);
    if (result == VAULT_OK)
        result = reply_value(call, value);
    else
        json_decref(value);
    return result;
}
