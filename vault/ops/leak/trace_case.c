#include "vault/ops/leak/trace_case.h"

#include <string.h>

#include "vault/access/change.h"
#include "vault/access/investigation.h"
#include "vault/base/text.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/log/index.h"

/* Canonical JSON has no fractions: probabilities are kept as millionths. */
static const char *const fractions[] = {"posterior", "alone", "none", "backup", "unlogged"};

static bool is_fraction(const char *name)
{
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++)
        if (strcmp(name, fractions[i]) == 0)
            return true;
    return false;
}

static void scale(json_t *value, bool whole)
{
    const char *name;
    json_t *member;
    void *next;
    for (size_t i = 0; i < json_array_size(value); i++)
        scale(json_array_get(value, i), whole);
    json_object_foreach_safe(value, next, name, member)
    {
        double number = json_number_value(member);
        if (is_fraction(name) && json_is_number(member))
            (void)json_object_set_new(value, name,
                whole ? json_integer((json_int_t)(number * 1e6 + 0.5)) : json_real(number / 1e6));
        else
            scale(member, whole);
    }
}

/* --- Sealing --- */

static void place_case(struct place *place, struct session *session, const char *id, int64_t key)
{
    place_start(place, "trace case", session_vault(session));
    place_add_text(place, id);
    place_add_number(place, (uint64_t)key);
}

static int seal_text(
    struct session *session, struct bytes text, struct trace_case_sealed *sealed, struct failure *failure)
{
    struct place place;
    struct secret *key = NULL;
    int result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = investigation_write_key(session, &sealed->key, &key, failure);
    if (result == VAULT_OK) {
        place_case(&place, session, sealed->id, sealed->key);
        result = seal(key, place_bytes(&place), text, &sealed->sealed);
    }
    change_release(session);
    secret_free(key);
    return result;
}

int trace_case_seal(
    struct session *session, const json_t *content, struct trace_case_sealed *sealed, struct failure *failure)
{
    struct buffer text = {0};
    json_t *whole = json_deep_copy(content);
    const char *id = json_text(content, "case");
    memset(sealed, 0, sizeof *sealed);
    text_copy(sealed->id, sizeof sealed->id, id == NULL ? "" : id);
    int result = whole == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        scale(whole, true);
        result = json_write_canonical(whole, &text);
    }
    if (result == VAULT_OK)
        result = seal_text(session, buffer_bytes(&text), sealed, failure);
    if (result == VAULT_OK)
        hash_sha256(buffer_bytes(&sealed->sealed), &sealed->hash);
    json_decref(whole);
    buffer_free(&text);
    return result == VAULT_OK ? result : failure_set(failure, result, "the case cannot be sealed");
}

void trace_case_sealed_free(struct trace_case_sealed *sealed)
{
    buffer_free(&sealed->sealed);
}

int trace_case_put(struct session *session, const struct trace_case_sealed *sealed, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session_store(session), QUERY_TRACE_CASE_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, sealed->id);
    bind_number(statement, 2, sealed->key);
    bind_bytes(statement, 3, buffer_bytes(&sealed->sealed));
    return statement_run(statement, failure);
}

/* --- Opening --- */

struct stored {
    char id[ULID_TEXT_SIZE];
    int64_t key;
    struct buffer sealed;
    size_t found;
};

static int find(struct session *session, const char *asked, struct stored *stored, struct failure *failure)
{
    struct statement *cases;
    bool row = true;
    size_t size = strlen(asked);
    int result = store_query(session_store(session), QUERY_TRACE_CASES, &cases, failure);
    while (result == VAULT_OK && (result = statement_step(cases, &row, failure)) == VAULT_OK && row) {
        if (size == 0 || strncasecmp(column_text(cases, 0), asked, size) != 0)
            continue;
        stored->found++;
        text_copy(stored->id, sizeof stored->id, column_text(cases, 0));
        stored->key = column_number(cases, 1);
        buffer_reset(&stored->sealed);
        buffer_put(&stored->sealed, column_bytes(cases, 2));
    }
    if (result == VAULT_OK)
        result = buffer_error(&stored->sealed);
    if (result != VAULT_OK || stored->found == 1)
        return result;
    failure_remedy(failure, "'trace list' tells which there are");
    return stored->found == 0
               ? failure_set(failure, VAULT_ENOTFOUND, "there is no case '%s'", asked)
               : failure_set(failure, VAULT_EINPUT, "%zu cases begin with '%s'", stored->found, asked);
}

struct checking {
    const char *id;
    const char *hash; /* hexadecimal */
    bool said;
};

static int check_event(void *context, uint64_t index, struct bytes text)
{
    struct checking *checking = context;
    json_t *leaf = NULL;
    (void)index;
    if (json_read(text, &leaf, NULL) != VAULT_OK)
        return VAULT_OK;
    const json_t *trace = json_object_get(leaf, "trace");
    const char *id = json_text(trace, "case"), *hash = json_text(trace, "sealed");
    checking->said |=
        id != NULL && hash != NULL && strcmp(id, checking->id) == 0 && strcmp(hash, checking->hash) == 0;
    json_decref(leaf);
    return VAULT_OK;
}

/* The log says what the case is; the table is only where it lies. */
static int check(struct session *session, const struct stored *stored, struct failure *failure)
{
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    hash_sha256(buffer_bytes(&stored->sealed), &hash);
    hex_encode(hash_bytes(&hash), hex);
    struct checking checking = {stored->id, hex, false};
    struct log_query query = {.event = "trace.run", .from = INT64_MIN, .to = INT64_MAX};
    int result = log_index_query(session_log(session), session_store(session),
        session_keys(session)->log_index, &query, check_event, &checking, failure);
    if (result == VAULT_OK && !checking.said)
        result = failure_set(failure, VAULT_EFORGED, "case %s is not what the log says of it", stored->id);
    return result;
}

int trace_case_open(struct session *session, const char *id, json_t **content, struct failure *failure)
{
    struct stored stored = {.found = 0};
    struct buffer plain = {0};
    struct place place;
    struct secret *key = NULL;
    *content = NULL;
    int result = find(session, id, &stored, failure);
    if (result == VAULT_OK)
        result = check(session, &stored, failure);
    if (result == VAULT_OK)
        result = investigation_key(session, stored.key, &key, failure);
    if (result == VAULT_OK) {
        place_case(&place, session, stored.id, stored.key);
        result = seal_open(key, place_bytes(&place), buffer_bytes(&stored.sealed), &plain);
    }
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&plain), content, failure);
    if (result == VAULT_OK)
        scale(*content, false);
    if (result != VAULT_OK) {
        json_decref(*content);
        *content = NULL;
    }
    secret_free(key);
    buffer_free(&plain);
    buffer_free(&stored.sealed);
    return result == VAULT_OK ? result : failure_set(failure, result, "the case does not open");
}
