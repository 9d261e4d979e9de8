#include "vault/ops/leak/disclosed_private.h"

#include <stdio.h>

/* Entries a transaction: some ten MiB of the store. */
#define AT_ONCE (UINT64_C(1) << 20)

static struct disclosure_source source_of(const struct call *call)
{
    return (struct disclosure_source){session_log(call->session), session_store(call->session),
        session_vault(call->session), session_keys(call->session)->log_index};
}

/* One transaction; with @p anew, of an index that is forgotten first. */
static int write_some(struct call *call, bool anew, uint64_t *left, struct failure *failure)
{
    struct disclosure_source source = source_of(call);
    int result = store_begin(source.store, failure);
    if (result != VAULT_OK)
        return result;
    if (anew)
        result = disclosure_index_clear(source.store, failure);
    if (result == VAULT_OK)
        result = disclosure_index_update(&source, AT_ONCE, left, failure);
    if (result == VAULT_OK)
        return store_commit(source.store, failure);
    store_rollback(source.store);
    return result;
}

static int write_all(struct call *call, bool anew, struct failure *failure)
{
    uint64_t total = log_size(session_log(call->session));
    uint64_t left = total;
    int result = VAULT_OK;
    for (bool first = true; result == VAULT_OK && (left > 0 || first); first = false) {
        result = write_some(call, anew && first, &left, failure);
        reply_progress(call, total - left, total, "entries");
    }
    return result;
}

int disclosed_open(struct call *call, struct disclosures **disclosures)
{
    struct failure unsaid = {0};
    struct disclosure_source source = source_of(call);
    uint64_t lag = 0;
    *disclosures = NULL;
    int result = log_refresh(source.log, call->failure);
    if (result == VAULT_OK)
        result = disclosure_index_lag(&source, &lag, call->failure);
    /* Whoever cannot write reads the rest from the log. */
    if (result == VAULT_OK && lag > 0 && change_hold(call->session, &unsaid) == VAULT_OK) {
        (void)!write_all(call, false, &unsaid);
        change_release(call->session);
    }
    return result == VAULT_OK ? disclosures_open(source.log, source.store, source.vault, source.key,
                                    disclosures, call->failure)
                              : result;
}

struct counting {
    struct call *call;
    int (*difference)(void *context, const char *what);
    void *context;
    uint64_t count;
};

static int count_difference(void *context, const char *what)
{
    struct counting *counting = context;
    counting->count++;
    return counting->difference(counting->context, what);
}

static void tell_progress(void *context, uint64_t done, uint64_t total)
{
    const struct counting *counting = context;
    reply_progress(counting->call, done, total, "entries");
}

int disclosed_check(
    struct call *call, int (*difference)(void *context, const char *what), void *context, uint64_t *checked)
{
    struct disclosure_source source = source_of(call);
    struct counting counting = {call, difference, context, 0};
    struct failure failure = {0};
    char what[600];
    int result = store_begin_read(source.store, call->failure);
    if (result == VAULT_OK) {
        result = disclosure_index_check(
            &source, count_difference, tell_progress, &counting, checked, call->failure);
        store_end_read(source.store);
    }
    if (result != VAULT_OK || counting.count == 0)
        return result;
    int written = change_hold(call->session, &failure);
    if (written == VAULT_OK) {
        written = write_all(call, true, &failure);
        change_release(call->session);
    }
    if (written == VAULT_OK)
        (void)snprintf(what, sizeof what, "the index of disclosures was written anew from the log");
    else
        (void)snprintf(
            what, sizeof what, "the index of disclosures could not be written anew: %s", failure.text);
    return difference(context, what);
}
