#include "vault/crypto/box.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_SIZE 32
_Static_assert(crypto_box_PUBLICKEYBYTES == BOX_PUBLIC_SIZE, "the header states the size");
_Static_assert(crypto_box_SECRETKEYBYTES == KEY_SIZE, "the header states the size");

struct box_key {
    struct secret *secret_half;
    uint8_t public_half[BOX_PUBLIC_SIZE];
};

static struct box_key *empty_key(void)
{
    struct box_key *key = calloc(1, sizeof *key);
    if (key != NULL && (key->secret_half = secret_new(KEY_SIZE)) == NULL) {
        free(key);
        key = NULL;
    }
    return key;
}

struct box_key *box_key_new(void)
{
    struct box_key *key = empty_key();
    if (key != NULL)
        (void)crypto_box_keypair(key->public_half, secret_edit(key->secret_half));
    return key;
}

struct box_key *box_key_from_seed(const struct secret *seed)
{
    if (secret_bytes(seed).size != crypto_box_SEEDBYTES)
        return NULL;
    struct box_key *key = empty_key();
    if (key != NULL)
        (void)crypto_box_seed_keypair(key->public_half, secret_edit(key->secret_half), secret_bytes(seed).data);
    return key;
}

struct box_key *box_key_from_secret(const struct secret *secret_half)
{
    if (secret_bytes(secret_half).size != KEY_SIZE)
        return NULL;
    struct box_key *key = empty_key();
    if (key == NULL)
        return NULL;
    memcpy(secret_edit(key->secret_half), secret_bytes(secret_half).data, KEY_SIZE);
    (void)crypto_scalarmult_base(key->public_half, secret_bytes(key->secret_half).data);
    return key;
}

void box_key_free(struct box_key *key)
{
    if (key == NULL)
        return;
    secret_free(key->secret_half);
    free(key);
}

struct bytes box_key_public(const struct box_key *key)
{
    return bytes_of(key->public_half, BOX_PUBLIC_SIZE);
}

const struct secret *box_key_secret(const struct box_key *key)
{
    return key->secret_half;
}

int box_seal(struct bytes public_key, struct bytes plain, struct buffer *boxed)
{
    if (public_key.size != BOX_PUBLIC_SIZE)
        return VAULT_EDAMAGED;
    uint8_t *out = buffer_grow(boxed, plain.size + crypto_box_SEALBYTES);
    if (out == NULL)
        return buffer_error(boxed);
    return crypto_box_seal(out, plain.data, plain.size, public_key.data) == 0 ? VAULT_OK : VAULT_EDAMAGED;
}

static int open_into(const struct box_key *key, struct bytes boxed, uint8_t *out)
{
    return crypto_box_seal_open(out, boxed.data, boxed.size, key->public_half,
               secret_bytes(key->secret_half).data) == 0
        ? VAULT_OK
        : VAULT_EFORGED;
}

int box_open(const struct box_key *key, struct bytes boxed, struct buffer *plain)
{
    if (boxed.size < crypto_box_SEALBYTES)
        return VAULT_EFORGED;
    size_t before = plain->size;
    uint8_t *out = buffer_grow(plain, boxed.size - crypto_box_SEALBYTES);
    if (out == NULL && boxed.size > crypto_box_SEALBYTES)
        return buffer_error(plain);
    int result = open_into(key, boxed, out);
    if (result != VAULT_OK)
        plain->size = before;
    return result;
}

static void place_digest(struct bytes place, uint8_t digest[PLACE_SIZE])
{
    (void)crypto_generichash(digest, PLACE_SIZE, place.data, place.size, NULL, 0);
}

int box_seal_secret(struct bytes public_key, struct bytes place, const struct secret *inner, struct buffer *boxed)
{
    struct bytes content = secret_bytes(inner);
    struct secret *payload = secret_new(PLACE_SIZE + content.size);
    if (payload == NULL)
        return VAULT_ENOMEM;
    place_digest(place, secret_edit(payload));
    memcpy(secret_edit(payload) + PLACE_SIZE, content.data, content.size);
    int result = box_seal(public_key, secret_bytes(payload), boxed);
    secret_free(payload);
    return result;
}

int box_open_secret(const struct box_key *key, struct bytes place, struct bytes boxed, struct secret **inner)
{
    struct secret *payload = NULL;
    uint8_t wanted[PLACE_SIZE];
    int result;

    *inner = NULL;
    if (boxed.size <= crypto_box_SEALBYTES + PLACE_SIZE)
        return VAULT_EFORGED;
    payload = secret_new(boxed.size - crypto_box_SEALBYTES);
    if (payload == NULL)
        return VAULT_ENOMEM;
    result = open_into(key, boxed, secret_edit(payload));
    if (result != VAULT_OK)
        goto out;
    place_digest(place, wanted);
    struct bytes content = secret_bytes(payload);
    if (sodium_memcmp(content.data, wanted, PLACE_SIZE) != 0) {
        result = VAULT_EFORGED;
        goto out;
    }
    *inner = secret_copy(bytes_of(content.data + PLACE_SIZE, content.size - PLACE_SIZE));
    if (*inner == NULL)
        result = VAULT_ENOMEM;
out:
    secret_free(payload);
    return result;
}
