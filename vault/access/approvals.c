#include "vault/access/approvals.h"

#include <string.h>

#include "vault/access/inquiry.h"
#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"

int64_t session_log_time(struct session *session)
{
    int64_t now = instant_now();
    int64_t last = log_last_time(session->log);
    return now > last ? now : last;
}

/* --- Rows --- */

static int read_consents(struct store *store, struct approval *approval, struct failure *failure)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(store, QUERY_CONSENTS_TO, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, approval->seq);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        if (column_number(statement, 2) == 0 && approval->approver_count < APPROVERS_MAX)
            text_copy(approval->approvers[approval->approver_count++], NAME_SIZE_MAX + 1, column_text(statement, 0));
    }
    return result;
}

static int take_row(struct statement *statement, struct approval *approval)
{
    text_copy(approval->requester, sizeof approval->requester, column_text(statement, 1));
    const char *scope = column_text(statement, 2);
    if (json_read(bytes_of_text(scope), &approval->scope, NULL) != VAULT_OK)
        return VAULT_EDAMAGED;
    buffer_put(&approval->hash, column_bytes(statement, 3));
    buffer_put(&approval->sealed, column_bytes(statement, 4));
    approval->needed = (unsigned)column_number(statement, 5);
    approval->duration = column_number(statement, 6);
    approval->uses = column_number(statement, 7);
    approval->filed = column_number(statement, 8);
    text_copy(approval->closed, sizeof approval->closed, column_text(statement, 9));
    approval->started = column_number(statement, 10);
    approval->used = column_number(statement, 11);
    text_copy(approval->closed_by, sizeof approval->closed_by, column_text(statement, 12));
    return buffer_error(&approval->hash) != VAULT_OK || buffer_error(&approval->sealed) != VAULT_OK ? VAULT_ENOMEM : VAULT_OK;
}

int approval_read(struct store *store, int64_t seq, struct approval *approval, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    memset(approval, 0, sizeof *approval);
    approval->seq = seq;
    int result = store_query(store, QUERY_REQUEST_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, seq);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "event %lld asked for no approval", (long long)seq);
    if (result == VAULT_OK) {
        result = take_row(statement, approval);
        statement_reset(statement);
    }
    if (result == VAULT_OK)
        result = read_consents(store, approval, failure);
    if (result == VAULT_OK)
        return VAULT_OK;
    approval_free(approval);
    return failure_set(failure, result, "the request of event %lld cannot be read: %s", (long long)seq, vault_error_text(result));
}

void approval_free(struct approval *approval)
{
    json_decref(approval->scope);
    buffer_free(&approval->hash);
    buffer_free(&approval->sealed);
    memset(approval, 0, sizeof *approval);
}

enum approval_state approval_state(const struct approval *approval, int64_t time)
{
    static const struct {
        const char *closed;
        enum approval_state state;
    } ended[] = {{"denied", APPROVAL_DENIED}, {"withdrawn", APPROVAL_WITHDRAWN}, {"handed_back", APPROVAL_HANDED_BACK},
        {"lapsed", APPROVAL_LAPSED}};
    for (size_t i = 0; i < sizeof ended / sizeof ended[0]; i++) {
        if (strcmp(approval->closed, ended[i].closed) == 0)
            return ended[i].state;
    }
    if (approval->used >= approval->uses)
        return APPROVAL_USED;
    if (approval->started != 0 && approval->approver_count >= approval->needed)
        return time < approval->started + approval->duration ? APPROVAL_APPROVED : APPROVAL_EXPIRED;
    return time < approval->filed + APPROVAL_PENDING_MAX ? APPROVAL_PENDING : APPROVAL_EXPIRED;
}

const char *approval_state_name(enum approval_state state)
{
    static const char *const names[] = {[APPROVAL_PENDING] = "pending", [APPROVAL_APPROVED] = "approved",
        [APPROVAL_USED] = "used", [APPROVAL_EXPIRED] = "expired", [APPROVAL_DENIED] = "denied",
        [APPROVAL_WITHDRAWN] = "withdrawn", [APPROVAL_HANDED_BACK] = "handed_back", [APPROVAL_LAPSED] = "lapsed"};
    return names[state];
}

/* --- The frozen text, sealed like every word of people that could name a client --- */

static int reasons_key(struct session *session, struct secret **key)
{
    return secret_derive(session->store_key, "reasons_", 1, key);
}

static void text_place(struct session *session, struct bytes hash, struct place *place)
{
    place_start(place, "approval", &session->vault);
    place_add(place, hash);
}

int approval_seal(
    struct session *session, const json_t *frozen, struct hash *hash, struct buffer *text, struct failure *failure)
{
    struct buffer plain = {0};
    struct buffer sealed = {0};
    struct secret *key = NULL;
    struct place place;
    int result = json_write_canonical(frozen, &plain);
    if (result == VAULT_OK)
        result = reasons_key(session, &key);
    if (result == VAULT_OK) {
        hash_sha256(buffer_bytes(&plain), hash);
        text_place(session, hash_bytes(hash), &place);
        result = seal(key, place_bytes(&place), buffer_bytes(&plain), &sealed);
    }
    if (result == VAULT_OK) {
        base64_encode(buffer_bytes(&sealed), text);
        result = buffer_error(text);
    }
    secret_free(key);
    buffer_free(&plain);
    buffer_free(&sealed);
    return result == VAULT_OK ? result : failure_set(failure, result, "the request cannot be sealed: %s", vault_error_text(result));
}

int approval_open(
    struct session *session, struct bytes hash, struct bytes sealed, json_t **frozen, struct failure *failure)
{
    struct buffer plain = {0};
    struct secret *key = NULL;
    struct place place;
    struct hash found;
    *frozen = NULL;
    int result = hash.size == HASH_SIZE ? reasons_key(session, &key) : VAULT_EFORGED;
    if (result == VAULT_OK) {
        text_place(session, hash, &place);
        result = seal_open(key, place_bytes(&place), sealed, &plain);
    }
    if (result == VAULT_OK) {
        hash_sha256(buffer_bytes(&plain), &found);
        result = bytes_equal(hash_bytes(&found), hash) ? json_read(buffer_bytes(&plain), frozen, failure) : VAULT_EFORGED;
    }
    secret_free(key);
    buffer_free(&plain);
    if (result == VAULT_OK)
        return result;
    failure_remedy(failure, "have 'log verify' run, and find out who changed the database");
    return failure_set(failure, result, "what was asked for is not what the store says");
}

/* --- Who may approve --- */

struct gathering {
    json_t *names;
};

static int note_person(void *context, const struct listed *one)
{
    struct gathering *gathering = context;
    if (!one->permitted)
        return VAULT_OK;
    return json_array_append_new(gathering->names, json_string(one->user)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

int approvals_people(
    struct session *session, const struct access_request *request, json_t **names, struct failure *failure)
{
    struct inquiry_terms terms = {0};
    struct inquiry *inquiry = NULL;
    struct gathering gathering = {json_array()};
    struct access_request asked = *request;
    asked.action = "approval.approve";
    asked.member = NULL;
    struct question question = question_now(session, NULL, &asked);
    *names = NULL;
    int result = gathering.names == NULL ? VAULT_ENOMEM : inquiry_new(session, &terms, &inquiry, failure);
    if (result == VAULT_OK)
        result = inquiry_people(inquiry, &question, note_person, &gathering, failure);
    inquiry_free(inquiry);
    if (result == VAULT_OK)
        *names = json_incref(gathering.names);
    json_decref(gathering.names);
    return result;
}

static int is_active(struct session *session, const char *person, bool *active, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session->store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, person);
    result = statement_step(statement, &row, failure);
    *active = result == VAULT_OK && row && column_number(statement, 2) == 0;
    statement_reset(statement);
    return result;
}

static int may_one(struct session *session, struct inquiry *inquiry, const char *person, const struct approval *approval, size_t i,
    bool *may, struct failure *failure)
{
    struct scope_place place;
    struct access_request request;
    json_t *decision = NULL;
    int result = approval_request_of(session, approval->scope, i, &place, &request, failure);
    request.action = "approval.approve";
    request.member = approval->requester;
    struct question question = question_now(session, person, &request);
    if (result == VAULT_OK)
        result = inquiry_decide(inquiry, &question, &decision, failure);
    const char *effect = json_text(decision, "effect");
    *may = result == VAULT_OK && effect != NULL && strcmp(effect, "permit") == 0;
    json_decref(decision);
    return result;
}

int approvals_may(
    struct session *session, const char *person, const struct approval *approval, bool *may, struct failure *failure)
{
    struct inquiry_terms terms = {0};
    struct inquiry *inquiry = NULL;
    *may = false;
    int result = is_active(session, person, may, failure);
    *may = *may && strcmp(person, approval->requester) != 0;
    if (result == VAULT_OK && *may)
        result = inquiry_new(session, &terms, &inquiry, failure);
    for (size_t i = 0; i < json_array_size(json_object_get(approval->scope, "ids")) && result == VAULT_OK && *may; i++)
        result = may_one(session, inquiry, person, approval, i, may, failure);
    inquiry_free(inquiry);
    return result;
}
