/* Drafts whose client is known: put, behind the reading of the file where that can be, and counted. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/ops/records/import_private.h"

#define VERSIONS_PER_EVENT 200

/* --- What was changed, in events --- */

/* The first of them, as many as an event names, in an event. */
static int note_first(struct import *import)
{
    struct call *call = import->call;
    struct access_request request = {.action = "record.import", .client = import->only};
    json_t *named = json_array();
    json_t *rest = json_array();
    size_t i;
    json_t *version;
    json_array_foreach(import->versions, i, version)
        (void)json_array_append(i < VERSIONS_PER_EVENT ? named : rest, version);
    json_decref(import->versions);
    import->versions = rest;
    return change_note(
        import->change, "record.change", call_note_members(call, &request, named), NULL, call->failure);
}

int import_note_versions(struct import *import, size_t few)
{
    int result = VAULT_OK;
    while (json_array_size(import->versions) > few && result == VAULT_OK)
        result = note_first(import);
    return result;
}

static void take_version(struct import *import, const struct record_written *written)
{
    (void)json_array_append_new(import->versions,
        json_pack("{s:s,s:o,s:I,s:o}", "type", "record", "id", json_ulid(&written->id), "version",
            (json_int_t)written->version, "ver", json_base64(hash_bytes(&written->ver))));
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

/* --- Putting --- */

/* What came of a draft. */
static int count(struct import *import, const char *where, int result, const struct record_written *written,
    const struct failure *why)
{
    if (result == VAULT_EINPUT || result == VAULT_ELIMIT || result == VAULT_EEXISTS) {
        import_note_refusal(import, where, why->text);
        return VAULT_OK;
    }
    if (result == VAULT_ENOKEY) {
        import_note_denial(import, where, why->text[0] == '\0' ? "you hold no key for it yet" : why->text);
        return VAULT_OK;
    }
    if (result != VAULT_OK)
        return failure_set(import->call->failure, result, "%s: %s", where, why->text);
    import->fresh += written->outcome == RECORD_NEW;
    import->changed += written->outcome == RECORD_CHANGED;
    import->same += written->outcome == RECORD_SAME;
    if (written->outcome == RECORD_CHANGED)
        take_version(import, written);
    return VAULT_OK;
}

int import_told(void *context, const struct behind_told *told)
{
    return count(context, told->where, told->result, told->written, told->failure);
}

static int put_now(struct import *import, const struct import_client *client, const struct draft *draft,
    const struct record_author *author)
{
    struct record_written written;
    struct failure why = {0};
    int put = records_put(session_records(import->call->session), client->permit, author, draft,
        import->postings, NULL, &written, &why);
    int result = count(import, draft->where, put, &written, &why);
    return result == VAULT_OK && put == VAULT_OK && written.outcome == RECORD_CHANGED
               ? renew_card(import, client, draft)
               : result;
}

int import_put(struct import *import, const struct import_client *client, const struct draft *draft)
{
    struct record_author author = {.client_id = client->facts.id,
        .client = client->facts.row,
        .user = session_user(import->call->session),
        .at = instant_now(),
        .source = import->source,
        .seq = change_intent(import->change)};
    bool taken = false;
    int result = behind_put(import->behind, client->permit, &author, draft, &taken);
    if (result == VAULT_OK && !taken)
        result = put_now(import, client, draft, &author);
    if (result == VAULT_OK && json_array_size(import->versions) >= VERSIONS_PER_EVENT) {
        result = import_settle(import);
        if (result == VAULT_OK)
            result = import_note_versions(import, VERSIONS_PER_EVENT - 1);
    }
    return result;
}

int import_settle(struct import *import)
{
    return behind_settle(import->behind);
}

void import_stop(struct import *import)
{
    behind_free(import->behind);
    import->behind = NULL;
}
