/* The call /release: checkpoint, people, event, items; then the release log; then the keys. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/base/json.h"
#include "vault/base/text.h"
#include "vault/crypto/release_key.h"
#include "vault/crypto/seal.h"
#include "vault/witness/release_private.h"

#define KEYS_MAX 8
#define SHARED_KEPT 8

void release_say(struct witness_answer *answer, unsigned status, const char *text)
{
    answer->status = status;
    answer->content_type = "text/plain; charset=utf-8";
    buffer_reset(&answer->body);
    buffer_put_text(&answer->body, text);
    buffer_put_u8(&answer->body, '\n');
}

struct asking {
    struct witness *witness;
    struct release_service *service;
    struct release_request request;
    struct hash wire; /* of the request's bytes */
    struct witness_answer *answer;
    struct hasher *hasher;

    char origin[NOTE_NAME_MAX + 1];
    struct checkpoint checkpoint;
    struct buffer note; /* of that checkpoint, where the state file does not have it yet */
    struct note_key keys[KEYS_MAX];
    size_t key_count;

    struct release_event event;
    struct hash leaf;    /* of the event's entry */
    struct secret *half; /* keys of the items */
    uint64_t seq;        /* of the release */
};

static bool refuse(struct asking *asking, unsigned status, const char *text)
{
    release_say(asking->answer, status, text);
    return false;
}

/* --- The checkpoint: what add-checkpoint would do with it, so that no fork is ever believed; it becomes
 * durable with the release --- */

static bool take_checkpoint(struct asking *asking)
{
    const struct release_request *request = &asking->request;
    struct buffer body = {0};
    struct note note;
    bool fits = note_parse(request->checkpoint, &note) == VAULT_OK &&
                checkpoint_parse(note.text, &asking->checkpoint) == VAULT_OK &&
                asking->checkpoint.origin.size <= NOTE_NAME_MAX;
    if (!fits)
        return refuse(asking, 400, "this is no checkpoint");
    memcpy(asking->origin, asking->checkpoint.origin.data, asking->checkpoint.origin.size);
    buffer_put_format(&body, "old %llu\n", (unsigned long long)request->old_size);
    for (size_t i = 0; i < request->consistency.size; i += HASH_SIZE) {
        base64_encode(bytes_of(request->consistency.data + i, HASH_SIZE), &body);
        buffer_put_u8(&body, '\n');
    }
    buffer_put_u8(&body, '\n');
    buffer_put(&body, request->checkpoint);
    if (buffer_error(&body) == VAULT_OK)
        witness_advance(asking->witness, buffer_bytes(&body), asking->answer, &asking->note);
    else
        release_say(asking->answer, 500, "no memory");
    buffer_free(&body);
    asking->key_count = witness_find_keys(asking->witness, asking->checkpoint.origin, asking->keys, KEYS_MAX);
    return asking->answer->status == 200;
}

static bool is_included(struct asking *asking, const struct release_entry *entry, struct hash *leaf)
{
    tree_leaf_hash(asking->hasher, entry->leaf, leaf);
    return tree_check_inclusion(asking->hasher, leaf, entry->index, asking->checkpoint.size, entry->proof,
               &asking->checkpoint.root) == VAULT_OK;
}

/* --- People --- */

static bool take_people(struct asking *asking)
{
    const struct release_request *request = &asking->request;
    struct release_telling telling = {.origin = asking->origin,
        .keys = asking->keys,
        .key_count = asking->key_count,
        .entries = request->people,
        .count = request->people_count};
    struct hash leaf;
    unsigned status = 0;
    if (telling.count == 0)
        return true;
    for (size_t i = 0; i < telling.count; i++) {
        if (!is_included(asking, &telling.entries[i], &leaf))
            return refuse(asking, 422, "an entry about people is not in the log");
    }
    (void)pthread_mutex_lock(&asking->service->lock);
    const char *wrong = release_people_learn(asking->service, &telling, &status);
    (void)pthread_mutex_unlock(&asking->service->lock);
    return wrong == NULL ? true : refuse(asking, status, wrong);
}

/* --- The event --- */

static bool is_signed(const struct asking *asking, const uint8_t *key)
{
    struct buffer message = {0};
    struct buffer signature = {0};
    leaf_signed_message(&asking->event.leaf, asking->origin, &message);
    bool fits =
        base64_decode(asking->event.leaf.sig, &signature) == VAULT_OK && buffer_error(&message) == VAULT_OK &&
        sign_verify(bytes_of(key, SIGN_PUBLIC_SIZE), buffer_bytes(&message), buffer_bytes(&signature)) ==
            VAULT_OK;
    buffer_free(&message);
    buffer_free(&signature);
    return fits;
}

/* Whoever asks is known, is still there, and signed it himself. */
static bool check_person(struct asking *asking)
{
    struct release_service *service = asking->service;
    struct known_person copy = {.disabled = UINT64_MAX};
    (void)pthread_mutex_lock(&service->lock);
    struct known_vault *vault = release_vault(service, bytes_of_text(asking->origin));
    struct known_person *person = vault == NULL ? NULL : release_person(vault, asking->event.leaf.actor_id);
    if (person != NULL)
        copy = *person;
    (void)pthread_mutex_unlock(&service->lock);
    if (person == NULL)
        return refuse(
            asking, 403, RELEASE_UNKNOWN_PERSON ": the log has not told of whoever signed the event");
    if (copy.disabled != UINT64_MAX)
        return refuse(asking, 403, "whoever signed the event has been disabled");
    if (copy.added >= asking->event.leaf.seq || !is_signed(asking, copy.sign))
        return refuse(asking, 403, "the event is not signed by the person whom it names");
    return true;
}

static bool check_time(struct asking *asking)
{
    char text[240];
    int64_t off = instant_now() - asking->event.leaf.time;
    if (off <= RELEASE_FRESH_MS && off >= -RELEASE_FRESH_MS)
        return true;
    (void)snprintf(text, sizeof text, "the event is %lld seconds %s by this witness's clock",
        (long long)((off < 0 ? -off : off) / 1000), off < 0 ? "ahead" : "old");
    return refuse(asking, 403, text);
}

static bool check_event(struct asking *asking)
{
    const struct release_request *request = &asking->request;
    if (!is_included(asking, &request->event, &asking->leaf))
        return refuse(asking, 422, "the event is not in the log");
    const char *wrong = release_event_read(request->event.leaf, &asking->event);
    if (wrong == NULL && asking->event.leaf.seq != request->event.index)
        wrong = "an event that is not in its place";
    if (wrong != NULL)
        return refuse(asking, 403, wrong);
    if (!check_person(asking) || !check_time(asking))
        return false;
    wrong =
        release_event_allows(&asking->event, asking->hasher, request->batch, request->items, request->count);
    return wrong == NULL ? true : refuse(asking, 403, wrong);
}

static bool take_rate(struct asking *asking)
{
    struct release_service *service = asking->service;
    char text[240] = "whoever signed the event is gone";
    bool taken = false;
    (void)pthread_mutex_lock(&service->lock);
    struct known_vault *vault = release_vault(service, bytes_of_text(asking->origin));
    struct known_person *person = vault == NULL ? NULL : release_person(vault, asking->event.leaf.actor_id);
    if (person != NULL)
        taken = release_rate_take(service, person, asking->request.count, instant_now(), text);
    (void)pthread_mutex_unlock(&service->lock);
    return taken ? true : refuse(asking, 429, text);
}

/* --- The keys, for the ids that the items have, which are those of the event --- */

struct shared_key {
    uint8_t point[BOX_PUBLIC_SIZE];
    struct secret *secret;
};

/* Few imports make many records, so the last few secrets are kept. */
static const struct secret *share(
    struct asking *asking, struct shared_key kept[SHARED_KEPT], size_t *count, const uint8_t *point)
{
    for (size_t i = 0; i < *count && i < SHARED_KEPT; i++) {
        if (memcmp(kept[i].point, point, BOX_PUBLIC_SIZE) == 0)
            return kept[i].secret;
    }
    struct shared_key *slot = &kept[*count % SHARED_KEPT];
    if (slot->secret == NULL && (slot->secret = secret_new(KEY_SIZE)) == NULL)
        return NULL;
    memcpy(slot->point, point, BOX_PUBLIC_SIZE);
    if (release_shared(asking->service->pair, bytes_of(point, BOX_PUBLIC_SIZE), slot->secret) != VAULT_OK)
        return NULL;
    ++*count;
    return slot->secret;
}

static bool derive_keys(struct asking *asking)
{
    struct shared_key kept[SHARED_KEPT] = {{.secret = NULL}};
    struct bytes recipient = box_key_public(asking->service->pair);
    size_t count = 0;
    bool done = (asking->half = secret_new(asking->request.count * KEY_SIZE)) != NULL;
    for (size_t i = 0; i < asking->request.count && done; i++) {
        const struct release_item *item = &asking->request.items[i];
        struct release_place where = {.origin = asking->origin,
            .client = item->client,
            .record = item->record,
            .version = item->version};
        const struct secret *shared = share(asking, kept, &count, item->point);
        done = shared != NULL;
        if (done)
            release_half_key(shared, &where, bytes_of(item->point, BOX_PUBLIC_SIZE), recipient,
                secret_edit(asking->half) + i * KEY_SIZE);
    }
    for (size_t i = 0; i < SHARED_KEPT; i++)
        secret_free(kept[i].secret);
    return done ? true : refuse(asking, 422, "a key was asked for that is none");
}

/* --- The release log --- */

/* One record by its name, several by their root. */
static json_t *key_name(const struct asking *asking)
{
    const struct release_request *request = &asking->request;
    char record[ULID_TEXT_SIZE];
    struct hash root;
    uint64_t count;
    if (request->count > 1) {
        (void)release_event_batch(&asking->event, request->batch, &count, &root);
        return json_base64(hash_bytes(&root));
    }
    ulid_format(&request->items[0].record, record);
    return json_sprintf("%s.%llu", record, (unsigned long long)request->items[0].version);
}

static bool log_release(struct asking *asking)
{
    char hex[2 * HASH_SIZE + 1];
    struct failure failure = {0};
    struct bytes person = asking->event.leaf.actor_id;
    hex_encode(hash_bytes(&asking->wire), hex);
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s},s:[],s:{s:s%,s:s},s:s,s:I,s:o,s:o,s:I,s:s,s:I}",
        "actor", "id", "witness", "type", "system", "decision", "effect", "permit", "resources", "on_behalf",
        "id", (const char *)person.data, person.size, "type", "user", "vault", asking->origin, "access_seq",
        (json_int_t)asking->event.leaf.seq, "access_leaf", json_base64(hash_bytes(&asking->leaf)), "key",
        key_name(asking), "batch", (json_int_t)asking->request.batch, "request", hex, "count",
        (json_int_t)asking->request.count);
    struct log_event event = {.name = "key.release", .members = members};
    /* The state of the witness itself: one sync for both, and after a crash it is read from here. */
    if (members != NULL && asking->note.size > 0 &&
        json_object_set_new(
            members, "checkpoint", json_stringn((const char *)asking->note.data, asking->note.size)) != 0) {
        json_decref(members);
        members = NULL;
    }
    int result =
        members == NULL ? VAULT_ENOMEM : log_append(asking->service->log, &event, 1, &asking->seq, &failure);
    json_decref(members);
    return result == VAULT_OK ? true : refuse(asking, 500, "the release log cannot be written");
}

/* --- The answer --- */

static bool answer_keys(struct asking *asking)
{
    struct release_service *service = asking->service;
    struct release_answer said = {.size = asking->checkpoint.size, .seq = asking->seq};
    struct bytes answer_public = bytes_of(asking->event.answer, BOX_PUBLIC_SIZE);
    struct buffer sealed = {0};
    uint8_t place[16];
    struct secret *shared = secret_new(KEY_SIZE);
    struct secret *key = secret_new(KEY_SIZE);
    int result =
        shared == NULL || key == NULL ? VAULT_ENOMEM : release_shared(service->pair, answer_public, shared);
    if (result == VAULT_OK) {
        release_answer_key(
            shared, answer_public, box_key_public(service->pair), hash_bytes(&asking->wire), key);
        release_answer_place(&said, place);
        result = seal_secret(key, bytes_of(place, sizeof place), asking->half, &sealed);
    }
    if (result == VAULT_OK) {
        said.sealed = buffer_bytes(&sealed);
        asking->answer->content_type = "application/octet-stream";
        buffer_reset(&asking->answer->body);
        release_answer_write(&said, &asking->answer->body);
        result = buffer_error(&asking->answer->body);
    }
    buffer_free(&sealed);
    secret_free(shared);
    secret_free(key);
    return result == VAULT_OK ? true : refuse(asking, 500, "the answer cannot be sealed");
}

static void answer_told(struct asking *asking)
{
    struct release_answer said = {.size = asking->checkpoint.size};
    asking->answer->content_type = "application/octet-stream";
    buffer_reset(&asking->answer->body);
    release_answer_write(&said, &asking->answer->body);
}

void witness_release(struct witness *witness, struct bytes body, struct witness_answer *answer)
{
    struct asking asking = {.witness = witness, .service = witness->release, .answer = answer};
    *answer = (struct witness_answer){0};
    if (asking.service == NULL) {
        release_say(answer, 404, "this witness releases no keys");
        return;
    }
    hash_sha256(body, &asking.wire);
    asking.hasher = hasher_new();
    int result = asking.hasher == NULL ? VAULT_ENOMEM : release_request_read(body, &asking.request);
    if (result != VAULT_OK)
        release_say(answer, result == VAULT_EINPUT ? 400 : 500,
            result == VAULT_EINPUT ? "this is no release request" : "no memory");
    else if (take_checkpoint(&asking) && take_people(&asking)) {
        if (!asking.request.asks)
            answer_told(&asking);
        else if (check_event(&asking) && take_rate(&asking) && derive_keys(&asking) && log_release(&asking))
            (void)answer_keys(&asking);
    }
    secret_free(asking.half);
    buffer_free(&asking.note);
    hasher_free(asking.hasher);
    release_request_free(&asking.request);
}
