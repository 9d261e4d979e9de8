/* What the release part shows of itself: its public key, its log's checkpoint, and a vault's own entries. */
#include <stdio.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/witness/release_private.h"

#define ENTRIES_AT_ONCE 4096
#define KEYS_MAX 8

static void say_note(struct witness_answer *answer, int result)
{
    answer->status = 200;
    answer->content_type = "text/plain; charset=utf-8";
    if (result != VAULT_OK || buffer_error(&answer->body) != VAULT_OK)
        release_say(answer, 500, "no memory");
}

void witness_release_public(struct witness *witness, struct witness_answer *answer)
{
    struct release_service *service = witness->release;
    struct buffer text = {0};
    *answer = (struct witness_answer){0};
    if (service == NULL) {
        release_say(answer, 404, "this witness releases no keys");
        return;
    }
    release_public_format(service->origin, box_key_public(service->pair), &text);
    buffer_put(&answer->body, buffer_bytes(&text));
    buffer_put_u8(&answer->body, '\n');
    int result = note_put_signature(&service->key, service->signer, buffer_bytes(&text), &answer->body);
    buffer_free(&text);
    say_note(answer, result);
}

void witness_release_checkpoint(struct witness *witness, struct witness_answer *answer)
{
    *answer = (struct witness_answer){0};
    if (witness->release == NULL)
        release_say(answer, 404, "this witness releases no keys");
    else
        say_note(answer, log_checkpoint(witness->release->log, &answer->body, NULL));
}

/* --- Entries --- */

static bool is_signed(const struct note *note, const struct note_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (note_verify(note, &keys[i], NULL) == VAULT_OK)
            return true;
    }
    return false;
}

static int put_entry(struct release_service *service, struct hasher *hasher,
    const struct release_reading *reading, uint64_t index, struct buffer *out)
{
    struct release_leaf release;
    struct buffer text = {0};
    struct hash hash;
    int result = log_read(service->log, index, &text, NULL);
    if (result == VAULT_OK && release_leaf_read(buffer_bytes(&text), &release) == NULL &&
        bytes_equal(release.vault, reading->origin)) {
        release_entry_write(true, buffer_bytes(&text), out);
    } else if (result == VAULT_OK) {
        tree_leaf_hash(hasher, buffer_bytes(&text), &hash);
        release_entry_write(false, hash_bytes(&hash), out);
    }
    buffer_free(&text);
    return result;
}

/* Others' entries as their hashes: enough to see that nothing was left out, and nothing else. */
static int put_entries(
    struct release_service *service, const struct release_reading *reading, struct buffer *out)
{
    struct buffer checkpoint = {0};
    struct note note;
    struct checkpoint head;
    struct hasher *hasher = hasher_new();
    int result = hasher == NULL ? VAULT_ENOMEM : log_checkpoint(service->log, &checkpoint, NULL);
    if (result == VAULT_OK)
        result = note_parse(buffer_bytes(&checkpoint), &note);
    if (result == VAULT_OK)
        result = checkpoint_parse(note.text, &head);
    if (result == VAULT_OK)
        release_entries_start(buffer_bytes(&checkpoint), out);
    for (uint64_t i = reading->from;
         result == VAULT_OK && i < head.size && i - reading->from < ENTRIES_AT_ONCE; i++)
        result = put_entry(service, hasher, reading, i, out);
    hasher_free(hasher);
    buffer_free(&checkpoint);
    return result == VAULT_OK ? buffer_error(out) : result;
}

void witness_release_entries(struct witness *witness, struct bytes body, struct witness_answer *answer)
{
    struct release_service *service = witness->release;
    struct note_key keys[KEYS_MAX];
    struct release_reading reading;
    struct note note;
    *answer = (struct witness_answer){0};
    if (service == NULL) {
        release_say(answer, 404, "this witness releases no keys");
        return;
    }
    if (note_parse(body, &note) != VAULT_OK || release_reading_read(note.text, &reading) != VAULT_OK) {
        release_say(answer, 400, "this is no request for entries");
        return;
    }
    size_t count = witness_find_keys(witness, reading.origin, keys, KEYS_MAX);
    int64_t off = instant_now() / 1000 - (int64_t)reading.time;
    if (!is_signed(&note, keys, count))
        release_say(answer, 403, "not signed by a log that is known here");
    else if (off > RELEASE_FRESH_MS / 1000 || off < -RELEASE_FRESH_MS / 1000)
        release_say(answer, 403, "the request is old by this witness's clock");
    else if (put_entries(service, &reading, &answer->body) != VAULT_OK)
        release_say(answer, 500, "the release log cannot be read");
    else {
        answer->status = 200;
        answer->content_type = "application/octet-stream";
    }
}
