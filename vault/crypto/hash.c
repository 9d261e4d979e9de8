/* Told before the headers: libcrypto's newer interface asks for memory with every hash, and so can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "vault/crypto/hash.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct hasher {
    SHA256_CTX context;
};

struct hasher *hasher_new(void)
{
    return calloc(1, sizeof(struct hasher));
}

void hasher_free(struct hasher *hasher)
{
    if (hasher == NULL)
        return;
    sodium_memzero(hasher, sizeof *hasher);
    free(hasher);
}

void hasher_start(struct hasher *hasher)
{
    (void)SHA256_Init(&hasher->context);
}

void hasher_add(struct hasher *hasher, struct bytes part)
{
    (void)SHA256_Update(&hasher->context, part.data, part.size);
}

void hasher_finish(struct hasher *hasher, struct hash *hash)
{
    (void)SHA256_Final(hash->data, &hasher->context);
}

void hash_sha256(struct bytes message, struct hash *hash)
{
    SHA256_CTX context;
    (void)SHA256_Init(&context);
    (void)SHA256_Update(&context, message.data, message.size);
    (void)SHA256_Final(hash->data, &context);
    sodium_memzero(&context, sizeof context);
}

void keyed_token(const struct secret *key, const char *label, struct bytes message, uint8_t *token, size_t size)
{
    crypto_generichash_state state;
    struct bytes raw = secret_bytes(key);
    (void)crypto_generichash_init(&state, raw.data, raw.size, size);
    /* The NUL ends the label, so that label and message cannot run into each other. */
    (void)crypto_generichash_update(&state, (const uint8_t *)label, strlen(label) + 1);
    (void)crypto_generichash_update(&state, message.data, message.size);
    (void)crypto_generichash_final(&state, token, size);
    sodium_memzero(&state, sizeof state);
}
