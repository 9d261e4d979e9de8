/**
 * @file erase.h
 * Records erased: their rows with every version and its wrapped key, their fingerprints, and what the search
 * index says of them.  The engine overwrites what it frees (secure_delete); the write-ahead log still holds
 * the pages until store_checkpoint().  No key is needed, so who erases reads nothing.
 */
#ifndef VAULT_RECORDS_ERASE_H
#define VAULT_RECORDS_ERASE_H

#include "vault/store/store.h"

/** Erase @p count records by their rows, ascending; in the caller's transaction.
 *  @retval VAULT_ENOTFOUND  one of them is not there. */
int records_erase(
    struct store *store, const uint64_t *rows, size_t count, struct failure *failure) VAULT_MUST_CHECK;

#endif
