/* Opening: the one place where the store key is told to SQLCipher, and where we make sure that it encrypts. */
#include "vault/store/store_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/store/schema_private.h"

static int error_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_MISMATCH:
        return VAULT_EFORGED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return VAULT_EBUSY;
    case SQLITE_NOMEM:
        return VAULT_ENOMEM;
    case SQLITE_CONSTRAINT:
        return VAULT_EEXISTS;
    case SQLITE_TOOBIG:
        return VAULT_ELIMIT;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
        return VAULT_EIO;
    default:
        return VAULT_EINTERNAL;
    }
}

static unsigned long long bytes_free(const char *path)
{
    struct statvfs room;
    return statvfs(path, &room) == 0 ? (unsigned long long)room.f_bavail * room.f_frsize : 0;
}

/* SQLCipher answers a page that does not open with a bare SQLITE_ERROR; an error of SQL has a message of its own. */
static bool page_does_not_open(struct store *store, int code)
{
    return code == SQLITE_ERROR && strcmp(sqlite3_errmsg(store->connection), sqlite3_errstr(SQLITE_ERROR)) == 0;
}

int store_failure(struct store *store, int code, const char *doing, struct failure *failure)
{
    int error = error_of(code);
    if (page_does_not_open(store, code)) {
        failure_remedy(failure, "run 'strongroom doctor', then restore a backup");
        return failure_set(failure, VAULT_EFORGED, "%s: %s: a page was damaged or changed", store->path, doing);
    }
    if ((code & 0xff) == SQLITE_FULL) {
        failure_remedy(failure, "free some disk space and try again");
        return failure_set(failure, error, "%s: %s: the disk is full (%llu bytes are left)", store->path, doing,
            bytes_free(store->path));
    }
    if (error == VAULT_EFORGED)
        failure_remedy(failure, "run 'strongroom doctor', then restore a backup");
    if (error == VAULT_EBUSY)
        failure_remedy(failure, "wait for the other program to finish and try again");
    return failure_set(failure, error, "%s: %s: %s", store->path, doing, sqlite3_errmsg(store->connection));
}

int store_execute(struct store *store, const char *sql, const char *doing, struct failure *failure)
{
    int code = sqlite3_exec(store->connection, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? VAULT_OK : store_failure(store, code, doing, failure);
}

/* "x'<64 hexadecimal digits>'" makes SQLCipher take the key raw, without a derivation of its own. */
static int set_key(struct store *store, const struct secret *key, struct failure *failure)
{
    struct bytes raw = secret_bytes(key);
    struct secret *literal = secret_new(2 + 2 * KEY_SIZE + 2);
    if (literal == NULL || raw.size != KEY_SIZE) {
        secret_free(literal);
        return failure_set(failure, VAULT_ENOMEM, "%s: no lockable memory for the key", store->path);
    }
    char *text = (char *)secret_edit(literal);
    text[0] = 'x';
    text[1] = '\'';
    hex_encode(raw, text + 2);
    text[2 + 2 * KEY_SIZE] = '\'';
    int code = sqlite3_key_v2(store->connection, NULL, text, 2 + 2 * KEY_SIZE + 1);
    secret_free(literal);
    return code == SQLITE_OK ? VAULT_OK : store_failure(store, code, "set the key", failure);
}

static int read_pragma(sqlite3 *connection, const char *sql, struct buffer *text)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(connection, sql, -1, &query, NULL);
    if (code == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0) != NULL)
        buffer_put_text(text, (const char *)sqlite3_column_text(query, 0));
    (void)sqlite3_finalize(query);
    return code;
}

/* Plain SQLite ignores keys and unknown pragmas, and would quietly store plaintext. */
static int check_engine(sqlite3 *connection, struct buffer *version, struct failure *failure)
{
    int major = 0;
    int minor = 0;
    if (read_pragma(connection, "PRAGMA cipher_version", version) != SQLITE_OK || version->size == 0) {
        failure_remedy(failure, "install SQLCipher 4.5 or newer");
        return failure_set(failure, VAULT_EVERSION, "the SQLite library in use does not encrypt");
    }
    const char *text = buffer_text(version);
    if (text == NULL || sscanf(text, "%d.%d", &major, &minor) != 2 || major < 4 || (major == 4 && minor < 5)) {
        failure_remedy(failure, "install SQLCipher 4.5 or newer (Debian 12: from bookworm-backports)");
        return failure_set(failure, VAULT_EVERSION, "SQLCipher %s is older than 4.5, whose WAL and memory fixes we need",
            text == NULL ? "?" : text);
    }
    return VAULT_OK;
}

int store_engine(struct buffer *version, struct failure *failure)
{
    sqlite3 *connection = NULL;
    int result = VAULT_ENOMEM;
    if (sqlite3_open(":memory:", &connection) == SQLITE_OK)
        result = check_engine(connection, version, failure);
    (void)sqlite3_close(connection);
    return result;
}

static int configure(struct store *store, struct failure *failure)
{
    struct buffer version = {0};
    int result = check_engine(store->connection, &version, failure);
    buffer_free(&version);
    if (result != VAULT_OK)
        return result;
    (void)sqlite3_busy_timeout(store->connection, 10000);
    (void)sqlite3_extended_result_codes(store->connection, 1);
    /* cache_size is in KiB when negative; temp_store=MEMORY keeps sorting off the disk, where it would be plain. */
    return store_execute(store,
        "PRAGMA cipher_log_level = NONE; PRAGMA cipher_memory_security = OFF; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON;"
        "PRAGMA cache_size = -16384; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;",
        "configure", failure);
}

int connection_open(
    const char *path, const struct secret *key, int flags, struct store **storep, struct failure *failure)
{
    int result;
    *storep = NULL;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(path)) == NULL) {
        free(store);
        return failure_set(failure, VAULT_ENOMEM, "%s: no memory", path);
    }
    int code = sqlite3_open_v2(path, &store->connection, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
    if (code != SQLITE_OK)
        result = store_failure(store, code, "open", failure);
    /* SQLCipher would write of its own accord to standard error; what went wrong is told by the caller, in one line.  To check
     * and open one page of 8 KiB, which holds four records, costs less than two of 4 KiB; as the default of the process,
     * before the key, the size is also that of a copy. */
    else if ((result = store_execute(store,
                  "PRAGMA cipher_log_level = NONE; PRAGMA cipher_default_page_size = " STORE_PAGE_SIZE ";", "configure",
                  failure)) == VAULT_OK &&
        (result = set_key(store, key, failure)) == VAULT_OK)
        result = configure(store, failure);
    if (result != VAULT_OK) {
        store_free(store);
        return result;
    }
    *storep = store;
    return VAULT_OK;
}

static int read_version(struct store *store, int *version, struct failure *failure)
{
    struct buffer text = {0};
    int code = read_pragma(store->connection, "PRAGMA user_version", &text);
    const char *digits = buffer_text(&text);
    int result = VAULT_OK;
    *version = 0;
    if (buffer_error(&text) != VAULT_OK)
        result = failure_set(failure, VAULT_ENOMEM, "%s: no memory to read its version", store->path);
    else if (code != SQLITE_OK || text.size == 0)
        result = store_failure(store, code == SQLITE_OK ? SQLITE_NOTADB : code, "read", failure);
    else if (digits != NULL)
        *version = atoi(digits);
    buffer_free(&text);
    return result;
}

static int check_version(struct store *store, struct failure *failure)
{
    int version = 0;
    int result = read_version(store, &version, failure);
    if (result == VAULT_OK && version > SCHEMA_VERSION)
        failure_remedy(failure, "use the newer program that has worked with this vault");
    if (result == VAULT_OK && version != SCHEMA_VERSION)
        result = failure_set(failure, version == 0 ? VAULT_EDAMAGED : VAULT_EVERSION,
            "%s: its tables are of version %d, this program knows %d", store->path, version, SCHEMA_VERSION);
    return result;
}

int store_schema_version(void)
{
    return SCHEMA_VERSION;
}

int store_create(const char *path, const struct secret *key, struct store **storep, struct failure *failure)
{
    struct store *store = NULL;
    char versioned[64];
    int result;

    *storep = NULL;
    if (file_exists(path))
        return failure_set(failure, VAULT_EEXISTS, "%s: exists already", path);
    mode_t mask = umask(077);
    result = connection_open(path, key, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store, failure);
    (void)snprintf(versioned, sizeof versioned, "PRAGMA user_version = %d; COMMIT;", SCHEMA_VERSION);
    if (result == VAULT_OK)
        result = store_execute(store, "PRAGMA journal_mode = WAL; BEGIN;", "create", failure);
    for (size_t i = 0; i < SCHEMA_PARTS && result == VAULT_OK; i++)
        result = store_execute(store, schema_sql[i], "create the tables", failure);
    if (result == VAULT_OK)
        result = store_execute(store, versioned, "create", failure);
    (void)umask(mask);
    if (result != VAULT_OK) {
        store_free(store);
        return result;
    }
    *storep = store;
    return VAULT_OK;
}

int store_open(const char *path, const struct secret *key, struct store **storep, struct failure *failure)
{
    struct store *store = NULL;
    int result;

    *storep = NULL;
    if (!file_exists(path))
        return failure_set(failure, VAULT_ENOTFOUND, "%s: there is no database", path);
    result = connection_open(path, key, SQLITE_OPEN_READWRITE, &store, failure);
    if (result == VAULT_OK)
        result = check_version(store, failure);
    if (result != VAULT_OK) {
        store_free(store);
        return result;
    }
    *storep = store;
    return VAULT_OK;
}

int store_memory(struct store **storep, struct failure *failure)
{
    struct store *store = NULL;
    struct secret *key = secret_random(KEY_SIZE);
    *storep = NULL;
    if (key == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no lockable memory");
    int result = connection_open(":memory:", key, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store, failure);
    for (size_t i = 0; i < SCHEMA_PARTS && result == VAULT_OK; i++)
        result = store_execute(store, schema_sql[i], "create the tables", failure);
    secret_free(key);
    if (result != VAULT_OK) {
        store_free(store);
        return result;
    }
    *storep = store;
    return VAULT_OK;
}

int store_copy(struct store *store, const char *path, struct failure *failure)
{
    int result = VAULT_OK;
    if (file_exists(path))
        return failure_set(failure, VAULT_EEXISTS, "%s: exists already", path);
    sqlite3_stmt *statement = NULL;
    /* VACUUM INTO copies one consistent state under the source's own key. */
    mode_t mask = umask(077);
    int code = sqlite3_prepare_v2(store->connection, "VACUUM INTO ?1", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code != SQLITE_DONE)
        result = store_failure(store, code, "copy", failure);
    (void)sqlite3_finalize(statement);
    (void)umask(mask);
    if (result != VAULT_OK)
        (void)unlink(path);
    return result;
}

static int first_row(struct store *store, const char *sql, struct buffer *text, struct failure *failure)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->connection, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            buffer_put_text(text, (const char *)sqlite3_column_text(statement, 0));
    }
    int result = code == SQLITE_ROW || code == SQLITE_DONE ? VAULT_OK : store_failure(store, code, "check", failure);
    (void)sqlite3_finalize(statement);
    return result;
}

int store_check(struct store *store, struct failure *failure)
{
    struct buffer text = {0};
    int result = first_row(store, "PRAGMA cipher_integrity_check", &text, failure);
    if (result == VAULT_OK && text.size > 0)
        result = failure_set(failure, VAULT_EFORGED, "%s: %s", store->path, buffer_text(&text));
    buffer_reset(&text);
    if (result == VAULT_OK)
        result = first_row(store, "PRAGMA integrity_check(1)", &text, failure);
    if (result == VAULT_OK && !bytes_equal(buffer_bytes(&text), bytes_of_text("ok")))
        result = failure_set(failure, VAULT_EDAMAGED, "%s: %s", store->path, buffer_text(&text));
    buffer_free(&text);
    return result;
}

void store_cache(struct store *store, unsigned mebibytes)
{
    char sql[48];
    if (mebibytes == store->cache)
        return;
    store->cache = mebibytes;
    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%u;", mebibytes * 1024);
    (void)sqlite3_exec(store->connection, sql, NULL, NULL, NULL);
}

void store_bound_memory(unsigned mebibytes)
{
    (void)sqlite3_soft_heap_limit64((sqlite3_int64)mebibytes << 20);
}

void store_checkpoint(struct store *store)
{
    (void)sqlite3_wal_checkpoint_v2(store->connection, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
