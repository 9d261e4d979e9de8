/* Drafts to records: whose is it, may it, put it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/access/copies.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/ops/records/import_private.h"
#include "vault/ops/records/source_private.h"

#define POSTINGS_MEMORY (8u << 20)
#define NEW_CLIENTS_AT_ONCE 200
#define VERSIONS_PER_EVENT 200

/* A client as this import has met it. */
struct import_client {
    struct client_facts facts;
    struct permit *permit; /* NULL: not permitted */
    char reason[200];      /* then why */
};

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

static int refuse(struct import *import, const struct draft *draft, const char *reason)
{
    import->refused++;
    if (json_array_size(import->refusals) < LIMIT_PLACES_SHOWN)
        (void)json_array_append_new(
            import->refusals, place_and_reason(draft->where, reason));
    return VAULT_OK;
}

static int refuse_denied(struct import *import, const struct draft *draft, const char *reason)
{
    import->total_denied++;
    (void)snprintf(import->denial, sizeof import->denial, "%s", reason);
    return refuse(import, draft, reason);
}

/* --- Whose it is --- */

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

/* Made up for an export of this vault, to be recognised by: not asked of a row whose client is known already. */
static int is_made_up(struct import *import, const struct draft *draft, bool *made_up)
{
    struct call *call = import->call;
    *made_up = false;
    int result = copies_made_up(call->session, COPY_TOKEN_TAX_ID, draft->client.tax_id, made_up, call->failure);
    if (result == VAULT_OK && !*made_up)
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
static int client_of(
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

/* --- Putting --- */

static int flush_versions(struct import *import)
{
    struct call *call = import->call;
    struct access_request request = {.action = "record.import", .client = import->only};
    if (json_array_size(import->versions) == 0)
        return VAULT_OK;
    int result = change_note(import->change, "record.change",
        call_note_members(call, &request, json_incref(import->versions)), NULL, call->failure);
    json_decref(import->versions);
    import->versions = json_array();
    return result;
}

static int note_version(struct import *import, const struct record_written *written)
{
    (void)json_array_append_new(import->versions,
        json_pack("{s:s,s:o,s:I,s:o}", "type", "record", "id", json_ulid(&written->id), "version",
            (json_int_t)written->version, "ver", json_base64(hash_bytes(&written->ver))));
    return json_array_size(import->versions) >= VERSIONS_PER_EVENT ? flush_versions(import) : VAULT_OK;
}

/* The card follows the record of kind client. */
static int renew_card(struct import *import, const struct import_client *client, const struct draft *draft)
{
    struct client_card card = {.client_no = draft->client.client_no,
        .name = draft->client.name,
        .tax_id = draft->client.tax_id,
        .status = json_text(draft->fields, "status")};
    if (draft->kind != KIND_CLIENT || card.name == NULL)
        return VAULT_OK;
    return clients_put_card(
        import->call->session, &client->facts, &card, import->postings, import->call->failure);
}

static int put(struct import *import, const struct import_client *client, const struct draft *draft)
{
    struct call *call = import->call;
    struct record_written written;
    struct failure why = {0};
    struct record_author author = {.client_id = client->facts.id,
        .client = client->facts.row,
        .user = session_user(call->session),
        .at = instant_now(),
        .source = import->source,
        .seq = change_intent(import->change)};
    int result = records_put(
        session_records(call->session), client->permit, &author, draft, import->postings, NULL, &written, &why);
    if (result == VAULT_EINPUT || result == VAULT_ELIMIT || result == VAULT_EEXISTS)
        return refuse(import, draft, why.text);
    if (result == VAULT_ENOKEY)
        return refuse_denied(import, draft, why.text[0] == '\0' ? "you hold no key for it yet" : why.text);
    if (result != VAULT_OK)
        return failure_set(call->failure, result, "%s: %s", draft->where, why.text);
    import->fresh += written.outcome == RECORD_NEW;
    import->changed += written.outcome == RECORD_CHANGED;
    import->same += written.outcome == RECORD_SAME;
    if (written.outcome != RECORD_CHANGED)
        return VAULT_OK;
    result = renew_card(import, client, draft);
    return result == VAULT_OK ? note_version(import, &written) : result;
}

int import_draft(struct import *import, const struct draft *draft)
{
    struct import_client *client;
    bool made_up = false;
    int result = client_of(import, draft, &client, &made_up);
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
    if (client->permit == NULL)
        return draft->kind == KIND_CLIENT ? compare_card(import, client, draft)
                                          : refuse_denied(import, draft, client->reason);
    return put(import, client, draft);
}

int import_finish_file(struct import *import, const char *format)
{
    (void)format;
    int result = new_clients_flush(import->fresh_clients);
    import->total_fresh += import->fresh;
    import->total_changed += import->changed;
    import->total_same += import->same;
    import->total_refused += import->refused;
    import->total_taken += import->fresh + import->changed + import->same;
    return result;
}

int import_finish(struct import *import)
{
    int result = flush_versions(import);
    return result == VAULT_OK ? postings_flush(import->postings, import->call->failure) : result;
}
