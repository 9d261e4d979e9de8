#include "vault/records/erase.h"

#include "vault/store/postings.h"

static int erase_one(struct store *store, uint64_t row, struct failure *failure)
{
    static const enum query erasing[] = {
        QUERY_ERASE_PRINTS, QUERY_ERASE_VERSIONS, QUERY_ERASE_WRITTEN, QUERY_ERASE_RECORD};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof erasing / sizeof erasing[0] && result == VAULT_OK; i++) {
        struct statement *statement;
        result = store_query(store, erasing[i], &statement, failure);
        if (result != VAULT_OK)
            return result;
        bind_number(statement, 1, (int64_t)row);
        result = statement_run(statement, failure);
    }
    if (result == VAULT_OK && store_changes(store) != 1)
        result = failure_set(failure, VAULT_ENOTFOUND, "a record that was to be erased is not there");
    return result;
}

int records_erase(struct store *store, const uint64_t *rows, size_t count, struct failure *failure)
{
    int result = postings_remove(store, POSTINGS_SEARCH, rows, count, failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = erase_one(store, rows[i], failure);
    return result;
}
