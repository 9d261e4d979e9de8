#include "vault/crypto/seal_private.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
_Static_assert(NONCE + TAG == SEAL_OVERHEAD, "the header states the overhead");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == KEY_SIZE, "one key size everywhere");

int seal(const struct secret *key, struct bytes place, struct bytes plain, struct buffer *sealed)
{
    if (secret_bytes(key).size != KEY_SIZE)
        return VAULT_EINTERNAL;
    uint8_t *out = buffer_grow(sealed, plain.size + SEAL_OVERHEAD);
    if (out == NULL)
        return buffer_error(sealed);
    randombytes_buf(out, NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL, plain.data, plain.size, place.data,
        place.size, NULL, out, secret_bytes(key).data);
    return VAULT_OK;
}

/* libsodium checks the tag over the whole before it decrypts the first byte into @p out. */
int seal_open_into(const struct secret *key, struct bytes place, struct bytes sealed, uint8_t *out)
{
    if (secret_bytes(key).size != KEY_SIZE)
        return VAULT_EINTERNAL;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data + NONCE, sealed.size - NONCE,
            place.data, place.size, sealed.data, secret_bytes(key).data) != 0)
        return VAULT_EFORGED;
    return VAULT_OK;
}

int seal_open(const struct secret *key, struct bytes place, struct bytes sealed, struct buffer *plain)
{
    if (sealed.size < SEAL_OVERHEAD)
        return VAULT_EFORGED;
    size_t before = plain->size;
    uint8_t *out = buffer_grow(plain, sealed.size - SEAL_OVERHEAD);
    if (out == NULL && sealed.size > SEAL_OVERHEAD)
        return buffer_error(plain);
    int result = seal_open_into(key, place, sealed, out);
    if (result != VAULT_OK)
        plain->size = before;
    return result;
}

int seal_secret(const struct secret *key, struct bytes place, const struct secret *inner, struct buffer *sealed)
{
    return seal(key, place, secret_bytes(inner), sealed);
}

int seal_open_secret(const struct secret *key, struct bytes place, struct bytes sealed, struct secret **opened)
{
    *opened = NULL;
    if (sealed.size <= SEAL_OVERHEAD)
        return VAULT_EFORGED;
    struct secret *inner = secret_new(sealed.size - SEAL_OVERHEAD);
    if (inner == NULL)
        return VAULT_ENOMEM;
    int result = seal_open_into(key, place, sealed, secret_edit(inner));
    if (result != VAULT_OK) {
        secret_free(inner);
        return result;
    }
    *opened = inner;
    return VAULT_OK;
}

struct envelope *envelope_new(void)
{
    struct envelope *envelope = calloc(1, sizeof *envelope);
    if (envelope == NULL)
        return NULL;
    envelope->key = secret_new(KEY_SIZE);
    envelope->half = secret_new(KEY_SIZE);
    envelope->open = secret_new(KEY_SIZE);
    if (envelope->key == NULL || envelope->half == NULL || envelope->open == NULL) {
        envelope_free(envelope);
        return NULL;
    }
    return envelope;
}

void envelope_free(struct envelope *envelope)
{
    if (envelope == NULL)
        return;
    secret_free(envelope->key);
    secret_free(envelope->half);
    secret_free(envelope->open);
    free(envelope);
}

int envelope_create(
    struct envelope *envelope, const struct secret *client_key, struct bytes place, struct buffer *wrapped)
{
    randombytes_buf(secret_edit(envelope->key), KEY_SIZE);
    return envelope_wrap(envelope, client_key, place, wrapped);
}

int envelope_wrap(
    struct envelope *envelope, const struct secret *client_key, struct bytes place, struct buffer *wrapped)
{
    buffer_put_u8(wrapped, ENVELOPE_DIRECT);
    return seal_secret(client_key, place, envelope->key, wrapped);
}

int envelope_unwrap(
    struct envelope *envelope, const struct secret *client_key, struct bytes place, struct bytes wrapped)
{
    if (wrapped.size < 1)
        return VAULT_EFORGED;
    if (wrapped.data[0] != ENVELOPE_DIRECT)
        return VAULT_EVERSION;
    struct bytes sealed = bytes_of(wrapped.data + 1, wrapped.size - 1);
    if (sealed.size != KEY_SIZE + SEAL_OVERHEAD)
        return VAULT_EFORGED;
    return seal_open_into(client_key, place, sealed, secret_edit(envelope->key));
}

int envelope_seal(struct envelope *envelope, struct bytes place, struct bytes plain, struct buffer *sealed)
{
    return seal(envelope->key, place, plain, sealed);
}

int envelope_open(struct envelope *envelope, struct bytes place, struct bytes sealed, struct buffer *plain)
{
    return seal_open(envelope->key, place, sealed, plain);
}
