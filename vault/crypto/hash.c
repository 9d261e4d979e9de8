#include "vault/crypto/hash.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct hasher {
    EVP_MD_CTX *context;
};

/* Once begun, libcrypto's SHA-256 asks for nothing more and does not fail; there would be no going on. */
static void must(int ok)
{
    if (ok != 1)
        abort();
}

struct hasher *hasher_new(void)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    if (hasher == NULL)
        return NULL;
    hasher->context = EVP_MD_CTX_new();
    if (hasher->context == NULL) {
        free(hasher);
        return NULL;
    }
    if (EVP_DigestInit_ex(hasher->context, EVP_sha256(), NULL) != 1) {
        hasher_free(hasher);
        return NULL;
    }
    return hasher;
}

void hasher_free(struct hasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    free(hasher);
}

void hasher_start(struct hasher *hasher)
{
    /* NULL keeps the algorithm that was fetched by hasher_new(), which is what makes small messages cheap. */
    must(EVP_DigestInit_ex(hasher->context, NULL, NULL));
}

void hasher_add(struct hasher *hasher, struct bytes part)
{
    must(EVP_DigestUpdate(hasher->context, part.data, part.size));
}

void hasher_finish(struct hasher *hasher, struct hash *hash)
{
    must(EVP_DigestFinal_ex(hasher->context, hash->data, NULL));
}

void hash_sha256(struct bytes message, struct hash *hash)
{
    /* libcrypto's is the faster one, but asks for memory; libsodium's never fails. */
    if (EVP_Digest(message.data, message.size, hash->data, NULL, EVP_sha256(), NULL) != 1)
        (void)crypto_hash_sha256(hash->data, message.data, message.size);
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
