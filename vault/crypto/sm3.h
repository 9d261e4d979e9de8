/**
 * @file sm3.h
 * SM3 (GB/T 32905-2016, libcrypto), for lists of evidence that go to Chinese authorities.  Nothing of the
 * vault itself rests on it: that is SHA-256 (hash.h), beside which it stands.
 */
#ifndef VAULT_CRYPTO_SM3_H
#define VAULT_CRYPTO_SM3_H

#include "vault/crypto/hash.h"

/**
 * Thread safe.
 * @param hash  zeros on error.
 * @retval VAULT_ENOTFOUND  the libcrypto of this machine was built without SM3.
 * @retval VAULT_ENOMEM
 */
int hash_sm3(struct bytes message, struct hash *hash) VAULT_MUST_CHECK;

#endif
