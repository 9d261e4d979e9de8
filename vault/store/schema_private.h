/**
 * @file schema_private.h
 * The tables.  STRICT, so that a column holds what it says; WITHOUT ROWID where the key is the row.
 */
#ifndef VAULT_STORE_SCHEMA_PRIVATE_H
#define VAULT_STORE_SCHEMA_PRIVATE_H

/* Raised with every change of the tables and of what is sealed into them; another version is refused.  1 and 2 had
 * pages of 4096 bytes, so that they do not even open. */
#define SCHEMA_VERSION 8
/* Bytes, as text; the file must be opened with the size that it was made with. */
#define STORE_PAGE_SIZE "8192"

/* Run one after another. */
#define SCHEMA_PARTS 19
extern const char *const schema_sql[SCHEMA_PARTS];

#endif
