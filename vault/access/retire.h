/**
 * @file retire.h
 * A disabled person's slot goes: it would open the store key for whoever comes by the passphrase and a later
 * copy of the vault.  The person's name stays taken, and his events keep their key, which is in the log.
 */
#ifndef VAULT_ACCESS_RETIRE_H
#define VAULT_ACCESS_RETIRE_H

#include "vault/access/session_parts.h"

/**
 * Take the slots of all disabled people out of the slots file.  Once the change that disables them is stored,
 * never before: a person whose disabling was undone would have lost his keys.  The caller holds the lock of
 * changes.
 * @retval VAULT_EIO, VAULT_ENOMEM  the slots are as they were; the people are disabled all the same.
 */
int slots_retire(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** How many are still there. */
int slots_left(struct session *session, size_t *count, struct failure *failure) VAULT_MUST_CHECK;

#endif
