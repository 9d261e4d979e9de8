/* Whose a draft is, and what may be done with that client's records. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/copies.h"
#include "vault/base/text.h"
#include "vault/ops/records/import_private.h"

/* What the file calls the client: one text that stands for number, tax id and name. */
static bool hint_of(const struct draft *draft, char *hint, size_t size)
{
    const char *number = draft->client.client_no == NULL ? "" : draft->client.client_no;
    const char *tax_id = draft->client.tax_id == NULL ? "" : draft->client.tax_id;
    const char *name = draft->client.name == NULL ? "" : draft->client.name;
    int length = snprintf(hint, size, "%s\t%s\t%s", number, tax_id, number[0] == '\0' && tax_id[0] == '\0' ? name : "");
    return length > 2 && (size_t)length < size;
}

static int decide_client(struct import *import, struct import_client *client)
{
    struct call *call = import->call;
    struct decision decision = {0};
    struct access_request request = {.action = "record.import", .client = &client->facts};
    call_about(call, &client->facts);
    int result = access_decide(call->session, &request, &decision, call->failure);
    if (result == VAULT_OK && decision.permitted)
        result = call_permit(call, &decision, change_intent(import->change), PERMIT_WRITE | PERMIT_BODIES,
            client->facts.row, (1u << COMPARTMENT_COUNT) - 1, NULL, &client->permit);
    else
        (void)snprintf(client->reason, sizeof client->reason, "%s", decision.reason);
    decision_free(&decision);
    return result;
}

static int remember_client(struct import *import, const struct client_facts *facts, const char *hint)
{
    if (import->client_count == import->client_capacity) {
        size_t capacity = import->client_capacity == 0 ? 64 : import->client_capacity * 2;
        struct import_client *clients = realloc(import->clients, capacity * sizeof *clients); /* no secrets in it */
        if (clients == NULL)
            return VAULT_ENOMEM;
        import->clients = clients;
        import->client_capacity = capacity;
    }
    struct import_client *client = &import->clients[import->client_count];
    memset(client, 0, sizeof *client);
    client->facts = *facts;
    int result = decide_client(import, client);
    /* Without its place in the index the next row would be taken for another client's. */
    if (result == VAULT_OK &&
        json_object_set_new(import->client_index, hint, json_integer((json_int_t)import->client_count)) != 0) {
        permit_free(client->permit);
        result = VAULT_ENOMEM;
    }
    import->client_count += result == VAULT_OK;
    return result;
}

static int has_name(struct import *import, const struct client_facts *facts, const char *name, bool *has)
{
    json_t *card = NULL;
    int result = clients_card(import->call->session, facts, &card, import->call->failure);
    const char *said = json_text(card, "name");
    *has = said != NULL && bytes_equal(text_trim(bytes_of_text(said)), text_trim(bytes_of_text(name)));
    json_decref(card);
    return result;
}

static int find_by_hint(struct import *import, const struct draft *draft, struct client_facts *facts, bool *found)
{
    struct call *call = import->call;
    int result = clients_by_number(
        call->session, draft->client.client_no, draft->client.tax_id, facts, found, call->failure);
    bool only_name = (draft->client.client_no == NULL || draft->client.client_no[0] == '\0') &&
        (draft->client.tax_id == NULL || draft->client.tax_id[0] == '\0');
    if (result == VAULT_OK && !*found && only_name && draft->client.name != NULL) {
        result = clients_find(call->session, draft->client.name, facts, NULL);
        *found = result == VAULT_OK;
        if (result == VAULT_ENOTFOUND || result == VAULT_EINPUT)
            result = VAULT_OK;
        /* A part of a name finds a client for who looks for one; a file's rows go by the whole name alone. */
        if (result == VAULT_OK && *found)
            result = has_name(import, facts, draft->client.name, found);
    }
    return result;
}

/* Made up for an export of this vault, to be recognised by: not asked of a row whose client is known already.
 * Names are few, so that a client may come whose name was made up before: whoever says his tax id is known by that. */
static int is_made_up(struct import *import, const struct draft *draft, bool *made_up)
{
    struct call *call = import->call;
    const char *tax_id = draft->client.tax_id;
    *made_up = false;
    int result = copies_made_up(call->session, COPY_TOKEN_TAX_ID, tax_id, made_up, call->failure);
    if (result == VAULT_OK && (tax_id == NULL || tax_id[0] == '\0'))
        result = copies_made_up(call->session, COPY_TOKEN_NAME, draft->client.name, made_up, call->failure);
    if (result == VAULT_OK && !*made_up)
        result = copies_made_up(call->session, COPY_TOKEN_RECORD, draft->record_id, made_up, call->failure);
    return result;
}

/* A made-up client's rows are known by the first of them. */
#define MADE_UP (-1)
static int note_made_up(struct import *import, const char *hint)
{
    return json_object_set_new(import->client_index, hint, json_integer(MADE_UP)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* @p client is NULL where there is none (yet), and @p made_up whether there never will be. */
int import_client_of(
    struct import *import, const struct draft *draft, struct import_client **client, bool *made_up)
{
    char hint[512];
    struct client_facts facts;
    bool found = false;
    *client = NULL;
    *made_up = false;
    if (import->only != NULL)
        (void)strcpy(hint, "only");
    else if (!hint_of(draft, hint, sizeof hint))
        return is_made_up(import, draft, made_up);
    const json_t *position = json_object_get(import->client_index, hint);
    if (import->only != NULL || position == NULL) {
        int result = is_made_up(import, draft, made_up);
        if (result == VAULT_OK && *made_up && import->only == NULL)
            result = note_made_up(import, hint);
        if (result != VAULT_OK || *made_up)
            return result;
    }
    if (position == NULL) {
        /* The one that is meant may be waiting to be made. */
        int result = VAULT_OK;
        if (new_clients_waiting(import->fresh_clients, draft->client.client_no, draft->client.tax_id))
            result = new_clients_flush(import->fresh_clients);
        if (import->only != NULL) {
            facts = *import->only;
            found = true;
        } else if (result == VAULT_OK) {
            result = find_by_hint(import, draft, &facts, &found);
        }
        if (result == VAULT_OK && found)
            result = remember_client(import, &facts, hint);
        if (result != VAULT_OK || !found)
            return result;
        position = json_object_get(import->client_index, hint);
    }
    *made_up = json_integer_value(position) == MADE_UP;
    *client = *made_up ? NULL : &import->clients[json_integer_value(position)];
    return VAULT_OK;
}

static bool has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* The client is known since an earlier row, and nothing else is to be looked for. */
bool import_client_known(const struct import *import, const struct draft *draft)
{
    char hint[512];
    if (import->only != NULL && (has_text(draft->client.tax_id) || has_text(draft->client.name)))
        return false;
    if (import->only != NULL)
        (void)strcpy(hint, "only");
    else if (!hint_of(draft, hint, sizeof hint))
        return false;
    return draft->record_id == NULL && json_object_get(import->client_index, hint) != NULL;
}
