#include "vault/access/inquiry_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/counters_private.h"
#include "vault/base/instant.h"

int inquiry_new(struct session *session, const struct inquiry_terms *terms, struct inquiry **inquiryp,
    struct failure *failure)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    *inquiryp = NULL;
    if (inquiry == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the question");
    inquiry->session = session;
    inquiry->tables = terms->tables == NULL ? session->store : terms->tables;
    int result = terms->policy.size > 0 ? decider_policy(&inquiry->decider, terms->policy, failure)
                                        : decider_policy_now(&inquiry->decider, session->store, failure);
    if (result == VAULT_OK)
        result = decider_layers(&inquiry->decider, inquiry->tables, failure);
    if (result != VAULT_OK) {
        inquiry_free(inquiry);
        return failure_set(failure, result, "the policy cannot be asked: %s", vault_error_text(result));
    }
    *inquiryp = inquiry;
    return VAULT_OK;
}

void inquiry_free(struct inquiry *inquiry)
{
    if (inquiry == NULL)
        return;
    decider_free(&inquiry->decider);
    free(inquiry);
}

int inquiry_renew(struct inquiry *inquiry, struct failure *failure)
{
    struct decider *decider = &inquiry->decider;
    cedar_entities_free(decider->upper);
    cedar_entities_free(decider->lower);
    cedar_entities_free(decider->base);
    cedar_arena_free(decider->arena);
    decider->upper = NULL;
    decider->lower = NULL;
    decider->base = NULL;
    decider->arena = NULL;
    decider->person[0] = '\0';
    return decider_layers(decider, inquiry->tables, failure);
}

bool inquiry_depends_on_time(const struct inquiry *inquiry)
{
    return inquiry->decider.mentions.time;
}

bool inquiry_counts(const struct inquiry *inquiry)
{
    return inquiry->decider.mentions.counters || inquiry->decider.mentions.tallies;
}

bool inquiry_minds_records(const struct inquiry *inquiry)
{
    return inquiry->decider.mentions.records;
}

int64_t inquiry_until(const struct inquiry *inquiry)
{
    return inquiry->decider.until;
}

void inquiry_set_counters(struct inquiry *inquiry, int64_t hour, int64_t day)
{
    inquiry->counters_given = true;
    inquiry->hour = hour;
    inquiry->day = day;
}

struct question question_now(struct session *session, const char *user, const struct access_request *request)
{
    return (struct question){.user = user == NULL ? session->user : user,
        .host = session->host,
        .time = session_log_time(session),
        .end = UINT64_MAX,
        .request = *request};
}

int inquiry_asker(
    struct inquiry *inquiry, const struct question *question, struct asker *asker, struct failure *failure)
{
    *asker = (struct asker){.decider = &inquiry->decider,
        .store = inquiry->tables,
        .user = question->user,
        .host = question->host,
        .time = question->time,
        .hour = inquiry->hour,
        .day = inquiry->day};
    if (!inquiry->decider.mentions.tallies && (!inquiry->decider.mentions.counters || inquiry->counters_given))
        return VAULT_OK;
    return counters_fill(inquiry->session, asker, question->end, failure);
}

int inquiry_authorize(struct inquiry *inquiry, const struct question *question, struct asker *asker,
    char id[ULID_TEXT_SIZE], struct cedar_request *asked, struct cedar_answer *answer, struct failure *failure)
{
    const struct decider *decider = &inquiry->decider;
    int result = inquiry_asker(inquiry, question, asker, failure);
    bool known = strcmp(decider->person, question->user) == 0 && question->time < decider->until;
    if (result == VAULT_OK && !known)
        result = decider_person(asker, failure);
    if (result == VAULT_OK)
        result = ask_authorize(inquiry->session, asker, &question->request, id, asked, answer, failure);
    return result == VAULT_OK
               ? result
               : failure_set(failure, result, "the question cannot be put: %s", vault_error_text(result));
}

int inquiry_decide(
    struct inquiry *inquiry, const struct question *question, json_t **decision, struct failure *failure)
{
    struct decider *decider = &inquiry->decider;
    struct cedar_answer answer = {0};
    struct cedar_request asked;
    struct asker asker;
    char id[ULID_TEXT_SIZE];
    *decision = NULL;
    int result = inquiry_authorize(inquiry, question, &asker, id, &asked, &answer, failure);
    if (result == VAULT_OK && (*decision = answer_json(decider, &answer)) == NULL)
        result = VAULT_ENOMEM;
    return result;
}
