#include "vault/evidence/flat.h"

#include <string.h>

#define HASH_TEXT_SIZE 44

struct flat flat_of(struct bytes text)
{
    return (struct flat){text.data, text.data + text.size};
}

static void skip_space(struct flat *flat)
{
    while (flat->at < flat->end &&
           (*flat->at == ' ' || *flat->at == '\t' || *flat->at == '\n' || *flat->at == '\r'))
        flat->at++;
}

bool flat_next_is(struct flat *flat, char wanted)
{
    skip_space(flat);
    return flat->at < flat->end && *flat->at == (uint8_t)wanted;
}

bool flat_take(struct flat *flat, char wanted)
{
    bool there = flat_next_is(flat, wanted);
    flat->at += there;
    return there;
}

bool flat_string(struct flat *flat, struct bytes *text)
{
    if (!flat_take(flat, '"'))
        return false;
    const uint8_t *close = memchr(flat->at, '"', (size_t)(flat->end - flat->at));
    if (close == NULL)
        return false;
    *text = bytes_of(flat->at, (size_t)(close - flat->at));
    flat->at = close + 1;
    return memchr(text->data, '\\', text->size) == NULL;
}

bool flat_number(struct flat *flat, uint64_t *number)
{
    skip_space(flat);
    const uint8_t *start = flat->at;
    uint64_t value = 0;
    while (flat->at < flat->end && *flat->at >= '0' && *flat->at <= '9' && flat->at - start < 17)
        value = value * 10 + (uint64_t)(*flat->at++ - '0');
    *number = value;
    bool leading_zero = flat->at - start > 1 && *start == '0';
    return flat->at > start && !leading_zero && value <= UINT64_C(9007199254740991);
}

bool flat_hash(struct flat *flat, struct hash *hash)
{
    uint8_t room[HASH_SIZE + 1];
    struct buffer decoded = {.data = room, .capacity = sizeof room};
    struct bytes text;
    if (!flat_string(flat, &text) || text.size != HASH_TEXT_SIZE ||
        base64_decode(text, &decoded) != VAULT_OK || decoded.size != HASH_SIZE)
        return false;
    memcpy(hash->data, room, HASH_SIZE);
    return true;
}

bool flat_hashes(struct flat *flat, uint8_t *hashes, size_t limit, size_t *count)
{
    struct hash hash;
    *count = 0;
    if (!flat_take(flat, '['))
        return false;
    if (flat_take(flat, ']'))
        return true;
    do {
        if (*count == limit || !flat_hash(flat, &hash))
            return false;
        memcpy(hashes + *count * HASH_SIZE, hash.data, HASH_SIZE);
        ++*count;
    } while (flat_take(flat, ','));
    return flat_take(flat, ']');
}

bool flat_end(struct flat *flat)
{
    skip_space(flat);
    return flat->at == flat->end;
}
