/**
 * @file hash.h
 * SHA-256 (FIPS 180-4, libcrypto) for what outsiders recompute; keyed BLAKE2b (RFC 7693, libsodium) for tokens
 * that only holders of a key can compute.
 */
#ifndef VAULT_CRYPTO_HASH_H
#define VAULT_CRYPTO_HASH_H

#include "vault/crypto/secret.h"

#define HASH_SIZE 32

struct hash {
    uint8_t data[HASH_SIZE];
};

/** Cannot fail. */
void hash_sha256(struct bytes message, struct hash *hash);

/** One hash after another in a stream; reusable, not to be shared by threads. */
struct hasher;
struct hasher *hasher_new(void);
void hasher_free(struct hasher *hasher);
void hasher_start(struct hasher *hasher);
void hasher_add(struct hasher *hasher, struct bytes part);
void hasher_finish(struct hasher *hasher, struct hash *hash);

/** SHA-256 of a regular file's content; VAULT_EIO, also for what is no regular file, or without memory. */
int hash_file(const char *path, struct hash *hash) VAULT_MUST_CHECK;

/**
 * A keyed token of @p size bytes (16 to 64) over a label and a message; without the key it can neither be
 * computed nor told from random.
 */
void keyed_token(const struct secret *key, const char *label, struct bytes message, uint8_t *token, size_t size);

/**
 * A short keyed hash (SipHash-2-4, Aumasson and Bernstein 2012; libsodium crypto_shorthash) under the first 16 bytes of
 * the key: for telling values apart where a token would be too long.  As short as it is, who holds the key can try values.
 */
uint64_t keyed_short(const struct secret *key, struct bytes message);

static inline struct bytes hash_bytes(const struct hash *hash)
{
    return bytes_of(hash->data, HASH_SIZE);
}

#endif
