/**
 * @file sign.h
 * Ed25519 (RFC 8032) signatures of people and of the vault.
 */
#ifndef VAULT_CRYPTO_SIGN_H
#define VAULT_CRYPTO_SIGN_H

#include "vault/crypto/secret.h"

#define SIGN_PUBLIC_SIZE 32
#define SIGNATURE_SIZE 64

struct sign_key;

/** The pair of a KEY_SIZE seed; NULL if the seed has another size or there is no lockable memory. */
struct sign_key *sign_key_from_seed(const struct secret *seed);
void sign_key_free(struct sign_key *key);
/** SIGN_PUBLIC_SIZE bytes, borrowed. */
struct bytes sign_key_public(const struct sign_key *key);

/** Deterministic; cannot fail. */
void sign(const struct sign_key *key, struct bytes message, uint8_t signature[SIGNATURE_SIZE]);
/** VAULT_EFORGED unless @p signature is that of @p message under @p public_key. */
int sign_verify(struct bytes public_key, struct bytes message, struct bytes signature) VAULT_MUST_CHECK;

#endif
