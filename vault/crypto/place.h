/**
 * @file place.h
 * The place of a key or a record, as bytes that a seal is bound to: a label, the vault, and whatever tells this
 * place from every other one.  Each part is written with its length, so that no two places share bytes.
 */
#ifndef VAULT_CRYPTO_PLACE_H
#define VAULT_CRYPTO_PLACE_H

#include "vault/base/ulid.h"

#define PLACE_SIZE_MAX 512u

struct place {
    uint8_t data[PLACE_SIZE_MAX];
    size_t size;
};

/** Begin with what kind of place it is and the vault that it is in. */
void place_start(struct place *place, const char *label, const struct ulid *vault);
void place_add(struct place *place, struct bytes part);
void place_add_text(struct place *place, const char *text);
void place_add_number(struct place *place, uint64_t number);

/** Borrowed from @p place. Parts beyond PLACE_SIZE_MAX abort: they are a mistake of ours, not of the input. */
static inline struct bytes place_bytes(const struct place *place)
{
    return bytes_of(place->data, place->size);
}

#endif
