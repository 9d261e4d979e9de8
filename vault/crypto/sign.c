#include "vault/crypto/sign.h"

#include <sodium.h>
#include <stdlib.h>

_Static_assert(crypto_sign_PUBLICKEYBYTES == SIGN_PUBLIC_SIZE, "the header states the size");
_Static_assert(crypto_sign_BYTES == SIGNATURE_SIZE, "the header states the size");

struct sign_key {
    struct secret *secret_half;
    uint8_t public_half[SIGN_PUBLIC_SIZE];
};

struct sign_key *sign_key_from_seed(const struct secret *seed)
{
    if (secret_bytes(seed).size != crypto_sign_SEEDBYTES)
        return NULL;
    struct sign_key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return NULL;
    key->secret_half = secret_new(crypto_sign_SECRETKEYBYTES);
    if (key->secret_half == NULL) {
        free(key);
        return NULL;
    }
    (void)crypto_sign_seed_keypair(key->public_half, secret_edit(key->secret_half), secret_bytes(seed).data);
    return key;
}

void sign_key_free(struct sign_key *key)
{
    if (key == NULL)
        return;
    secret_free(key->secret_half);
    free(key);
}

struct bytes sign_key_public(const struct sign_key *key)
{
    return bytes_of(key->public_half, SIGN_PUBLIC_SIZE);
}

void sign(const struct sign_key *key, struct bytes message, uint8_t signature[SIGNATURE_SIZE])
{
    (void)crypto_sign_detached(signature, NULL, message.data, message.size, secret_bytes(key->secret_half).data);
}

int sign_verify(struct bytes public_key, struct bytes message, struct bytes signature)
{
    if (public_key.size != SIGN_PUBLIC_SIZE || signature.size != SIGNATURE_SIZE)
        return VAULT_EFORGED;
    return crypto_sign_verify_detached(signature.data, message.data, message.size, public_key.data) == 0
        ? VAULT_OK
        : VAULT_EFORGED;
}
