/* An order for decoys that a second investigator must agree to, where the firm says so. */
#include <string.h>

#include "vault/access/pending.h"
#include "vault/access/settings.h"
#include "vault/base/text.h"
#include "vault/log/index.h"
#include "vault/ops/decoys/decoy_private.h"

/* --- Who agreed --- */

struct agreement {
    struct session *session;
    struct failure *failure;
    uint64_t order; /* number of its event */
    char by[NAME_SIZE_MAX + 1];
    bool agreed;
};

/* Who gave the order, as its event says. VAULT_ENOTFOUND: that is no order. */
static int orderer(
    struct session *session, uint64_t event, char by[NAME_SIZE_MAX + 1], struct failure *failure)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    int result = log_read(session_log(session), event, &text, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, failure);
    const char *name = json_text(leaf, "event");
    const char *user = json_text(json_object_get(leaf, "actor"), "id");
    bool orders = name != NULL && strncmp(name, "decoy.", 6) == 0 && user != NULL &&
                  json_array_size(json_object_get(leaf, "commitments")) > 0;
    if (result == VAULT_OK && !orders)
        result = VAULT_ENOTFOUND;
    if (result == VAULT_OK)
        result = pending_check_signed(session, buffer_bytes(&text), user, failure);
    if (result == VAULT_OK)
        text_copy(by, NAME_SIZE_MAX + 1, user);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

/* Whoever has the store key can log that he agreed. */
static int is_investigator(struct session *session, const char *user, bool *is, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(session), QUERY_GRANTS_OF_BASE, &statement, failure);
    *is = false;
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    bind_text(statement, 2, "investigator");
    result = statement_step(statement, &row, failure);
    *is = result == VAULT_OK && row && column_number(statement, 0) > 0;
    statement_reset(statement);
    return result;
}

static int take_agreement(void *context, uint64_t index, struct bytes text)
{
    struct agreement *agreement = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, agreement->failure);
    const json_t *said = json_object_get(leaf, "agreed");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const char *user = json_text(json_object_get(leaf, "actor"), "id");
    (void)index;
    if (result == VAULT_OK && effect != NULL && strcmp(effect, "permit") == 0 && user != NULL &&
        json_number(said, "order", -1) == (json_int_t)agreement->order && strcmp(user, agreement->by) != 0) {
        bool is = false;
        result = pending_check_signed(agreement->session, text, user, agreement->failure);
        if (result == VAULT_OK)
            result = is_investigator(agreement->session, user, &is, agreement->failure);
        agreement->agreed = agreement->agreed || is;
    }
    json_decref(leaf);
    return result;
}

int decoy_is_agreed(struct session *session, uint64_t event, bool *agreed, struct failure *failure)
{
    struct log_query query = {.event = DECOY_AGREE_EVENT, .from = INT64_MIN, .to = INT64_MAX, .first = event};
    struct agreement agreement = {.session = session, .failure = failure, .order = event};
    bool two = false;
    *agreed = false;
    int result = setting_is_on(session_store(session), SETTING_DECOY_TWO_INVESTIGATORS, &two, failure);
    if (result != VAULT_OK || !two) {
        *agreed = result == VAULT_OK;
        return result;
    }
    result = orderer(session, event, agreement.by, failure);
    if (result == VAULT_OK)
        result = log_index_query(session_log(session), session_store(session),
            session_keys(session)->log_index, &query, take_agreement, &agreement, failure);
    *agreed = result == VAULT_OK && agreement.agreed;
    return result;
}

/* --- decoy.approve --- */

struct waiting_rows {
    uint64_t event;
    int64_t rows[64]; /* one order for a portfolio, and as many more as it names clients by the dozen */
    size_t count;
};

static int note_row(void *context, const struct decoy_order *order)
{
    struct waiting_rows *waiting = context;
    if (order->seq == waiting->event && waiting->count < sizeof waiting->rows / sizeof waiting->rows[0])
        waiting->rows[waiting->count++] = order->row;
    return VAULT_OK;
}

static int find_waiting(struct call *call, struct waiting_rows *waiting, char by[NAME_SIZE_MAX + 1])
{
    int result = decoys_orders(call->session, note_row, waiting, call->failure);
    if (result == VAULT_OK && waiting->count == 0)
        result = VAULT_ENOTFOUND;
    if (result == VAULT_OK)
        result = orderer(call->session, waiting->event, by, call->failure);
    if (result == VAULT_ENOTFOUND) {
        failure_remedy(
            call->failure, "'decoy list --json' shows those that wait, with the numbers of their events");
        return failure_set(
            call->failure, result, "no order of event %llu waits", (unsigned long long)waiting->event);
    }
    return result;
}

static json_t *event_of(struct call *call, const struct access_request *request,
    const struct decision *decision, const struct waiting_rows *waiting, bool refused)
{
    json_t *members = access_event_members(call->session, request, decision, NULL);
    if (members != NULL)
        (void)json_object_set_new(
            members, refused ? "refused" : "agreed", json_pack("{s:I}", "order", (json_int_t)waiting->event));
    return members;
}

/* Whoever may plant may also call it off, his own order too. */
static int call_off(struct call *call, const struct access_request *request, const struct decision *decision,
    const struct waiting_rows *waiting, uint64_t *event)
{
    struct change *change = NULL;
    int result = change_begin(call->session, request->action,
        event_of(call, request, decision, waiting, true), NULL, &change, call->failure);
    if (result != VAULT_OK)
        return result;
    *event = change_intent(change);
    for (size_t i = 0; i < waiting->count && result == VAULT_OK; i++)
        result = decoys_order_done(call->session, waiting->rows[i], call->failure);
    return call_finish(call, change, result);
}

int op_decoy_approve(struct call *call)
{
    struct access_request request = {.action = DECOY_AGREE_EVENT};
    struct waiting_rows waiting = {.event = (uint64_t)call_number(call, "order", 0)};
    struct decision decision = {0};
    char by[NAME_SIZE_MAX + 1] = "";
    bool refuse = call_flag(call, "refuse");
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = find_waiting(call, &waiting, by);
    if (result == VAULT_OK && !refuse && strcmp(by, session_user(call->session)) == 0) {
        failure_remedy(call->failure, "another investigator runs 'decoy approve'; '--refuse' calls it off");
        (void)failure_set(call->failure, VAULT_EDENIED, "denied: nobody agrees to his own order");
        result = call_refuse(call, &request, "nobody agrees to his own order", "agreed",
            json_pack("{s:I}", "order", (json_int_t)waiting.event));
    } else if (result == VAULT_OK && refuse) {
        result = call_off(call, &request, &decision, &waiting, &event);
    } else if (result == VAULT_OK) {
        result = event_append(call->session, request.action,
            event_of(call, &request, &decision, &waiting, false), &event, call->failure);
    }
    if (result == VAULT_OK)
        result = reply_value(call, json_pack("{s:I,s:b,s:s,s:I}", "order", (json_int_t)waiting.event,
                                       "agreed", !refuse, "by", by, "event", (json_int_t)event));
    decision_free(&decision);
    return result;
}
