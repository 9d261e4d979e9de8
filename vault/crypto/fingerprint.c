#include "vault/crypto/fingerprint.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_KEY crypto_shorthash_KEYBYTES
#define TEXT_MAX 256 /* of a text that is hashed with its slot; more of it tells nothing */

_Static_assert(SHORT_KEY <= KEY_SIZE, "a derived key is long enough for SipHash");
_Static_assert(crypto_shorthash_BYTES == 8, "a position is 64 bits");

struct fingerprint_code {
    struct secret *positions;
};

struct fingerprint_word {
    struct secret *bits;
    struct secret *order;
    struct secret *id;
    struct secret *draws;
};

static uint64_t keyed(const struct secret *key, const uint8_t *message, size_t size)
{
    uint8_t tag[crypto_shorthash_BYTES];
    uint64_t value = 0;
    (void)crypto_shorthash(tag, message, size, secret_bytes(key).data);
    for (size_t i = 0; i < sizeof tag; i++)
        value = value << 8 | tag[i];
    return value;
}

static uint64_t keyed_text(const struct secret *key, uint8_t label, struct bytes text)
{
    uint8_t message[1 + TEXT_MAX];
    size_t size = text.size < TEXT_MAX ? text.size : TEXT_MAX;
    message[0] = label;
    if (size > 0)
        memcpy(message + 1, text.data, size);
    uint64_t value = keyed(key, message, size + 1);
    wipe(message, size + 1);
    return value;
}

struct fingerprint_code *fingerprint_code_new(const struct secret *key)
{
    struct fingerprint_code *code = calloc(1, sizeof *code);
    if (code == NULL)
        return NULL;
    if (secret_derive(key, "markplac", 1, &code->positions) == VAULT_OK)
        return code;
    fingerprint_code_free(code);
    return NULL;
}

void fingerprint_code_free(struct fingerprint_code *code)
{
    if (code == NULL)
        return;
    secret_free(code->positions);
    free(code);
}

uint64_t fingerprint_position(const struct fingerprint_code *code, struct bytes text, unsigned slot)
{
    return keyed_text(code->positions, (uint8_t)slot, text);
}

double fingerprint_bias(uint64_t position)
{
    return position >> 63 != 0 ? 1 - FINGERPRINT_RARE : FINGERPRINT_RARE;
}

struct fingerprint_word *fingerprint_word_new(const struct secret *seed)
{
    struct fingerprint_word *word = calloc(1, sizeof *word);
    if (word == NULL)
        return NULL;
    if (secret_derive(seed, "markbits", 1, &word->bits) == VAULT_OK &&
        secret_derive(seed, "markordr", 1, &word->order) == VAULT_OK &&
        secret_derive(seed, "markname", 1, &word->id) == VAULT_OK &&
        secret_derive(seed, "markrows", 1, &word->draws) == VAULT_OK)
        return word;
    fingerprint_word_free(word);
    return NULL;
}

void fingerprint_word_free(struct fingerprint_word *word)
{
    if (word == NULL)
        return;
    secret_free(word->bits);
    secret_free(word->order);
    secret_free(word->id);
    secret_free(word->draws);
    free(word);
}

bool fingerprint_bit(const struct fingerprint_word *word, uint64_t position)
{
    /* FINGERPRINT_RARE of 2^64, rounded: no floating point decides a bit. */
    static const uint64_t rare = UINT64_C(3898255708540604107);
    uint8_t message[8];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(position >> (56 - 8 * i));
    bool low = keyed(word->bits, message, sizeof message) < rare;
    return position >> 63 != 0 ? !low : low;
}

uint64_t fingerprint_rank(const struct fingerprint_word *word, struct bytes text)
{
    return keyed_text(word->order, 0, text);
}

void fingerprint_id(const struct fingerprint_word *word, uint8_t id[FINGERPRINT_ID_SIZE])
{
    keyed_token(word->id, "copy", bytes_of(NULL, 0), id, FINGERPRINT_ID_SIZE);
}

uint64_t fingerprint_draw(const struct fingerprint_word *word, unsigned what, uint64_t i)
{
    uint8_t message[12];
    for (size_t k = 0; k < 4; k++)
        message[k] = (uint8_t)(what >> (24 - 8 * k));
    for (size_t k = 0; k < 8; k++)
        message[4 + k] = (uint8_t)(i >> (56 - 8 * k));
    return keyed(word->draws, message, sizeof message);
}

void fingerprint_commit(const struct secret *seed, struct hash *commitment)
{
    keyed_token(seed, "strongroom mark", bytes_of_text(FINGERPRINT_VERSION), commitment->data, HASH_SIZE);
}
