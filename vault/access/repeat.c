#include "vault/access/repeat.h"

#include <string.h>

#include "vault/access/change.h"
#include "vault/access/repeat_private.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/crypto/box.h"

/* --- The row: whose, which key; the rest is for the person alone --- */

int repeat_start(struct repeat *repeat, const char *operation, struct bytes key, struct bytes body)
{
    struct hasher *hasher = hasher_new();
    *repeat = (struct repeat){.noted = false};
    if (hasher == NULL)
        return VAULT_ENOMEM;
    hasher_start(hasher);
    hasher_add(hasher, key);
    hasher_finish(hasher, &repeat->key);
    hasher_start(hasher);
    hasher_add(hasher, bytes_of_text(operation));
    hasher_add(hasher, bytes_of("", 1));
    hasher_add(hasher, body);
    hasher_finish(hasher, &repeat->request);
    hasher_free(hasher);
    return VAULT_OK;
}

static int put_piece(const char *text, size_t size, void *context)
{
    buffer_put_data(context, text, size);
    return 0;
}

/* The request's hash in front: a short secret in it could be guessed if it stood in the clear. */
static int seal_all(
    struct session *session, const struct repeat *repeat, const json_t *answer, struct buffer *sealed)
{
    struct buffer plain = {0};
    buffer_put(&plain, hash_bytes(&repeat->key));
    buffer_put(&plain, hash_bytes(&repeat->request));
    bool whole = answer == NULL ||
                 json_dump_callback(answer, put_piece, &plain, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0;
    int result = whole ? buffer_error(&plain) : VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = box_seal(box_key_public(identity_box(session->identity)), buffer_bytes(&plain), sealed);
    buffer_free(&plain);
    return result;
}

static int put_row(struct session *session, enum query query, const struct repeat *repeat,
    const json_t *answer, struct failure *failure)
{
    struct statement *statement;
    struct buffer sealed = {0};
    int result = seal_all(session, repeat, answer, &sealed);
    if (result == VAULT_OK)
        result = store_query(session->store, query, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, session->user);
        bind_bytes(statement, 2, hash_bytes(&repeat->key));
        bind_bytes(statement, 3, buffer_bytes(&sealed));
        if (query == QUERY_REPEAT_PUT) {
            bind_number(statement, 4, (int64_t)repeat->intent);
            bind_number(statement, 5, instant_now());
        }
        result = statement_run(statement, failure);
    }
    buffer_free(&sealed);
    return result;
}

static int expire(struct session *session, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_REPEAT_EXPIRE, &statement, failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, instant_now() - (int64_t)REPEAT_SECONDS * 1000);
        result = statement_run(statement, failure);
    }
    if (result == VAULT_OK)
        result = store_query(session->store, QUERY_REPEAT_LIMIT, &statement, failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, session->user);
        bind_number(statement, 2, REPEAT_OF_ONE - 1);
        result = statement_run(statement, failure);
    }
    return result;
}

/* --- Inside a change --- */

/* What goes before or beside the change that was asked for. */
static bool is_aside(const char *event)
{
    static const char *const names[] = {"approval.use", "grant.complete", "grant.share", "role.epoch",
        "role.split", "portfolio.epoch", "accountable.rewrap", "breakglass.use"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(event, names[i]) == 0)
            return true;
    }
    return false;
}

int repeat_note(struct session *session, const char *event, uint64_t intent, struct failure *failure)
{
    struct repeat *repeat = session->repeat;
    struct failure taken = {0};
    if (repeat == NULL || repeat->noted || is_aside(event))
        return VAULT_OK;
    repeat->intent = intent;
    int result = expire(session, failure);
    if (result == VAULT_OK)
        result = put_row(session, QUERY_REPEAT_PUT, repeat, NULL, &taken);
    repeat->noted = result == VAULT_OK;
    if (result == VAULT_EEXISTS)
        return failure_set(
            failure, result, "a request with this key has just been worked on; ask again for its answer");
    if (result != VAULT_OK && failure != NULL)
        *failure = taken;
    return result;
}

bool repeat_keeps(const struct session *session, uint64_t intent)
{
    return session->repeat != NULL && session->repeat->noted && session->repeat->intent == intent &&
           session->kept == NULL;
}

/* --- Around an operation --- */

static int read_row(struct statement *statement, struct session *session, const struct repeat *repeat,
    json_t **answer, struct failure *failure)
{
    struct buffer plain = {0};
    uint64_t event = (uint64_t)column_number(statement, 1);
    int result = box_open(identity_box(session->identity), column_bytes(statement, 0), &plain);
    struct bytes all = buffer_bytes(&plain);
    if (result == VAULT_OK &&
        (all.size < 2 * HASH_SIZE || memcmp(all.data, repeat->key.data, HASH_SIZE) != 0))
        result = VAULT_EFORGED;
    if (result != VAULT_OK)
        (void)failure_set(failure, result, "what this key was used for cannot be read");
    else if (memcmp(all.data + HASH_SIZE, repeat->request.data, HASH_SIZE) != 0)
        result = failure_set(failure, VAULT_EINPUT, "this key was used for another request (event %llu)",
            (unsigned long long)event);
    else if (all.size == 2 * HASH_SIZE)
        result = failure_set(failure, VAULT_EEXISTS,
            "this was done already, as event %llu, but its answer was lost", (unsigned long long)event);
    else
        result = json_read(bytes_of(all.data + 2 * HASH_SIZE, all.size - 2 * HASH_SIZE), answer, failure);
    buffer_free(&plain);
    return result;
}

int repeat_find(
    struct session *session, const struct repeat *repeat, json_t **answer, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *answer = NULL;
    int result = store_query(session->store, QUERY_REPEAT_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, session->user);
    bind_bytes(statement, 2, hash_bytes(&repeat->key));
    bind_number(statement, 3, instant_now() - (int64_t)REPEAT_SECONDS * 1000);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        result = read_row(statement, session, repeat, answer, failure);
    statement_reset(statement);
    return result;
}

void repeat_expect(struct session *session, struct repeat *repeat)
{
    session->repeat = repeat;
}

/* The change is done already, since others came after it: its answer goes beside it, later. */
static int answer_later(struct session *session, const json_t *answer, struct failure *failure)
{
    int result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = put_row(session, QUERY_REPEAT_ANSWER, session->repeat, answer, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    if (result != VAULT_OK)
        store_rollback(session->store);
    return result;
}

int repeat_go_on(struct session *session, struct failure *failure)
{
    return change_go_on(session, failure);
}

int repeat_finish(struct session *session, const json_t *answer, int result, struct failure *failure)
{
    struct change *kept = session->kept;
    struct repeat *repeat = session->repeat;
    if (kept != NULL && result == VAULT_OK && answer != NULL)
        result = put_row(session, QUERY_REPEAT_ANSWER, repeat, answer, failure);
    if (kept != NULL && result == VAULT_OK)
        result = change_go_on(session, failure);
    else if (kept != NULL)
        change_give_up(session, result);
    else if (repeat != NULL && repeat->noted && result == VAULT_OK && answer != NULL)
        result = answer_later(session, answer, failure);
    session->repeat = NULL;
    return result;
}
