/* Who can release record keys: witnesses and break-glass sheets.  Once keys are held so, another one takes
 * two people. */
#include <stdio.h>
#include <string.h>

#include "vault/access/accountable.h"
#include "vault/access/release.h"
#include "vault/access/settings.h"
#include "vault/base/text.h"
#include "vault/http/http.h"
#include "vault/ops/call_private.h"

/* --- What it is --- */

static int take_text(struct call *call, const char *name, char *out, size_t max)
{
    const char *text = call_text(call, name);
    if (text != NULL && strlen(text) > max)
        return failure_set(call->failure, VAULT_EUSAGE, "%s: too long", name);
    text_copy(out, max + 1, text == NULL ? "" : text);
    return VAULT_OK;
}

/* The witness says its public key, signed by the key that we were given out of band. */
static int read_key(
    struct call *call, const struct note_key *key, struct bytes body, struct recipient *recipient)
{
    struct note note;
    if (note_parse(body, &note) == VAULT_OK && note_verify(&note, key, NULL) == VAULT_OK &&
        release_public_read(note.text, key->name, recipient->public_key) == VAULT_OK)
        return VAULT_OK;
    failure_remedy(
        call->failure, "compare the key with what the witness prints when it starts with --release");
    return failure_set(
        call->failure, VAULT_EFORGED, "%s: what is there is not the witness of this key", recipient->url);
}

static int ask_key(struct call *call, const struct note_key *key, struct recipient *recipient)
{
    struct http_client *client = NULL;
    struct http_answer answer = {0};
    struct http_request request = {.method = "GET", .path = "/release/key"};
    struct http_server server = {.url = recipient->url};
    uint8_t pin[HTTP_PIN_SIZE];
    if (recipient->pin[0] != '\0' && !http_pin_parse(recipient->pin, pin))
        return failure_set(
            call->failure, VAULT_EUSAGE, "'%s' is no pin of a certificate's key", recipient->pin);
    server.pin = recipient->pin[0] == '\0' ? NULL : pin;
    int result = http_client_new(&server, &client, call->failure);
    if (result == VAULT_OK)
        result = http_ask(client, &request, &answer, call->failure);
    if (result == VAULT_OK && answer.status != 200)
        result = failure_set(call->failure, VAULT_EINPUT,
            "%s: no witness that releases keys answers there (%u)", recipient->url, answer.status);
    if (result == VAULT_OK)
        result = read_key(call, key, buffer_bytes(&answer.body), recipient);
    http_answer_free(&answer);
    http_client_free(client);
    return result;
}

static int take_witness(struct call *call, struct recipient *recipient)
{
    struct note_key key;
    int result = take_text(call, "url", recipient->url, RECIPIENT_URL_MAX);
    if (result == VAULT_OK)
        result = take_text(call, "vkey", recipient->vkey, RECIPIENT_VKEY_MAX);
    if (result == VAULT_OK)
        result = take_text(call, "pin", recipient->pin, RECIPIENT_PIN_MAX);
    if (result == VAULT_OK &&
        (note_key_parse(bytes_of_text(recipient->vkey), &key) != VAULT_OK || key.type != NOTE_ED25519))
        result = failure_set(call->failure, VAULT_EUSAGE, "'%s' is no key of a release log", recipient->vkey);
    if (result != VAULT_OK)
        return result;
    text_copy(recipient->name, sizeof recipient->name, key.name);
    return ask_key(call, &key, recipient);
}

static int take_sheet(struct call *call, struct recipient *recipient)
{
    struct buffer key = {0};
    uint8_t id[WITNESSED_ID_SIZE];
    char hex[2 * WITNESSED_ID_SIZE + 1];
    recipient->sheet = true;
    int result = base64_decode(bytes_of_text(call_text(call, "public")), &key);
    if (result != VAULT_OK || key.size != BOX_PUBLIC_SIZE) {
        buffer_free(&key);
        return failure_set(call->failure, VAULT_EUSAGE, "that is no public key of a sheet");
    }
    memcpy(recipient->public_key, key.data, BOX_PUBLIC_SIZE);
    witnessed_id(buffer_bytes(&key), id);
    hex_encode(bytes_of(id, sizeof id), hex);
    (void)snprintf(recipient->name, sizeof recipient->name, "sheet-%s", hex);
    buffer_free(&key);
    return VAULT_OK;
}

/* --- Adding --- */

static int reply_added(struct call *call, const char *name, bool proposed, uint64_t event)
{
    return reply_value(
        call, json_pack("{s:s,s:b,s:I}", "name", name, "proposed", proposed, "event", (json_int_t)event));
}

static int check_new(struct call *call, const struct recipient *recipient)
{
    struct recipients recipients;
    int result = recipients_read(session_store(call->session), &recipients, call->failure);
    if (result == VAULT_OK && recipients_find(&recipients, recipient->name) != NULL)
        result = failure_set(call->failure, VAULT_EEXISTS, "'%s' can release keys already", recipient->name);
    if (result == VAULT_OK && recipients.count == WITNESSED_RECIPIENTS_MAX)
        result = failure_set(call->failure, VAULT_ELIMIT,
            "%d witnesses and sheets are all that keys can be sealed for", WITNESSED_RECIPIENTS_MAX);
    return result;
}

/* Whoever comes new is told whose signatures count; that can be done again at any time, so a failure only
 * warns. */
static void tell(struct call *call)
{
    (void)!release_tell_people(call->session, NULL);
}

int op_recipient_add(struct call *call)
{
    struct recipient recipient = {.sheet = false};
    struct access_request request = {.action = "recipient.add"};
    struct decision decision = {0};
    uint64_t event = 0;
    bool two = false;
    bool sheet = call_text(call, "public") != NULL;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK && !sheet && (call_text(call, "url") == NULL || call_text(call, "vkey") == NULL))
        result = failure_set(
            call->failure, VAULT_EUSAGE, "a witness needs its URL and the key of its release log");
    if (result == VAULT_OK)
        result = sheet ? take_sheet(call, &recipient) : take_witness(call, &recipient);
    if (result == VAULT_OK)
        result = check_new(call, &recipient);
    if (result == VAULT_OK)
        result = accountable_any(call->session, &two, call->failure);
    if (result == VAULT_OK)
        result = call_change_as(call, &request, two ? "recipient.propose" : "recipient.add",
            recipient_change(&recipient), &event);
    if (result == VAULT_OK && !two && !sheet)
        tell(call);
    return result == VAULT_OK ? reply_added(call, recipient.name, two, event) : result;
}

/* --- The second person --- */

/* A proposal of this name by somebody else; the object with the proposal's number, or NULL. */
static int find_proposal(struct call *call, const char *name, json_t **change)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_PROPOSAL_LIST, &statement, call->failure);
    *change = NULL;
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct proposal proposal;
        json_t *value = NULL;
        int64_t seq = column_number(statement, 0);
        if (strcmp(column_text(statement, 1), PROPOSAL_RECIPIENT) != 0 ||
            strcmp(column_text(statement, 4), session_user(call->session)) == 0)
            continue;
        result = proposal_get(session_store(call->session), seq, &proposal, call->failure);
        if (result != VAULT_OK)
            break;
        if (proposal.active && json_read(buffer_bytes(&proposal.text), &value, NULL) == VAULT_OK &&
            json_text(value, "name") != NULL && strcmp(json_text(value, "name"), name) == 0 &&
            json_object_set_new(value, "proposal", json_integer((json_int_t)seq)) == 0) {
            json_decref(*change);
            *change = json_incref(value);
        }
        json_decref(value);
        proposal_free(&proposal);
    }
    statement_free(statement);
    return result;
}

int op_recipient_approve(struct call *call)
{
    const char *name = call_text(call, "name");
    struct access_request request = {.action = "recipient.add"};
    struct decision decision = {0};
    json_t *what = NULL;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = find_proposal(call, name, &what);
    if (result == VAULT_OK && what == NULL)
        return failure_set(call->failure, VAULT_ENOTFOUND, "nobody else has proposed '%s'", name);
    if (result == VAULT_OK)
        result = call_change_as(call, &request, "recipient.add", what, &event);
    if (result == VAULT_OK)
        tell(call);
    return result == VAULT_OK ? reply_added(call, name, false, event) : result;
}

/* --- Removing --- */

/* Keys that nobody on line could release would be no keys. */
static int check_left(struct call *call, const char *name)
{
    struct recipients recipients;
    bool any = false;
    size_t left = 0;
    int result = recipients_read(session_store(call->session), &recipients, call->failure);
    if (result == VAULT_OK && recipients_find(&recipients, name) == NULL)
        return failure_set(call->failure, VAULT_ENOTFOUND, "'%s' releases no keys", name);
    if (result == VAULT_OK)
        result = accountable_any(call->session, &any, call->failure);
    for (size_t i = 0; i < recipients.count; i++)
        left += !recipients.list[i].sheet && strcmp(recipients.list[i].name, name) != 0;
    if (result == VAULT_OK && any && left == 0) {
        failure_remedy(call->failure, "add another witness first, or switch accountable decryption off");
        result =
            failure_set(call->failure, VAULT_EINPUT, "'%s' is the last witness that can release keys", name);
    }
    return result;
}

int op_recipient_remove(struct call *call)
{
    const char *name = call_text(call, "name");
    struct access_request request = {.action = "recipient.remove"};
    struct decision decision = {0};
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check_left(call, name);
    if (result == VAULT_OK)
        result = call_change_as(
            call, &request, "recipient.remove", json_pack("{s:s}", "name", name), &event);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:s,s:I}", "name", name, "event", (json_int_t)event))
               : result;
}

int op_recipient_list(struct call *call)
{
    struct access_request request = {.action = "recipient.list"};
    struct recipients recipients;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = recipients_read(session_store(call->session), &recipients, call->failure);
    for (size_t i = 0; result == VAULT_OK && i < recipients.count; i++) {
        const struct recipient *one = &recipients.list[i];
        result = reply_row(call,
            json_pack("{s:s,s:s,s:s,s:s,s:I}", "name", one->name, "kind", one->sheet ? "sheet" : "witness",
                "url", one->url, "vkey", one->vkey, "event", (json_int_t)one->seq));
    }
    return result;
}
