/* Wrapping record keys again: what is sealed under them stays as it is. */
#include <string.h>

#include "vault/records/records_private.h"

#define PREFIX_SIZE 9 /* kind and generation */

/* How a wrapped key begins that is as it should be. */
static struct bytes wanted_prefix(const struct record_wrapping *wrapping, uint8_t prefix[PREFIX_SIZE])
{
    prefix[0] = wrapping->witnessed ? ENVELOPE_WITNESSED : ENVELOPE_DIRECT;
    for (int i = 0; i < 8; i++)
        prefix[1 + i] = (uint8_t)(wrapping->generation >> (8 * (7 - i)));
    return bytes_of(prefix, wrapping->witnessed ? PREFIX_SIZE : 1);
}

static int64_t kinds_of(enum compartment compartment)
{
    int64_t kinds = 0;
    for (int i = KIND_CLIENT; i <= KIND_LAST; i++) {
        if (kind_compartment((enum record_kind)i) == compartment)
            kinds |= INT64_C(1) << i;
    }
    return kinds;
}

int records_rewrap_find(
    struct records *records, struct rewrap *rewrap, struct releases *releases, struct failure *failure)
{
    const size_t limit = sizeof rewrap->rows / sizeof rewrap->rows[0];
    const struct record_wrapping *wrapping;
    struct statement *statement;
    uint8_t prefix[PREFIX_SIZE];
    struct row row;
    bool more = true;
    rewrap->count = 0;
    rewrap->last = rewrap->after;
    wrap_forget(records);
    int result = wrap_how(records, rewrap->compartment, &wrapping, failure);
    if (result == VAULT_OK)
        result = store_query(records->store, rewrap->versions ? QUERY_REWRAP_VERSIONS : QUERY_REWRAP_RECORDS,
            &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, rewrap->after);
    bind_text(statement, 2, rewrap->portfolio);
    bind_number(statement, 3, kinds_of(rewrap->compartment));
    bind_bytes(statement, 4, wanted_prefix(wrapping, prefix));
    bind_number(statement, 5, (int64_t)limit);
    while (result == VAULT_OK && (result = statement_step(statement, &more, failure)) == VAULT_OK && more &&
           rewrap->count < limit) {
        result = row_read(statement, &row, failure);
        if (result == VAULT_OK)
            result = wrap_need(records, &row, releases, failure);
        rewrap->last = rewrap->rows[rewrap->count++] = row.info.row;
    }
    statement_reset(statement);
    return result;
}

static int store_key(struct records *records, bool versions, int64_t row, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(
        records->store, versions ? QUERY_REWRAP_VERSION : QUERY_REWRAP_RECORD, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    bind_bytes(statement, 2, buffer_bytes(&records->wrapped));
    return statement_run(statement, failure);
}

static int rewrap_row(struct records *records, bool versions, int64_t number, struct failure *failure)
{
    struct statement *statement;
    struct row row;
    const struct secret *key = NULL;
    bool found = false;
    int result = store_query(
        records->store, versions ? QUERY_VERSION_BY_ROW : QUERY_RECORD_BY_ROW, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, number);
    result = statement_step(statement, &found, failure);
    if (result != VAULT_OK || !found)
        return result;
    result = row_read(statement, &row, failure);
    if (result == VAULT_OK)
        result = row_client_key(records, &row, &key, failure);
    if (result == VAULT_OK)
        result = wrap_open(records, &row, key, failure);
    if (result == VAULT_EFORGED || result == VAULT_EVERSION)
        result = row_forged(&row, failure);
    if (result == VAULT_OK)
        result = wrap_key(records, &row, key, false, failure);
    statement_reset(statement);
    return result == VAULT_OK ? store_key(records, versions, number, failure) : result;
}

int records_rewrap(
    struct records *records, const struct rewrap *rewrap, size_t *keyless, struct failure *failure)
{
    int result = VAULT_OK;
    *keyless = 0;
    wrap_forget(records);
    for (size_t i = 0; i < rewrap->count && result == VAULT_OK; i++) {
        struct failure absent = {0};
        result = rewrap_row(records, rewrap->versions, rewrap->rows[i], &absent);
        if (result == VAULT_ENOKEY) {
            ++*keyless;
            result = VAULT_OK;
        } else if (result != VAULT_OK) {
            failure_remedy(failure, "%s", absent.remedy);
            result = failure_set(failure, result, "%s", absent.text);
        }
    }
    wrap_forget(records);
    return result;
}
