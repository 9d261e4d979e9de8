/* What investigators have ordered: kept sealed until the session of somebody who adds clients carries it out.
 */
#include <string.h>

#include "vault/access/decoys.h"
#include "vault/access/decoys_private.h"
#include "vault/access/session_private.h"
#include "vault/base/text.h"
#include "vault/keys/issue.h"

json_t *decoys_commitment(const json_t *order)
{
    struct buffer text = {0};
    struct hash hash;
    json_t *value = NULL;
    if (json_write_canonical(order, &text) == VAULT_OK) {
        hash_sha256(buffer_bytes(&text), &hash);
        value = json_base64(hash_bytes(&hash));
    }
    buffer_free(&text);
    return value;
}

static int put_order(struct session *session, const char *portfolio, const struct buffer *sealed,
    int64_t epoch, const struct buffer *boxed, int64_t role_epoch, uint64_t seq, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_DECOY_ORDER_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, portfolio);
    bind_bytes(statement, 2, buffer_bytes(sealed));
    bind_number(statement, 3, epoch);
    bind_bytes(statement, 4, buffer_bytes(boxed));
    bind_number(statement, 5, role_epoch);
    bind_number(statement, 6, (int64_t)seq);
    return statement_run(statement, failure);
}

int decoys_order(struct session *session, const char *portfolio, const json_t *order, uint64_t seq,
    struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    uint8_t directory[BOX_PUBLIC_SIZE];
    uint8_t role[BOX_PUBLIC_SIZE];
    struct buffer plain = {0};
    struct buffer sealed = {0};
    struct buffer boxed = {0};
    int64_t epoch = 0;
    int64_t role_epoch = 0;
    int result = issue_portfolio_public(&issue, portfolio, COMPARTMENT_DIRECTORY, &epoch, directory);
    if (result == VAULT_OK)
        result = issue_role_public(&issue, DECOY_ROLE, &role_epoch, role);
    if (result == VAULT_OK)
        result = decoy_pack(order, DECOY_ENTRY_SIZE, &plain);
    if (result == VAULT_OK)
        result = box_seal(bytes_of(directory, sizeof directory), buffer_bytes(&plain), &sealed);
    if (result == VAULT_OK)
        result = box_seal(bytes_of(role, sizeof role), buffer_bytes(&plain), &boxed);
    if (result == VAULT_OK)
        result = put_order(session, portfolio, &sealed, epoch, &boxed, role_epoch, seq, failure);
    buffer_free(&plain);
    buffer_free(&sealed);
    buffer_free(&boxed);
    return result == VAULT_OK
               ? VAULT_OK
               : failure_set(failure, result, "the order cannot be kept: %s", vault_error_text(result));
}

void decoy_order_free(struct decoy_order *order)
{
    json_decref(order->order);
    memset(order, 0, sizeof *order);
}

/* The statement stands on a row; @p column holds the box. VAULT_EFORGED: it does not open. */
static int open_order(
    const struct box_key *key, struct statement *statement, int column, struct decoy_order *order)
{
    struct buffer plain = {0};
    memset(order, 0, sizeof *order);
    order->row = column_number(statement, 0);
    text_copy(order->portfolio, sizeof order->portfolio, column_text(statement, 1));
    order->seq = (uint64_t)column_number(statement, 6);
    int result = box_open(key, column_bytes(statement, column), &plain);
    if (result == VAULT_OK)
        result = decoy_unpack(buffer_bytes(&plain), &order->order);
    buffer_free(&plain);
    return result;
}

int decoys_next_order(
    struct session *session, int64_t after, struct decoy_order *order, struct failure *failure)
{
    struct statement *statement = NULL;
    bool row = true;
    bool found = false;
    memset(order, 0, sizeof *order);
    int result = statement_own(session->store, QUERY_DECOY_ORDER_LIST, &statement, failure);
    while (result == VAULT_OK && !found && (result = statement_step(statement, &row, failure)) == VAULT_OK &&
           row) {
        const struct box_key *key;
        if (column_number(statement, 0) <= after)
            continue;
        /* Another's portfolio, or an epoch whose key is gone: not this session's to carry out. */
        if (keyring_portfolio(session->keyring, column_text(statement, 1), COMPARTMENT_DIRECTORY,
                column_number(statement, 3), &key, NULL) != VAULT_OK)
            continue;
        result = open_order(key, statement, 2, order);
        found = result == VAULT_OK;
    }
    statement_free(statement);
    return result == VAULT_OK && !found ? VAULT_ENOTFOUND : result;
}

int decoys_orders(struct session *session, int (*each)(void *context, const struct decoy_order *order),
    void *context, struct failure *failure)
{
    const struct box_key *key;
    struct statement *statement = NULL;
    bool row = true;
    int result = keyring_role(session->keyring, DECOY_ROLE, &key, failure);
    if (result == VAULT_OK)
        result = statement_own(session->store, QUERY_DECOY_ORDER_LIST, &statement, failure);
    while (result == VAULT_OK && (result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        struct decoy_order order;
        /* One that was boxed for an earlier key of the role waits all the same; what it says is not told. */
        int opened = open_order(key, statement, 4, &order);
        result = opened == VAULT_OK || opened == VAULT_EFORGED ? each(context, &order) : opened;
        decoy_order_free(&order);
    }
    statement_free(statement);
    return result;
}

int decoys_order_done(struct session *session, int64_t row, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(session->store, QUERY_DECOY_ORDER_DROP, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    return statement_run(statement, failure);
}
