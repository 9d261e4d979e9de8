/**
 * @file certificate.h
 * Keys and certificates of TLS servers (X.509, PEM), made by libcrypto from our own randomness.
 */
#ifndef VAULT_CRYPTO_CERTIFICATE_H
#define VAULT_CRYPTO_CERTIFICATE_H

#include "vault/crypto/hash.h"

/**
 * A fresh Ed25519 key and a certificate that it signs itself, for whoever pins the key; valid for thirty
 * years, since its trust does not come from dates.
 * @param name         of the certificate's subject, at most 64 bytes.
 * @param key          PEM (PKCS #8), secret: the caller wipes it with buffer_free().
 * @param certificate  PEM.  Both are empty on every error.
 * @retval VAULT_EINPUT    a name that cannot be.
 * @retval VAULT_ENOMEM
 */
int certificate_make(const char *name, struct buffer *key, struct buffer *certificate) VAULT_MUST_CHECK;

/** SHA-256 of the SubjectPublicKeyInfo of the first certificate in @p pem: what is pinned. VAULT_EINPUT if
 * there is none. */
int certificate_pin(struct bytes pem, struct hash *pin) VAULT_MUST_CHECK;

#endif
