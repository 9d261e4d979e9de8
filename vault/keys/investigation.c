#include "vault/keys/investigation.h"

#include "vault/base/text.h"
#include "vault/keys/boxes_private.h"

static int one_number(struct issue *issue, enum query query, int64_t argument, int64_t *number)
{
    struct statement *statement;
    bool row = false;
    *number = 0;
    int result = store_query(issue->store, query, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    if (argument != 0)
        bind_number(statement, 1, argument);
    result = statement_step(statement, &row, issue->failure);
    if (result == VAULT_OK && row)
        *number = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

int investigation_current(struct issue *issue, int64_t *number)
{
    int64_t stale = 0;
    int result = one_number(issue, QUERY_INVESTIGATION_KEY_LAST, 0, number);
    if (result == VAULT_OK && *number != 0)
        result = one_number(issue, QUERY_INVESTIGATION_KEY_STALE, *number, &stale);
    if (stale != 0)
        *number = 0;
    return result;
}

/* --- Opening --- */

static int open_box(struct issue *issue, const struct box_key *role_key, int64_t number, const char *role,
    int64_t epoch, struct bytes boxed, struct secret **key)
{
    struct place place;
    place_investigation(&place, &issue->vault, number, role, epoch);
    int result = box_open_secret(role_key, place_bytes(&place), boxed, key);
    if (result != VAULT_EFORGED)
        return result;
    return failure_set(issue->failure, result,
        "the investigators' key %lld is damaged or not in its place (role '%s')", (long long)number, role);
}

int investigation_open(struct issue *issue, struct keyring *keyring, int64_t number, struct secret **key)
{
    struct statement *boxes = NULL;
    bool row = true;
    *key = NULL;
    int result = statement_own(issue->store, QUERY_INVESTIGATION_KEYS, &boxes, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(boxes, 1, number);
    while (*key == NULL && (result = statement_step(boxes, &row, issue->failure)) == VAULT_OK && row) {
        const struct box_key *role_key;
        const char *role = column_text(boxes, 0);
        int64_t epoch = column_number(boxes, 1);
        result = keyring_role_at(keyring, role, epoch, &role_key, issue->failure);
        if (result == VAULT_ENOKEY)
            continue;
        if (result == VAULT_OK)
            result = open_box(issue, role_key, number, role, epoch, column_bytes(boxes, 2), key);
        if (result != VAULT_OK)
            break;
    }
    statement_free(boxes);
    if (result == VAULT_ENOKEY)
        result = VAULT_OK;
    if (result == VAULT_OK && *key == NULL) {
        failure_remedy(
            issue->failure, "somebody must be in session once who was an investigator when it was written");
        result =
            failure_set(issue->failure, VAULT_ENOKEY, "no key of yours opens what investigators have sealed");
    }
    return result;
}

/* --- Boxing --- */

static int put_box(struct issue *issue, int64_t number, const char *role, int64_t epoch,
    struct bytes public_key, const struct secret *key)
{
    struct statement *statement;
    struct place place;
    struct buffer boxed = {0};
    place_investigation(&place, &issue->vault, number, role, epoch);
    int result = public_key.size == BOX_PUBLIC_SIZE
                     ? box_seal_secret(public_key, place_bytes(&place), key, &boxed)
                     : VAULT_EDAMAGED;
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_INVESTIGATION_KEY_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, number);
        bind_text(statement, 2, role);
        bind_number(statement, 3, epoch);
        bind_bytes(statement, 4, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result;
}

int investigation_draw(struct issue *issue, struct keyring *keyring, int64_t *number, struct secret **keyp)
{
    struct statement *roles = NULL;
    struct secret *key = secret_random(KEY_SIZE);
    bool row = true;
    bool mine = false;
    *keyp = NULL;
    int result = key == NULL ? VAULT_ENOMEM : one_number(issue, QUERY_INVESTIGATION_KEY_LAST, 0, number);
    ++*number;
    if (result == VAULT_OK)
        result = statement_own(issue->store, QUERY_ROLES_OF_BASE, &roles, issue->failure);
    if (result == VAULT_OK)
        bind_text(roles, 1, INVESTIGATION_BASE);
    while (result == VAULT_OK && (result = statement_step(roles, &row, issue->failure)) == VAULT_OK && row) {
        const struct box_key *role_key;
        const char *role = column_text(roles, 0);
        int64_t epoch = column_number(roles, 1);
        mine = mine || keyring_role_at(keyring, role, epoch, &role_key, NULL) == VAULT_OK;
        result = put_box(issue, *number, role, epoch, column_bytes(roles, 2), key);
    }
    statement_free(roles);
    if (result == VAULT_OK && !mine) {
        failure_remedy(issue->failure, "ask an admin for the role of an investigator");
        result = failure_set(issue->failure, VAULT_ENOKEY,
            "findings are sealed for investigators, and you hold no key of theirs");
    }
    if (result == VAULT_OK)
        *keyp = key;
    else
        secret_free(key);
    return result;
}

/* Call back with each key that this person opens and a role's epoch lacks; what he does not open is another's
 * to hand on. */
static int each_missing(struct issue *issue, struct keyring *keyring,
    int (*each)(struct issue *issue, struct statement *missing, const struct secret *key, void *context),
    void *context)
{
    struct statement *missing = NULL;
    struct failure unseen = {0};
    struct issue quiet = {issue->store, issue->vault, &unseen};
    bool row = true;
    int result = statement_own(issue->store, QUERY_INVESTIGATION_KEYS_MISSING, &missing, issue->failure);
    while (
        result == VAULT_OK && (result = statement_step(missing, &row, issue->failure)) == VAULT_OK && row) {
        struct secret *key = NULL;
        failure_clear(&unseen);
        int opened = investigation_open(&quiet, keyring, column_number(missing, 0), &key);
        if (opened == VAULT_OK)
            result = each(issue, missing, key, context);
        secret_free(key);
    }
    statement_free(missing);
    return result;
}

static int note_missing(struct issue *issue, struct statement *row, const struct secret *key, void *context)
{
    (void)issue;
    (void)row;
    (void)key;
    *(bool *)context = true;
    return VAULT_OK;
}

int investigation_missing(struct issue *issue, struct keyring *keyring, bool *missing)
{
    *missing = false;
    return each_missing(issue, keyring, note_missing, missing);
}

static int box_missing(struct issue *issue, struct statement *row, const struct secret *key, void *context)
{
    (void)context;
    return put_box(
        issue, column_number(row, 0), column_text(row, 1), column_number(row, 2), column_bytes(row, 3), key);
}

int investigation_share(struct issue *issue, struct keyring *keyring)
{
    return each_missing(issue, keyring, box_missing, NULL);
}
