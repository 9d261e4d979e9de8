#include "vault/ops/repeated_private.h"

#include <string.h>

/* What was held back of the replies, as it is kept. */
static json_t *answer_of(const struct held *held)
{
    json_t *answer = json_object();
    int bad = held->value != NULL && json_object_set(answer, "value", held->value) != 0;
    if (held->record[0] != '\0')
        bad = json_object_set_new(answer, "record", json_string(held->record)) != 0 ||
              json_object_set_new(answer, "version", json_integer((json_int_t)held->version)) != 0 || bad;
    if (!bad)
        return answer;
    json_decref(answer);
    return NULL;
}

static int tell(const struct reply *reply, const json_t *answer)
{
    const char *record = json_text(answer, "record");
    json_t *value = json_object_get(answer, "value");
    int result = VAULT_OK;
    if (record != NULL && reply->version != NULL)
        result = reply->version(reply->context, record, json_number(answer, "version", 0));
    if (result == VAULT_OK && value != NULL && reply->value != NULL)
        result = reply->value(reply->context, value);
    return result;
}

static int run(struct call *call, struct repeat *repeat, int (*handle)(struct call *call))
{
    struct held held = {.repeat = repeat};
    call->held = &held;
    repeat_expect(call->session, repeat);
    int result = handle(call);
    call->held = NULL;
    json_t *answer = answer_of(&held);
    if (answer == NULL && result == VAULT_OK)
        result = failure_set(call->failure, VAULT_ENOMEM, "no memory for the answer");
    result = repeat_finish(call->session, answer, result, call->failure);
    if (result == VAULT_OK)
        result = tell(call->reply, answer);
    json_decref(answer);
    json_decref(held.value);
    return result;
}

/* What a trace says of a leak's rows is shown by an event each time; secrets of a second factor are told once. */
static bool may_be_told_again(const char *operation)
{
    return strncmp(operation, "trace.", 6) != 0 && strncmp(operation, "totp.", 5) != 0;
}

int operation_again(struct session *session, const struct operation_call *what, const struct reply *reply,
    bool *again, struct failure *failure)
{
    struct repeat repeat;
    json_t *answer = NULL;
    *again = false;
    if (what->key.size == 0 || !may_be_told_again(what->name))
        return VAULT_OK;
    int result = repeat_start(&repeat, what->name, what->key, what->request);
    if (result == VAULT_OK)
        result = repeat_find(session, &repeat, &answer, failure);
    if (result == VAULT_OK && answer != NULL) {
        *again = true;
        result = tell(reply, answer);
    }
    json_decref(answer);
    return result;
}

int repeated_run(struct call *call, const struct operation_call *what, int (*handle)(struct call *call))
{
    struct repeat repeat;
    bool again = false;
    if (!may_be_told_again(what->name))
        return handle(call);
    int result = operation_again(call->session, what, call->reply, &again, call->failure);
    if (result == VAULT_OK && !again)
        result = repeat_start(&repeat, what->name, what->key, what->request);
    return result == VAULT_OK && !again ? run(call, &repeat, handle) : result;
}
