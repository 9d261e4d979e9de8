/**
 * @file store_private.h
 * Inside the room: the connection and how SQLite's results become ours.
 */
#ifndef VAULT_STORE_STORE_PRIVATE_H
#define VAULT_STORE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "vault/store/store.h"

struct store {
    sqlite3 *connection;
    char *path;
    struct statement *statements[QUERY_COUNT]; /* prepared on first use */
    unsigned cache; /* MiB, as store_cache() was told; 0: as it was opened */
    bool writing;
    unsigned reading; /* how often store_begin_read() was called without its end */
};

/** Turn a result code into VAULT_E*, with a sentence that names the file and, on a full disk, the bytes missing. */
int store_failure(struct store *store, int code, const char *doing, struct failure *failure);

/** Run fixed SQL without parameters (pragmas, transactions, the schema). */
int store_execute(struct store *store, const char *sql, const char *doing, struct failure *failure);

/** Open a connection on @p path, set its key and its pragmas; nothing is read yet. */
int connection_open(const char *path, const struct secret *key, int flags, struct store **store,
    struct failure *failure);

#endif
