/* Who cosigns the log's checkpoints: add, list, remove. */
#include <string.h>

#include "vault/access/witnessed.h"
#include "vault/base/instant.h"
#include "vault/http/http.h"
#include "vault/ops/call_private.h"

/* --- witness.add --- */

static int check_key(struct call *call, struct note_key *key)
{
    const char *vkey = call_text(call, "vkey");
    if (note_key_parse(bytes_of_text(vkey), key) != VAULT_OK || key->type != NOTE_COSIGNATURE) {
        failure_remedy(call->failure, "copy the whole vkey that the witness printed when it was started");
        return failure_set(call->failure, VAULT_EINPUT, "'%.100s': no key of a witness", vkey);
    }
    if (strcmp(key->name, "none") == 0)
        return failure_set(
            call->failure, VAULT_EINPUT, "a witness called 'none' cannot be named in a policy");
    if (bytes_equal(
            bytes_of(key->public_key, SIGN_PUBLIC_SIZE), sign_key_public(session_keys(call->session)->sign)))
        return failure_set(call->failure, VAULT_EINPUT, "the vault's own key cannot be its witness's");
    return VAULT_OK;
}

/* What the url, pin and certificates say together. */
static int check_address(struct call *call, uint8_t pin[HTTP_PIN_SIZE])
{
    const char *url = call_text(call, "url");
    const char *pinned = call_text(call, "pin");
    const char *ca = call_text(call, "ca");
    int result = http_url_check(url, false, call->failure);
    if (result == VAULT_OK && (pinned != NULL || ca != NULL) && !http_url_is_tls(url))
        result = failure_set(call->failure, VAULT_EUSAGE, "a pin or certificate is for https:// only");
    if (result == VAULT_OK && pinned != NULL && ca != NULL)
        result = failure_set(call->failure, VAULT_EUSAGE, "either a pin or certificates, not both");
    if (result == VAULT_OK && pinned != NULL && !http_pin_parse(pinned, pin)) {
        failure_remedy(call->failure, "copy the whole pin that the witness printed when it was started");
        result = failure_set(call->failure, VAULT_EUSAGE, "'%.100s': no pin", pinned);
    }
    if (result == VAULT_OK && ca != NULL &&
        (strlen(ca) > WITNESS_CA_MAX || strstr(ca, "-----BEGIN CERTIFICATE-----") == NULL))
        result = failure_set(
            call->failure, VAULT_EINPUT, "no certificates in PEM, or more than %zu bytes", WITNESS_CA_MAX);
    return result;
}

struct taken {
    const struct note_key *key;
    bool name;
    bool public_key;
    size_t count;
};

static int look_at(void *context, const struct witness_row *row)
{
    struct taken *taken = context;
    struct note_key key;
    taken->name = taken->name || strcmp(row->name, taken->key->name) == 0;
    taken->public_key =
        taken->public_key || (note_key_parse(bytes_of_text(row->vkey), &key) == VAULT_OK &&
                                 memcmp(key.public_key, taken->key->public_key, SIGN_PUBLIC_SIZE) == 0);
    taken->count++;
    return VAULT_OK;
}

static int check_free(struct call *call, const struct note_key *key)
{
    struct taken taken = {.key = key};
    int result = witnessed_each(call->session, look_at, &taken, call->failure);
    if (result == VAULT_OK && (taken.name || taken.public_key))
        result = failure_set(call->failure, VAULT_EEXISTS, "there is a witness with this %s already",
            taken.name ? "name" : "key");
    if (result == VAULT_OK && taken.count >= WITNESSES_MAX)
        result = failure_set(call->failure, VAULT_ELIMIT, "a log has at most %u witnesses", WITNESSES_MAX);
    return result;
}

static json_t *describe_new(struct call *call, const uint8_t pin[HTTP_PIN_SIZE])
{
    const char *ca = call_text(call, "ca");
    json_t *what = json_pack("{s:s,s:s}", "vkey", call_text(call, "vkey"), "url", call_text(call, "url"));
    if (what != NULL && call_text(call, "pin") != NULL)
        (void)json_object_set_new(what, "pin", json_base64(bytes_of(pin, HTTP_PIN_SIZE)));
    if (what != NULL && ca != NULL)
        (void)json_object_set_new(what, "ca", json_string(ca));
    return what;
}

/* Whether it answers is told at once, while somebody is there to see to it. */
static json_t *reply_of(struct call *call, const struct note_key *key, uint64_t event)
{
    struct failure silent = {0};
    int result = witnessed_open(call->session, &silent);
    if (result == VAULT_OK)
        result = witnessed_send(call->session, &silent);
    json_t *value = json_pack("{s:s,s:s,s:I,s:b}", "witness", key->name, "url", call_text(call, "url"),
        "event", (json_int_t)event, "cosigned", result == VAULT_OK);
    if (value != NULL && result != VAULT_OK)
        (void)json_object_set_new(value, "warning", json_string(silent.text));
    return value;
}

int op_witness_add(struct call *call)
{
    struct access_request request = {.action = "witness.add"};
    struct decision decision = {0};
    struct change *change = NULL;
    struct note_key key;
    uint8_t pin[HTTP_PIN_SIZE] = {0};
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = check_key(call, &key);
    if (result == VAULT_OK)
        result = check_address(call, pin);
    if (result == VAULT_OK)
        result = check_free(call, &key);
    if (result == VAULT_OK)
        result = call_change(call, &request, describe_new(call, pin), &change);
    if (result != VAULT_OK)
        return result;
    event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    return result == VAULT_OK ? reply_value(call, reply_of(call, &key, event)) : result;
}

/* --- witness.list --- */

struct listing {
    struct call *call;
    size_t index;
};

static int put_row(void *context, const struct witness_row *row)
{
    struct listing *listing = context;
    struct call *call = listing->call;
    struct witness_state state = {0};
    char pin[HTTP_PIN_TEXT_SIZE];
    uint64_t size = log_size(session_log(call->session));
    if (session_witnesses(call->session) != NULL)
        witnesses_state(session_witnesses(call->session), listing->index++, &state);
    json_t *line = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s}", "witness", row->name, "url", row->url, "vkey",
        row->vkey, "size", (json_int_t)state.size, "behind",
        (json_int_t)(size > state.size ? size - state.size : 0), "added_by", row->added_by);
    if (line != NULL && row->pin.size == HTTP_PIN_SIZE) {
        http_pin_format(row->pin.data, pin);
        (void)json_object_set_new(line, "pin", json_string(pin));
    }
    if (line != NULL && state.time != 0)
        (void)json_object_set_new(line, "time", json_instant((int64_t)state.time * 1000));
    return reply_row(call, line);
}

int op_witness_list(struct call *call)
{
    struct access_request request = {.action = "witness.list"};
    struct listing listing = {.call = call};
    int result = call_allow(call, &request, NULL, NULL);
    return result == VAULT_OK ? witnessed_each(call->session, put_row, &listing, call->failure) : result;
}

/* --- witness.remove --- */

struct search {
    const char *name;
    bool found;
    size_t count;
};

static int search_one(void *context, const struct witness_row *row)
{
    struct search *search = context;
    search->found = search->found || strcmp(row->name, search->name) == 0;
    search->count++;
    return VAULT_OK;
}

int op_witness_remove(struct call *call)
{
    struct access_request request = {.action = "witness.remove"};
    struct search search = {.name = call_text(call, "witness")};
    struct decision decision = {0};
    struct change *change = NULL;
    int result = call_decide(call, &request, &decision);
    decision_free(&decision);
    if (result == VAULT_OK)
        result = witnessed_each(call->session, search_one, &search, call->failure);
    result = need(call, result, &search.found, "witness", search.name);
    if (result == VAULT_OK)
        result = call_change(call, &request, json_pack("{s:s}", "name", search.name), &change);
    if (result != VAULT_OK)
        return result;
    uint64_t event = change_intent(change);
    result = call_finish(call, change, VAULT_OK);
    if (result == VAULT_OK)
        result = witnessed_open(call->session, call->failure);
    return result == VAULT_OK
               ? reply_value(call, json_pack("{s:s,s:I,s:I}", "witness", search.name, "left",
                                       (json_int_t)(search.count - 1), "event", (json_int_t)event))
               : result;
}
