/**
 * @file layout.h
 * The files of a vault, and how a directory of them comes into its place whole.
 */
#ifndef VAULT_ACCESS_LAYOUT_H
#define VAULT_ACCESS_LAYOUT_H

#include "vault/base/ulid.h"

/* What a vault is made of; everything else in its directory is a lock, a cache, or left over. */
#define LAYOUT_SLOTS "slots"
#define LAYOUT_STORE "store.db"
#define LAYOUT_LOG "log"

#define LAYOUT_CHANGE_LOCK "change.lock"
#define LAYOUT_EXPORT_LOCK "export.lock"
#define LAYOUT_FREEZE_LOCK "freeze.lock"
#define LAYOUT_WITNESSED "witnessed" /* how much of the log each releasing witness has seen; a cache */
#define LAYOUT_EXERCISE "exercise" /* it is a copy to practise on: see session_exercise() */
#define LAYOUT_BACKUP_COPY "backup.copy" /* of the store, while a backup is written */

/** "strongroom.vault/<ulid>": the C2SP origin of the vault's log. @p origin holds 96. */
void layout_origin(const struct ulid *vault, char *origin);

/**
 * Make an empty directory beside @p path, which must be free (absent or empty), for what will be put there
 * whole.
 * @param fresh  the caller's to free(3).
 * @retval VAULT_EEXISTS  there is something at @p path.
 */
int directory_begin(const char *path, char **fresh, struct failure *failure) VAULT_MUST_CHECK;
/** Move it to @p path, durably. */
int directory_finish(const char *fresh, const char *path, struct failure *failure) VAULT_MUST_CHECK;
/** Remove a directory of plain files; failures are ignored. */
void directory_remove(const char *path);

#endif
