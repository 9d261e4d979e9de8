/* Orders for decoys carried out, in steps of which each is whole: what a crash leaves is gone on with by the
 * next session. */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/decoys/decoy_carry_private.h"
#include "vault/ops/records/new_clients_private.h"

#define ORDERS_AT_ONCE 50
#define NUMBER_TRIES 20

/* --- May this session?  Asked quietly: nobody here has asked for anything. --- */

static bool may(struct carrying *carrying, const struct access_request *request)
{
    struct decision decision = {0};
    bool permitted =
        access_decide(carrying->call.session, request, &decision, carrying->call.failure) == VAULT_OK &&
        decision.permitted;
    decision_free(&decision);
    return permitted;
}

static bool is_admin(struct session *session)
{
    struct statement *statement;
    bool row = false;
    bool is = false;
    if (store_query(session_store(session), QUERY_GRANTS_OF_BASE, &statement, NULL) != VAULT_OK)
        return false;
    bind_text(statement, 1, session_user(session));
    bind_text(statement, 2, "admin");
    if (statement_step(statement, &row, NULL) == VAULT_OK && row)
        is = column_number(statement, 0) > 0;
    statement_reset(statement);
    return is;
}

/* --- What the firm's clients look like --- */

bool decoy_lists(const json_t *ids, const struct ulid *id)
{
    char text[ULID_TEXT_SIZE];
    ulid_format(id, text);
    return json_lists(ids, text);
}

/* A source at random, each as likely: a decoy comes from a list if clients do. */
static int look_at_source(struct carrying *carrying, const struct client_facts *client)
{
    struct statement *statement;
    bool row = false;
    uint32_t chance;
    int result = store_query(
        session_store(carrying->call.session), QUERY_RECORD_LIST, &statement, carrying->call.failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client->row);
    bind_number(statement, 2, KIND_CLIENT);
    bind_text(statement, 3, "");
    bind_text(statement, 4, "9999-99");
    result = statement_step(statement, &row, carrying->call.failure);
    if (result == VAULT_OK && row) {
        random_fill(&chance, sizeof chance);
        if (chance % ++carrying->with_source == 0)
            carrying->source = column_number(statement, 13);
        statement_reset(statement);
    }
    return result;
}

static int learn_client(struct carrying *carrying, const struct client_facts *client)
{
    struct session *session = carrying->call.session;
    const json_t *like = json_object_get(carrying->order->order, "like");
    json_t *card = NULL;
    bool decoy = false;
    struct failure unseen = {0};
    int result = decoys_find(session, client, &decoy, NULL, &unseen);
    if (result == VAULT_OK)
        result = clients_card(session, client, &card, &unseen);
    if (result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result == VAULT_OK && (decoy || (json_array_size(like) > 0 && !decoy_lists(like, &client->id))))
        result = company_avoid(carrying->samples, json_text(card, "client_no"), json_text(card, "name"));
    else if (result == VAULT_OK)
        result = company_sample(carrying->samples, json_text(card, "client_no"), json_text(card, "name"),
            json_text(card, "tax_id"), json_text(card, "status"));
    if (result == VAULT_OK && !decoy)
        result = look_at_source(carrying, client);
    json_decref(card);
    return result;
}

int carrying_learn(struct carrying *carrying)
{
    struct session *session = carrying->call.session;
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(session), QUERY_CLIENT_LIST, &statement, carrying->call.failure);
    if (result == VAULT_OK)
        bind_number(statement, 1, 0);
    while (result == VAULT_OK &&
           (result = statement_step(statement, &row, carrying->call.failure)) == VAULT_OK && row) {
        struct client_facts client;
        result = clients_by_row(session, column_number(statement, 0), &client, carrying->call.failure);
        if (result == VAULT_OK)
            result = learn_client(carrying, &client);
    }
    statement_free(statement);
    return result;
}

/* --- Planting --- */

static int note_made(void *context, const struct decoy *decoy)
{
    struct carrying *carrying = context;
    /* One event may give several orders; each has a salt of its own. */
    if (json_equal(json_object_get(decoy->entry, "order"), carrying->order->order) != 1)
        return VAULT_OK;
    return json_array_append_new(carrying->made, json_ulid(&decoy->client)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* Numbers and tax ids of portfolios that this session cannot open are found by their tokens all the same. */
static int think_of(struct carrying *carrying, struct company *company)
{
    struct client_facts there;
    bool taken = true;
    int result = VAULT_OK;
    for (int i = 0; i < NUMBER_TRIES && result == VAULT_OK && taken; i++) {
        result = company_make(carrying->samples, company);
        if (result == VAULT_OK)
            result = clients_by_number(carrying->call.session, company->client_no, company->tax_id, &there,
                &taken, carrying->call.failure);
    }
    return result == VAULT_OK && taken ? VAULT_ELIMIT : result;
}

static json_t *entry_of(struct carrying *carrying, const struct company *company, const struct ulid *client)
{
    const json_t *order = carrying->order->order;
    return json_pack("{s:o,s:s,s:s,s:s,s:s,s:O,s:O,s:O,s:I,s:I}", "client", json_ulid(client), "client_no",
        company->client_no, "name", company->name, "tax_id", company->tax_id, "portfolio",
        carrying->order->portfolio, "for", json_object_get(order, "for"), "people", carrying->people, "order",
        order, "event", (json_int_t)carrying->order->seq, "planted", (json_int_t)instant_now());
}

static int add_client(struct carrying *carrying, const struct company *company, struct change *change)
{
    struct call *call = &carrying->call;
    struct new_clients *fresh = NULL;
    struct draft draft = {.kind = KIND_CLIENT};
    json_t *entry = NULL;
    draft.client.client_no = company->client_no;
    draft.client.name = company->name;
    draft.client.tax_id = company->tax_id[0] == '\0' ? NULL : company->tax_id;
    draft.fields = company_fields(company);
    int result = draft.fields == NULL ? VAULT_ENOMEM
                                      : new_clients_new(call, change, carrying->order->portfolio, 0, &fresh);
    /* Who adds clients by hand gives number, name and tax id only. */
    for (size_t i = 0; result == VAULT_OK && carrying->source == 0 && i < 11; i++) {
        static const char *const more[] = {"taxpayer_type", "accounting_standard", "industry",
            "legal_representative", "contact", "phone", "address", "bank", "bank_account", "status",
            "landline"};
        (void)json_object_del(draft.fields, more[i]);
    }
    if (result == VAULT_OK) {
        new_clients_for_others(fresh);
        result = new_clients_put(fresh, &draft, carrying->source);
    }
    if (result == VAULT_OK)
        result = new_clients_flush(fresh);
    if (result == VAULT_OK) {
        struct client_facts client = new_clients_last(fresh);
        entry = entry_of(carrying, company, &client.id);
        result = entry == NULL ? VAULT_ENOMEM
                               : decoys_put(call->session, carrying->order->portfolio, &client.id, entry,
                                     call->failure);
        if (result == VAULT_OK && json_array_append_new(carrying->made, json_ulid(&client.id)) != 0)
            result = VAULT_ENOMEM;
    }
    json_decref(entry);
    new_clients_free(fresh);
    draft_reset(&draft);
    return result;
}

/* Like `client add`, event by event. */
static int plant_one(struct carrying *carrying)
{
    struct access_request request = {.action = "client.add", .portfolio = carrying->order->portfolio};
    struct change *change = NULL;
    struct company company;
    int result = think_of(carrying, &company);
    if (result == VAULT_OK)
        result = call_change(&carrying->call, &request, NULL, &change);
    if (result == VAULT_OK)
        result = call_finish(&carrying->call, change, add_client(carrying, &company, change));
    wipe(&company, sizeof company);
    return result;
}

static int is_assigned(
    struct carrying *carrying, const struct client_facts *client, const char *person, bool *assigned)
{
    struct statement *statement;
    int result = store_query(
        session_store(carrying->call.session), QUERY_ASSIGNMENT_GET, &statement, carrying->call.failure);
    *assigned = false;
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client->row);
    bind_text(statement, 2, person);
    result = statement_step(statement, assigned, carrying->call.failure);
    statement_reset(statement);
    return result;
}

/* Like `assign` and `unassign`: one change a person, of what is not so yet. */
static int set_assigned(struct carrying *carrying, const json_t *ids, const char *person, bool wanted)
{
    struct call *call = &carrying->call;
    struct access_request request = {
        .action = wanted ? "assignment.add" : "assignment.remove", .member = person};
    struct client_facts first;
    struct change *change = NULL;
    json_t *clients = json_array();
    int result = clients == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(ids) && result == VAULT_OK; i++) {
        struct client_facts client;
        bool assigned = false;
        result =
            clients_find(call->session, json_string_value(json_array_get(ids, i)), &client, call->failure);
        if (result == VAULT_OK)
            result = is_assigned(carrying, &client, person, &assigned);
        if (result != VAULT_OK || assigned == wanted)
            continue;
        request.client = &client;
        if (!may(carrying, &request))
            result = VAULT_EDENIED;
        else if (json_array_size(clients) == 0)
            first = client;
        if (result == VAULT_OK && json_array_append(clients, json_array_get(ids, i)) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK && json_array_size(clients) > 0) {
        request.client = &first;
        result =
            call_change(call, &request, json_pack("{s:s,s:O}", "user", person, "clients", clients), &change);
        if (result == VAULT_OK)
            result = call_finish(call, change, VAULT_OK);
    }
    json_decref(clients);
    return result;
}

/* Who works on the clients gives them records: for which this session has no keys. */
static int leave_furnishing(struct carrying *carrying)
{
    uint8_t salt[16];
    random_fill(salt, sizeof salt);
    json_t *order = json_pack("{s:o,s:s,s:O}", "salt", json_hex(bytes_of(salt, sizeof salt)), "kind", DECOY_FURNISH,
        "clients", carrying->made);
    int result = order == NULL ? VAULT_ENOMEM
                               : decoys_order(carrying->call.session, carrying->order->portfolio, order,
                                     carrying->order->seq, carrying->call.failure);
    json_decref(order);
    return result;
}

int carrying_done(struct carrying *carrying, int (*put)(struct carrying *carrying, const json_t *context),
    const json_t *context)
{
    struct call *call = &carrying->call;
    int result = change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    result = store_begin(session_store(call->session), call->failure);
    if (result == VAULT_OK)
        result = put(carrying, context);
    if (result == VAULT_OK)
        result = decoys_order_done(call->session, carrying->order->row, call->failure);
    if (result == VAULT_OK)
        result = store_commit(session_store(call->session), call->failure);
    else
        store_rollback(session_store(call->session));
    change_release(call->session);
    return result;
}

/* Those retired, in the register; NULL where some were planted. */
static int put_retired(struct carrying *carrying, const json_t *retired)
{
    struct call *call = &carrying->call;
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(retired) && result == VAULT_OK; i++) {
        const json_t *entry = json_array_get(retired, i);
        struct ulid id;
        result = ulid_parse(bytes_of_text(json_text(entry, "client")), &id)
                     ? decoys_put(call->session, carrying->order->portfolio, &id, entry, call->failure)
                     : VAULT_EDAMAGED;
    }
    return result == VAULT_OK && retired == NULL ? leave_furnishing(carrying) : result;
}

static int plant(struct carrying *carrying)
{
    struct session *session = carrying->call.session;
    const json_t *order = carrying->order->order;
    struct access_request request = {.action = "client.add", .portfolio = carrying->order->portfolio};
    size_t wanted = (size_t)json_number(order, "count", 0);
    if (!may(carrying, &request))
        return VAULT_EDENIED;
    int result = decoy_people(session, json_object_get(order, "for"), carrying->order->portfolio,
        &carrying->people, carrying->call.failure);
    if (result == VAULT_OK && json_array_size(carrying->people) == 0)
        result = VAULT_ENOTFOUND; /* nobody who would see it: it waits */
    if (result == VAULT_OK)
        result =
            decoys_each_in(session, carrying->order->portfolio, note_made, carrying, carrying->call.failure);
    if (result == VAULT_OK && json_array_size(carrying->made) < wanted)
        result = carrying_learn(carrying);
    while (result == VAULT_OK && json_array_size(carrying->made) < wanted)
        result = plant_one(carrying);
    for (size_t i = 0; i < json_array_size(carrying->people) && result == VAULT_OK; i++)
        result = set_assigned(
            carrying, carrying->made, json_string_value(json_array_get(carrying->people, i)), true);
    return result == VAULT_OK ? carrying_done(carrying, put_retired, NULL) : result;
}

/* --- Retiring --- */

struct retiring {
    const json_t *ids;
    json_t *entries; /* copies, with their moment */
};

static int note_retired(void *context, const struct decoy *decoy)
{
    struct retiring *retiring = context;
    if (!decoy_lists(retiring->ids, &decoy->client) || decoy->retired != INT64_MAX)
        return VAULT_OK;
    json_t *entry = json_deep_copy(decoy->entry);
    if (entry == NULL ||
        json_object_set_new(entry, "retired", json_integer((json_int_t)instant_now())) != 0 ||
        json_array_append_new(retiring->entries, entry) != 0)
        return VAULT_ENOMEM;
    return VAULT_OK;
}

/* From whoever has it, be it for him or not: nobody is to meet it who did not do wrong. */
static int take_away(struct carrying *carrying, const json_t *entry)
{
    struct session *session = carrying->call.session;
    struct client_facts client;
    json_t *people = NULL, *one = json_pack("[O]", json_object_get(entry, "client"));
    int result = one == NULL ? VAULT_ENOMEM
                             : clients_find(session, json_text(entry, "client"), &client, carrying->call.failure);
    if (result == VAULT_OK)
        result = decoy_holders(session, &client, &people, carrying->call.failure);
    for (size_t i = 0; i < json_array_size(people) && result == VAULT_OK; i++)
        result = set_assigned(carrying, one, json_string_value(json_array_get(people, i)), false);
    json_decref(people);
    json_decref(one);
    return result;
}

static int retire(struct carrying *carrying)
{
    struct session *session = carrying->call.session;
    struct retiring retiring = {
        .ids = json_object_get(carrying->order->order, "clients"), .entries = json_array()};
    int result = retiring.entries == NULL ? VAULT_ENOMEM
                                          : decoys_each_in(session, carrying->order->portfolio, note_retired,
                                                &retiring, carrying->call.failure);
    for (size_t i = 0; i < json_array_size(retiring.entries) && result == VAULT_OK; i++) {
        result = take_away(carrying, json_array_get(retiring.entries, i));
    }
    if (result == VAULT_OK)
        result = carrying_done(carrying, put_retired, retiring.entries);
    json_decref(retiring.entries);
    return result;
}

/* --- Orders --- */

/* That the order is an investigator's, the log says: who has only the store could put in one of his own. */
int decoy_is_ordered(
    struct session *session, const struct decoy_order *order, bool *ordered, struct failure *failure)
{
    struct buffer text = {0};
    json_t *leaf = NULL;
    json_t *commitment = decoys_commitment(order->order);
    int result =
        commitment == NULL ? VAULT_ENOMEM : log_read(session_log(session), order->seq, &text, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, failure);
    const char *event = json_text(leaf, "event");
    const json_t *said = json_object_get(leaf, "commitments");
    *ordered = false;
    for (size_t i = 0;
         result == VAULT_OK && event != NULL && strncmp(event, "decoy.", 6) == 0 && i < json_array_size(said);
         i++)
        *ordered = *ordered || json_equal(json_array_get(said, i), commitment) == 1;
    json_decref(commitment);
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

/* Orders of investigators by the sessions of admins; records by those who work on the client. */
static bool is_ours(struct session *session, const struct decoy_order *order, bool furnish, struct failure *failure)
{
    bool ordered = false;
    bool agreed = false;
    if (furnish)
        return true; /* each client's own order is looked at */
    return is_admin(session) && decoy_is_ordered(session, order, &ordered, failure) == VAULT_OK && ordered &&
           decoy_is_agreed(session, order->seq, &agreed, failure) == VAULT_OK && agreed;
}

static void carry_out(struct session *session, const struct reply *asked, const struct decoy_order *order)
{
    /* Whoever waits behind it is not told, but may stop it. */
    const struct reply silent = {.context = asked->context, .check = asked->check};
    struct failure unseen = {0};
    struct carrying carrying = {.call = {.session = session, .reply = &silent, .failure = &unseen},
        .order = order,
        .samples = company_samples_new(),
        .made = json_array()};
    const char *kind = json_text(order->order, "kind");
    bool furnish = kind != NULL && strcmp(kind, DECOY_FURNISH) == 0;
    carrying.call.arguments = json_object();
    if (carrying.samples != NULL && carrying.made != NULL && kind != NULL &&
        is_ours(session, order, furnish, &unseen))
        (void)!(furnish                        ? carrying_furnish(&carrying)
                : strcmp(kind, "retire") == 0 ? retire(&carrying)
                                               : plant(&carrying));
    company_samples_free(carrying.samples);
    habits_free(carrying.habits);
    json_decref(carrying.made);
    json_decref(carrying.people);
    union {
        const json_t *constant;
        json_t *owned;
    } arguments = {.constant = carrying.call.arguments};
    json_decref(arguments.owned);
}

void decoys_carry_out(struct session *session, const struct reply *asked)
{
    struct failure unseen = {0};
    struct decoy_order order = {0};
    int64_t after = 0;
    if (!decoys_due(session))
        return;
    if (is_admin(session))
        (void)!decoys_reseal(session, &unseen);
    for (int i = 0; i < ORDERS_AT_ONCE && decoys_next_order(session, after, &order, &unseen) == VAULT_OK;
         i++) {
        after = order.row;
        carry_out(session, asked, &order);
        decoy_order_free(&order);
    }
    decoy_order_free(&order);
}
