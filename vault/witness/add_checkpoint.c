/* The call add-checkpoint.  Its checks, in this order: form (400), origin (404), signature (403), old size
 * above the checkpoint's (400), old size against what was cosigned (409), same size and another root (409),
 * proof (422). */
#include <string.h>

#include "vault/base/instant.h"
#include "vault/witness/witness_private.h"

#define CLOCK_SLACK 300u /* seconds that the clock may step back without being followed */

static void say(struct witness_answer *answer, unsigned status, const char *text)
{
    answer->status = status;
    answer->content_type = "text/plain; charset=utf-8";
    buffer_reset(&answer->body);
    buffer_put_text(&answer->body, text);
    buffer_put_u8(&answer->body, '\n');
}

static void say_size(struct witness_answer *answer, uint64_t size)
{
    answer->status = 409;
    answer->content_type = "text/x.tlog.size";
    buffer_reset(&answer->body);
    buffer_put_format(&answer->body, "%llu\n", (unsigned long long)size);
}

/* --- Who signed --- */

#define KEYS_MAX 8

size_t witness_find_keys(struct witness *witness, struct bytes origin, struct note_key *keys, size_t max)
{
    const struct known_key *first = NULL;
    (void)pthread_mutex_lock(&witness->lock);
    logs_refresh(witness->directory, &witness->logs);
    size_t count = logs_find(&witness->logs, origin, &first);
    count = count < max ? count : max;
    for (size_t i = 0; i < count; i++)
        keys[i] = first[i].key;
    (void)pthread_mutex_unlock(&witness->lock);
    return count;
}

/* One that we trust signed it, and none that we trust stands there wrongly. */
static bool is_signed(const struct note *note, const struct note_key *keys, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        int result = note_verify(note, &keys[i], NULL);
        if (result != VAULT_OK && result != VAULT_ENOTFOUND)
            return false;
        found = found || result == VAULT_OK;
    }
    return found;
}

/* --- Moving a log forward --- */

struct adding {
    struct buffer *note; /* NULL: the state file is written */
    struct witness *witness;
    const struct add_request *request;
    const struct note_key *keys;
    size_t key_count;
    struct witness_answer *answer;
    struct cosigned *row;
    struct step step;    /* its note: text, signatures of the log, our cosignature */
    struct buffer line;  /* our cosignature */
    struct buffer other; /* the checkpoint that this one contradicts */
};

/* The row of the log, for us alone; false if an answer was given instead.  Under the lock. */
static bool take_row(struct adding *adding)
{
    struct witness *witness = adding->witness;
    const struct checkpoint *checkpoint = &adding->request->checkpoint;
    struct cosigned *row = cosigned_row(&witness->table, checkpoint->origin);
    while (row != NULL && row->busy && !witness->state.failed)
        (void)pthread_cond_wait(&witness->moved, &witness->lock);
    if (row == NULL || witness->state.failed) {
        say(adding->answer, 500, "the state cannot be written");
        return false;
    }
    bool fork = checkpoint->size == row->size && !hash_equal(&checkpoint->root, &row->root);
    if (fork)
        buffer_put(&adding->other, buffer_bytes(&row->note));
    if (fork || adding->request->old_size != row->size) {
        say_size(adding->answer, row->size);
        return false;
    }
    row->busy = true;
    adding->row = row;
    return true;
}

/* Seconds, never before the last cosignature of this log unless the clock was put back by more than a little.
 */
static uint64_t time_now(const struct cosigned *row)
{
    int64_t milliseconds = instant_now();
    uint64_t now = milliseconds < 1000 ? 1 : (uint64_t)milliseconds / 1000;
    return now < row->time && row->time - now <= CLOCK_SLACK ? row->time : now;
}

static bool is_ours(const struct adding *adding, const struct note_signature *signature)
{
    for (size_t i = 0; i < adding->key_count; i++) {
        if (bytes_equal(signature->name, bytes_of_text(adding->keys[i].name)) &&
            memcmp(signature->key_id, adding->keys[i].id, NOTE_KEY_ID_SIZE) == 0)
            return true;
    }
    return false;
}

/* The note without signatures of strangers, so that it has room for ours. */
static int put_whole(struct adding *adding)
{
    const struct note *note = &adding->request->note;
    buffer_put(&adding->step.note, note->text);
    buffer_put_u8(&adding->step.note, '\n');
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *signature = &note->signatures[i];
        if (!is_ours(adding, signature))
            continue;
        buffer_put_text(&adding->step.note, "\xe2\x80\x94 ");
        buffer_put(&adding->step.note, signature->name);
        buffer_put_u8(&adding->step.note, ' ');
        buffer_put(&adding->step.note, signature->base64);
        buffer_put_u8(&adding->step.note, '\n');
    }
    buffer_put(&adding->step.note, buffer_bytes(&adding->line));
    return adding->step.note.size > NOTE_SIZE_MAX ? VAULT_ELIMIT : buffer_error(&adding->step.note);
}

/* Outside of the lock: nobody else changes a busy row. */
static bool cosign(struct adding *adding)
{
    const struct add_request *request = adding->request;
    struct hasher *hasher = hasher_new();
    int result = hasher == NULL ? VAULT_ENOMEM
                                : tree_check_consistency(hasher, adding->row->size, &adding->row->root,
                                      request->checkpoint.size, &request->checkpoint.root,
                                      bytes_of(request->proof, request->proof_size));
    hasher_free(hasher);
    if (result == VAULT_EFORGED) {
        say(adding->answer, 422, "the consistency proof does not fit");
        buffer_put(&adding->other, buffer_bytes(&adding->row->note));
        return false;
    }
    adding->step.time = time_now(adding->row);
    if (result == VAULT_OK)
        result = note_put_cosignature(&adding->witness->key, adding->witness->signer, request->note.text,
            adding->step.time, &adding->line);
    if (result == VAULT_OK)
        result = put_whole(adding);
    if (result != VAULT_OK)
        say(adding->answer, result == VAULT_ELIMIT ? 400 : 500,
            result == VAULT_ELIMIT ? "too long" : "no memory");
    return result == VAULT_OK;
}

/* Under the lock.  What is already remembered needs no disk. */
static void remember(struct adding *adding)
{
    struct cosigned *row = adding->row;
    const struct checkpoint *checkpoint = &adding->request->checkpoint;
    struct step *step = &adding->step;
    step->row = row;
    step->size = checkpoint->size;
    step->root = checkpoint->root;
    bool same = checkpoint->size == row->size && row->note.size > 0;
    bool known = same && (adding->note != NULL || row->durable == row->size);
    if (!known && adding->note != NULL)
        step_take_over(step, false);
    else if (!known && state_commit(adding->witness, step) != VAULT_OK) {
        say(adding->answer, 500, "the state cannot be written");
        return;
    }
    if (known && row->time < step->time)
        row->time = step->time;
    if (adding->note != NULL && row->durable < row->size)
        buffer_put(adding->note, buffer_bytes(&row->note));
    adding->answer->status = 200;
    adding->answer->content_type = "text/plain; charset=utf-8";
    buffer_put(&adding->answer->body, buffer_bytes(&adding->line));
    if (buffer_error(&adding->answer->body) != VAULT_OK)
        say(adding->answer, 500, "no memory");
}

static void add(struct adding *adding)
{
    struct witness *witness = adding->witness;
    (void)pthread_mutex_lock(&witness->lock);
    bool taken = take_row(adding);
    (void)pthread_mutex_unlock(&witness->lock);
    bool cosigned = taken && cosign(adding);
    if (taken) {
        (void)pthread_mutex_lock(&witness->lock);
        if (cosigned)
            remember(adding);
        adding->row->busy = false;
        (void)pthread_cond_broadcast(&witness->moved);
        (void)pthread_mutex_unlock(&witness->lock);
    }
    if (adding->other.size > 0)
        fork_keep(witness->directory, buffer_bytes(&adding->other), adding->request->signed_note, !taken);
    buffer_free(&adding->line);
    buffer_free(&adding->step.note);
    buffer_free(&adding->other);
}

static void count(struct witness *witness, unsigned status)
{
    (void)pthread_mutex_lock(&witness->lock);
    struct witness_counts *counts = &witness->counts;
    uint64_t *one = status == 200   ? &counts->cosigned
                    : status == 409 ? &counts->conflicts
                    : status >= 500 ? &counts->failed
                                    : &counts->refused;
    ++*one;
    (void)pthread_mutex_unlock(&witness->lock);
}

static void add_checkpoint(
    struct witness *witness, struct bytes body, struct witness_answer *answer, struct buffer *note)
{
    struct add_request request;
    struct note_key keys[KEYS_MAX];
    struct adding adding = {
        .witness = witness, .request = &request, .keys = keys, .answer = answer, .note = note};
    *answer = (struct witness_answer){0};
    int result = body.size > REQUEST_MAX ? VAULT_EINPUT : add_request_parse(body, &request);
    if (result == VAULT_OK)
        adding.key_count = witness_find_keys(witness, request.checkpoint.origin, keys, KEYS_MAX);
    if (result != VAULT_OK)
        say(answer, 400, "this is no add-checkpoint request");
    else if (adding.key_count == 0)
        say(answer, 404, "this log is not known here");
    else if (!is_signed(&request.note, keys, adding.key_count))
        say(answer, 403, "not signed by a key that is known for this log");
    else if (request.old_size > request.checkpoint.size)
        say(answer, 400, "the old size is larger than the checkpoint's");
    else
        add(&adding);
    count(witness, answer->status);
}

void witness_add_checkpoint(struct witness *witness, struct bytes body, struct witness_answer *answer)
{
    add_checkpoint(witness, body, answer, NULL);
}

void witness_advance(
    struct witness *witness, struct bytes body, struct witness_answer *answer, struct buffer *note)
{
    add_checkpoint(witness, body, answer, note);
}
