#include "vault/access/release.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/release_private.h"

struct release_ask {
    struct releases *releases;
    struct box_key *answer;           /* NULL where the break-glass sheet opens them */
    char log[RECIPIENT_NAME_MAX + 1]; /* who released last, and where it says so */
    uint64_t seq;
    bool named;
};

void release_ask_free(struct release_ask *ask)
{
    if (ask == NULL)
        return;
    box_key_free(ask->answer);
    free(ask);
}

/* --- Before the event --- */

static size_t batch_size(const struct releases *releases, size_t batch)
{
    size_t rest = releases_count(releases) - batch * RELEASE_ITEMS_MAX;
    return rest < RELEASE_ITEMS_MAX ? rest : RELEASE_ITEMS_MAX;
}

static size_t batch_count(const struct releases *releases)
{
    return (releases_count(releases) + RELEASE_ITEMS_MAX - 1) / RELEASE_ITEMS_MAX;
}

static json_t *batches_of(const struct releases *releases)
{
    struct hasher *hasher = hasher_new();
    json_t *list = json_array();
    bool bad = hasher == NULL || list == NULL;
    for (size_t i = 0; i < batch_count(releases) && !bad; i++) {
        struct hash root;
        release_root(
            hasher, releases_items(releases) + i * RELEASE_ITEMS_MAX, batch_size(releases, i), &root);
        json_t *one = json_pack(
            "{s:I,s:o}", "count", (json_int_t)batch_size(releases, i), "root", json_base64(hash_bytes(&root)));
        bad = json_array_append_new(list, one) != 0;
    }
    hasher_free(hasher);
    if (!bad)
        return list;
    json_decref(list);
    return NULL;
}

static int name_them(struct release_ask *ask, json_t *members, struct failure *failure)
{
    ask->answer = box_key_new();
    json_t *witnessed = ask->answer == NULL
                            ? NULL
                            : json_pack("{s:o,s:o}", "answer", json_base64(box_key_public(ask->answer)),
                                  "batches", batches_of(ask->releases));
    if (json_object_set_new(members, "witnessed", witnessed) == 0)
        return VAULT_OK;
    return failure_set(failure, VAULT_ENOMEM, "no memory for the event");
}

int release_begin(struct session *session, struct releases *releases, json_t *members,
    struct release_ask **askp, struct failure *failure)
{
    *askp = NULL;
    if (releases_count(releases) == 0)
        return VAULT_OK;
    struct release_ask *ask = members == NULL ? NULL : calloc(1, sizeof *ask);
    int result = ask == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        ask->releases = releases;
        if (session->breakglass == NULL)
            result = name_them(ask, members, failure);
        else if (json_object_set_new(members, "breakglass", json_string(session->breakglass_name)) != 0)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        *askp = ask;
    else
        release_ask_free(ask);
    return result;
}

/* --- After it: by a witness --- */

static int open_answer(struct release_ask *ask, const struct release_exchange *exchange, struct buffer *keys)
{
    struct release_answer answer;
    uint8_t place[16];
    struct bytes recipient = bytes_of(exchange->recipient->public_key, BOX_PUBLIC_SIZE);
    struct secret *shared = secret_new(KEY_SIZE);
    struct secret *key = secret_new(KEY_SIZE);
    int result = shared == NULL || key == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        result = release_answer_read(buffer_bytes(&exchange->answer), &answer);
    if (result == VAULT_OK)
        result = release_shared(ask->answer, recipient, shared);
    if (result == VAULT_OK) {
        release_answer_key(
            shared, box_key_public(ask->answer), recipient, hash_bytes(&exchange->request), key);
        release_answer_place(&answer, place);
        result = seal_open(key, bytes_of(place, sizeof place), answer.sealed, keys);
        ask->seq = answer.seq;
    }
    secret_free(shared);
    secret_free(key);
    return result;
}

static int ask_batch(struct session *session, struct release_ask *ask, const struct recipient *recipient,
    uint64_t event, size_t batch, struct failure *failure)
{
    uint8_t id[WITNESSED_ID_SIZE];
    struct buffer keys = {0};
    struct release_exchange exchange = {.session = session,
        .recipient = recipient,
        .event = event,
        .batch = batch,
        .items = releases_items(ask->releases) + batch * RELEASE_ITEMS_MAX,
        .count = batch_size(ask->releases, batch)};
    int result = release_exchange(&exchange, failure);
    if (result == VAULT_OK) {
        result = open_answer(ask, &exchange, &keys);
        witnessed_id(bytes_of(recipient->public_key, BOX_PUBLIC_SIZE), id);
        if (result == VAULT_OK && keys.size != exchange.count * KEY_SIZE)
            result = VAULT_EFORGED;
        if (result == VAULT_OK)
            result = releases_put(
                ask->releases, batch * RELEASE_ITEMS_MAX, exchange.count, id, buffer_bytes(&keys));
        if (result == VAULT_EFORGED || result == VAULT_EINPUT)
            result = failure_set(
                failure, VAULT_EFORGED, "the answer of witness '%s' is not its own", recipient->name);
    }
    buffer_free(&keys);
    buffer_free(&exchange.answer);
    return result;
}

static int ask_witness(struct session *session, struct release_ask *ask, const struct recipient *recipient,
    uint64_t event, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < batch_count(ask->releases) && result == VAULT_OK; i++)
        result = ask_batch(session, ask, recipient, event, i, failure);
    if (result == VAULT_OK) {
        (void)snprintf(ask->log, sizeof ask->log, "%s", recipient->name);
        ask->named = true;
    }
    return result;
}

/* One after another, until one answers; one that refuses has answered. */
static int ask_witnesses(
    struct session *session, struct release_ask *ask, uint64_t event, struct failure *failure)
{
    struct recipients recipients;
    struct failure last = {0};
    size_t asked = 0;
    int result = recipients_read(session->store, &recipients, failure);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < recipients.count; i++) {
        const struct recipient *recipient = &recipients.list[i];
        uint8_t id[WITNESSED_ID_SIZE];
        witnessed_id(bytes_of(recipient->public_key, BOX_PUBLIC_SIZE), id);
        if (recipient->sheet || !releases_all_for(ask->releases, id))
            continue;
        asked++;
        failure_clear(&last);
        result = ask_witness(session, ask, recipient, event, &last);
        if (result == VAULT_OK)
            return VAULT_OK;
        if (result != VAULT_EIO)
            break;
    }
    failure_remedy(failure, "%s",
        last.remedy[0] != '\0' ? last.remedy
                               : "have the witness started; in need, the break-glass sheet opens records");
    if (asked == 0)
        return failure_set(failure, VAULT_ELOG,
            "none of this vault's witnesses can release these keys; nothing was disclosed");
    return failure_set(
        failure, result == VAULT_EIO ? VAULT_ELOG : result, "%s; nothing was disclosed", last.text);
}

/* --- After it: by the break-glass sheet --- */

static int derive(
    struct session *session, const struct release_item *item, struct secret *shared, uint8_t *key)
{
    struct release_place where = {
        .origin = session->origin, .client = item->client, .record = item->record, .version = item->version};
    struct bytes point = bytes_of(item->point, BOX_PUBLIC_SIZE);
    int result = release_shared(session->breakglass, point, shared);
    if (result == VAULT_OK)
        release_half_key(shared, &where, point, box_key_public(session->breakglass), key);
    return result;
}

static int open_by_sheet(struct session *session, struct release_ask *ask, struct failure *failure)
{
    uint8_t id[WITNESSED_ID_SIZE];
    size_t count = releases_count(ask->releases);
    struct secret *shared = secret_new(KEY_SIZE);
    struct secret *keys = secret_new(count * KEY_SIZE);
    int result = shared == NULL || keys == NULL ? VAULT_ENOMEM : VAULT_OK;
    witnessed_id(box_key_public(session->breakglass), id);
    if (result == VAULT_OK && !releases_all_for(ask->releases, id))
        result = failure_set(
            failure, VAULT_ENOKEY, "the break-glass sheet is not one that these records were sealed for");
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = derive(session, &releases_items(ask->releases)[i], shared, secret_edit(keys) + i * KEY_SIZE);
    if (result == VAULT_OK)
        result = releases_put(ask->releases, 0, count, id, secret_bytes(keys));
    secret_free(shared);
    secret_free(keys);
    return result;
}

int release_finish(struct session *session, struct release_ask *ask, uint64_t event, struct failure *failure)
{
    if (ask == NULL)
        return VAULT_OK;
    return ask->answer == NULL ? open_by_sheet(session, ask, failure)
                               : ask_witnesses(session, ask, event, failure);
}

json_t *release_named(const struct release_ask *ask)
{
    return ask == NULL || !ask->named ? NULL
                                      : json_pack("{s:s,s:I}", "log", ask->log, "seq", (json_int_t)ask->seq);
}

/* --- People --- */

int release_tell_people(struct session *session, struct failure *failure)
{
    struct recipients recipients;
    int first = recipients_read(session->store, &recipients, failure);
    for (size_t i = 0; first != VAULT_EDAMAGED && i < recipients.count; i++) {
        struct release_exchange exchange = {
            .session = session, .recipient = &recipients.list[i], .people = true};
        if (recipients.list[i].sheet)
            continue;
        int result = release_exchange(&exchange, failure);
        first = first == VAULT_OK ? result : first;
        buffer_free(&exchange.answer);
    }
    return first;
}
