#include "vault/base/text.h"
#include "vault/access/pending.h"

#include <stdio.h>
#include <string.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/keys/trace_keys.h"
#include "vault/evidence/leaf.h"
#include "vault/store/setting.h"

#define SETTING_REACH "reach.pending"

int pending_settle(struct session *session, struct failure *failure)
{
    return settle_keys(session, failure);
}

/* --- Grants, checked against the log --- */

static int grant_row(struct session *session, const char *role, const char *holder, bool *found, char granted_by[65],
    uint64_t *seq, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_GRANT_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_text(statement, 2, holder);
    result = statement_step(statement, found, failure);
    if (result == VAULT_OK && *found) {
        text_copy(granted_by, 65, column_text(statement, 1));
        *seq = (uint64_t)column_number(statement, 2);
        statement_reset(statement);
    }
    return result;
}

static int sign_public(struct session *session, const char *user, struct buffer *key, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    if (strcmp(user, "vault") == 0) {
        /* The first grant of all: the vault's birth. */
        buffer_put(key, sign_key_public(session->keys.sign));
        return buffer_error(key);
    }
    int result = store_query(session->store, QUERY_USER_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row)
        buffer_put(key, column_bytes(statement, 0));
    statement_reset(statement);
    return result == VAULT_OK ? buffer_error(key) : result;
}

static bool says_grant(const json_t *leaf, const char *role, const char *holder, const char *granted_by)
{
    const json_t *change = json_object_get(leaf, "change");
    const char *event = json_text(leaf, "event");
    const char *actor = json_text(json_object_get(leaf, "actor"), "id");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const char *of_role = json_text(change, "role");
    const char *to = json_text(change, "user");
    return event != NULL && actor != NULL && effect != NULL && of_role != NULL && to != NULL &&
        strcmp(event, "grant.add") == 0 && strcmp(effect, "permit") == 0 && strcmp(of_role, role) == 0 &&
        strcmp(to, holder) == 0 && strcmp(actor, granted_by) == 0;
}

static int check_signature(struct session *session, struct bytes text, struct bytes key)
{
    struct leaf leaf;
    struct buffer message = {0};
    struct buffer signature = {0};
    if (leaf_read(text, &leaf) != NULL)
        return VAULT_EFORGED;
    leaf_signed_message(&leaf, session->origin, &message);
    int result = base64_decode(leaf.sig, &signature);
    if (result == VAULT_OK && (result = buffer_error(&message)) == VAULT_OK)
        result = sign_verify(key, buffer_bytes(&message), buffer_bytes(&signature));
    buffer_free(&message);
    buffer_free(&signature);
    return result;
}

int pending_check_signed(struct session *session, struct bytes leaf, const char *user, struct failure *failure)
{
    struct buffer key = {0};
    int result = sign_public(session, user, &key, failure);
    if (result == VAULT_OK)
        result = check_signature(session, leaf, buffer_bytes(&key));
    buffer_free(&key);
    return result == VAULT_OK ? result
                              : failure_set(failure, VAULT_EFORGED, "an event is not signed by '%s', who is named in it", user);
}

int pending_check_grant(
    struct session *session, const char *role, const char *holder, bool by_grant, struct failure *failure)
{
    struct buffer leaf = {0};
    struct buffer key = {0};
    json_t *value = NULL;
    char granted_by[65] = "";
    uint64_t seq = 0;
    bool found = false;
    int result = grant_row(session, role, holder, &found, granted_by, &seq, failure);
    if (result == VAULT_OK && !found && !by_grant) {
        role = "admin";
        result = grant_row(session, role, holder, &found, granted_by, &seq, failure);
    }
    if (result == VAULT_OK && found)
        result = log_read(session->log, seq, &leaf, failure);
    if (result == VAULT_OK && found)
        result = sign_public(session, granted_by, &key, failure);
    if (result == VAULT_OK && found)
        result = json_read(buffer_bytes(&leaf), &value, failure);
    if (result == VAULT_OK &&
        (!found || !says_grant(value, role, holder, granted_by) ||
            check_signature(session, buffer_bytes(&leaf), buffer_bytes(&key)) != VAULT_OK))
        result = failure_set(failure, VAULT_EFORGED, "the grant of '%s' to '%s' has no signed event in the log", role, holder);
    json_decref(value);
    buffer_free(&leaf);
    buffer_free(&key);
    return result;
}

/* --- Reach --- */

int pending_reach_later(struct session *session, struct failure *failure)
{
    return store_setting_put(session->store, SETTING_REACH, 1, failure);
}

static int boxed_already(struct session *session, const char *portfolio, int compartment, int64_t epoch,
    const char *role, bool *boxed, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_PORTFOLIO_SECRET_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    bind_number(statement, 3, epoch);
    bind_text(statement, 4, role);
    result = statement_step(statement, boxed, failure);
    statement_reset(statement);
    return result;
}

struct reaching {
    bool missing; /* a key that this person has not either */
    bool checked; /* the tables say what the log says */
};

static int box_reach(struct session *session, const char *role, const char *portfolio, unsigned mask,
    struct reaching *reaching, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        uint8_t public_key[BOX_PUBLIC_SIZE];
        const struct box_key *pair;
        int64_t epoch = 0;
        bool boxed = false;
        if ((mask >> i & 1) == 0)
            continue;
        result = issue_portfolio_public(&issue, portfolio, (enum compartment)i, &epoch, public_key);
        if (result == VAULT_OK)
            result = boxed_already(session, portfolio, i, epoch, role, &boxed, failure);
        if (result != VAULT_OK || boxed)
            continue;
        if (keyring_portfolio(session->keyring, portfolio, (enum compartment)i, epoch, &pair, NULL) != VAULT_OK) {
            reaching->missing = true;
            continue;
        }
        if (!reaching->checked)
            result = authority_check(session, failure);
        reaching->checked = true;
        if (result == VAULT_OK)
            result = issue_portfolio_box(&issue, pair, portfolio, (enum compartment)i, epoch, role);
    }
    return result;
}

static int count_flags(
    struct session *session, enum query list, const char *prefix, int64_t *count, struct failure *failure)
{
    struct statement *names = NULL;
    bool row = true;
    int result = statement_own(session->store, list, &names, failure);
    while (result == VAULT_OK && (result = statement_step(names, &row, failure)) == VAULT_OK && row) {
        char setting[NAME_SIZE_MAX + 16];
        int64_t value = 0;
        (void)snprintf(setting, sizeof setting, "%s%s", prefix, column_text(names, 0));
        result = store_setting_get(session->store, setting, 0, &value, failure);
        *count += value != 0;
    }
    statement_free(names);
    return result;
}

int pending_count(struct session *session, struct pending_counts *counts, struct failure *failure)
{
    int64_t reach = 0;
    memset(counts, 0, sizeof *counts);
    int result = count_flags(session, QUERY_ROLE_LIST, PENDING_ROTATE, &counts->roles, failure);
    if (result == VAULT_OK)
        result = count_flags(session, QUERY_PORTFOLIO_NAMES, PENDING_REWRAP, &counts->portfolios, failure);
    if (result == VAULT_OK)
        result = store_setting_get(session->store, SETTING_REACH, 0, &reach, failure);
    counts->reach = reach != 0;
    return result;
}

int pending_reach(struct session *session, struct failure *failure)
{
    struct statement *reaches = NULL;
    bool row = true;
    struct reaching reaching = {false, false};
    int64_t pending = 0;
    int result = store_setting_get(session->store, SETTING_REACH, 0, &pending, failure);
    if (result != VAULT_OK || pending == 0)
        return result;
    result = change_hold(session, failure);
    if (result == VAULT_OK)
        result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = statement_own(session->store, QUERY_REACH_LIST, &reaches, failure);
    while (result == VAULT_OK && (result = statement_step(reaches, &row, failure)) == VAULT_OK && row)
        result = box_reach(session, column_text(reaches, 0), column_text(reaches, 1),
            (unsigned)column_number(reaches, 2), &reaching, failure);
    statement_free(reaches);
    if (result == VAULT_OK && !reaching.missing)
        result = store_setting_put(session->store, SETTING_REACH, 0, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    store_rollback(session->store);
    change_release(session);
    return result;
}

/* --- Keys that link a leak's rows --- */

static int each_missing(struct session *session,
    int (*each)(struct session *, const char *role, const char *portfolio, enum compartment, struct failure *),
    struct failure *failure)
{
    struct statement *missing = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_TRACE_KEYS_MISSING, &missing, failure);
    while (result == VAULT_OK && (result = statement_step(missing, &row, failure)) == VAULT_OK && row)
        result = each(session, column_text(missing, 0), column_text(missing, 1),
            (enum compartment)column_number(missing, 2), failure);
    statement_free(missing);
    return result;
}

static int box_trace(struct session *session, const char *role, const char *portfolio,
    enum compartment compartment, struct failure *failure)
{
    struct failure unheard = {0};
    struct issue issue = {session->store, session->vault, &unheard};
    int result = issue_trace_key_again(&issue, session->keyring, role, portfolio, compartment);
    if (result == VAULT_OK || result == VAULT_ENOKEY)
        return VAULT_OK;
    return failure_set(failure, result, "%s", unheard.text);
}

/* VAULT_EEXISTS ends the walk: there is one that this person can open. */
static int can_open(struct session *session, const char *role, const char *portfolio,
    enum compartment compartment, struct failure *failure)
{
    const struct secret *branch;
    (void)role;
    (void)failure;
    return keyring_trace(session->keyring, portfolio, compartment, &branch, NULL) == VAULT_OK ? VAULT_EEXISTS
                                                                                             : VAULT_OK;
}

int pending_trace_boxes(struct session *session, struct failure *failure)
{
    return each_missing(session, box_trace, failure);
}

int pending_trace(struct session *session, struct failure *failure)
{
    int result = each_missing(session, can_open, failure);
    if (result != VAULT_EEXISTS)
        return result;
    result = change_hold(session, failure);
    if (result != VAULT_OK)
        return result;
    result = authority_check(session, failure);
    if (result == VAULT_OK)
        result = store_begin(session->store, failure);
    if (result == VAULT_OK)
        result = pending_trace_boxes(session, failure);
    if (result == VAULT_OK)
        result = store_commit(session->store, failure);
    store_rollback(session->store);
    change_release(session);
    return result;
}
