/* What the log tells an operation: its events as JSON. */
#include "vault/log/index.h"
#include "vault/ops/call_private.h"

struct telling {
    struct call *call;
    int (*take)(void *context, uint64_t index, const json_t *leaf);
    void *context;
};

static int read_leaf(void *context, uint64_t index, struct bytes text)
{
    const struct telling *telling = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, telling->call->failure);
    if (result == VAULT_OK)
        result = telling->take(telling->context, index, leaf);
    json_decref(leaf);
    return result;
}

int call_each_event(struct call *call, const char *event,
    int (*take)(void *context, uint64_t index, const json_t *leaf), void *context)
{
    struct telling telling = {call, take, context};
    struct log_query query = {.event = event, .from = INT64_MIN, .to = INT64_MAX};
    int result = log_refresh(session_log(call->session), call->failure);
    return result == VAULT_OK
               ? log_index_query(session_log(call->session), session_store(call->session),
                     session_keys(call->session)->log_index, &query, read_leaf, &telling, call->failure)
               : result;
}
