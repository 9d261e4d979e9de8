/**
 * @file store.h
 * The narrow door to the database: open, transaction, statement, row.  Nobody above knows SQL or which engine runs.
 *
 * The engine is SQLCipher 4 in WAL mode with synchronous=FULL: a commit that returned 0 survives a power cut.
 * What may be asked is the closed list of queries.h; a statement is one of them, prepared once and reused.
 *
 * A store and its statements belong to one thread.  Another thread or process opens its own.
 */
#ifndef VAULT_STORE_STORE_H
#define VAULT_STORE_STORE_H

#include "vault/crypto/secret.h"
#include "vault/store/queries.h"

struct store;
struct statement;

/** Create the file with its tables; VAULT_EEXISTS if it is there. @p key is KEY_SIZE bytes, used raw. */
int store_create(const char *path, const struct secret *key, struct store **store, struct failure *failure)
    VAULT_MUST_CHECK;
/**
 * Open what store_create() made.
 * @retval VAULT_ENOTFOUND  no such file.
 * @retval VAULT_EFORGED    not readable with this key, or damaged.
 * @retval VAULT_EVERSION   tables of a newer program, or an engine that does not encrypt.
 */
int store_open(const char *path, const struct secret *key, struct store **store, struct failure *failure)
    VAULT_MUST_CHECK;
/** An empty store in memory with the same tables, to replay a log into; nothing of it touches a disk. */
int store_memory(struct store **store, struct failure *failure) VAULT_MUST_CHECK;
/** Roll back what is open and close; NULL is allowed. */
void store_free(struct store *store);

/** A write transaction; waits up to some seconds for another writer, then VAULT_EBUSY. Not nested. */
int store_begin(struct store *store, struct failure *failure) VAULT_MUST_CHECK;
int store_commit(struct store *store, struct failure *failure) VAULT_MUST_CHECK;
/** Undo; harmless where no transaction is open. */
void store_rollback(struct store *store);

/** A read transaction: everything until store_end_read() sees one state, that of now.  May be called inside
 *  a write one, where it does nothing, and inside itself: the last store_end_read() ends it. */
int store_begin_read(struct store *store, struct failure *failure) VAULT_MUST_CHECK;
void store_end_read(struct store *store);
/** Of what the open read transaction sees: the same number later on the same connection says that nothing in the database
 *  has changed in between, whoever writes it.  0: no such transaction has begun, and nothing can be said. */
uint64_t store_state(struct store *store);

/**
 * The statement of a query, reset and with nothing bound.  Borrowed from the store: the same query gives the same
 * object, so one query cannot be nested in itself; statement_own() is for that.  Preparing is lazy.
 */
int store_query(struct store *store, enum query query, struct statement **statement, struct failure *failure)
    VAULT_MUST_CHECK;
/** A statement of the caller's own, for a query that runs while another of its kind is open. */
int statement_own(struct store *store, enum query query, struct statement **statement, struct failure *failure)
    VAULT_MUST_CHECK;
void statement_free(struct statement *statement);

/* Parameters are numbered from 1.  Bytes and texts must live until the next statement_reset() or store_query().
 * A failed bind is remembered and returned by the next statement_step(). */
void bind_number(struct statement *statement, int parameter, int64_t value);
void bind_bytes(struct statement *statement, int parameter, struct bytes value);
/** Text, or NULL for SQL NULL. */
void bind_text(struct statement *statement, int parameter, const char *value);
void bind_null(struct statement *statement, int parameter);

/**
 * One row further.
 * @param row  true: a row is there; false: done, and the statement is reset.
 * @retval VAULT_EEXISTS   a uniqueness constraint.
 * @retval VAULT_EFORGED   a page that does not authenticate.
 * @retval VAULT_EBUSY, VAULT_EIO (with how many bytes are missing on a full disk), VAULT_ENOMEM
 */
int statement_step(struct statement *statement, bool *row, struct failure *failure) VAULT_MUST_CHECK;
/** Run a statement that returns no rows to its end. */
int statement_run(struct statement *statement, struct failure *failure) VAULT_MUST_CHECK;
/** Give up the rest of the rows. */
void statement_reset(struct statement *statement);

/* Columns are numbered from 0; bytes and texts are borrowed until the next step or reset. */
int64_t column_number(struct statement *statement, int column);
struct bytes column_bytes(struct statement *statement, int column);
/** "" for NULL, never NULL. */
const char *column_text(struct statement *statement, int column);

/** Rows changed by the last insert, update or delete, and the row id of the last insert. */
int64_t store_changes(const struct store *store);
int64_t store_last_row(const struct store *store);

/** Fold the write-ahead log into the file and cut it; best effort after large imports. */
void store_checkpoint(struct store *store);

/** How much of the file is kept in memory, instead of 16 MiB: more is for long imports, whose new index entries go
 *  everywhere, less where many stores are open.  Told the same again, it does nothing.  Best effort. */
void store_cache(struct store *store, unsigned mebibytes);

/** How much all open stores of this process keep in memory together, as far as it goes without failing: from there
 *  on each reuses its own pages, however few, so those that were opened last read nearly everything anew.  A program
 *  that holds a store for each of many people gives each its share by store_cache(), and has this behind it. */
void store_bound_memory(unsigned mebibytes);

/** A consistent copy into a new file under the same key; the source may be in use. */
int store_copy(struct store *store, const char *path, struct failure *failure) VAULT_MUST_CHECK;

/** Read and authenticate every page and check every index; the first problem goes into @p failure (VAULT_EFORGED
 *  or VAULT_EDAMAGED). */
int store_check(struct store *store, struct failure *failure) VAULT_MUST_CHECK;

/** The library's version, e.g. "4.6.1 community"; VAULT_EVERSION below 4.5 or without encryption. */
int store_engine(struct buffer *version, struct failure *failure) VAULT_MUST_CHECK;

/** Of the tables that this program knows; a store with others is not opened. */
int store_schema_version(void);

#endif
