#include "vault/base/ulid.h"

#include <string.h>

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct ulid ulid_make(int64_t milliseconds, const uint8_t random[10])
{
    struct ulid ulid;
    for (int i = 0; i < 6; i++)
        ulid.data[i] = (uint8_t)((uint64_t)milliseconds >> (8 * (5 - i)));
    memcpy(ulid.data + 6, random, 10);
    return ulid;
}

/* 130 bits are written, of which the first two are always zero. */
static unsigned bits_at(const uint8_t *data, unsigned digit)
{
    unsigned value = 0;
    for (unsigned bit = digit * 5; bit < digit * 5 + 5; bit++) {
        unsigned set = bit < 2 ? 0u : (unsigned)data[(bit - 2) / 8] >> (7 - (bit - 2) % 8) & 1;
        value = value << 1 | set;
    }
    return value;
}

void ulid_format(const struct ulid *ulid, char text[ULID_TEXT_SIZE])
{
    for (unsigned digit = 0; digit < 26; digit++)
        text[digit] = crockford[bits_at(ulid->data, digit)];
    text[26] = '\0';
}

static int digit_value(uint8_t digit)
{
    if (digit >= 'a' && digit <= 'z')
        digit = (uint8_t)(digit - 'a' + 'A');
    const char *found = digit == '\0' ? NULL : strchr(crockford, digit);
    return found == NULL ? -1 : (int)(found - crockford);
}

bool ulid_parse(struct bytes text, struct ulid *ulid)
{
    struct ulid parsed = {{0}};
    if (text.size != 26 || digit_value(text.data[0]) > 7)
        return false;
    for (unsigned digit = 0; digit < 26; digit++) {
        int value = digit_value(text.data[digit]);
        if (value < 0)
            return false;
        for (unsigned i = 0; i < 5; i++) {
            unsigned bit = digit * 5 + i;
            if (bit >= 2 && (value >> (4 - i) & 1) != 0)
                parsed.data[(bit - 2) / 8] |= (uint8_t)(1u << (7 - (bit - 2) % 8));
        }
    }
    *ulid = parsed;
    return true;
}

bool ulid_equal(const struct ulid *a, const struct ulid *b)
{
    return memcmp(a->data, b->data, ULID_SIZE) == 0;
}
