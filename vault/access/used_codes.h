/**
 * @file used_codes.h
 * Which codes of time were used in the last minutes: a small file beside the database, so that a login need
 * not wait for whoever writes there.  Its rows are keyed hashes of secrets' hashes, and steps; those that no
 * clock would take any more are dropped.
 */
#ifndef VAULT_ACCESS_USED_CODES_H
#define VAULT_ACCESS_USED_CODES_H

#include "vault/access/session_parts.h"

#define USED_CODES_FILE "codes"

/**
 * Use a code, durably.  One at a time, across processes.
 * @param of     the hash of the secret that it is a code of.
 * @param check  told the highest step that was used; says whether there is a code for a higher one, and of
 * which step.
 * @retval VAULT_EPASSPHRASE  what @p check says;  VAULT_EIO: it could not be kept, and is not used.
 */
int used_codes_use(struct session *session, const struct hash *of,
    int (*check)(void *context, uint64_t above, uint64_t *step), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
