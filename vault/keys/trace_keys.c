#include "vault/keys/trace_keys.h"

#include "vault/base/text.h"
#include "vault/keys/boxes_private.h"
#include "vault/keys/keyring_private.h"
#include "vault/linkage/term.h"

/* Whose records are found by search tokens. */
static bool is_searched(enum compartment compartment)
{
    return compartment == COMPARTMENT_BOOKS || compartment == COMPARTMENT_BANK ||
           compartment == COMPARTMENT_TAX;
}

int trace_branch(const struct secret *index_key, struct secret **branch)
{
    return secret_derive(index_key, TRACE_BRANCH, 1, branch);
}

/* --- Opening --- */

struct trace_box {
    char role[NAME_SIZE_MAX + 1];
    int64_t epoch;
    struct buffer boxed;
};

static int open_box(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct trace_box *box, struct secret **inner, struct failure *failure)
{
    const struct box_key *pair;
    struct place place;
    int result = keyring_role_at(keyring, box->role, box->epoch, &pair, failure);
    if (result != VAULT_OK)
        return result;
    place_trace(&place, &keyring->vault, portfolio, compartment, box->role, box->epoch);
    result = box_open_secret(pair, place_bytes(&place), buffer_bytes(&box->boxed), inner);
    if (result == VAULT_EFORGED)
        (void)failure_set(failure, result,
            "the trace key of portfolio '%s' (%s) is damaged or not in its place", portfolio,
            compartment_name(compartment));
    return result;
}

/* Through whichever tracing role is this person's. */
static int open_any(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    struct secret **inner, struct failure *failure)
{
    struct statement *boxes = NULL;
    bool row = true;
    *inner = NULL;
    int result = statement_own(keyring->store, QUERY_TRACE_KEYS, &boxes, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(boxes, 1, portfolio);
    bind_number(boxes, 2, compartment);
    while (*inner == NULL && (result = statement_step(boxes, &row, failure)) == VAULT_OK && row) {
        struct trace_box box = {.epoch = column_number(boxes, 1)};
        text_copy(box.role, NAME_SIZE_MAX + 1, column_text(boxes, 0));
        buffer_put(&box.boxed, column_bytes(boxes, 2));
        result = buffer_error(&box.boxed);
        if (result == VAULT_OK)
            result = open_box(keyring, portfolio, compartment, &box, inner, failure);
        buffer_free(&box.boxed);
        if (result != VAULT_OK && result != VAULT_ENOKEY)
            break;
    }
    statement_free(boxes);
    if (result == VAULT_OK && *inner == NULL)
        result = VAULT_ENOKEY;
    if (result == VAULT_ENOKEY)
        (void)failure_set(failure, result, "no key of yours links rows to %s of portfolio '%s'",
            compartment_name(compartment), portfolio);
    return result;
}

static int hold(struct keyring *keyring, int kind, const char *portfolio, enum compartment compartment,
    struct secret *secret, const struct secret **key)
{
    int result = keyring_keep(keyring, kind, portfolio, (int)compartment, 0, NULL, secret);
    *key = result == VAULT_OK ? secret : NULL;
    return result;
}

/* The index key, or what the person was given instead. */
static int open_source(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    struct secret **boxed, const struct secret **key, struct failure *failure)
{
    *boxed = NULL;
    int result = keyring_index(keyring, portfolio, compartment, key, NULL);
    if (result != VAULT_ENOKEY)
        return result;
    result = open_any(keyring, portfolio, compartment, boxed, failure);
    *key = *boxed;
    return result;
}

int keyring_trace(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **branch, struct failure *failure)
{
    const struct held *held = keyring_find(keyring, HELD_TRACE, portfolio, (int)compartment, 0);
    struct secret *boxed = NULL, *derived = NULL;
    const struct secret *source = NULL;
    *branch = NULL;
    if (held != NULL) {
        *branch = held->secret;
        return VAULT_OK;
    }
    int result = open_source(keyring, portfolio, compartment, &boxed, &source, failure);
    if (result == VAULT_OK && boxed != NULL && !is_searched(compartment))
        return hold(keyring, HELD_TRACE, portfolio, compartment, boxed, branch);
    if (result == VAULT_OK)
        result = trace_branch(source, &derived);
    secret_free(boxed);
    return result == VAULT_OK ? hold(keyring, HELD_TRACE, portfolio, compartment, derived, branch) : result;
}

int keyring_trace_search(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **key, struct failure *failure)
{
    const struct held *held = keyring_find(keyring, HELD_TRACE_INDEX, portfolio, (int)compartment, 0);
    struct secret *boxed = NULL;
    *key = NULL;
    if (!is_searched(compartment))
        return VAULT_ENOKEY;
    if (held != NULL) {
        *key = held->secret;
        return VAULT_OK;
    }
    int result = open_source(keyring, portfolio, compartment, &boxed, key, failure);
    return result == VAULT_OK && boxed != NULL
               ? hold(keyring, HELD_TRACE_INDEX, portfolio, compartment, boxed, key)
               : result;
}

/* --- Handing on --- */

static int put_box(struct issue *issue, const char *role, const char *portfolio, enum compartment compartment,
    const struct secret *inner)
{
    struct place place;
    struct statement *statement;
    struct buffer boxed = {0};
    uint8_t role_public[BOX_PUBLIC_SIZE];
    int64_t epoch = 0;
    int result = issue_role_public(issue, role, &epoch, role_public);
    if (result != VAULT_OK)
        return result;
    place_trace(&place, &issue->vault, portfolio, compartment, role, epoch);
    result = box_seal_secret(bytes_of(role_public, BOX_PUBLIC_SIZE), place_bytes(&place), inner, &boxed);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_TRACE_KEY_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        bind_number(statement, 2, compartment);
        bind_text(statement, 3, role);
        bind_number(statement, 4, epoch);
        bind_bytes(statement, 5, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result;
}

int issue_trace_keys(
    struct issue *issue, const char *portfolio, enum compartment compartment, const struct secret *index_key)
{
    struct secret *branch = NULL;
    struct statement *roles = NULL;
    bool row = true;
    int result = trace_branch(index_key, &branch);
    if (result == VAULT_OK)
        result = statement_own(issue->store, QUERY_TRACE_ROLES, &roles, issue->failure);
    while (result == VAULT_OK && (result = statement_step(roles, &row, issue->failure)) == VAULT_OK && row)
        result = put_box(issue, column_text(roles, 0), portfolio, compartment,
            is_searched(compartment) ? index_key : branch);
    statement_free(roles);
    secret_free(branch);
    return result;
}

int issue_trace_key_again(struct issue *issue, struct keyring *keyring, const char *role,
    const char *portfolio, enum compartment compartment)
{
    const struct secret *key;
    int result = is_searched(compartment)
                     ? keyring_trace_search(keyring, portfolio, compartment, &key, issue->failure)
                     : keyring_trace(keyring, portfolio, compartment, &key, issue->failure);
    return result == VAULT_OK ? put_box(issue, role, portfolio, compartment, key) : result;
}
