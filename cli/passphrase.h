/**
 * @file passphrase.h
 * Where passphrases come from: a file, or the terminal. Never an argument, never the environment.
 */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "vault/crypto/secret.h"

/**
 * The first line of a file, without its line end.
 *
 * @param open_to_others  set if group or others may read the file, so that somebody can be warned; may be
 * NULL.
 * @retval VAULT_EINPUT     empty, or longer than a passphrase may be.
 * @retval VAULT_ENOTFOUND, VAULT_EIO
 */
int passphrase_from_file(
    const char *path, struct secret **secret, bool *open_to_others, struct failure *failure) VAULT_MUST_CHECK;

/** Ask for the passphrase of @p user. */
int passphrase_ask(const char *user, struct secret **secret, struct failure *failure) VAULT_MUST_CHECK;

/** Ask twice for a new one; VAULT_EINPUT if the two differ. */
int passphrase_ask_new(const char *user, struct secret **secret, struct failure *failure) VAULT_MUST_CHECK;

#endif
