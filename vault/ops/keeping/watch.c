/* What the watch finds is told like every alert; by whoever works next, and about whomever. */
#include "vault/access/watch.h"
#include "vault/ops/decoys/decoy_private.h"

#define ROUNDS 8 /* of WATCH_AT_ONCE entries; what is left is looked at next time */

void operation_watch(struct session *session)
{
    static const struct reply silent = {0};
    struct failure unseen = {0};
    struct call call = {.session = session, .reply = &silent, .failure = &unseen};
    uint64_t lag = 0;
    for (int i = 0; i < ROUNDS && watch_lag(session, &lag, NULL) == VAULT_OK && lag > 0; i++) {
        if (watch_run(session, &call.raised, &unseen) != VAULT_OK)
            break; /* another was at it, or there is trouble that others will tell of */
        bool told = call.raised != NULL;
        call_tell_raised(&call);
        if (!told && lag <= WATCH_AT_ONCE)
            break;
    }
}

void operation_watch_if_due(struct session *session)
{
    uint64_t lag = 0;
    if (watch_lag(session, &lag, NULL) == VAULT_OK && lag >= OPERATION_WATCH_LAG)
        operation_watch(session);
}
