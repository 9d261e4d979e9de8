#include "vault/ops/trace_case.h"

#include <string.h>

#include "vault/access/session_parts.h"
#include "vault/base/text.h"
#include "vault/crypto/box.h"
#include "vault/keys/trace_keys.h"
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

/* The tracing role whose key this person holds. */
static int own_role(struct session *session, char role[NAME_SIZE_MAX + 1], struct failure *failure)
{
    struct statement *roles = NULL;
    const struct box_key *key;
    bool row = true, found = false;
    int result = statement_own(session_store(session), QUERY_TRACE_ROLES, &roles, failure);
    while (
        result == VAULT_OK && !found && (result = statement_step(roles, &row, failure)) == VAULT_OK && row) {
        text_copy(role, NAME_SIZE_MAX + 1, column_text(roles, 0));
        found = keyring_role(session_keyring(session), role, &key, NULL) == VAULT_OK;
    }
    statement_free(roles);
    if (result == VAULT_OK && !found) {
        failure_remedy(
            failure, "a grant is completed when somebody who holds the role's key is next in session");
        result = failure_set(failure, VAULT_ENOKEY, "you hold no key of a role that traces yet");
    }
    return result;
}

int trace_case_seal(
    struct session *session, const json_t *content, struct trace_case_sealed *sealed, struct failure *failure)
{
    struct issue issue = {session_store(session), *session_vault(session), failure};
    uint8_t role_public[BOX_PUBLIC_SIZE];
    struct buffer text = {0};
    json_t *whole = json_deep_copy(content);
    memset(sealed, 0, sizeof *sealed);
    int result = whole == NULL ? VAULT_ENOMEM : own_role(session, sealed->role, failure);
    if (result == VAULT_OK)
        result = issue_role_public(&issue, sealed->role, &sealed->epoch, role_public);
    if (result == VAULT_OK) {
        scale(whole, true);
        result = json_write_canonical(whole, &text);
    }
    if (result == VAULT_OK)
        result = box_seal(bytes_of(role_public, BOX_PUBLIC_SIZE), buffer_bytes(&text), &sealed->sealed);
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

int trace_case_put(
    struct session *session, const char *id, const struct trace_case_sealed *sealed, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session_store(session), QUERY_TRACE_CASE_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, id);
    bind_text(statement, 2, sealed->role);
    bind_number(statement, 3, sealed->epoch);
    bind_bytes(statement, 4, buffer_bytes(&sealed->sealed));
    return statement_run(statement, failure);
}

/* --- Opening --- */

struct stored {
    char id[ULID_TEXT_SIZE];
    char role[NAME_SIZE_MAX + 1];
    int64_t epoch;
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
        text_copy(stored->role, sizeof stored->role, column_text(cases, 1));
        stored->epoch = column_number(cases, 2);
        buffer_reset(&stored->sealed);
        buffer_put(&stored->sealed, column_bytes(cases, 3));
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
    *content = NULL;
    int result = find(session, id, &stored, failure);
    if (result == VAULT_OK)
        result = check(session, &stored, failure);
    if (result == VAULT_OK)
        result = keyring_trace_open(session_keyring(session), stored.role, stored.epoch,
            buffer_bytes(&stored.sealed), &plain, failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&plain), content, failure);
    if (result == VAULT_OK &&
        (json_text(*content, "case") == NULL || strcmp(json_text(*content, "case"), stored.id) != 0))
        result = failure_set(failure, VAULT_EFORGED, "case %s is not in its place", stored.id);
    if (result == VAULT_OK)
        scale(*content, false);
    if (result != VAULT_OK) {
        json_decref(*content);
        *content = NULL;
    }
    buffer_free(&plain);
    buffer_free(&stored.sealed);
    return result == VAULT_OK ? result : failure_set(failure, result, "the case does not open");
}

int trace_case_each(struct session *session, int (*each)(void *context, const char *id), void *context,
    struct failure *failure)
{
    struct statement *cases = NULL;
    bool row = true;
    int result = statement_own(session_store(session), QUERY_TRACE_CASES, &cases, failure);
    while (result == VAULT_OK && (result = statement_step(cases, &row, failure)) == VAULT_OK && row)
        result = each(context, column_text(cases, 0));
    statement_free(cases);
    return result;
}
