/* Decoys that there are, that are ordered, and who touched them. */
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/ops/decoys/decoy_carry_private.h"

struct listing {
    struct call *call;
    json_t *rows;
    json_t *touches; /* client -> [{at, by, how}] */
};

static int note_touches(struct listing *listing)
{
    struct call *call = listing->call;
    json_t *alerts = NULL;
    int result = alerts_list(call->session, INT64_MIN, INT64_MAX, false, &alerts, call->failure);
    for (size_t i = 0; i < json_array_size(alerts) && result == VAULT_OK; i++) {
        const json_t *alert = json_array_get(alerts, i);
        char client[ULID_TEXT_SIZE];
        result = alert_client(call, alert, client);
        if (result != VAULT_OK || client[0] == '\0' || strncmp(json_text(alert, "kind"), "decoy.", 6) != 0)
            continue;
        json_t *list = json_object_get(listing->touches, client);
        if (list == NULL && json_object_set_new(listing->touches, client, json_array()) == 0)
            list = json_object_get(listing->touches, client);
        json_t *one = json_pack("{s:o,s:s,s:s}", "at", json_instant(json_number(alert, "at", 0)), "by",
            json_text(alert, "person"), "how", json_text(alert, "how"));
        if (json_array_append_new(list, one) != 0)
            result = VAULT_ENOMEM;
    }
    json_decref(alerts);
    return result;
}

static int put_row(struct listing *listing, json_t *row)
{
    return json_array_append_new(listing->rows, row) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Only what an event has committed to is believed: who has the store could write a row. */
static int check_ordered(struct call *call, const struct decoy *decoy)
{
    struct decoy_order order = {.order = json_object_get(decoy->entry, "order"),
        .seq = (uint64_t)json_number(decoy->entry, "event", 0)};
    bool ordered = false;
    int result = decoy_is_ordered(call->session, &order, &ordered, call->failure);
    if (result == VAULT_OK && !ordered)
        result =
            failure_set(call->failure, VAULT_EFORGED, "a decoy is in the register that no event ordered");
    return result;
}

static bool same_people(const json_t *some, const json_t *others)
{
    bool same = json_array_size(some) == json_array_size(others);
    for (size_t i = 0; i < json_array_size(some) && same; i++)
        same = json_lists(others, json_string_value(json_array_get(some, i)));
    return same;
}

/* Who has it now, where that is not for whom it was planted. */
static int put_holders(struct listing *listing, const char *id, json_t *row)
{
    struct call *call = listing->call;
    struct client_facts client;
    json_t *people = NULL;
    int result = clients_find(call->session, id == NULL ? "" : id, &client, call->failure);
    if (result == VAULT_OK)
        result = decoy_holders(call->session, &client, &people, call->failure);
    if (result == VAULT_OK && !same_people(people, json_object_get(row, "people")) &&
        json_object_set(row, "holders", people) != 0)
        result = VAULT_ENOMEM;
    json_decref(people);
    return result;
}

static int list_one(void *context, const struct decoy *decoy)
{
    struct listing *listing = context;
    static const char *const same[] = {
        "client", "client_no", "name", "tax_id", "portfolio", "for", "people", "event", "records"};
    const json_t *order = json_object_get(decoy->entry, "order");
    int result = check_ordered(listing->call, decoy);
    if (result != VAULT_OK)
        return result;
    bool retired = decoy->retired != INT64_MAX;
    const char *client = json_text(decoy->entry, "client");
    json_t *touched = json_object_get(listing->touches, client == NULL ? "" : client);
    json_t *row = json_pack("{s:s,s:s,s:o,s:o,s:o*,s:O*}", "state", retired ? "retired" : "planted", "by",
        json_text(order, "by"), "ordered", json_instant(json_number(order, "at", 0)), "planted",
        json_instant(decoy->planted), "retired", retired ? json_instant(decoy->retired) : NULL, "touched",
        touched);
    for (size_t i = 0; i < sizeof same / sizeof same[0] && row != NULL; i++)
        (void)json_object_set(row, same[i], json_object_get(decoy->entry, same[i]));
    if (row != NULL && !retired)
        result = put_holders(listing, client, row);
    if (result == VAULT_OK)
        return put_row(listing, row);
    json_decref(row);
    return result;
}

static int list_order(void *context, const struct decoy_order *waiting)
{
    struct listing *listing = context;
    const json_t *order = waiting->order;
    const char *kind = order == NULL ? "order" : json_text(order, "kind");
    bool retires = kind != NULL && strcmp(kind, "retire") == 0;
    bool agreed = false;
    if (kind != NULL && strcmp(kind, DECOY_FURNISH) == 0)
        return VAULT_OK; /* they are planted */
    int result = decoy_is_agreed(listing->call->session, waiting->seq, &agreed, listing->call->failure);
    if (result == VAULT_ENOTFOUND || result == VAULT_EFORGED) {
        /* No event ordered it, so nobody will carry it out either. */
        failure_clear(listing->call->failure);
        result = VAULT_OK;
    }
    return result != VAULT_OK ? result : put_row(listing, json_pack("{s:s,s:s,s:I,s:s*,s:o*,s:O*,s:O*,s:O*}", "state",
                                !agreed ? "to be agreed to" : retires ? "to be retired" : "to be planted", "portfolio", waiting->portfolio,
                                "event", (json_int_t)waiting->seq, "by", json_text(order, "by"), "ordered",
                                order == NULL ? NULL : json_instant(json_number(order, "at", 0)), "for",
                                json_object_get(order, "for"), "count", json_object_get(order, "count"),
                                "clients", json_object_get(order, "clients")));
}

int op_decoy_list(struct call *call)
{
    struct access_request request = {.action = "decoy.list"};
    struct listing listing = {.call = call, .rows = json_array(), .touches = json_object()};
    struct decision decision = {0};
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = note_touches(&listing);
    if (result == VAULT_OK)
        result = decoys_each(call->session, list_one, &listing, call->failure);
    if (result == VAULT_OK)
        result = decoys_orders(call->session, list_order, &listing, call->failure);
    if (result == VAULT_OK) {
        json_t *members = access_event_members(call->session, &request, &decision, NULL);
        result = event_append(call->session, request.action, members, NULL, call->failure);
    }
    for (size_t i = 0; i < json_array_size(listing.rows) && result == VAULT_OK; i++)
        result = reply_row(call, json_incref(json_array_get(listing.rows, i)));
    json_decref(listing.rows);
    json_decref(listing.touches);
    decision_free(&decision);
    return result;
}
