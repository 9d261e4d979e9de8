#include "vault/access/logged.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/session_private.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/evidence/canonical.h"
#include "vault/log/index.h"

#define HASH_PREFIX "sha256:"
#define PROGRESS_EVERY 65536u

bool logged_has_decision(const json_t *leaf)
{
    const char *phase = json_text(leaf, "phase");
    bool outcome = phase != NULL && strcmp(phase, "outcome") == 0;
    return !outcome && json_text(json_object_get(leaf, "decision"), "policy_hash") != NULL;
}

/* --- What was asked about --- */

/* Said outright, or what the event's name and resources mean by themselves. */
static void find_resource(const json_t *leaf, struct logged *logged)
{
    const json_t *asked = json_object_get(leaf, "asked");
    const json_t *resource = json_object_get(asked, "resource");
    const json_t *first = json_array_get(json_object_get(leaf, "resources"), 0);
    const char *action = asked == NULL ? json_text(leaf, "event") : json_text(asked, "action");
    bool log = action != NULL && strncmp(action, "log.", 4) == 0;
    const char *id;
    logged->question.request.action = action;
    logged->question.request.count = json_number(asked, "count", 0);
    const json_t *marked = json_object_get(asked, "marked");
    if (json_is_boolean(marked))
        logged->question.request.marked = json_is_true(marked) ? REQUEST_MARKED : REQUEST_UNMARKED;
    logged->question.request.rows = json_number(asked, "rows", 0);
    logged->question.request.logged = true;
    logged->question.request.approval = json_number(leaf, "approval", 0);
    logged->question.request.breakglass = json_number(leaf, "breakglass", 0);
    if (asked == NULL)
        resource = first;
    logged->resource_type = json_text(resource, "type");
    id = json_text(resource, "id");
    /* Before events said what was asked, a search named what it had found. */
    bool found =
        asked == NULL && logged->resource_type != NULL && json_object_get(leaf, "subject") == NULL &&
        (strcmp(logged->resource_type, "record") == 0 || strcmp(logged->resource_type, "client") == 0);
    if (logged->resource_type == NULL || id == NULL || found) {
        logged->resource_type = log ? "log" : "vault";
        id = logged->resource_type;
    }
    text_copy(logged->resource_id, sizeof logged->resource_id, id);
    if (action != NULL && strcmp(action, "record.reveal") == 0)
        logged->question.request.fields = json_object_get(first, "fields");
}

static int find_client(struct store *tables, const char *text, struct logged *logged, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    if (text == NULL || !ulid_parse(bytes_of_text(text), &logged->client.id))
        return failure_set(failure, VAULT_ENOTFOUND, "the event does not name its client");
    int result = store_query(tables, QUERY_CLIENT_BY_ID, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&logged->client.id));
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "client %s was not there then", text);
    if (result == VAULT_OK) {
        logged->client.row = column_number(statement, 0);
        text_copy(logged->client.portfolio, sizeof logged->client.portfolio, column_text(statement, 2));
        logged->question.request.client = &logged->client;
        statement_reset(statement);
    }
    return result;
}

static int find_record(struct session *session, struct logged *logged, struct failure *failure)
{
    struct record_info info;
    struct access_request *request = &logged->question.request;
    if (!ulid_parse(bytes_of_text(logged->resource_id), &logged->record))
        return failure_set(failure, VAULT_ENOTFOUND, "the event does not name its record");
    request->record = &logged->record;
    int result = records_find(session->records, &logged->record, &info, NULL);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK; /* of an import that was undone */
    if (result == VAULT_OK) {
        request->kind = kind_name(info.kind);
        request->compartment = compartment_name(kind_compartment(info.kind));
        text_copy(logged->period, sizeof logged->period, info.period);
        request->period = logged->period;
    }
    return result == VAULT_OK ? result : failure_set(failure, result, "%s", vault_error_text(result));
}

static int set_resource(struct session *session, struct store *tables, const json_t *leaf,
    struct logged *logged, struct failure *failure)
{
    struct access_request *request = &logged->question.request;
    const char *type = logged->resource_type;
    bool record = strcmp(type, "record") == 0;
    if (record || strcmp(type, "client") == 0) {
        const char *subject = json_text(json_object_get(leaf, "subject"), "id");
        int result = find_client(tables, record ? subject : logged->resource_id, logged, failure);
        return result == VAULT_OK && record ? find_record(session, logged, failure) : result;
    }
    if (strcmp(type, "user") == 0)
        request->user = logged->resource_id;
    else if (strcmp(type, "role") == 0)
        request->role = logged->resource_id;
    else if (strcmp(type, "portfolio") == 0)
        request->portfolio = logged->resource_id;
    else
        request->log = strcmp(type, "log") == 0;
    return VAULT_OK;
}

/* --- The rest --- */

static void set_purpose(const json_t *leaf, struct logged *logged)
{
    const char *code = json_text(leaf, "purpose");
    const char *ticket = json_text(leaf, "ticket");
    if (code == NULL)
        return;
    (void)snprintf(logged->purpose, sizeof logged->purpose, "%s%s%s", code, ticket == NULL ? "" : ":",
        ticket == NULL ? "" : ticket);
    logged->question.request.purpose = logged->purpose;
}

int logged_question(struct session *session, struct store *tables, uint64_t index, const json_t *leaf,
    struct logged *logged, struct failure *failure)
{
    struct question *question = &logged->question;
    const char *time = json_text(leaf, "time");
    memset(logged, 0, sizeof *logged);
    logged->decision = json_object_get(leaf, "decision");
    logged->policy_hash = json_text(logged->decision, "policy_hash");
    question->user = json_text(json_object_get(leaf, "actor"), "id");
    question->host = json_text(json_object_get(leaf, "src"), "host");
    question->end = index;
    if (!logged_has_decision(leaf) || question->user == NULL || time == NULL ||
        !instant_parse(bytes_of_text(time), &question->time))
        return failure_set(failure, VAULT_ENOTFOUND, "event %llu is not one that a policy decided",
            (unsigned long long)index);
    if (question->host == NULL)
        question->host = "";
    find_resource(leaf, logged);
    if (question->request.action == NULL)
        return failure_set(failure, VAULT_EDAMAGED, "event %llu has no name", (unsigned long long)index);
    question->request.member = json_text(leaf, "member");
    question->request.authors = json_object_get(leaf, "authors");
    set_purpose(leaf, logged);
    return set_resource(session, tables, leaf, logged, failure);
}

/* --- The tables as they were --- */

struct feeding {
    struct replay *replay;
    uint64_t end;
    void (*progress)(void *context, uint64_t done);
    void *context;
    struct failure *failure;
};

/* Stops the walk without being an error. */
#define ENOUGH 1

static int feed(void *context, uint64_t index, struct bytes text)
{
    struct feeding *feeding = context;
    struct bytes event;
    json_t *leaf = NULL;
    if (index >= feeding->end)
        return ENOUGH;
    if (index % PROGRESS_EVERY == 0 && feeding->progress != NULL)
        feeding->progress(feeding->context, index);
    if (!canonical_find(text, "event", &event) || !replay_wants(feeding->replay, canonical_string(event)))
        return VAULT_OK;
    int result = json_read(text, &leaf, feeding->failure);
    if (result == VAULT_OK)
        result = replay_feed(feeding->replay, index, leaf, feeding->failure);
    if (result != VAULT_OK)
        failure_prefix(feeding->failure, "event %llu", (unsigned long long)index);
    json_decref(leaf);
    return result;
}

int logged_replay(struct session *session, uint64_t end, struct replay **replay,
    void (*progress)(void *context, uint64_t done), void *context, struct failure *failure)
{
    struct feeding feeding = {NULL, end, progress, context, failure};
    struct log_query all = {.from = INT64_MIN, .to = INT64_MAX};
    *replay = NULL;
    int result = replay_new(&feeding.replay, failure);
    if (result == VAULT_OK)
        result = log_index_query(
            session->log, session->store, session->keys.log_index, &all, feed, &feeding, failure);
    if (result != VAULT_OK && result != ENOUGH) {
        replay_free(feeding.replay);
        return result;
    }
    *replay = feeding.replay;
    return VAULT_OK;
}

int logged_policy(
    struct session *session, const char *policy_hash, struct buffer *text, struct failure *failure)
{
    uint8_t wanted[HASH_SIZE];
    struct hash hash;
    struct statement *statement;
    bool row = false;
    size_t prefix = strlen(HASH_PREFIX);
    if (strncmp(policy_hash, HASH_PREFIX, prefix) != 0 ||
        !hex_decode(policy_hash + prefix, strlen(policy_hash) - prefix, wanted, sizeof wanted))
        return failure_set(failure, VAULT_ENOTFOUND, "'%s' names no policy", policy_hash);
    int result = store_query(session->store, QUERY_POLICY_BY_HASH, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, bytes_of(wanted, sizeof wanted));
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "the store lacks the policy %s", policy_hash);
    if (result != VAULT_OK)
        return result;
    buffer_put(text, column_bytes(statement, 0));
    statement_reset(statement);
    hash_sha256(buffer_bytes(text), &hash);
    if (memcmp(hash.data, wanted, HASH_SIZE) != 0)
        return failure_set(failure, VAULT_EFORGED, "the policy in the store is not the one that was set");
    return buffer_error(text);
}
