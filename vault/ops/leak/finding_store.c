#include "vault/ops/leak/finding_store_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/investigation.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/log/index.h"
#include "vault/ops/incident/document_step_private.h"

/* --- From the log --- */

struct feeding {
    struct call *call;
    struct findings *findings;
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int feed(void *context, uint64_t index, struct bytes text)
{
    struct feeding *feeding = context;
    json_t *leaf = NULL;
    int result = json_read(text, &leaf, feeding->call->failure);
    if (result == VAULT_OK)
        result = findings_feed(feeding->findings, index, leaf, feeding->problem, feeding->context);
    json_decref(leaf);
    return result;
}

int finding_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct findings **findings)
{
    struct feeding feeding = {call, findings_new(), problem, context};
    struct log_query query = {.event = FINDING_EVENTS, .from = INT64_MIN, .to = INT64_MAX};
    *findings = NULL;
    int result =
        feeding.findings == NULL ? VAULT_ENOMEM : log_refresh(session_log(call->session), call->failure);
    if (result == VAULT_OK)
        result = log_index_query(session_log(call->session), session_store(call->session),
            session_keys(call->session)->log_index, &query, feed, &feeding, call->failure);
    if (result == VAULT_OK)
        *findings = feeding.findings;
    else
        findings_free(feeding.findings);
    return result;
}

int finding_find(struct call *call, struct findings **findings, const json_t **finding)
{
    const char *asked = call_text(call, "id");
    size_t size = strlen(asked);
    const char *id;
    json_t *one;
    size_t found = 0;
    *finding = NULL;
    int result = finding_history(call, NULL, NULL, findings);
    if (result != VAULT_OK)
        return result;
    json_t *all = findings_all(*findings);
    json_object_foreach(all, id, one)
    {
        if (size > 0 && strncmp(id, asked, size) == 0) {
            *finding = findings_get(*findings, id);
            found++;
        }
    }
    if (found == 1)
        return VAULT_OK;
    *finding = NULL;
    failure_remedy(call->failure, "'finding list' tells which there are");
    return found == 0
               ? failure_set(call->failure, VAULT_ENOTFOUND, "there is no finding '%s'", asked)
               : failure_set(call->failure, VAULT_EINPUT, "%zu findings begin with '%s'", found, asked);
}

/* --- Texts --- */

static void place_part(
    struct place *place, const struct call *call, const char *finding, const char *name, int64_t key)
{
    place_start(place, "finding", session_vault(call->session));
    place_add_text(place, finding);
    place_add_text(place, name);
    place_add_number(place, (uint64_t)key);
}

int finding_part_seal(struct call *call, struct finding_part *part, struct bytes text)
{
    struct secret *key = NULL;
    struct place place;
    int result = investigation_write_key(call->session, &part->key, &key, call->failure);
    if (result == VAULT_OK) {
        place_part(&place, call, part->finding, part->name, part->key);
        result = seal(key, place_bytes(&place), text, &part->sealed);
    }
    secret_free(key);
    hash_sha256(text, &part->hash);
    hash_sha256(buffer_bytes(&part->sealed), &part->sealed_hash);
    return result;
}

int finding_part_put(struct call *call, const struct finding_part *part)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_FINDING_PART_PUT, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, part->finding);
    bind_text(statement, 2, part->name);
    bind_number(statement, 3, part->key);
    bind_bytes(statement, 4, buffer_bytes(&part->sealed));
    return statement_run(statement, call->failure);
}

void finding_part_free(struct finding_part *part)
{
    buffer_free(&part->sealed);
}

/* Is @p bytes what a hexadecimal hash of an event says? */
static bool hashes_to(struct bytes bytes, const char *hexadecimal)
{
    struct hash hash;
    char text[2 * HASH_SIZE + 1];
    hash_sha256(bytes, &hash);
    hex_encode(hash_bytes(&hash), text);
    return hexadecimal != NULL && strcmp(text, hexadecimal) == 0;
}

/* The sealed bytes, held against the event. */
static int read_part(
    struct call *call, const char *finding, const json_t *event, int64_t *key, struct buffer *sealed)
{
    struct statement *statement;
    const char *name = json_text(event, "part");
    bool row = false;
    int result = name == NULL ? VAULT_EDAMAGED
                              : store_query(session_store(call->session), QUERY_FINDING_PART_GET, &statement,
                                    call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, finding);
    bind_text(statement, 2, name);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && !row)
        return failure_set(
            call->failure, VAULT_EFORGED, "finding %s: the store lacks its part '%s'", finding, name);
    if (result != VAULT_OK)
        return result;
    *key = column_number(statement, 0);
    buffer_put(sealed, column_bytes(statement, 1));
    statement_reset(statement);
    if (buffer_error(sealed) != VAULT_OK)
        return buffer_error(sealed);
    if (!hashes_to(buffer_bytes(sealed), json_text(event, "sealed")))
        return failure_set(call->failure, VAULT_EFORGED,
            "finding %s: its part '%s' in the store is not the one that event %lld names", finding, name,
            (long long)json_number(event, "event", -1));
    return VAULT_OK;
}

int finding_part_open(struct call *call, const char *finding, const json_t *event, struct buffer *text)
{
    struct buffer sealed = {0};
    struct secret *key = NULL;
    struct place place;
    int64_t number = 0;
    int result = read_part(call, finding, event, &number, &sealed);
    if (result == VAULT_OK)
        result = investigation_key(call->session, number, &key, call->failure);
    if (result == VAULT_OK) {
        place_part(&place, call, finding, json_text(event, "part"), number);
        result = seal_open(key, place_bytes(&place), buffer_bytes(&sealed), text);
    }
    if (result == VAULT_OK && !hashes_to(buffer_bytes(text), json_text(event, "sha256")))
        result = VAULT_EFORGED;
    if (result == VAULT_EFORGED)
        (void)failure_set(
            call->failure, result, "finding %s: a part of it is damaged or not in its place", finding);
    secret_free(key);
    buffer_free(&sealed);
    return result;
}

int finding_document(struct call *call, const json_t *finding, int64_t version, json_t **document)
{
    const char *id = json_text(finding, "id");
    const json_t *event = finding_version(finding, version);
    struct buffer text = {0};
    *document = NULL;
    if (event == NULL)
        return failure_set(
            call->failure, VAULT_ENOTFOUND, "finding %s has no version %lld", id, (long long)version);
    int result = finding_part_open(call, id, event, &text);
    if (result == VAULT_OK)
        result = finding_read(buffer_bytes(&text), id, version, document, call->failure);
    buffer_free(&text);
    return result;
}

static int add_note(struct call *call, const char *id, json_t *event)
{
    struct buffer text = {0};
    if (json_text(event, "part") == NULL)
        return VAULT_OK;
    int result = finding_part_open(call, id, event, &text);
    if (result == VAULT_OK)
        result = json_object_set_new(event, "note", json_stringn((const char *)text.data, text.size)) == 0
                     ? VAULT_OK
                     : VAULT_ENOMEM;
    buffer_free(&text);
    return result;
}

int finding_notes(struct call *call, json_t *finding)
{
    const char *id = json_text(finding, "id");
    const json_t *versions = json_object_get(finding, "versions");
    int result = add_note(call, id, json_object_get(finding, "withdrawn"));
    for (size_t i = 0; i < json_array_size(versions) && result == VAULT_OK; i++)
        result = add_note(call, id, json_object_get(json_array_get(versions, i), "review"));
    return result;
}

/* --- Refusals --- */

int finding_refuse(
    struct call *call, const struct access_request *request, const char *id, const char *reason)
{
    int result = call_refuse(call, request, reason, "finding", json_pack("{s:s}", "id", id));
    return result == VAULT_EDENIED ? failure_set(call->failure, result, "denied: %s", reason) : result;
}

/* --- Verification --- */

struct verifying {
    struct call *call;
    json_t *known; /* "finding/part" of every text that an event names */
    int (*problem)(void *context, uint64_t index, const char *what);
    void *context;
};

static int verify_part(struct verifying *v, const char *finding, const json_t *event)
{
    struct failure failure = {0};
    struct call quiet = *v->call;
    struct buffer text = {0};
    char key[128];
    if (json_text(event, "part") == NULL)
        return VAULT_OK;
    (void)snprintf(key, sizeof key, "%s/%s", finding, json_text(event, "part"));
    if (json_object_set_new(v->known, key, json_true()) != 0)
        return VAULT_ENOMEM;
    quiet.failure = &failure;
    int result = finding_part_open(&quiet, finding, event, &text);
    buffer_free(&text);
    /* Who holds no key of investigators has compared the sealed bytes all the same. */
    if (result == VAULT_OK || result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result != VAULT_EFORGED && result != VAULT_EDAMAGED)
        return failure_set(v->call->failure, result, "%s", failure.text);
    return v->problem(v->context, (uint64_t)json_number(event, "event", -1), failure.text);
}

static int verify_finding(struct verifying *v, const json_t *finding)
{
    const char *id = json_text(finding, "id");
    const json_t *versions = json_object_get(finding, "versions");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(versions) && result == VAULT_OK; i++) {
        const json_t *version = json_array_get(versions, i);
        result = verify_part(v, id, version);
        if (result == VAULT_OK)
            result = verify_part(v, id, json_object_get(version, "review"));
    }
    return result == VAULT_OK ? verify_part(v, id, json_object_get(finding, "withdrawn")) : result;
}

static int verify_rows(struct verifying *v)
{
    struct statement *rows = NULL;
    bool row = true;
    int result =
        statement_own(session_store(v->call->session), QUERY_FINDING_PART_LIST, &rows, v->call->failure);
    while (result == VAULT_OK && (result = statement_step(rows, &row, v->call->failure)) == VAULT_OK && row) {
        char key[128];
        char what[200];
        (void)snprintf(key, sizeof key, "%s/%s", column_text(rows, 0), column_text(rows, 1));
        if (json_object_get(v->known, key) != NULL)
            continue;
        (void)snprintf(what, sizeof what, "finding %s: no event names its part '%s'", column_text(rows, 0),
            column_text(rows, 1));
        result = v->problem(v->context, UINT64_MAX, what);
    }
    statement_free(rows);
    return result;
}

int finding_verify(struct call *call, struct findings *findings,
    int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct verifying v = {call, json_object(), problem, context};
    json_t *all = findings_all(findings);
    const char *id;
    json_t *finding;
    int result = v.known == NULL ? VAULT_ENOMEM : VAULT_OK;
    json_object_foreach(all, id, finding)
    {
        if (result == VAULT_OK)
            result = verify_finding(&v, finding);
    }
    if (result == VAULT_OK)
        result = incident_verify(call, v.known, problem, context);
    if (result == VAULT_OK)
        result = document_verify(call, v.known, problem, context);
    if (result == VAULT_OK)
        result = verify_rows(&v);
    json_decref(v.known);
    return result;
}
