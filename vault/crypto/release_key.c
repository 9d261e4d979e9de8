#include "vault/crypto/release_key.h"

#include <sodium.h>

#include "vault/crypto/hash.h"
#include "vault/crypto/place.h"

_Static_assert(crypto_scalarmult_BYTES == KEY_SIZE, "one key size everywhere");

int release_shared(const struct box_key *key, struct bytes public_key, struct secret *shared)
{
    if (public_key.size != BOX_PUBLIC_SIZE || secret_bytes(shared).size != KEY_SIZE)
        return VAULT_EINTERNAL;
    /* libsodium refuses the result zero, which is what points of small order give. */
    if (crypto_scalarmult(secret_edit(shared), secret_bytes(box_key_secret(key)).data, public_key.data) != 0)
        return VAULT_EFORGED;
    return VAULT_OK;
}

void release_half_key(const struct secret *shared, const struct release_place *place, struct bytes point,
    struct bytes recipient, uint8_t *key)
{
    struct place message = {.size = 0};
    place_add_text(&message, place->origin);
    place_add(&message, ulid_bytes(&place->client));
    place_add(&message, ulid_bytes(&place->record));
    place_add_number(&message, place->version);
    place_add(&message, point);
    place_add(&message, recipient);
    keyed_token(shared, "release-half", place_bytes(&message), key, KEY_SIZE);
}

void release_answer_key(const struct secret *shared, struct bytes answer_public, struct bytes recipient,
    struct bytes request, struct secret *key)
{
    struct place message = {.size = 0};
    place_add(&message, answer_public);
    place_add(&message, recipient);
    place_add(&message, request);
    keyed_token(shared, "release-answer", place_bytes(&message), secret_edit(key), KEY_SIZE);
}
