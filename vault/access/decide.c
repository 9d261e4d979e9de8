#include "vault/access/decide.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/ask_private.h"
#include "vault/access/counters_private.h"
#include "vault/base/instant.h"

void access_forget(struct session *session)
{
    decider_free(&session->decider);
}

struct asker session_asker(struct session *session)
{
    return (struct asker){.decider = &session->decider,
        .store = session->store,
        .recall = session->recall,
        .user = session->user,
        .host = session->host,
        .time = session_log_time(session)};
}

int session_decider(struct session *session, struct asker *asker, struct failure *failure)
{
    struct decider *decider = &session->decider;
    *asker = session_asker(session);
    /* A grant that ran out meanwhile is as good as none. */
    if (decider->policies != NULL && asker->time < decider->until)
        return VAULT_OK;
    decider_free(decider);
    int result = decider_policy_now(decider, session->store, failure);
    if (result == VAULT_OK)
        result = decider_layers(decider, session->store, failure);
    if (result == VAULT_OK)
        result = decider_person(asker, failure);
    if (result != VAULT_OK)
        decider_free(decider);
    return result;
}

int access_minds_approvals(struct session *session, bool *minds, struct failure *failure)
{
    struct asker asker;
    int result = session_decider(session, &asker, failure);
    *minds = result == VAULT_OK && asker.decider->mentions.awaits;
    return result;
}

/* For people, when denied. */
static void give_reason(const struct access_request *request, const struct session *session,
    const struct cedar_answer *answer, struct decision *decision)
{
    struct cedar_str why = {0};
    if (decision->permitted)
        return;
    if (answer->reason_count == 0) {
        (void)snprintf(decision->reason, sizeof decision->reason, "no rule permits %s to %s here",
            request->action, session->user);
        return;
    }
    struct cedar_str name = policy_name(answer->reasons[0]);
    (void)cedar_policy_annotation(answer->reasons[0], CEDAR_STR("why"), &why);
    (void)snprintf(decision->reason, sizeof decision->reason, "rule '%.*s' forbids %s to %s: %.*s",
        (int)name.len, name.data, request->action, session->user, (int)why.len,
        why.data == NULL ? "" : why.data);
}

int access_decide(struct session *session, const struct access_request *request, struct decision *decision,
    struct failure *failure)
{
    struct cedar_answer answer = {0};
    struct cedar_request asked;
    struct asker asker;
    char id[ULID_TEXT_SIZE];
    memset(decision, 0, sizeof *decision);
    int result = session_decider(session, &asker, failure);
    if (result != VAULT_OK)
        return result;
    struct decider *decider = asker.decider;
    if (decider->mentions.counters || decider->mentions.tallies)
        result = counters_fill(session, &asker, UINT64_MAX, failure);
    if (result == VAULT_OK)
        result = ask_authorize(session, &asker, request, id, &asked, &answer, failure);
    if (result != VAULT_OK)
        return failure_set(failure, result, "the request could not be decided: %s", vault_error_text(result));
    decision->permitted = answer.decision == CEDAR_ALLOW;
    decision->approval = asker.grounds.approval;
    decision->breakglass = asker.grounds.breakglass;
    decision->awaits = decision->permitted ? 0 : asker.lacking;
    give_reason(request, session, &answer, decision);
    decision->json = answer_json(decider, &answer);
    return decision->json == NULL ? VAULT_ENOMEM : VAULT_OK;
}

void decision_free(struct decision *decision)
{
    json_decref(decision->json);
    memset(decision, 0, sizeof *decision);
}

int access_permit(const struct decision *decision, const struct permit_terms *terms, struct permit **permit)
{
    *permit = NULL;
    if (!decision->permitted)
        return VAULT_EDENIED;
    *permit = permit_make(terms);
    return *permit == NULL ? VAULT_ENOMEM : VAULT_OK;
}
