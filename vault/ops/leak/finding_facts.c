/* The facts that a finding takes from a case of this vault: what the trace said, with the names that were
 * revealed. */
#include <string.h>

#include "vault/incident/finding_case.h"
#include "vault/log/index.h"
#include "vault/ops/leak/finding_facts_private.h"
#include "vault/ops/leak/trace_case.h"

#define REVEAL_EVENT "trace.reveal_names"

struct revealed {
    struct call *call;
    const char *id;
    json_t *persons; /* pseudonyms, as members */
    bool any;
};

static int take_reveal(void *context, uint64_t index, struct bytes text)
{
    struct revealed *revealed = context;
    json_t *leaf = NULL;
    (void)index;
    int result = json_read(text, &leaf, revealed->call->failure);
    const json_t *trace = json_object_get(leaf, "trace");
    const json_t *persons = json_object_get(trace, "persons");
    const char *id = json_text(trace, "case");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    if (id != NULL && effect != NULL && strcmp(id, revealed->id) == 0 && strcmp(effect, "permit") == 0) {
        revealed->any = true;
        for (size_t i = 0; i < json_array_size(persons); i++)
            (void)json_object_set_new(
                revealed->persons, json_string_value(json_array_get(persons, i)), json_true());
    }
    json_decref(leaf);
    return result;
}

static int read_reveals(struct call *call, struct revealed *revealed)
{
    struct log_query query = {.event = REVEAL_EVENT, .from = INT64_MIN, .to = INT64_MAX};
    return log_index_query(session_log(call->session), session_store(call->session),
        session_keys(call->session)->log_index, &query, take_reveal, revealed, call->failure);
}

int finding_names_revealed(struct call *call, const char *trace_case, bool *any)
{
    struct revealed revealed = {call, trace_case, json_object(), false};
    int result = revealed.persons == NULL ? VAULT_ENOMEM : read_reveals(call, &revealed);
    *any = revealed.any;
    json_decref(revealed.persons);
    return result;
}

/* The user behind a pseudonym, where it may be told; else the pseudonym. */
static json_t *name_of(const struct revealed *revealed, const json_t *names, const char *pseudonym)
{
    const char *user = json_text(names, pseudonym);
    bool told = user != NULL && json_object_get(revealed->persons, pseudonym) != NULL;
    return json_string(told ? user : pseudonym);
}

static int put_name(const struct revealed *revealed, const json_t *names, json_t *object, const char *member)
{
    const char *pseudonym = json_text(object, member);
    if (pseudonym == NULL)
        return VAULT_OK;
    return json_object_set_new(object, member, name_of(revealed, names, pseudonym)) == 0 ? VAULT_OK
                                                                                         : VAULT_ENOMEM;
}

static int put_names(const struct revealed *revealed, const json_t *names, json_t *facts)
{
    const json_t *persons = json_object_get(facts, "persons");
    const json_t *groups = json_object_get(facts, "groups");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(persons) && result == VAULT_OK; i++) {
        result = put_name(revealed, names, json_array_get(persons, i), "actor");
        if (result == VAULT_OK)
            result = put_name(revealed, names, json_array_get(persons, i), "nearest");
    }
    for (size_t i = 0; i < json_array_size(groups); i++) {
        json_t *actors = json_object_get(json_array_get(groups, i), "actors");
        for (size_t k = 0; k < json_array_size(actors) && result == VAULT_OK; k++)
            result = json_array_set_new(actors, k,
                         name_of(revealed, names, json_string_value(json_array_get(actors, k)))) == 0
                         ? VAULT_OK
                         : VAULT_ENOMEM;
    }
    return result;
}

static int from_case(struct call *call, const char *id, json_t **facts)
{
    struct revealed revealed = {call, NULL, json_object(), false};
    json_t *content = NULL;
    int result =
        revealed.persons == NULL ? VAULT_ENOMEM : trace_case_open(call->session, id, &content, call->failure);
    if (result == VAULT_OK)
        result = finding_case_read(content, facts, call->failure);
    if (result == VAULT_OK) {
        revealed.id = json_text(content, "case");
        result = revealed.id == NULL ? VAULT_EDAMAGED : read_reveals(call, &revealed);
    }
    if (result == VAULT_OK)
        result = put_names(&revealed, json_object_get(content, "names"), *facts);
    if (result != VAULT_OK) {
        json_decref(*facts);
        *facts = NULL;
    }
    json_decref(revealed.persons);
    json_decref(content);
    return result;
}

int finding_facts(struct call *call, json_t **facts)
{
    const char *id = call_text(call, "case");
    const json_t *trace = call_list(call, "trace");
    *facts = NULL;
    if ((id == NULL) == (trace == NULL))
        return failure_set(call->failure, VAULT_EUSAGE, "give one of a case and what a trace printed");
    return id != NULL ? from_case(call, id, facts) : finding_case_read(trace, facts, call->failure);
}
