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

/** When the first certificate in @p pem ends: an instant. VAULT_EINPUT if there is none. */
int certificate_end(struct bytes pem, int64_t *end) VAULT_MUST_CHECK;

/** Where a TLS server's key and certificate come from. */
struct certificate_source {
    const char *directory; /* holds tls.key and tls.crt, made there when they are missing, for `name` */
    const char *name;
    const char *certificate; /* PEM file of the firm's own instead; NULL: that of the directory */
    const char *key;         /* of it */
};

/**
 * Read them, or make them at the first start.
 * @param key, certificate  PEM with a NUL behind it (not counted); the caller wipes the key with
 * buffer_free().
 * @param pin  what clients pin.
 * @retval VAULT_EUSAGE  one of the two files without the other;  VAULT_EINPUT  no certificate;  VAULT_EIO …
 */
int certificate_load(const struct certificate_source *source, struct buffer *key, struct buffer *certificate,
    struct hash *pin, struct failure *failure) VAULT_MUST_CHECK;

#endif
