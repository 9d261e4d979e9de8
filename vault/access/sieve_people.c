/* Many people held against one resource: what is left of the policy when all but the person is known. */
#include <string.h>

#include "vault/access/inquiry_private.h"

struct crowd {
    struct inquiry *inquiry;
    struct question question; /* of the person at hand */
    struct asker asker;
    struct cedar_arena *kept; /* of the residual; the decider's is emptied for each person */
    struct cedar_residual *residual;
    char id[ULID_TEXT_SIZE];
    bool whole; /* the resource or the context is another one for each person, so each is decided in full */
    struct failure *failure;
};

/* What is asked about goes below, so that people can be laid over it one by one. */
static int crowd_residual(struct crowd *crowd)
{
    struct asker *asker = &crowd->asker;
    struct decider *decider = asker->decider;
    const struct access_request *request = &crowd->question.request;
    struct cedar_request asked = {.principal = {.type = CEDAR_STR("User")},
        .action = cedar_uid_of("Action", request->action),
        .resource = ask_resource(request, crowd->id)};
    struct cedar_arena *scratch = decider->arena;
    decider->person[0] = '\0';
    cedar_entities_reset(decider->upper);
    cedar_entities_reset(decider->lower);
    int result = ask_add_resource(asker, request, decider->lower, crowd->failure);
    if (result == VAULT_OK && cedar_entities_seal(decider->lower, NULL) != CEDAR_OK)
        result = VAULT_ENOMEM;
    if (result != VAULT_OK)
        return result;
    /* The context stays in use with the residual, so it is made in the arena that is kept. */
    decider->arena = crowd->kept;
    asked.context = ask_context(asker, request);
    decider->arena = scratch;
    if (asked.context == NULL || cedar_residual_new(decider->policies, decider->lower, &asked,
                                     CEDAR_UNKNOWN_PRINCIPAL, crowd->kept, &crowd->residual) != CEDAR_OK)
        return VAULT_ENOMEM;
    return VAULT_OK;
}

static int decide_by_residual(struct crowd *crowd, struct cedar_answer *answer)
{
    struct asker *asker = &crowd->asker;
    struct decider *decider = asker->decider;
    struct cedar_request filling = {.principal = cedar_uid_of("User", crowd->question.user)};
    cedar_arena_reset(decider->arena);
    cedar_entities_reset(decider->upper);
    int result = entities_add_person(
        asker->store, decider->upper, crowd->question.user, asker->time, NULL, crowd->failure);
    if (result == VAULT_OK && cedar_entities_seal(decider->upper, NULL) != CEDAR_OK)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK &&
        cedar_residual_decide(crowd->residual, decider->upper, &filling, decider->arena, answer) != CEDAR_OK)
        result = VAULT_ENOMEM;
    return result;
}

static int decide_whole(struct crowd *crowd, struct cedar_answer *answer)
{
    struct cedar_request asked;
    struct asker asker;
    return inquiry_authorize(crowd->inquiry, &crowd->question, &asker, crowd->id, &asked, answer, crowd->failure);
}

static int tell(struct crowd *crowd, listed_fn each, void *context)
{
    struct cedar_answer answer = {0};
    int result = crowd->whole ? decide_whole(crowd, &answer) : decide_by_residual(crowd, &answer);
    json_t *names = result == VAULT_OK ? answer_names(&answer) : NULL;
    struct listed listed = {
        .user = crowd->question.user, .permitted = answer.decision == CEDAR_ALLOW, .policies = names};
    if (result == VAULT_OK)
        result = names == NULL ? VAULT_ENOMEM : each(context, &listed);
    json_decref(names);
    return result;
}

static int crowd_start(struct crowd *crowd)
{
    struct statement *freezes;
    int result = inquiry_asker(crowd->inquiry, &crowd->question, &crowd->asker, crowd->failure);
    if (result == VAULT_OK)
        result = store_query(crowd->inquiry->tables, QUERY_FREEZE_LIST, &freezes, crowd->failure);
    if (result == VAULT_OK)
        result = statement_step(freezes, &crowd->whole, crowd->failure);
    if (result == VAULT_OK)
        statement_reset(freezes);
    crowd->whole = crowd->whole || inquiry_counts(crowd->inquiry);
    return result == VAULT_OK && !crowd->whole ? crowd_residual(crowd) : result;
}

int inquiry_people(struct inquiry *inquiry, const struct question *question, listed_fn each, void *context,
    struct failure *failure)
{
    struct crowd crowd = {
        .inquiry = inquiry, .question = *question, .kept = cedar_arena_new(0), .failure = failure};
    struct statement *users = NULL;
    bool row = true;
    int result = crowd.kept == NULL ? VAULT_ENOMEM : crowd_start(&crowd);
    if (result == VAULT_OK)
        result = statement_own(inquiry->tables, QUERY_USER_LIST, &users, failure);
    while (result == VAULT_OK && (result = statement_step(users, &row, failure)) == VAULT_OK && row) {
        crowd.question.user = column_text(users, 0);
        if (column_number(users, 3) == 0)
            result = tell(&crowd, each, context);
    }
    statement_free(users);
    cedar_arena_free(crowd.kept);
    return result == VAULT_OK ? result
                              : failure_set(failure, result, "the people could not be gone through: %s",
                                    vault_error_text(result));
}
