/**
 * @file schema_private.h
 * The tables.  STRICT, so that a column holds what it says; WITHOUT ROWID where the key is the row.
 */
#ifndef VAULT_STORE_SCHEMA_PRIVATE_H
#define VAULT_STORE_SCHEMA_PRIVATE_H

/* Raised with every change of the tables; a newer file is refused, an older one migrated by store_open(). */
#define SCHEMA_VERSION 2

/* Run one after another. */
#define SCHEMA_PARTS 8
/* A file of version 1 lacks the last part. */
#define SCHEMA_PART_OF_2 7
extern const char *const schema_sql[SCHEMA_PARTS];

#endif
