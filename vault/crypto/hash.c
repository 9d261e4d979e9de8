/* Told before the headers: libcrypto's newer interface asks for memory with every hash, and so can fail. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "vault/crypto/hash.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int hash_file(const char *path, struct hash *hash)
{
    uint8_t piece[65536];
    struct hasher *hasher = hasher_new();
    struct stat status;
    /* Devices and pipes may never end. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t got = file < 0 || hasher == NULL || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) ? -1 : 0;
    if (got == 0) {
        hasher_start(hasher);
        while ((got = read(file, piece, sizeof piece)) > 0)
            hasher_add(hasher, bytes_of(piece, (size_t)got));
        hasher_finish(hasher, hash);
    }
    wipe(piece, sizeof piece);
    if (file >= 0)
        (void)close(file);
    hasher_free(hasher);
    return got < 0 ? VAULT_EIO : VAULT_OK;
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

uint64_t keyed_short(const struct secret *key, struct bytes message)
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t number = 0;
    (void)crypto_shorthash(hash, message.data, message.size, secret_bytes(key).data);
    for (size_t i = 0; i < sizeof hash; i++)
        number = number << 8 | hash[i];
    return number;
}
