#include "vault/ops/records/released_private.h"

int released_start(struct call *call, struct released *released)
{
    *released = (struct released){.releases = releases_new()};
    return released->releases == NULL ? failure_set(call->failure, VAULT_ENOMEM, "no memory for keys")
                                      : VAULT_OK;
}

int released_name(struct call *call, struct released *released, json_t *members)
{
    if (members == NULL)
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the event");
    return release_begin(call->session, released->releases, members, &released->ask, call->failure);
}

int released_fetch(struct call *call, struct released *released, uint64_t event)
{
    return release_finish(call->session, released->ask, event, call->failure);
}

void released_lend(struct call *call, struct released *released)
{
    records_lend(session_records(call->session), released->releases);
}

int released_event(
    struct call *call, struct released *released, const char *event, json_t *members, uint64_t *index)
{
    int result = released_name(call, released, members);
    if (result == VAULT_OK)
        result = event_append(call->session, event, members, index, call->failure);
    else
        json_decref(members);
    if (result == VAULT_OK)
        result = released_fetch(call, released, *index);
    if (result == VAULT_OK)
        released_lend(call, released);
    return result;
}

void released_end(struct call *call, struct released *released)
{
    records_lend(session_records(call->session), NULL);
    release_ask_free(released->ask);
    releases_free(released->releases);
    *released = (struct released){0};
}
