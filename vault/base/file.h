/**
 * @file file.h
 * Files: read whole within a limit, replace atomically, sync.  Every failure names the path and the system's
 * reason in @p failure.
 */
#ifndef VAULT_BASE_FILE_H
#define VAULT_BASE_FILE_H

#include "vault/base/bytes.h"

/**
 * Read a whole regular file (or pipe).
 * @retval VAULT_ENOTFOUND  there is none.
 * @retval VAULT_ELIMIT     larger than @p limit bytes.
 * @retval VAULT_EIO        anything else.  @p content is empty on every error.
 */
int file_read(const char *path, size_t limit, struct buffer *content, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Put @p content in the place of @p path, whole or not at all: written beside it, synced, renamed, and the
 * directory synced.  New files get @p mode.
 */
int file_replace(const char *path, struct bytes content, unsigned mode, struct failure *failure) VAULT_MUST_CHECK;

/** The same, whole or not at all for everybody who looks, but without waiting for the disk: after a power cut the old
 *  content, the new, or an empty file may be there.  For what is cheap to lose. */
int file_replace_lazily(const char *path, struct bytes content, unsigned mode, struct failure *failure)
    VAULT_MUST_CHECK;

/** write(2) until all is written, going on after signals; VAULT_EIO with errno kept otherwise. */
int file_write_all(int descriptor, struct bytes content) VAULT_MUST_CHECK;

/** Exactly @p size bytes from @p offset; VAULT_EIO on error, VAULT_EDAMAGED if the file is shorter. */
int file_read_at(int descriptor, uint64_t offset, void *data, size_t size) VAULT_MUST_CHECK;

/** Make a rename or a new file in the directory of @p path durable. */
int file_sync_directory(const char *path, struct failure *failure) VAULT_MUST_CHECK;

/** Have everything on disk that was written to the file system of @p path: dearer than one sync, cheaper than many. */
int file_sync_all(const char *path, struct failure *failure) VAULT_MUST_CHECK;

/** "directory/name"; the caller frees it with free(3).  NULL if there is no memory. */
char *file_path(const char *directory, const char *name);

bool file_exists(const char *path);

#endif
