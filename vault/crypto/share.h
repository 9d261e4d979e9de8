/**
 * @file share.h
 * A secret split among n holders, k of whom put it together again (Shamir, "How to share a secret", 1979), through
 * libgfshare over GF(2^8) with libsodium's randomness.
 *
 * Fewer than k shares say nothing.  A wrong share gives a wrong secret without notice, so callers keep a
 * fingerprint of the secret to compare with.
 */
#ifndef VAULT_CRYPTO_SHARE_H
#define VAULT_CRYPTO_SHARE_H

#include "vault/crypto/secret.h"

#define SHARE_HOLDERS_MAX 32u

/**
 * @param secret  unchanged; not const because the library does not promise it.
 * @param shares  @p holders results, each the share's number (1 …) and then as many bytes as the secret has;
 *                all NULL on error.
 * @retval VAULT_EINPUT  unless 1 <= needed <= holders <= SHARE_HOLDERS_MAX.
 */
int share_split(struct secret *secret, unsigned needed, unsigned holders, struct secret **shares)
    VAULT_MUST_CHECK;

/** Put together @p count shares of one size; VAULT_EINPUT if sizes differ or a number appears twice. */
int share_combine(struct secret *const *shares, unsigned count, struct secret **secret) VAULT_MUST_CHECK;
/** The same for shares one after another, each behind a byte that says its size. */
int share_combine_joined(struct bytes joined, struct secret **secret) VAULT_MUST_CHECK;

#endif
