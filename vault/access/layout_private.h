/**
 * @file layout_private.h
 * Inside the room: the names of the files of a vault.
 */
#ifndef VAULT_ACCESS_LAYOUT_PRIVATE_H
#define VAULT_ACCESS_LAYOUT_PRIVATE_H

#include "vault/base/ulid.h"

#define LAYOUT_SLOTS "slots"
#define LAYOUT_STORE "store.db"
#define LAYOUT_CHANGE_LOCK "change.lock"
#define LAYOUT_EXPORT_LOCK "export.lock"

/** "strongroom.vault/<ulid>": the C2SP origin of the vault's log. @p origin holds 96. */
void layout_origin(const struct ulid *vault, char *origin);

/** Make an empty directory beside @p path, which must be free (absent or empty), for what will be put there whole.
 *  @p fresh is the caller's to free(3). */
int directory_begin(const char *path, char **fresh, struct failure *failure) VAULT_MUST_CHECK;
/** Move it to @p path, durably. */
int directory_finish(const char *fresh, const char *path, struct failure *failure) VAULT_MUST_CHECK;
/** Remove a directory of plain files; failures are ignored. */
void directory_remove(const char *path);

#endif
