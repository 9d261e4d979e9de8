#include "vault/crypto/place.h"

#include <stdlib.h>
#include <string.h>

void place_start(struct place *place, const char *label, const struct ulid *vault)
{
    place->size = 0;
    place_add_text(place, label);
    place_add(place, ulid_bytes(vault));
}

void place_add(struct place *place, struct bytes part)
{
    if (part.size > 0xffff || part.size + 2 > PLACE_SIZE_MAX - place->size)
        abort();
    place->data[place->size++] = (uint8_t)(part.size >> 8);
    place->data[place->size++] = (uint8_t)part.size;
    if (part.size > 0)
        memcpy(place->data + place->size, part.data, part.size);
    place->size += part.size;
}

void place_add_text(struct place *place, const char *text)
{
    place_add(place, bytes_of_text(text));
}

void place_add_number(struct place *place, uint64_t number)
{
    uint8_t wire[8];
    for (int i = 0; i < 8; i++)
        wire[i] = (uint8_t)(number >> (8 * (7 - i)));
    place_add(place, bytes_of(wire, sizeof wire));
}
