#include "vault/ops/sealed_part_private.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/investigation.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/incident/finding.h"

/* --- Sealing --- */

static void place_part(
    struct place *place, const struct call *call, const char *finding, const char *name, int64_t key)
{
    place_start(place, "finding", session_vault(call->session));
    place_add_text(place, finding);
    place_add_text(place, name);
    place_add_number(place, (uint64_t)key);
}

int sealed_part_make(struct call *call, struct sealed_part *part, struct bytes text)
{
    struct secret *key = NULL;
    struct place place;
    int result = investigation_write_key(call->session, &part->key, &key, call->failure);
    if (result == VAULT_OK) {
        place_part(&place, call, part->of, part->name, part->key);
        result = seal(key, place_bytes(&place), text, &part->sealed);
    }
    secret_free(key);
    part->size = text.size;
    hash_sha256(text, &part->hash);
    hash_sha256(buffer_bytes(&part->sealed), &part->sealed_hash);
    return result;
}

int sealed_part_make_json(struct call *call, struct sealed_part *part, json_t *content)
{
    uint8_t salt[FINDING_SALT_SIZE];
    struct buffer text = {0};
    random_fill(salt, sizeof salt);
    int result = json_object_set_new(content, "salt", json_hex(bytes_of(salt, sizeof salt))) == 0
                     ? json_write_canonical(content, &text)
                     : VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = sealed_part_make(call, part, buffer_bytes(&text));
    buffer_free(&text);
    return result;
}

int sealed_part_tell(const struct sealed_part *part, json_t *about)
{
    int failed = json_object_set_new(about, "part", json_string(part->name));
    failed |= json_object_set_new(about, "sha256", json_hex(hash_bytes(&part->hash)));
    failed |= json_object_set_new(about, "sealed", json_hex(hash_bytes(&part->sealed_hash)));
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

/* --- With its event --- */

static int put_part(struct call *call, const struct sealed_part *part)
{
    struct statement *statement;
    int result = store_query(session_store(call->session), QUERY_FINDING_PART_PUT, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, part->of);
    bind_text(statement, 2, part->name);
    bind_number(statement, 3, part->key);
    bind_bytes(statement, 4, buffer_bytes(&part->sealed));
    return statement_run(statement, call->failure);
}

int sealed_part_commit(
    struct call *call, const char *event, json_t *members, const struct sealed_part *part, uint64_t *index)
{
    struct change *change = NULL;
    int result =
        members == NULL ? failure_set(call->failure, VAULT_ENOMEM, "no memory for the event") : VAULT_OK;
    if (result == VAULT_OK && part != NULL)
        result = change_begin(call->session, event, members, NULL, &change, call->failure);
    else if (result == VAULT_OK)
        result = event_append(call->session, event, members, index, call->failure);
    if (result != VAULT_OK || part == NULL) {
        change_release(call->session);
        return result;
    }
    *index = change_intent(change);
    return call_finish(call, change, put_part(call, part));
}

/* --- Read back --- */

void sealed_part_free(struct sealed_part *part)
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

int sealed_part_open(struct call *call, const char *finding, const json_t *event, struct buffer *text)
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

int sealed_part_check(const struct sealed_parts *checking, const char *of, const json_t *event)
{
    struct failure failure = {0};
    struct call quiet = *checking->call;
    struct buffer text = {0};
    char key[128];
    if (json_text(event, "part") == NULL)
        return VAULT_OK;
    (void)snprintf(key, sizeof key, "%s/%s", of, json_text(event, "part"));
    if (json_object_set_new(checking->known, key, json_true()) != 0)
        return VAULT_ENOMEM;
    quiet.failure = &failure;
    int result = sealed_part_open(&quiet, of, event, &text);
    buffer_free(&text);
    /* Who holds no key of investigators has compared the sealed bytes all the same. */
    if (result == VAULT_OK || result == VAULT_ENOKEY)
        return VAULT_OK;
    if (result != VAULT_EFORGED && result != VAULT_EDAMAGED)
        return failure_set(checking->call->failure, result, "%s", failure.text);
    return checking->problem(checking->context, (uint64_t)json_number(event, "event", -1), failure.text);
}
