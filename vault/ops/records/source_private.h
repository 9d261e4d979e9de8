/**
 * @file source_private.h
 * Inside the room: the files that records came from.  A name is sealed under a key of the vault and bound to
 * the file's SHA-256, so that neither can be edited.
 */
#ifndef VAULT_OPS_RECORDS_SOURCE_PRIVATE_H
#define VAULT_OPS_RECORDS_SOURCE_PRIVATE_H

#include "vault/ops/call_private.h"

/**
 * Note the file of an import, inside its change.
 * @param row  what records refer to it by.
 * @retval VAULT_EIO  the file cannot be read.
 */
int source_put(
    struct call *call, const char *path, const char *name, uint64_t seq, int64_t *row) VAULT_MUST_CHECK;

/**
 * Add `file` and `sha256` of a source to @p object; nothing for row 0, what was written by hand.
 * @retval VAULT_EFORGED, VAULT_EDAMAGED  edited, or not there.
 */
int source_tell(struct call *call, int64_t row, json_t *object) VAULT_MUST_CHECK;

/** Open all of them. */
int source_check(struct call *call, int64_t *count, struct failure *failure) VAULT_MUST_CHECK;

#endif
