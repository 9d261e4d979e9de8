/* How the clients of whoever is in session book: learnt by his own session from clients that are assigned to
 * him and that he may read, for the books of a decoy.  Nothing of it is shown to anybody, so it is no
 * disclosure; a rule may forbid it as reading for the purpose "decoy". */
#include <string.h>

#include "vault/ops/decoys/decoy_carry_private.h"

#define OBSERVED_CLIENTS 12
#define OBSERVED_LOOKED 160 /* of a kind of one client: no more are opened */

struct observing {
    struct carrying *carrying;
    struct habits *habits;
    size_t clients; /* that were looked at */
    size_t looked;
    bool stopped; /* the order is carried out another time */
};

static int look(void *context, const struct record_body *body)
{
    struct observing *observing = context;
    if (++observing->looked > OBSERVED_LOOKED)
        return VAULT_ELIMIT;
    return habits_learn(observing->habits, observing->clients, body->info.kind, body->date, body->fields);
}

/* What cannot be opened (of a witness, say, who would have to release it) teaches nothing. */
static int scan(struct observing *observing, const struct client_facts *client, const struct permit *permit)
{
    static const enum record_kind kinds[] = {
        KIND_VOUCHER, KIND_INVOICE, KIND_BANK_TRANSACTION, KIND_TAX_FILING, KIND_PAYROLL_ENTRY};
    struct records *records = session_records(observing->carrying->call.session);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct failure unseen = {0};
        observing->looked = 0;
        const struct reply *reply = observing->carrying->call.reply;
        int result = reply->check == NULL ? VAULT_OK : reply->check(reply->context);
        observing->stopped = result != VAULT_OK;
        if (observing->stopped)
            return result;
        result =
            records_scan(records, permit, client->row, kinds[i], "", "9999-99", look, observing, &unseen);
        if (result == VAULT_ENOMEM)
            return result;
    }
    return VAULT_OK;
}

/* No approval is spent and no glass is broken for it. */
static int look_at_client(struct observing *observing, const struct client_facts *client)
{
    struct call *call = &observing->carrying->call;
    struct access_request request = {.action = "record.read", .client = client, .purpose = "decoy"};
    struct decision decision = {0};
    struct permit *permit = NULL;
    struct failure unseen = {0};
    unsigned compartments = 0;
    bool decoy = false;
    int result = decoys_find(call->session, client, &decoy, NULL, &unseen);
    if (result == VAULT_OK && !decoy)
        result = access_decide(call->session, &request, &decision, &unseen);
    bool may = result == VAULT_OK && !decoy && decision.permitted && decision.approval == 0 &&
               decision.breakglass == 0;
    if (may && clients_compartments(call->session, client, &compartments, &unseen) == VAULT_OK &&
        call_permit(call, &decision, observing->carrying->order->seq, PERMIT_BODIES, client->row,
            compartments, NULL, &permit) == VAULT_OK) {
        result = scan(observing, client, permit);
        observing->clients++;
    }
    permit_free(permit);
    decision_free(&decision);
    return result == VAULT_ENOMEM || observing->stopped ? result : VAULT_OK;
}

int carrying_observe(struct carrying *carrying, struct habits *habits)
{
    struct observing observing = {.carrying = carrying, .habits = habits};
    struct session *session = carrying->call.session;
    int64_t rows[4 * OBSERVED_CLIENTS] = {0};
    size_t count = 0;
    int result =
        carrying_clients_of(carrying, session_user(session), rows, sizeof rows / sizeof rows[0], &count);
    for (size_t i = 0; i < count && observing.clients < OBSERVED_CLIENTS && result == VAULT_OK; i++) {
        struct client_facts client;
        result = clients_by_row(session, rows[i], &client, carrying->call.failure);
        if (result == VAULT_OK && strcmp(client.portfolio, carrying->order->portfolio) == 0)
            result = look_at_client(&observing, &client);
    }
    return result;
}
