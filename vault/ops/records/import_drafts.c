/* Drafts to records: whose is it, may it, put it (import_clients.c, import_put.c); and what is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/text.h"
#include "vault/ops/records/import_private.h"
#include "vault/ops/records/source_private.h"

#define POSTINGS_MEMORY (8u << 20)
#define NEW_CLIENTS_AT_ONCE 200

int import_new(struct call *call, struct change *change, const struct client_facts *only, struct import **importp)
{
    *importp = NULL;
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL)
        return VAULT_ENOMEM;
    import->call = call;
    import->change = change;
    import->only = only;
    import->client_index = json_object();
    import->versions = json_array();
    import->postings = postings_new(session_store(call->session), POSTINGS_SEARCH, POSTINGS_MEMORY);
    int result = import->postings == NULL || import->client_index == NULL || import->versions == NULL ? VAULT_ENOMEM : call_portfolio(call, import->portfolio);
    if (result == VAULT_OK)
        result = new_clients_new(call, change, import->portfolio, NEW_CLIENTS_AT_ONCE, &import->fresh_clients);
    if (result == VAULT_OK)
        result = behind_new(session_records(call->session), import->postings, import_told, import, &import->behind);
    if (result != VAULT_OK) {
        import_free(import);
        return result;
    }
    *importp = import;
    return VAULT_OK;
}

void import_free(struct import *import)
{
    if (import == NULL)
        return;
    behind_free(import->behind);
    for (size_t i = 0; i < import->client_count; i++)
        permit_free(import->clients[i].permit);
    free(import->clients);
    new_clients_free(import->fresh_clients);
    postings_free(import->postings);
    json_decref(import->client_index);
    json_decref(import->versions);
    free(import);
}

/* --- The source file --- */

int import_source(struct import *import, const char *path, const char *name)
{
    return source_put(import->call, path, name, change_intent(import->change), &import->source);
}

/* --- Refusing --- */

void import_note_refusal(struct import *import, const char *where, const char *reason)
{
    import->refused++;
    if (json_array_size(import->refusals) < LIMIT_PLACES_SHOWN)
        (void)json_array_append_new(import->refusals, place_and_reason(where, reason));
}

void import_note_denial(struct import *import, const char *where, const char *reason)
{
    import->total_denied++;
    (void)snprintf(import->denial, sizeof import->denial, "%s", reason);
    import_note_refusal(import, where, reason);
}

/* Rows before it may be refused yet, and are shown before it. */
static int settle_to_show(struct import *import)
{
    return json_array_size(import->refusals) < LIMIT_PLACES_SHOWN ? import_settle(import) : VAULT_OK;
}

int import_refuse(struct import *import, const char *where, const char *reason)
{
    int result = settle_to_show(import);
    import_note_refusal(import, where, reason);
    return result;
}

static int refuse(struct import *import, const struct draft *draft, const char *reason)
{
    return import_refuse(import, draft->where, reason);
}

static int refuse_denied(struct import *import, const struct draft *draft, const char *reason)
{
    int result = settle_to_show(import);
    import_note_denial(import, draft->where, reason);
    return result;
}

/* --- New clients, and client lists in the hands of who may not read records --- */

static int may_add(struct import *import, bool *may)
{
    struct call *call = import->call;
    struct access_request request = {.action = "client.add", .portfolio = import->portfolio};
    struct decision decision = {0};
    int result = VAULT_OK;
    if (!import->may_add_known) {
        result = access_decide(call->session, &request, &decision, call->failure);
        import->may_add = result == VAULT_OK && decision.permitted;
        import->may_add_known = result == VAULT_OK;
        decision_free(&decision);
    }
    *may = import->may_add;
    return result;
}

static int add_client(struct import *import, const struct draft *draft)
{
    bool may = false;
    int result = may_add(import, &may);
    if (result != VAULT_OK)
        return result;
    if (!may)
        return refuse_denied(import, draft, "a new client, and no rule permits you to add clients to this portfolio");
    if (new_clients_waiting(import->fresh_clients, draft->client.client_no, draft->client.tax_id))
        return refuse(import, draft, "the client's number or tax id stands in an earlier row already");
    result = new_clients_put(import->fresh_clients, draft, import->source);
    import->fresh += result == VAULT_OK;
    return result;
}

static bool text_equal(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static int may_see(struct import *import, const struct client_facts *client, bool *may)
{
    struct decision decision = {0};
    struct access_request request = {.action = "client.show", .client = client};
    int result = access_decide(import->call->session, &request, &decision, import->call->failure);
    *may = result == VAULT_OK && decision.permitted;
    decision_free(&decision);
    return result;
}

/* An admin brings the client list again: he sees the card, and so can tell whether it says the same.  Who may not see it
 * does not learn by trying. */
static int compare_card(struct import *import, const struct import_client *client, const struct draft *draft)
{
    json_t *card = NULL;
    bool may = false;
    int result = may_see(import, &client->facts, &may);
    if (result == VAULT_OK && !may)
        return refuse_denied(import, draft, client->reason);
    if (result == VAULT_OK)
        result = clients_card(import->call->session, &client->facts, &card, import->call->failure);
    if (result == VAULT_ENOKEY) {
        failure_clear(import->call->failure);
        return refuse_denied(import, draft, client->reason);
    }
    if (result != VAULT_OK)
        return result;
    bool same = text_equal(json_text(card, "client_no"), draft->client.client_no) &&
        text_equal(json_text(card, "name"), draft->client.name) &&
        text_equal(json_text(card, "tax_id"), draft->client.tax_id);
    json_decref(card);
    if (!same)
        return refuse_denied(import, draft,
            "the client is there and differs; an accountant to whom it is assigned can import the change");
    import->same++;
    return VAULT_OK;
}

/* --- The whole --- */

int import_draft(struct import *import, const struct draft *draft)
{
    struct import_client *client;
    bool made_up = false;
    int result = import_client_known(import, draft) ? VAULT_OK : import_settle(import);
    if (result == VAULT_OK)
        result = import_client_of(import, draft, &client, &made_up);
    if (result != VAULT_OK)
        return result;
    if (made_up) {
        import->decoys++;
        return VAULT_OK;
    }
    if (client == NULL && draft->kind == KIND_CLIENT)
        return add_client(import, draft);
    if (client == NULL) {
        char reason[200];
        const char *who = draft->client.client_no != NULL ? draft->client.client_no
            : draft->client.tax_id != NULL                ? draft->client.tax_id
                                                          : draft->client.name;
        if (who == NULL)
            (void)snprintf(reason, sizeof reason, "the file does not say whose it is; name the client with --client");
        else
            (void)snprintf(reason, sizeof reason, "there is no client '%.64s'; add it first, or name one with --client", who);
        return refuse(import, draft, reason);
    }
    if (client->permit != NULL)
        return import_put(import, client, draft);
    if (draft->kind != KIND_CLIENT)
        return refuse_denied(import, draft, client->reason);
    result = import_settle(import);
    return result == VAULT_OK ? compare_card(import, client, draft) : result;
}

int import_finish_file(struct import *import, const char *format)
{
    (void)format;
    int result = import_settle(import);
    if (result == VAULT_OK)
        result = new_clients_flush(import->fresh_clients);
    import->total_fresh += import->fresh;
    import->total_changed += import->changed;
    import->total_same += import->same;
    import->total_refused += import->refused;
    import->total_taken += import->fresh + import->changed + import->same;
    return result;
}

int import_finish(struct import *import)
{
    int result = import_note_versions(import, 0);
    return result == VAULT_OK ? postings_flush(import->postings, import->call->failure) : result;
}
