/* Who may do this? */
#include <string.h>

#include "vault/access/inquiry.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/subject_private.h"

/* --- policy.who_can --- */

struct people {
    struct call *call;
    bool all; /* also those who may not */
};

static int put_person(void *context, const struct listed *one)
{
    const struct people *people = context;
    if (!one->permitted && !people->all)
        return VAULT_OK;
    return reply_row(people->call, json_pack("{s:s,s:b,s:O}", "user", one->user, "permitted", one->permitted,
                                       "policies", one->policies));
}

int ask_log(struct call *call, json_t *query)
{
    struct access_request request = {.action = "policy.ask"};
    return call_allow(call, &request, json_pack("{s:o}", "query", query), NULL);
}

int ask_decide(struct call *call)
{
    struct access_request request = {.action = "policy.ask"};
    struct decision decision = {0};
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    return result;
}

int op_policy_who_can(struct call *call)
{
    struct people people = {.call = call, .all = call_flag(call, "all")};
    struct inquiry_terms terms = {0};
    struct inquiry *inquiry = NULL;
    struct subject subject;
    int result = ask_decide(call);
    if (result == VAULT_OK)
        result = subject_find(call, &subject);
    if (result == VAULT_OK)
        result = ask_log(call, json_pack("{s:s,s:s,s:s}", "action", subject.request.action, "type",
                                   subject.type, "id", subject.id));
    if (result == VAULT_OK)
        result = inquiry_new(call->session, &terms, &inquiry, call->failure);
    if (result == VAULT_OK) {
        struct question question = question_now(call->session, NULL, &subject.request);
        result = inquiry_people(inquiry, &question, put_person, &people, call->failure);
    }
    inquiry_free(inquiry);
    return result;
}
