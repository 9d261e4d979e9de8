#include "vault/base/text.h"
#include "vault/ops/records/new_clients_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/base/instant.h"
#include "vault/keys/issue.h"

#define POSTINGS_MEMORY (1u << 20)

/* A draft that waits, with copies of its texts. */
struct waiting {
    struct draft draft;
    char *client_no;
    char *tax_id;
    char *name;
    int64_t source;
    struct ulid id;
};

struct new_clients {
    struct call *call;
    struct change *change;
    char portfolio[NAME_SIZE_MAX + 1];
    struct postings *postings;
    struct waiting *items;
    size_t count;
    size_t capacity;
    bool checked; /* the keys that theirs are sealed to are the log's */
    bool reads; /* the person also works on them, and so is assigned */
    struct client_facts last;
};

/* Does a grant of the person reach the clients' records?  Not merely a key: who made a role holds its first copy. */
static int grant_reaches(struct call *call, const char *portfolio, bool *reaches)
{
    struct statement *statement;
    bool row = true;
    *reaches = false;
    int result = store_query(session_store(call->session), QUERY_REACH_OF_MEMBER, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session_user(call->session));
    bind_text(statement, 2, portfolio);
    bind_number(statement, 3, instant_now());
    while ((result = statement_step(statement, &row, call->failure)) == VAULT_OK && row)
        *reaches = *reaches || (column_number(statement, 0) >> COMPARTMENT_IDENTITY & 1) != 0;
    return result;
}

static int find_out_reads(struct new_clients *clients)
{
    struct call *call = clients->call;
    const struct secret *key;
    bool reaches = false;
    int result = grant_reaches(call, clients->portfolio, &reaches);
    if (result != VAULT_OK || !reaches)
        return result;
    result = keyring_index(session_keyring(call->session), clients->portfolio, COMPARTMENT_IDENTITY, &key, NULL);
    clients->reads = result == VAULT_OK;
    if (result == VAULT_OK || result == VAULT_ENOKEY)
        return VAULT_OK;
    return failure_set(call->failure, result, "portfolio '%s': %s", clients->portfolio, vault_error_text(result));
}

int new_clients_new(
    struct call *call, struct change *change, const char *portfolio, size_t capacity, struct new_clients **clientsp)
{
    *clientsp = NULL;
    struct new_clients *clients = calloc(1, sizeof *clients);
    if (clients == NULL)
        return VAULT_ENOMEM;
    clients->call = call;
    clients->change = change;
    clients->capacity = capacity == 0 ? 1 : capacity;
    text_copy(clients->portfolio, NAME_SIZE_MAX + 1, portfolio);
    clients->items = calloc(clients->capacity, sizeof *clients->items);
    clients->postings = postings_new(session_store(call->session), POSTINGS_SEARCH, POSTINGS_MEMORY);
    int result =
        clients->items == NULL || clients->postings == NULL ? VAULT_ENOMEM : find_out_reads(clients);
    if (result != VAULT_OK) {
        new_clients_free(clients);
        return result;
    }
    *clientsp = clients;
    return VAULT_OK;
}

void new_clients_for_others(struct new_clients *clients)
{
    clients->reads = false;
}

static void waiting_free(struct waiting *waiting)
{
    draft_reset(&waiting->draft);
    free(waiting->client_no);
    free(waiting->tax_id);
    free(waiting->name);
    memset(waiting, 0, sizeof *waiting);
}

void new_clients_free(struct new_clients *clients)
{
    if (clients == NULL)
        return;
    for (size_t i = 0; i < clients->count; i++)
        waiting_free(&clients->items[i]);
    free(clients->items);
    postings_free(clients->postings);
    free(clients);
}

static char *copy(const char *text, int *result)
{
    char *copied = text == NULL || text[0] == '\0' ? NULL : strdup(text);
    if (copied == NULL && text != NULL && text[0] != '\0')
        *result = VAULT_ENOMEM;
    return copied;
}

int new_clients_put(struct new_clients *clients, const struct draft *draft, int64_t source)
{
    int result = VAULT_OK;
    if (clients->count == clients->capacity)
        result = new_clients_flush(clients);
    if (result != VAULT_OK)
        return result;
    struct waiting *waiting = &clients->items[clients->count++];
    waiting->draft = *draft;
    waiting->draft.fields = json_incref(draft->fields);
    waiting->draft.raw = json_incref(draft->raw);
    waiting->draft.masked = json_incref(draft->masked);
    waiting->client_no = copy(draft->client.client_no, &result);
    waiting->tax_id = copy(draft->client.tax_id, &result);
    waiting->name = copy(draft->client.name, &result);
    waiting->draft.client.client_no = waiting->client_no;
    waiting->draft.client.tax_id = waiting->tax_id;
    waiting->draft.client.name = waiting->name;
    waiting->draft.record_id = NULL; /* of another vault, if at all */
    waiting->source = source;
    waiting->id = ulid_new();
    return result;
}

/* --- Making one --- */

static int put_record(struct new_clients *clients, const struct decision *decision, const struct waiting *waiting,
    const struct client_facts *client, const struct secret *identity_key)
{
    struct call *call = clients->call;
    struct permit *permit = NULL;
    struct record_written written;
    struct record_author author = {.client_id = client->id,
        .client = client->row,
        .user = session_user(call->session),
        .at = instant_now(),
        .source = waiting->source,
        .seq = change_intent(clients->change)};
    int result = call_permit(call, decision, author.seq, PERMIT_WRITE, client->row, 1u << COMPARTMENT_IDENTITY, NULL, &permit);
    if (result == VAULT_OK)
        result = records_put(session_records(call->session), permit, &author, &waiting->draft,
            clients->postings, identity_key, &written, call->failure);
    permit_free(permit);
    return result;
}

static int make(struct new_clients *clients, const struct decision *decision, const struct waiting *waiting)
{
    struct call *call = clients->call;
    struct issue issue = {session_store(call->session), *session_vault(call->session), call->failure};
    struct secret *keys[COMPARTMENT_COUNT] = {NULL};
    struct client_facts client;
    struct client_ref ref = {0};
    char id[ULID_TEXT_SIZE];
    struct client_card card = {
        .client_no = waiting->client_no, .name = waiting->name, .tax_id = waiting->tax_id, .status = json_text(waiting->draft.fields, "status")};
    ulid_format(&waiting->id, id);
    int result = clients_find(call->session, id, &client, call->failure);
    if (result == VAULT_OK) {
        ref.row = client.row;
        ref.id = client.id;
        memcpy(ref.portfolio, client.portfolio, sizeof ref.portfolio);
        result = issue_client_keys(&issue, &ref, keys);
    }
    if (result == VAULT_OK)
        result = clients_put_card(call->session, &client, &card, clients->postings, call->failure);
    if (result == VAULT_OK)
        result = put_record(clients, decision, waiting, &client, keys[COMPARTMENT_IDENTITY]);
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        secret_free(keys[i]);
    if (result == VAULT_OK)
        clients->last = client;
    return result;
}

/* The event that says which clients there are from now on. */
static int note(struct new_clients *clients, const struct access_request *request, const struct decision *decision)
{
    struct call *call = clients->call;
    json_t *ids = json_array();
    for (size_t i = 0; i < clients->count; i++)
        (void)json_array_append_new(ids, json_ulid(&clients->items[i].id));
    json_t *what = json_pack("{s:s,s:o}", "portfolio", clients->portfolio, "clients", ids);
    if (what == NULL || json_array_size(json_object_get(what, "clients")) != clients->count ||
        (clients->reads && json_object_set_new(what, "user", json_string(session_user(call->session))) != 0)) {
        json_decref(what);
        return failure_set(call->failure, VAULT_ENOMEM, "no memory for the event");
    }
    return change_note(clients->change, request->action,
        access_event_members(call->session, request, decision, NULL), what, call->failure);
}

int new_clients_flush(struct new_clients *clients)
{
    struct call *call = clients->call;
    struct access_request request = {.action = "client.add", .portfolio = clients->portfolio};
    struct decision decision = {0};
    if (clients->count == 0)
        return VAULT_OK;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK && !clients->checked)
        result = authority_check_portfolio(call->session, clients->portfolio, call->failure);
    clients->checked = clients->checked || result == VAULT_OK;
    if (result == VAULT_OK)
        result = note(clients, &request, &decision);
    for (size_t i = 0; i < clients->count && result == VAULT_OK; i++)
        result = make(clients, &decision, &clients->items[i]);
    if (result == VAULT_OK)
        result = postings_flush(clients->postings, call->failure);
    for (size_t i = 0; i < clients->count; i++)
        waiting_free(&clients->items[i]);
    clients->count = 0;
    decision_free(&decision);
    return result;
}

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool new_clients_waiting(const struct new_clients *clients, const char *client_no, const char *tax_id)
{
    for (size_t i = 0; i < clients->count; i++) {
        if (same(clients->items[i].client_no, client_no) || same(clients->items[i].tax_id, tax_id))
            return true;
    }
    return false;
}

struct client_facts new_clients_last(const struct new_clients *clients)
{
    return clients->last;
}
