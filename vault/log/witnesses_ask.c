/* One conversation with one witness, and what its answers mean. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/log_private.h"
#include "vault/log/remember.h"
#include "vault/log/witnesses_private.h"

#define ATTEMPTS 4
#define CLOCK_AHEAD 300u /* seconds that a witness's clock may be ahead of ours */

/* --- Reading answers --- */

/* Decimal, without leading zeros, and a line end. */
static bool read_size(struct bytes body, uint64_t *size)
{
    uint64_t value = 0;
    if (body.size < 2 || body.size > 19 || body.data[body.size - 1] != '\n' ||
        (body.data[0] == '0' && body.size > 2))
        return false;
    for (size_t i = 0; i + 1 < body.size; i++) {
        if (body.data[i] < '0' || body.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(body.data[i] - '0');
    }
    *size = value;
    return true;
}

/* The lines are put behind the note that was sent and read as one; a line of this witness that does not
 * verify spoils the answer, those of others are passed over. */
static bool read_cosignature(
    struct bytes body, struct bytes sent, const struct note_key *key, uint64_t now, struct add_answer *answer)
{
    struct buffer whole = {0};
    struct note note;
    buffer_put(&whole, sent);
    buffer_put(&whole, body);
    bool good = buffer_error(&whole) == VAULT_OK && note_parse(buffer_bytes(&whole), &note) == VAULT_OK &&
                note_verify(&note, key, &answer->time) == VAULT_OK && answer->time <= now + CLOCK_AHEAD;
    struct bytes rest = body;
    while (good && answer->line.size == 0 && rest.size > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        struct bytes line = bytes_of(rest.data, end == NULL ? rest.size : (size_t)(end - rest.data) + 1);
        rest = bytes_of(line.data + line.size, rest.size - line.size);
        buffer_reset(&whole);
        buffer_put(&whole, sent);
        buffer_put(&whole, line);
        if (note_parse(buffer_bytes(&whole), &note) == VAULT_OK &&
            note_verify(&note, key, &answer->time) == VAULT_OK)
            answer->line = line;
    }
    buffer_free(&whole);
    return answer->line.size > 0;
}

void add_answer_read(unsigned status, const char *content_type, struct bytes body, struct bytes note,
    const struct note_key *key, uint64_t now, struct add_answer *answer)
{
    static const char size_type[] = "text/x.tlog.size";
    size_t size = strcspn(content_type, "; ");
    *answer = (struct add_answer){.kind = ADD_NONSENSE};
    if (status == 200 && read_cosignature(body, note, key, now, answer))
        answer->kind = ADD_COSIGNED;
    else if (status == 409 && size == sizeof size_type - 1 && memcmp(content_type, size_type, size) == 0 &&
             read_size(body, &answer->size))
        answer->kind = ADD_CONFLICT;
    else if (status >= 400 && status < 500 && status != 409)
        answer->kind = ADD_REFUSED;
}

/* --- What is sent --- */

struct sending {
    struct witnesses *w;
    size_t witness;
    uint64_t old_size;
    uint64_t size;
    struct buffer note;
    struct buffer body;
};

/* The log's last checkpoint; under the lock. */
static int take_checkpoint(struct sending *sending, struct failure *failure)
{
    struct checkpoint checkpoint;
    buffer_reset(&sending->note);
    int result = log_refresh(sending->w->log, failure);
    if (result == VAULT_OK)
        result = log_checkpoint(sending->w->log, &sending->note, failure);
    if (result == VAULT_OK)
        result = checkpoint_open(buffer_bytes(&sending->note), &sending->w->log_key, &checkpoint);
    if (result == VAULT_OK)
        sending->size = checkpoint.size;
    return result;
}

static int write_body(struct sending *sending, struct failure *failure)
{
    struct buffer proof = {0};
    int result = VAULT_OK;
    buffer_reset(&sending->body);
    buffer_put_format(&sending->body, "old %llu\n", (unsigned long long)sending->old_size);
    if (sending->old_size > 0)
        result = log_consistency_proof(sending->w->log, sending->old_size, sending->size, &proof, failure);
    for (size_t i = 0; i < proof.size; i += HASH_SIZE) {
        base64_encode(bytes_of(proof.data + i, HASH_SIZE), &sending->body);
        buffer_put_u8(&sending->body, '\n');
    }
    buffer_put_u8(&sending->body, '\n');
    buffer_put(&sending->body, buffer_bytes(&sending->note));
    buffer_free(&proof);
    return result == VAULT_OK ? buffer_error(&sending->body) : result;
}

static int prepare(struct sending *sending, struct failure *failure)
{
    (void)pthread_mutex_lock(&sending->w->lock);
    int result = take_checkpoint(sending, failure);
    if (result == VAULT_OK && sending->old_size <= sending->size)
        result = write_body(sending, failure);
    (void)pthread_mutex_unlock(&sending->w->lock);
    return result;
}

/* --- Contradictions --- */

/* The checkpoint that the witness cosigned last, where it shows it: what ours does. */
static int fetch_theirs(struct sending *sending, struct buffer *theirs)
{
    struct witnesses *w = sending->w;
    struct buffer path = {0};
    struct hash origin;
    char hex[2 * HASH_SIZE + 1];
    struct note note;
    struct checkpoint checkpoint;
    struct http_answer answer = {0};
    hash_sha256(bytes_of_text(w->log_key.name), &origin);
    hex_encode(hash_bytes(&origin), hex);
    buffer_put_format(&path, "/checkpoint/%s", hex);
    struct http_request request = {.method = "GET", .path = buffer_text(&path)};
    int result = request.path == NULL ? VAULT_ENOMEM
                                      : http_ask(w->list[sending->witness].client, &request, &answer, NULL);
    if (result == VAULT_OK &&
        (answer.status != 200 ||
            checkpoint_open(buffer_bytes(&answer.body), &w->log_key, &checkpoint) != VAULT_OK ||
            note_parse(buffer_bytes(&answer.body), &note) != VAULT_OK ||
            note_verify(&note, &w->list[sending->witness].key, NULL) != VAULT_OK))
        result = VAULT_ENOTFOUND;
    if (result == VAULT_OK) {
        buffer_put(theirs, buffer_bytes(&answer.body));
        result = buffer_error(theirs);
    }
    http_answer_free(&answer);
    buffer_free(&path);
    return result;
}

/* Does the log really not extend it? */
static bool contradicts(struct witnesses *w, struct bytes theirs)
{
    (void)pthread_mutex_lock(&w->lock);
    int result = log_refresh(w->log, NULL);
    if (result == VAULT_OK)
        result = log_extends(w->log, theirs, NULL);
    (void)pthread_mutex_unlock(&w->lock);
    return result == VAULT_EROLLBACK;
}

static int contradiction(struct sending *sending, const char *claim, struct failure *failure)
{
    struct witnesses *w = sending->w;
    const char *name = w->list[sending->witness].key.name;
    struct buffer theirs = {0};
    bool shown = fetch_theirs(sending, &theirs) == VAULT_OK;
    int result = w->accepted ? VAULT_EIO : VAULT_EROLLBACK;
    if (shown && !contradicts(w, buffer_bytes(&theirs))) {
        result =
            failure_set(failure, VAULT_EIO, "witness %s: what it answered does not fit what it shows", name);
        goto out;
    }
    (void)pthread_mutex_lock(&w->lock);
    if (result == VAULT_EROLLBACK)
        remember_keep(w->log, w->proofs, shown ? buffer_bytes(&theirs) : bytes_of_text(claim), failure);
    (void)pthread_mutex_unlock(&w->lock);
    result = failure_set(failure, result, "witness %s: %s%s", name, claim,
        shown ? "" : "; it shows no checkpoint that this vault signed as proof");
out:
    buffer_free(&theirs);
    return result;
}

static int conflict(struct sending *sending, uint64_t theirs, struct failure *failure)
{
    char claim[200];
    if (theirs > sending->size)
        (void)snprintf(claim, sizeof claim, "it has cosigned %llu entries of this log, which has %llu",
            (unsigned long long)theirs, (unsigned long long)sending->size);
    else
        (void)snprintf(claim, sizeof claim, "it has cosigned another history of the same %llu entries",
            (unsigned long long)theirs);
    return contradiction(sending, claim, failure);
}

/* A proof of ours that does not fit what it has: another history below, or a witness that errs. Only the
 * first can be shown. */
static int refused_proof(struct sending *sending, struct failure *failure)
{
    struct buffer theirs = {0};
    bool shown = fetch_theirs(sending, &theirs) == VAULT_OK && contradicts(sending->w, buffer_bytes(&theirs));
    buffer_free(&theirs);
    if (shown)
        return contradiction(sending, "it has cosigned another history of this log", failure);
    return failure_set(failure, VAULT_EIO,
        "witness %s: it refuses our proof, and shows nothing that contradicts it",
        sending->w->list[sending->witness].key.name);
}

/* --- The conversation --- */

static int refused(struct sending *sending, unsigned status, struct failure *failure)
{
    const char *name = sending->w->list[sending->witness].key.name;
    if (status == 422)
        return refused_proof(sending, failure);
    if (status == 404 || status == 403) {
        failure_remedy(
            failure, "its operator adds the log: strongroom-witness log add VKEY, as 'log policy' prints it");
        return failure_set(failure, VAULT_EIO, "witness %s: it does not know %s of this log", name,
            status == 404 ? "the origin" : "the key");
    }
    return failure_set(failure, VAULT_EIO, "witness %s: it answers %u", name, status);
}

static int cosigned(struct sending *sending, const struct add_answer *answer)
{
    struct witnesses *w = sending->w;
    (void)pthread_mutex_lock(&w->lock);
    int result = held_put(
        w, sending->size, buffer_bytes(&sending->note), sending->witness, answer->line, answer->time);
    (void)pthread_mutex_unlock(&w->lock);
    return result;
}

enum after { AFTER_END, AFTER_AGAIN };

static enum after act(struct sending *sending, unsigned status, const struct add_answer *answer, int *result,
    struct failure *failure)
{
    switch (answer->kind) {
    case ADD_COSIGNED:
        *result = cosigned(sending, answer);
        return AFTER_END;
    case ADD_REFUSED:
        *result = refused(sending, status, failure);
        return AFTER_END;
    case ADD_CONFLICT:
        /* Larger than what was sent: perhaps another process has appended and sent it meanwhile. */
        if (answer->size != sending->old_size && sending->old_size <= sending->size) {
            sending->old_size = answer->size;
            return AFTER_AGAIN;
        }
        break;
    case ADD_NONSENSE:
        break;
    }
    *result = answer->kind == ADD_CONFLICT && answer->size == sending->size
                  ? conflict(sending, answer->size, failure)
                  : failure_set(failure, VAULT_EIO, "witness %s: its answer makes no sense (status %u)",
                        sending->w->list[sending->witness].key.name, status);
    return AFTER_END;
}

static enum after ask_once(struct sending *sending, int *result, struct failure *failure)
{
    struct asked_witness *asked = &sending->w->list[sending->witness];
    struct http_answer answer = {0};
    struct add_answer read;
    struct http_request request = {.method = "POST",
        .path = "/add-checkpoint",
        .content_type = "text/plain; charset=utf-8",
        .body = buffer_bytes(&sending->body)};
    enum after after = AFTER_END;
    *result = http_ask(asked->client, &request, &answer, failure);
    if (*result == VAULT_OK) {
        add_answer_read(answer.status, answer.content_type, buffer_bytes(&answer.body),
            buffer_bytes(&sending->note), &asked->key, (uint64_t)(instant_now() / 1000), &read);
        after = act(sending, answer.status, &read, result, failure);
    } else if (*result == VAULT_EFORGED || *result == VAULT_ELIMIT) {
        *result = VAULT_EIO; /* nobody whom we know answered */
    }
    http_answer_free(&answer);
    return after;
}

int ask_witness(struct witnesses *w, size_t witness, struct failure *failure)
{
    struct sending sending = {.w = w, .witness = witness};
    enum after after = AFTER_AGAIN;
    int result = VAULT_OK;
    (void)pthread_mutex_lock(&w->lock);
    const struct held *last = held_of(w, witness);
    sending.old_size = last == NULL ? 0 : last->size;
    (void)pthread_mutex_unlock(&w->lock);
    for (int i = 0; i < ATTEMPTS && after == AFTER_AGAIN; i++) {
        result = prepare(&sending, failure);
        if (result != VAULT_OK)
            break;
        if (sending.old_size > sending.size) {
            result = conflict(&sending, sending.old_size, failure);
            break;
        }
        after = ask_once(&sending, &result, failure);
        if (after == AFTER_AGAIN)
            result = failure_set(NULL, VAULT_EIO, "%s", "");
    }
    if (result == VAULT_EIO)
        (void)failure_set(failure, result, "witness %s: it changes its mind", w->list[witness].key.name);
    buffer_free(&sending.note);
    buffer_free(&sending.body);
    return result;
}
