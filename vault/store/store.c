#include "vault/store/store_private.h"

#include <stdlib.h>
#include <string.h>

struct statement {
    struct store *store;
    sqlite3_stmt *handle;
    int bind_code; /* the first bind that failed */
};

static const char *const query_sql[QUERY_COUNT] = {
#define QUERY(name, sql) [QUERY_##name] = sql,
#include "vault/store/queries_tables.h"
#undef QUERY
};

int statement_own(
    struct store *store, enum query query, struct statement **statementp, struct failure *failure)
{
    *statementp = NULL;
    struct statement *statement = calloc(1, sizeof *statement);
    if (statement == NULL)
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", store->path);
    int code = sqlite3_prepare_v3(
        store->connection, query_sql[query], -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL);
    if (code != SQLITE_OK) {
        free(statement);
        return store_failure(store, code, "prepare", failure);
    }
    statement->store = store;
    *statementp = statement;
    return VAULT_OK;
}

void statement_free(struct statement *statement)
{
    if (statement == NULL)
        return;
    (void)sqlite3_finalize(statement->handle);
    free(statement);
}

int store_query(struct store *store, enum query query, struct statement **statement, struct failure *failure)
{
    int result = VAULT_OK;
    *statement = NULL;
    if (store->statements[query] == NULL)
        result = statement_own(store, query, &store->statements[query], failure);
    if (result == VAULT_OK) {
        statement_reset(store->statements[query]);
        *statement = store->statements[query];
    }
    return result;
}

void store_free(struct store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < QUERY_COUNT; i++)
        statement_free(store->statements[i]);
    if (store->connection != NULL && (store->writing || store->reading > 0))
        (void)sqlite3_exec(store->connection, "ROLLBACK", NULL, NULL, NULL);
    (void)sqlite3_close(store->connection);
    free(store->path);
    free(store);
}

int store_begin(struct store *store, struct failure *failure)
{
    if (store->writing || store->reading > 0)
        return failure_set(failure, VAULT_EINTERNAL, "%s: a transaction is open already", store->path);
    int result = store_execute(store, "BEGIN IMMEDIATE", "begin", failure);
    store->writing = result == VAULT_OK;
    return result;
}

int store_commit(struct store *store, struct failure *failure)
{
    int result = store_execute(store, "COMMIT", "commit", failure);
    if (result != VAULT_OK)
        store_rollback(store);
    store->writing = false;
    return result;
}

void store_rollback(struct store *store)
{
    if (!store->writing)
        return;
    for (size_t i = 0; i < QUERY_COUNT; i++) {
        if (store->statements[i] != NULL)
            statement_reset(store->statements[i]);
    }
    if (sqlite3_get_autocommit(store->connection) == 0)
        (void)sqlite3_exec(store->connection, "ROLLBACK", NULL, NULL, NULL);
    store->writing = false;
}

/* Prepared once: every reading of a record is in such a transaction. */
static int run(struct store *store, enum query query, struct failure *failure)
{
    struct statement *statement;
    int result = store_query(store, query, &statement, failure);
    return result == VAULT_OK ? statement_run(statement, failure) : result;
}

int store_begin_read(struct store *store, struct failure *failure)
{
    if (store->writing)
        return VAULT_OK;
    bool fresh = store->reading == 0;
    int result = fresh ? run(store, QUERY_READ_BEGIN, failure) : VAULT_OK;
    store->reading += result == VAULT_OK;
    if (result == VAULT_OK && fresh && (result = run(store, QUERY_READ_START, failure)) != VAULT_OK)
        store_end_read(store);
    return result;
}

void store_end_read(struct store *store)
{
    if (store->reading == 0 || --store->reading > 0)
        return;
    /* Nothing was written, so nothing can be lost; and a transaction that stays open must not hide that it
     * did. */
    if (run(store, QUERY_READ_END, NULL) != VAULT_OK && sqlite3_get_autocommit(store->connection) == 0)
        (void)sqlite3_exec(store->connection, "ROLLBACK", NULL, NULL, NULL);
}

uint64_t store_state(struct store *store)
{
    unsigned version = 0;
    if (store->writing || sqlite3_txn_state(store->connection, "main") != SQLITE_TXN_READ ||
        sqlite3_file_control(store->connection, "main", SQLITE_FCNTL_DATA_VERSION, &version) != SQLITE_OK)
        return 0;
    /* SQLite counts what others commit; what this connection wrote is counted beside it. */
    return ((uint64_t)version + 1) << 32 | (uint32_t)sqlite3_total_changes(store->connection);
}

static void remember(struct statement *statement, int code)
{
    if (statement->bind_code == SQLITE_OK)
        statement->bind_code = code;
}

void bind_number(struct statement *statement, int parameter, int64_t value)
{
    remember(statement, sqlite3_bind_int64(statement->handle, parameter, value));
}

void bind_bytes(struct statement *statement, int parameter, struct bytes value)
{
    const void *data = value.data == NULL ? (const void *)"" : value.data;
    remember(statement, sqlite3_bind_blob64(statement->handle, parameter, data, value.size, SQLITE_STATIC));
}

void bind_text(struct statement *statement, int parameter, const char *value)
{
    remember(statement, sqlite3_bind_text(statement->handle, parameter, value, -1, SQLITE_STATIC));
}

void bind_null(struct statement *statement, int parameter)
{
    remember(statement, sqlite3_bind_null(statement->handle, parameter));
}

int statement_step(struct statement *statement, bool *row, struct failure *failure)
{
    *row = false;
    int code = statement->bind_code;
    if (code == SQLITE_OK)
        code = sqlite3_step(statement->handle);
    if (code == SQLITE_ROW) {
        *row = true;
        return VAULT_OK;
    }
    int result = code == SQLITE_DONE ? VAULT_OK : store_failure(statement->store, code, "query", failure);
    statement_reset(statement);
    return result;
}

int statement_run(struct statement *statement, struct failure *failure)
{
    bool row = true;
    int result = VAULT_OK;
    while (result == VAULT_OK && row)
        result = statement_step(statement, &row, failure);
    return result;
}

void statement_reset(struct statement *statement)
{
    (void)sqlite3_reset(statement->handle);
    (void)sqlite3_clear_bindings(statement->handle);
    statement->bind_code = SQLITE_OK;
}

int64_t column_number(struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

struct bytes column_bytes(struct statement *statement, int column)
{
    /* The order matters: asking for the size first could convert the value under our feet. */
    const void *data = sqlite3_column_blob(statement->handle, column);
    int size = sqlite3_column_bytes(statement->handle, column);
    return bytes_of(data, data == NULL ? 0 : (size_t)size);
}

const char *column_text(struct statement *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement->handle, column);
    return text == NULL ? "" : text;
}

int64_t store_changes(const struct store *store)
{
    return sqlite3_changes64(store->connection);
}

int64_t store_last_row(const struct store *store)
{
    return sqlite3_last_insert_rowid(store->connection);
}
