#include "vault/access/recipients.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/authority_private.h"
#include "vault/access/settings.h"
#include "vault/base/text.h"
#include "vault/store/setting.h"

static bool take(const json_t *object, const char *name, char *out, size_t max)
{
    const char *text = json_text(object, name);
    out[0] = '\0';
    if (text == NULL || strlen(text) > max)
        return text == NULL;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool take_key(const json_t *object, uint8_t key[BOX_PUBLIC_SIZE])
{
    struct buffer bytes = {0};
    const char *text = json_text(object, "public");
    bool fits = text != NULL && base64_decode(bytes_of_text(text), &bytes) == VAULT_OK &&
                bytes.size == BOX_PUBLIC_SIZE;
    if (fits)
        memcpy(key, bytes.data, BOX_PUBLIC_SIZE);
    buffer_free(&bytes);
    return fits;
}

int recipient_of(const json_t *change, struct recipient *recipient, struct failure *failure)
{
    struct note_key key;
    char kind[16];
    memset(recipient, 0, sizeof *recipient);
    bool fits = take(change, "name", recipient->name, RECIPIENT_NAME_MAX) && recipient->name[0] != '\0' &&
                take(change, "kind", kind, sizeof kind - 1) &&
                take(change, "url", recipient->url, RECIPIENT_URL_MAX) &&
                take(change, "vkey", recipient->vkey, RECIPIENT_VKEY_MAX) &&
                take(change, "pin", recipient->pin, RECIPIENT_PIN_MAX) &&
                take_key(change, recipient->public_key);
    recipient->sheet = fits && strcmp(kind, "sheet") == 0;
    if (fits && !recipient->sheet)
        fits = strcmp(kind, "witness") == 0 && recipient->url[0] != '\0' &&
               note_key_parse(bytes_of_text(recipient->vkey), &key) == VAULT_OK && key.type == NOTE_ED25519 &&
               strcmp(key.name, recipient->name) == 0;
    return fits ? VAULT_OK : failure_set(failure, VAULT_EDAMAGED, "that is nobody who could release keys");
}

json_t *recipient_change(const struct recipient *recipient)
{
    struct buffer key = {0};
    base64_encode(bytes_of(recipient->public_key, BOX_PUBLIC_SIZE), &key);
    json_t *change = json_pack("{s:s,s:s,s:s}", "name", recipient->name, "kind",
        recipient->sheet ? "sheet" : "witness", "public", buffer_text(&key));
    bool bad = change == NULL || buffer_error(&key) != VAULT_OK;
    const struct {
        const char *name;
        const char *text;
    } more[] = {{"url", recipient->url}, {"vkey", recipient->vkey}, {"pin", recipient->pin}};
    for (size_t i = 0; i < 3 && !bad; i++)
        bad = more[i].text[0] != '\0' &&
              json_object_set_new(change, more[i].name, json_string(more[i].text)) != 0;
    buffer_free(&key);
    if (!bad)
        return change;
    json_decref(change);
    return NULL;
}

/* --- The fact --- */

static int read_list(const json_t *fact, struct recipients *recipients, struct failure *failure)
{
    const json_t *list = json_object_get(fact, "list");
    int result = json_array_size(list) <= WITNESSED_RECIPIENTS_MAX ? VAULT_OK : VAULT_EDAMAGED;
    recipients->generation = (uint64_t)json_number(fact, "generation", 0);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++) {
        struct recipient *recipient = &recipients->list[recipients->count];
        result = recipient_of(json_array_get(list, i), recipient, failure);
        recipient->seq = (uint64_t)json_number(json_array_get(list, i), "seq", 0);
        recipients->count += result == VAULT_OK;
    }
    return result;
}

int recipients_read(struct store *store, struct recipients *recipients, struct failure *failure)
{
    struct buffer text = {0};
    json_t *fact = NULL;
    memset(recipients, 0, sizeof *recipients);
    int result = store_fact_get(store, FACT_RECIPIENTS, &text, NULL);
    if (result == VAULT_ENOTFOUND) {
        buffer_free(&text);
        return VAULT_OK;
    }
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &fact, NULL);
    if (result == VAULT_OK)
        result = read_list(fact, recipients, failure);
    json_decref(fact);
    buffer_free(&text);
    return result == VAULT_OK ? result
                              : failure_set(failure, VAULT_EDAMAGED, "who releases keys cannot be read: %s",
                                    vault_error_text(result));
}

int recipients_write(struct store *store, const struct recipients *recipients, struct failure *failure)
{
    struct buffer text = {0};
    json_t *list = json_array();
    bool bad = list == NULL;
    for (size_t i = 0; i < recipients->count && !bad; i++) {
        json_t *one = recipient_change(&recipients->list[i]);
        bad = json_object_set_new(one, "seq", json_integer((json_int_t)recipients->list[i].seq)) != 0;
        bad = json_array_append_new(list, one) != 0 || bad;
    }
    json_t *fact =
        json_pack("{s:I,s:o}", "generation", (json_int_t)recipients->generation, "list", bad ? NULL : list);
    if (bad)
        json_decref(list);
    int result = fact == NULL ? VAULT_ENOMEM : json_write_canonical(fact, &text);
    if (result == VAULT_OK)
        result = store_fact_put(store, FACT_RECIPIENTS, buffer_bytes(&text), failure);
    json_decref(fact);
    buffer_free(&text);
    return result;
}

const struct recipient *recipients_find(const struct recipients *recipients, const char *name)
{
    for (size_t i = 0; i < recipients->count; i++) {
        if (strcmp(recipients->list[i].name, name) == 0)
            return &recipients->list[i];
    }
    return NULL;
}

/* --- What changes them --- */

void accountable_todo_name(enum compartment compartment, char name[64])
{
    (void)snprintf(name, 64, "accountable.todo.%s", compartment_name(compartment));
}

static int is_accountable(
    struct store *store, enum compartment compartment, bool *on, struct failure *failure)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%s", SETTING_ACCOUNTABLE, compartment_name(compartment));
    *on = false;
    return setting_find(name) == NULL ? VAULT_OK : setting_is_on(store, name, on, failure);
}

int apply_accountable_todo(struct apply *apply, const char *setting)
{
    enum compartment compartment;
    char name[64];
    size_t prefix = strlen(SETTING_ACCOUNTABLE);
    if (strncmp(setting, SETTING_ACCOUNTABLE, prefix) != 0 ||
        !compartment_parse(bytes_of_text(setting + prefix), &compartment))
        return VAULT_OK;
    accountable_todo_name(compartment, name);
    return store_setting_put(apply->store, name, apply->seq, apply->failure);
}

/* All that is wrapped for the recipients of before must be wrapped again. */
static int changed(struct apply *apply, struct recipients *recipients, bool *any)
{
    int result = VAULT_OK;
    recipients->generation = (uint64_t)apply->seq;
    *any = false;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        bool on;
        char name[64];
        result = is_accountable(apply->store, (enum compartment)i, &on, apply->failure);
        if (result != VAULT_OK || !on)
            continue;
        *any = true;
        accountable_todo_name((enum compartment)i, name);
        result = store_setting_put(apply->store, name, apply->seq, apply->failure);
    }
    return result == VAULT_OK ? recipients_write(apply->store, recipients, apply->failure) : result;
}

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

/* What two people agree on: the recipient's own bytes. */
int recipient_hash(const json_t *change, struct hash *hash)
{
    struct buffer text = {0};
    json_t *bare = json_deep_copy(change);
    (void)json_object_del(bare, "proposal");
    int result = bare == NULL ? VAULT_ENOMEM : json_write_canonical(bare, &text);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(&text), hash);
    json_decref(bare);
    buffer_free(&text);
    return result;
}

/* Once keys are wrapped for the recipients, another one is another door: two people open it. */
static int check_two(struct apply *apply, bool any)
{
    struct hash hash;
    if (!any)
        return VAULT_OK;
    int result = recipient_hash(apply->change, &hash);
    return result == VAULT_OK ? apply_take_proposal(apply, PROPOSAL_RECIPIENT, hash_bytes(&hash)) : result;
}

int apply_recipient_add(struct apply *apply)
{
    struct recipients recipients;
    struct recipient fresh;
    bool any = false;
    int result = recipients_read(apply->store, &recipients, apply->failure);
    if (result == VAULT_OK)
        result = recipient_of(apply->change, &fresh, apply->failure);
    if (result == VAULT_OK &&
        (recipients.count == WITNESSED_RECIPIENTS_MAX || recipients_find(&recipients, fresh.name)))
        result = refuse(apply, "there is such a recipient, or there are too many");
    if (result == VAULT_OK) {
        fresh.seq = (uint64_t)apply->seq;
        recipients.list[recipients.count++] = fresh;
        result = changed(apply, &recipients, &any);
    }
    return result == VAULT_OK ? check_two(apply, any) : result;
}

int apply_recipient_remove(struct apply *apply)
{
    struct recipients recipients;
    const char *name;
    bool any;
    size_t kept = 0;
    int result = recipients_read(apply->store, &recipients, apply->failure);
    if (result == VAULT_OK)
        result = apply_text(apply, "name", &name);
    if (result != VAULT_OK)
        return result;
    size_t count = recipients.count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(recipients.list[i].name, name) != 0)
            recipients.list[kept++] = recipients.list[i];
    }
    recipients.count = kept;
    return kept == count ? refuse(apply, "there is no such recipient") : changed(apply, &recipients, &any);
}

/* A sheet whose shares were put together has been on a machine.  What was used before is no recipient any
 * more. */
int apply_breakglass_use(struct apply *apply)
{
    struct recipients recipients;
    const char *name;
    int result = recipients_read(apply->store, &recipients, apply->failure);
    if (result == VAULT_OK)
        result = apply_text(apply, "name", &name);
    if (result != VAULT_OK)
        return result;
    const struct recipient *used = recipients_find(&recipients, name);
    if (used == NULL)
        return VAULT_OK;
    return used->sheet ? apply_recipient_remove(apply) : refuse(apply, "that is no break-glass sheet");
}

int apply_recipient_propose(struct apply *apply)
{
    struct hash hash;
    struct recipient recipient;
    struct buffer text = {0};
    int result = recipient_of(apply->change, &recipient, apply->failure);
    if (result == VAULT_OK)
        result = json_write_canonical(apply->change, &text);
    if (result == VAULT_OK) {
        hash_sha256(buffer_bytes(&text), &hash);
        result = apply_put_proposal(apply, PROPOSAL_RECIPIENT, hash_bytes(&hash), buffer_bytes(&text));
    }
    buffer_free(&text);
    return result;
}
