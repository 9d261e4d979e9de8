/* What records a client has: the heads, after an event that says how they were asked for. */
#include <string.h>

#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/records/released_private.h"
#include "vault/ops/records/shown_private.h"

static int reply_head(void *context, const struct record_head *head)
{
    struct call *call = context;
    const char *date = json_text(head->head, "date");
    const char *key = json_text(head->head, "key");
    const char *title = json_text(head->head, "title");
    return reply_row(call,
        json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:I}", "id", json_ulid(&head->info.id), "kind", kind_name(head->info.kind),
            "period", head->info.period, "date", date == NULL ? "" : date, "key", key == NULL ? "" : key, "title",
            title == NULL ? "" : title, "version", (json_int_t)head->info.version));
}

/* What was asked for, and by which keys it could be opened, so that the log says which heads were shown. */
static json_t *scope(const struct call *call, unsigned compartments)
{
    json_t *scope = json_object();
    if (shown_compartments(compartments) != 0)
        (void)json_object_set_new(
            scope, "compartments", json_integer((json_int_t)shown_compartments(compartments)));
    static const char *const names[] = {"kind", "period"};
    for (size_t i = 0; i < 2; i++) {
        if (call_text(call, names[i]) != NULL)
            (void)json_object_set_new(scope, names[i], json_string(call_text(call, names[i])));
    }
    return json_pack("{s:o}", "scope", scope);
}

/* A pending grant should say so, and not that there are no records. */
static int need_keys(struct call *call, unsigned compartments, const struct client_facts *client)
{
    if (compartments != 0)
        return VAULT_OK;
    failure_remedy(call->failure, "a grant is completed when a member of the role is next in session; ask one to log in");
    return failure_set(call->failure, VAULT_ENOKEY, "you hold no key of portfolio '%s' yet", client->portfolio);
}

int op_record_list(struct call *call)
{
    struct client_facts client;
    struct access_request request = {.action = "record.list", .client = &client, .purpose = call_text(call, "purpose")};
    struct period_range period;
    struct decision decision = {0};
    struct released released = {0};
    struct permit *permit = NULL;
    struct shown_state state;
    enum record_kind kind;
    unsigned compartments = 0;
    uint64_t event = 0;
    int result = shown_begin(call, &state);
    if (result == VAULT_OK)
        result = call_kind(call, &kind);
    if (result == VAULT_OK)
        result = call_period(call, &period);
    if (result == VAULT_OK)
        result = clients_find(call->session, call_text(call, "client"), &client, call->failure);
    if (result == VAULT_OK)
        result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = shown_spend(call, &state);
    if (result == VAULT_OK)
        result = clients_compartments(call->session, &client, &compartments, call->failure);
    if (result == VAULT_OK)
        result = need_keys(call, compartments, &client);
    if (result == VAULT_OK)
        result = released_start(call, &released);
    if (result == VAULT_OK)
        result = records_need_many(session_records(call->session), compartments, client.row, kind, period.from,
            period.to, released.releases, call->failure);
    if (result == VAULT_OK) {
        json_t *members = access_event_members(call->session, &request, &decision, NULL);
        json_t *asked = scope(call, compartments);
        (void)json_object_update(members, asked);
        json_decref(asked);
        result = shown_name(call, &state, members);
        if (result == VAULT_OK)
            result = released_event(call, &released, request.action, members, &event);
        else
            json_decref(members);
    }
    if (result == VAULT_OK)
        result = decoy_touched(call, &client, "list", event);
    if (result == VAULT_OK)
        result = call_permit(call, &decision, event, PERMIT_HEADS, client.row, compartments, NULL, &permit);
    if (result == VAULT_OK)
        result = records_list(session_records(call->session), permit, client.row, kind, period.from, period.to,
            reply_head, call, call->failure);
    shown_end(call, &state);
    released_end(call, &released);
    permit_free(permit);
    decision_free(&decision);
    return result;
}
