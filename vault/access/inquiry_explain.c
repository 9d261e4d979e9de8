/* Why: the policies that determined a decision, and what stood in the way of another one. */
#include <string.h>

#include "vault/access/inquiry_private.h"

/* One question being explained. */
struct explaining {
    struct decider *decider;
    struct cedar_request asked;
    struct cedar_answer answer;
    const struct cedar_trace *traces;
    struct cedar_residual *by_action; /* policies that are about this action at all */
    json_t *rules;
    json_t *needs;
};

static json_t *text_of(struct cedar_str text)
{
    return json_stringn(text.data == NULL ? "" : text.data, text.len);
}

/* What every mention of a policy tells. */
static json_t *mention(const struct cedar_policy *policy)
{
    return json_pack("{s:o,s:s,s:I}", "policy", text_of(policy_name(policy)), "effect",
        cedar_policy_effect(policy) == CEDAR_PERMIT ? "permit" : "forbid", "line",
        (json_int_t)cedar_policy_line(policy));
}

static int put_rules(struct explaining *explaining)
{
    const struct cedar_answer *answer = &explaining->answer;
    int bad = 0;
    for (size_t i = 0; i < answer->reason_count && !bad; i++) {
        const struct cedar_policy *policy = answer->reasons[i];
        struct cedar_str why;
        json_t *rule = mention(policy);
        bad = rule == NULL || json_object_set_new(rule, "text", text_of(cedar_policy_text(policy))) != 0;
        if (!bad && cedar_policy_annotation(policy, CEDAR_STR("why"), &why))
            bad = json_object_set_new(rule, "why", text_of(why)) != 0;
        bad = json_array_append_new(explaining->rules, rule) != 0 || bad;
    }
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

/* --- What would have to be different --- */

static const char *because(enum cedar_outcome outcome)
{
    switch (outcome) {
    case CEDAR_WHEN_FALSE:
        return "when";
    case CEDAR_UNLESS_TRUE:
        return "unless";
    case CEDAR_FAILED:
        return "failed";
    case CEDAR_OTHER_RESOURCE:
        return "resource";
    case CEDAR_OTHER_PRINCIPAL:
        return "principal";
    case CEDAR_OTHER_ACTION:
    case CEDAR_SATISFIED:
    default:
        return NULL;
    }
}

static bool is_about_the_action(const struct explaining *explaining, const struct cedar_policy *policy)
{
    for (size_t i = 0; i < cedar_residual_count(explaining->by_action); i++) {
        if (cedar_residual_policy(explaining->by_action, i) == policy)
            return true;
    }
    return false;
}

static int put_need(struct explaining *explaining, const struct cedar_trace *trace, const char *word)
{
    json_t *need = mention(trace->policy);
    int bad = need == NULL || json_object_set_new(need, "because", json_string(word)) != 0;
    if (!bad && trace->line > 0 && trace->expr.len > 0)
        bad = json_object_set_new(need, "at", json_integer((json_int_t)trace->line)) != 0 ||
              json_object_set_new(need, "expression", text_of(trace->expr)) != 0;
    if (!bad && trace->message.len > 0)
        bad = json_object_set_new(need, "message", text_of(trace->message)) != 0;
    return json_array_append_new(explaining->needs, need) != 0 || bad ? VAULT_ENOMEM : VAULT_OK;
}

/* Every forbid that held must not; and where no permit held, one of them must: those whose scope fits, first.
 */
static int put_needs(struct explaining *explaining)
{
    static const enum cedar_outcome order[] = {
        CEDAR_WHEN_FALSE, CEDAR_UNLESS_TRUE, CEDAR_FAILED, CEDAR_OTHER_RESOURCE, CEDAR_OTHER_PRINCIPAL};
    size_t count = cedar_policies_count(explaining->decider->policies);
    bool permitted = false;
    int result = VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        const struct cedar_trace *trace = &explaining->traces[i];
        bool held = trace->outcome == CEDAR_SATISFIED;
        permitted = permitted || (held && cedar_policy_effect(trace->policy) == CEDAR_PERMIT);
        if (held && cedar_policy_effect(trace->policy) == CEDAR_FORBID)
            result = put_need(explaining, trace, "forbids");
    }
    for (size_t o = 0; o < sizeof order / sizeof order[0] && !permitted; o++) {
        for (size_t i = 0; i < count && result == VAULT_OK; i++) {
            const struct cedar_trace *trace = &explaining->traces[i];
            if (trace->outcome == order[o] && cedar_policy_effect(trace->policy) == CEDAR_PERMIT &&
                is_about_the_action(explaining, trace->policy))
                result = put_need(explaining, trace, because(order[o]));
        }
    }
    return result;
}

/* --- Together --- */

static int evaluate(struct explaining *explaining)
{
    struct decider *decider = explaining->decider;
    const struct cedar_request *asked = &explaining->asked;
    int status = cedar_explain(decider->policies, decider->upper, asked, decider->arena, &explaining->traces);
    if (status == CEDAR_OK)
        status = cedar_residual_new(decider->policies, decider->upper, asked,
            CEDAR_UNKNOWN_PRINCIPAL | CEDAR_UNKNOWN_RESOURCE | CEDAR_UNKNOWN_CONTEXT, decider->arena,
            &explaining->by_action);
    return status == CEDAR_OK ? VAULT_OK : VAULT_ENOMEM;
}

int inquiry_explain(
    struct inquiry *inquiry, const struct question *question, json_t **explanation, struct failure *failure)
{
    struct explaining explaining = {
        .decider = &inquiry->decider, .rules = json_array(), .needs = json_array()};
    struct asker asker;
    char id[ULID_TEXT_SIZE];
    json_t *json = NULL;
    *explanation = NULL;
    int result = inquiry_authorize(inquiry, question, &asker, id, &explaining.asked, &explaining.answer, failure);
    if (result == VAULT_OK)
        result = evaluate(&explaining);
    if (result == VAULT_OK)
        result = put_rules(&explaining);
    if (result == VAULT_OK && explaining.answer.decision != CEDAR_ALLOW)
        result = put_needs(&explaining);
    if (result == VAULT_OK) {
        json = answer_json(&inquiry->decider, &explaining.answer);
        bool bad = json == NULL || json_object_set(json, "rules", explaining.rules) != 0 ||
                   json_object_set(json, "needs", explaining.needs) != 0;
        result = bad ? VAULT_ENOMEM : VAULT_OK;
    }
    if (result == VAULT_OK)
        *explanation = json;
    else
        json_decref(json);
    json_decref(explaining.rules);
    json_decref(explaining.needs);
    return result;
}
