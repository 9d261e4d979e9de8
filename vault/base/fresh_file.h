/**
 * @file fresh_file.h
 * A file that has no name until it is finished: if the process dies before, the system takes its content back
 * by itself, so that no half of a plaintext file stays on the disk.
 *
 * O_TMPFILE (open(2)) and linkat(2).  Where the file system or a missing /proc does not allow that, the file
 * grows under "PATH.part-PID", which a killed process leaves behind.  One fresh file, one thread.
 */
#ifndef VAULT_BASE_FRESH_FILE_H
#define VAULT_BASE_FRESH_FILE_H

#include "vault/base/error.h"

struct fresh_file;

/**
 * Begin the file that will be @p path: mode 0600, in the same directory.
 * @p file is NULL on error: VAULT_ENOTFOUND no such directory, VAULT_EIO, VAULT_ENOMEM.
 */
int fresh_file_new(const char *path, struct fresh_file **file, struct failure *failure) VAULT_MUST_CHECK;

/** Where the file is opened meanwhile, for writing and for reading; valid until it is freed. */
const char *fresh_file_path(const struct fresh_file *file);

/**
 * Give the file, whose content has been synced, its name, and make that durable.
 * @retval VAULT_EEXISTS  somebody else's file has the name; it is left as it is.
 * @retval VAULT_EIO
 */
int fresh_file_place(struct fresh_file *file, struct failure *failure) VAULT_MUST_CHECK;

/** Free; a file that has not been placed is gone.  NULL is allowed. */
void fresh_file_free(struct fresh_file *file);

#endif
