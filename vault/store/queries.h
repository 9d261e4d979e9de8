/**
 * @file queries.h
 * The closed list of what may be asked of the store.  Each row of the list is a name, its SQL (in the subset that
 * SQLite and PostgreSQL share, but where noted), and nothing else; parameters and columns are told in the SQL.
 *
 * What stands in the clear inside the encrypted database is what these tables name: ids, kinds, periods, versions,
 * times, keyed tokens, public keys, names of users, roles and portfolios.  Blobs called sealed or boxed are not.
 */
#ifndef VAULT_STORE_QUERIES_H
#define VAULT_STORE_QUERIES_H

enum query {
#define QUERY(name, sql) QUERY_##name,
#include "vault/store/queries_tables.h"
#undef QUERY
    QUERY_COUNT
};

#endif
