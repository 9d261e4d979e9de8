/* Rows of the index, each sealed at its own number. */
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/log/disclosures_private.h"

#define KEY_CONTEXT "disclose"

int disclosure_rows_start(struct rows *rows, const struct disclosure_source *source, struct failure *failure)
{
    *rows = (struct rows){.store = source->store, .vault = source->vault};
    int result = secret_derive(source->key, KEY_CONTEXT, 1, &rows->seal_key);
    return result == VAULT_OK ? result : failure_set(failure, result, "no key for the index of disclosures");
}

void disclosure_rows_end(struct rows *rows)
{
    secret_free(rows->seal_key);
    buffer_free(&rows->sealed);
    *rows = (struct rows){0};
}

static void make_place(const struct rows *rows, int64_t key, struct place *place)
{
    place_start(place, "disclosure", rows->vault);
    place_add_number(place, (uint64_t)key);
}

int disclosure_rows_damaged(struct failure *failure, int64_t key)
{
    failure_remedy(failure, "'log verify' says what differs from the log, and writes the index anew");
    return failure_set(
        failure, VAULT_EDAMAGED, "the index of disclosures makes no sense at row %lld", (long long)key);
}

static int open_row(
    struct rows *rows, int64_t key, struct bytes sealed, struct buffer *plain, struct failure *failure)
{
    struct place place;
    make_place(rows, key, &place);
    int result = seal_open(rows->seal_key, place_bytes(&place), sealed, plain);
    if (result == VAULT_OK || failure == NULL)
        return result;
    failure_remedy(failure, "'log verify' says what differs from the log, and writes the index anew");
    return failure_set(failure, result, "the index of disclosures was altered at row %lld: %s",
        (long long)key, vault_error_text(result));
}

int disclosure_row_write(struct rows *rows, int64_t key, struct bytes plain, struct failure *failure)
{
    struct place place;
    struct statement *statement;
    buffer_reset(&rows->sealed);
    make_place(rows, key, &place);
    int result = seal(rows->seal_key, place_bytes(&place), plain, &rows->sealed);
    if (result == VAULT_OK)
        result = store_query(rows->store, QUERY_DISCLOSURE_PUT, &statement, failure);
    if (result != VAULT_OK)
        return failure_set(failure, result, "no row for the index of disclosures");
    bind_number(statement, 1, key);
    bind_bytes(statement, 2, buffer_bytes(&rows->sealed));
    return statement_run(statement, failure);
}

int disclosure_row_read(struct rows *rows, int64_t key, struct buffer *plain, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    buffer_reset(plain);
    int result = store_query(rows->store, QUERY_DISCLOSURE_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, key);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOTFOUND : result;
    result = open_row(rows, key, column_bytes(statement, 0), plain, failure);
    statement_reset(statement);
    return result;
}

int disclosure_row_last(struct rows *rows, int64_t first, int64_t last, int64_t *key, struct buffer *plain,
    struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    buffer_reset(plain);
    int result = store_query(rows->store, QUERY_DISCLOSURE_LAST, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, first);
    bind_number(statement, 2, last);
    result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result == VAULT_OK ? VAULT_ENOTFOUND : result;
    *key = column_number(statement, 0);
    result = open_row(rows, *key, column_bytes(statement, 1), plain, failure);
    statement_reset(statement);
    return result;
}

int disclosure_rows_each(struct rows *rows, int64_t first, int64_t last,
    int (*each)(void *context, int64_t key, struct bytes plain), void *context, struct failure *failure)
{
    struct statement *statement = NULL;
    struct buffer plain = {0};
    bool row = true;
    int result = statement_own(rows->store, QUERY_DISCLOSURE_RANGE, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, first);
    bind_number(statement, 2, last);
    while ((result = statement_step(statement, &row, failure)) == VAULT_OK && row) {
        int64_t key = column_number(statement, 0);
        buffer_reset(&plain);
        result = open_row(rows, key, column_bytes(statement, 1), &plain, failure);
        if (result == VAULT_OK)
            result = each(context, key, buffer_bytes(&plain));
        if (result != VAULT_OK)
            break;
    }
    statement_free(statement);
    buffer_free(&plain);
    return result;
}
