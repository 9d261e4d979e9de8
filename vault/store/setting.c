#include "vault/store/setting.h"

int store_setting_get(
    struct store *store, const char *name, int64_t otherwise, int64_t *value, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    *value = otherwise;
    int result = store_query(store, QUERY_SETTING_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && row) {
        *value = column_number(statement, 0);
        statement_reset(statement);
    }
    return result;
}

int store_setting_put(struct store *store, const char *name, int64_t value, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(store, QUERY_SETTING_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    bind_number(statement, 2, value);
    return statement_run(statement, failure);
}

int store_fact_get(struct store *store, const char *name, struct buffer *value, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(store, QUERY_FACT_GET, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = statement_step(statement, &row, failure);
    if (result == VAULT_OK && !row)
        return failure_set(failure, VAULT_ENOTFOUND, "the store lacks '%s'", name);
    if (result == VAULT_OK) {
        buffer_put(value, column_bytes(statement, 0));
        statement_reset(statement);
        result = buffer_error(value);
    }
    return result;
}

int store_fact_put(struct store *store, const char *name, struct bytes value, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(store, QUERY_FACT_PUT, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    bind_bytes(statement, 2, value);
    return statement_run(statement, failure);
}
