/*
 * Runs SQL in the opened database of a vault, as nobody could who lacks a passphrase: the test-only seam of scenarios that
 * look into the tables, or play the one who can write to them.
 *
 *   store-sql VAULT USER PASSPHRASE-FILE SQL…
 *
 * ".bytes HEX" instead of SQL counts where these bytes stand in any decrypted page, used or free.
 * Each SQL may be several statements.  Every row is one JSON array on standard output; blobs are {"blob": "<hex>"}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "cli/passphrase.h"
#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/keys/slots.h"
#include "vault/store/schema_private.h"

static int open_key(const char *directory, const char *user, const char *file, struct secret **key)
{
    struct failure failure = {0};
    struct slots *slots = NULL;
    struct secret *passphrase = NULL;
    struct secret *seed = NULL;
    char *path = file_path(directory, LAYOUT_SLOTS);
    int result = crypto_start();
    if (result == VAULT_OK)
        result = slots_load(path, &slots, &failure);
    if (result == VAULT_OK)
        result = passphrase_from_file(file, &passphrase, NULL, &failure);
    if (result == VAULT_OK)
        result = slots_open(slots, user, passphrase, &seed, key);
    if (result != VAULT_OK)
        fprintf(stderr, "store-sql: %s: %s\n", vault_error_text(result), failure.text);
    secret_free(seed);
    secret_free(passphrase);
    slots_free(slots);
    free(path);
    return result;
}

static int set_key(sqlite3 *connection, const struct secret *key)
{
    char text[2 * KEY_SIZE + 4] = "x'";
    hex_encode(secret_bytes(key), text + 2);
    strcat(text, "'");
    int code = sqlite3_key_v2(connection, NULL, text, (int)strlen(text));
    return code == SQLITE_OK
        ? sqlite3_exec(connection, "PRAGMA cipher_page_size = " STORE_PAGE_SIZE, NULL, NULL, NULL)
        : code;
}

static json_t *cell(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_TEXT:
        return json_string((const char *)sqlite3_column_text(statement, column));
    case SQLITE_BLOB: {
        size_t size = (size_t)sqlite3_column_bytes(statement, column);
        char *hex = malloc(2 * size + 1);
        hex_encode(bytes_of(sqlite3_column_blob(statement, column), size), hex);
        json_t *value = json_pack("{s:s}", "blob", hex);
        free(hex);
        return value;
    }
    default:
        return json_null();
    }
}

static int run(sqlite3 *connection, const char *sql)
{
    int code = SQLITE_OK;
    while (sql[0] != '\0' && code == SQLITE_OK) {
        sqlite3_stmt *statement = NULL;
        code = sqlite3_prepare_v2(connection, sql, -1, &statement, &sql);
        while (code == SQLITE_OK && statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
            json_t *row = json_array();
            for (int i = 0; i < sqlite3_column_count(statement); i++)
                json_array_append_new(row, cell(statement, i));
            json_dumpf(row, stdout, JSON_COMPACT);
            putchar('\n');
            json_decref(row);
            code = SQLITE_OK;
        }
        if (code == SQLITE_DONE)
            code = SQLITE_OK;
        sqlite3_finalize(statement);
    }
    if (code != SQLITE_OK)
        fprintf(stderr, "store-sql: %s\n", sqlite3_errmsg(connection));
    return code;
}

/* Free pages are read as any others are. */
static int count_bytes(sqlite3 *connection, const char *hex)
{
    uint8_t wanted[256];
    sqlite3_int64 size = 0;
    size_t found = 0;
    size_t length = strlen(hex) / 2;
    if (length == 0 || length > sizeof wanted || !hex_decode(hex, 2 * length, wanted, length))
        return SQLITE_MISUSE;
    unsigned char *pages = sqlite3_serialize(connection, "main", &size, 0);
    if (pages == NULL)
        return SQLITE_NOMEM;
    const unsigned char *at = pages;
    while ((at = memmem(at, (size_t)(pages + size - at), wanted, length)) != NULL) {
        at++;
        found++;
    }
    sqlite3_free(pages);
    printf("[%zu]\n", found);
    return SQLITE_OK;
}

int main(int count, char **arguments)
{
    struct secret *key = NULL;
    sqlite3 *connection = NULL;
    if (count < 5) {
        fputs("usage: store-sql VAULT USER PASSPHRASE-FILE SQL…\n", stderr);
        return 1;
    }
    if (open_key(arguments[1], arguments[2], arguments[3], &key) != VAULT_OK)
        return 1;
    char *path = file_path(arguments[1], LAYOUT_STORE);
    int code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL);
    if (code == SQLITE_OK)
        code = set_key(connection, key);
    for (int i = 4; i < count && code == SQLITE_OK; i++)
        code = strncmp(arguments[i], ".bytes ", 7) == 0 ? count_bytes(connection, arguments[i] + 7) : run(connection, arguments[i]);
    sqlite3_close(connection);
    secret_free(key);
    free(path);
    return code == SQLITE_OK ? 0 : 1;
}
