#include "vault/base/text.h"
#include "vault/keys/trace_keys.h"

#include <string.h>

#include "vault/keys/boxes_private.h"

static int put_role_secret(
    struct issue *issue, const char *role, int64_t epoch, const char *holder, struct bytes boxed)
{
    struct statement *statement;
    int result = store_query(issue->store, QUERY_ROLE_SECRET_PUT, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_text(statement, 3, holder);
    bind_bytes(statement, 4, boxed);
    return statement_run(statement, issue->failure);
}

int issue_role_box(struct issue *issue, const struct box_key *role_key, const char *role, int64_t epoch,
    const char *holder, struct bytes holder_public)
{
    struct place place;
    struct buffer boxed = {0};
    place_role(&place, &issue->vault, role, epoch, holder);
    int result = box_seal_secret(holder_public, place_bytes(&place), box_key_secret(role_key), &boxed);
    if (result == VAULT_OK)
        result = put_role_secret(issue, role, epoch, holder, buffer_bytes(&boxed));
    buffer_free(&boxed);
    return result;
}

static int take_public(struct statement *statement, int column, uint8_t public_key[BOX_PUBLIC_SIZE])
{
    struct bytes found = column_bytes(statement, column);
    if (found.size != BOX_PUBLIC_SIZE)
        return VAULT_EDAMAGED;
    memcpy(public_key, found.data, BOX_PUBLIC_SIZE);
    return VAULT_OK;
}

int issue_role_open(struct issue *issue, const struct box_key *holder_key, const char *role, int64_t epoch,
    const char *holder, struct secret **inner)
{
    struct statement *statement;
    struct place place;
    bool row = false;
    *inner = NULL;
    int result = store_query(issue->store, QUERY_ROLE_SECRET_GET, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_text(statement, 3, holder);
    result = statement_step(statement, &row, issue->failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOKEY : result;
    place_role(&place, &issue->vault, role, epoch, holder);
    result = box_open_secret(holder_key, place_bytes(&place), column_bytes(statement, 0), inner);
    statement_reset(statement);
    return result;
}

int issue_user_public(struct issue *issue, const char *user, uint8_t public_key[BOX_PUBLIC_SIZE])
{
    struct statement *statement;
    bool row = false;
    int result = store_query(issue->store, QUERY_USER_GET, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, user);
    result = statement_step(statement, &row, issue->failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(issue->failure, VAULT_ENOTFOUND, "there is no user '%s'", user);
    result = take_public(statement, 1, public_key);
    statement_reset(statement);
    return result;
}

int issue_role_public(struct issue *issue, const char *role, int64_t *epoch, uint8_t public_key[BOX_PUBLIC_SIZE])
{
    struct statement *statement;
    bool row = false;
    int result = store_query(issue->store, QUERY_ROLE_GET, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, role);
    result = statement_step(statement, &row, issue->failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(issue->failure, VAULT_ENOTFOUND, "there is no role '%s'", role);
    *epoch = column_number(statement, 2);
    result = take_public(statement, 3, public_key);
    statement_reset(statement);
    return result;
}

int issue_portfolio_public(struct issue *issue, const char *portfolio, enum compartment compartment, int64_t *epoch,
    uint8_t public_key[BOX_PUBLIC_SIZE])
{
    struct statement *statement;
    bool row = false;
    int result = store_query(issue->store, QUERY_PORTFOLIO_KEY_GET, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    result = statement_step(statement, &row, issue->failure);
    if (result != VAULT_OK)
        return result;
    if (!row)
        return failure_set(issue->failure, VAULT_ENOTFOUND, "there is no portfolio '%s'", portfolio);
    *epoch = column_number(statement, 0);
    result = take_public(statement, 1, public_key);
    statement_reset(statement);
    return result;
}

int issue_portfolio_box(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch, const char *role)
{
    struct place place;
    struct statement *statement;
    struct buffer boxed = {0};
    uint8_t role_public[BOX_PUBLIC_SIZE];
    int64_t role_epoch = 0;
    int result = issue_role_public(issue, role, &role_epoch, role_public);
    if (result != VAULT_OK)
        return result;
    place_portfolio(&place, &issue->vault, portfolio, compartment, epoch, role, role_epoch);
    result = box_seal_secret(
        bytes_of(role_public, BOX_PUBLIC_SIZE), place_bytes(&place), box_key_secret(pair), &boxed);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_PORTFOLIO_SECRET_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        bind_number(statement, 2, compartment);
        bind_number(statement, 3, epoch);
        bind_text(statement, 4, role);
        bind_number(statement, 5, role_epoch);
        bind_bytes(statement, 6, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result;
}

int issue_index_key(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch, const struct secret *index_key)
{
    struct place place;
    struct statement *statement;
    struct buffer boxed = {0};
    place_index(&place, &issue->vault, portfolio, compartment, epoch);
    int result = box_seal_secret(box_key_public(pair), place_bytes(&place), index_key, &boxed);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_INDEX_KEY_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_text(statement, 1, portfolio);
        bind_number(statement, 2, compartment);
        bind_number(statement, 3, epoch);
        bind_bytes(statement, 4, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result == VAULT_OK ? issue_trace_keys(issue, portfolio, compartment, index_key) : result;
}

int issue_portfolio_to_roles(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch)
{
    struct statement *reaches = NULL;
    bool row = true;
    int result = statement_own(issue->store, QUERY_REACH_LIST, &reaches, issue->failure);
    while (result == VAULT_OK) {
        result = statement_step(reaches, &row, issue->failure);
        if (result != VAULT_OK || !row)
            break;
        if (strcmp(column_text(reaches, 1), portfolio) == 0 &&
            (column_number(reaches, 2) >> compartment & 1) != 0)
            result = issue_portfolio_box(issue, pair, portfolio, compartment, epoch, column_text(reaches, 0));
    }
    statement_free(reaches);
    return result;
}

static int put_client_key(struct issue *issue, const struct client_ref *client, enum compartment compartment,
    int64_t epoch, const struct secret *key)
{
    struct place place;
    struct statement *statement;
    struct buffer boxed = {0};
    uint8_t public_key[BOX_PUBLIC_SIZE];
    int64_t portfolio_epoch = 0;
    int result = issue_portfolio_public(issue, client->portfolio, compartment, &portfolio_epoch, public_key);
    if (result != VAULT_OK)
        return result;
    place_client(&place, &issue->vault, &client->id, compartment, epoch, client->portfolio, portfolio_epoch);
    result = box_seal_secret(bytes_of(public_key, BOX_PUBLIC_SIZE), place_bytes(&place), key, &boxed);
    if (result == VAULT_OK)
        result = store_query(issue->store, QUERY_CLIENT_KEY_PUT, &statement, issue->failure);
    if (result == VAULT_OK) {
        bind_number(statement, 1, client->row);
        bind_number(statement, 2, compartment);
        bind_number(statement, 3, epoch);
        bind_number(statement, 4, portfolio_epoch);
        bind_bytes(statement, 5, buffer_bytes(&boxed));
        result = statement_run(statement, issue->failure);
    }
    buffer_free(&boxed);
    return result;
}

int issue_client_keys(
    struct issue *issue, const struct client_ref *client, struct secret *keys[COMPARTMENT_COUNT])
{
    int result = VAULT_OK;
    memset(keys, 0, COMPARTMENT_COUNT * sizeof *keys);
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        keys[i] = secret_random(KEY_SIZE);
        result = keys[i] == NULL ? VAULT_ENOMEM : put_client_key(issue, client, (enum compartment)i, 1, keys[i]);
    }
    for (int i = 0; i < COMPARTMENT_COUNT && result != VAULT_OK; i++) {
        secret_free(keys[i]);
        keys[i] = NULL;
    }
    return result;
}

/* --- Epochs --- */

/* But for a directory's epoch that an order for decoys waits under. */
static int drop_old_boxes(struct issue *issue, const char *portfolio, enum compartment compartment, int64_t epoch)
{
    struct statement *statement;
    int result = store_query(issue->store, QUERY_PORTFOLIO_SECRET_DROP_OLD, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    bind_number(statement, 3, epoch);
    return statement_run(statement, issue->failure);
}

static int count_old(struct issue *issue, const char *portfolio, enum compartment compartment, int64_t epoch,
    int64_t *left)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(issue->store, QUERY_CLIENT_KEY_OLD_COUNT, &statement, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_number(statement, 2, compartment);
    bind_number(statement, 3, epoch);
    result = statement_step(statement, &row, issue->failure);
    *left = result == VAULT_OK && row ? column_number(statement, 0) : 0;
    statement_reset(statement);
    return result;
}

static int rewrap_one(struct issue *issue, struct keyring *keyring, struct statement *old, const char *portfolio)
{
    struct client_ref client = {.row = column_number(old, 0)};
    enum compartment compartment = (enum compartment)column_number(old, 1);
    int64_t epoch = column_number(old, 2);
    const struct secret *key;
    struct bytes id = column_bytes(old, 5);
    if (id.size != ULID_SIZE)
        return VAULT_EDAMAGED;
    memcpy(client.id.data, id.data, ULID_SIZE);
    text_copy(client.portfolio, NAME_SIZE_MAX + 1, portfolio);
    int result = keyring_client(keyring, &client, compartment, &key, issue->failure);
    return result == VAULT_OK ? put_client_key(issue, &client, compartment, epoch, key) : result;
}

int issue_rewrap_clients(struct issue *issue, struct keyring *keyring, const char *portfolio,
    enum compartment compartment, int limit, int64_t *left)
{
    uint8_t public_key[BOX_PUBLIC_SIZE];
    struct statement *old = NULL;
    int64_t epoch = 0;
    bool row = true;
    *left = 0;
    int result = issue_portfolio_public(issue, portfolio, compartment, &epoch, public_key);
    if (result == VAULT_OK)
        result = statement_own(issue->store, QUERY_CLIENT_KEY_OLD, &old, issue->failure);
    if (result != VAULT_OK)
        return result;
    bind_text(old, 1, portfolio);
    bind_number(old, 2, compartment);
    bind_number(old, 3, epoch);
    bind_number(old, 4, limit);
    while ((result = statement_step(old, &row, issue->failure)) == VAULT_OK && row) {
        result = rewrap_one(issue, keyring, old, portfolio);
        if (result != VAULT_OK)
            break;
    }
    statement_free(old);
    bool barred = result == VAULT_ENOKEY;
    if (result == VAULT_OK || barred)
        result = count_old(issue, portfolio, compartment, epoch, left);
    if (result == VAULT_OK && *left == 0)
        result = drop_old_boxes(issue, portfolio, compartment, epoch);
    return result == VAULT_OK && barred ? VAULT_ENOKEY : result;
}
