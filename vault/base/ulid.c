#include "vault/base/ulid.h"

#include <string.h>

#define DIGITS 26

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct ulid ulid_make(int64_t milliseconds, const uint8_t random[10])
{
    struct ulid ulid;
    for (int i = 0; i < 6; i++)
        ulid.data[i] = (uint8_t)((uint64_t)milliseconds >> (8 * (5 - i)));
    memcpy(ulid.data + 6, random, 10);
    return ulid;
}

/* Ids are written and read many times for each record that is shown, so both go five bits at a time. */
static uint64_t big_endian(const uint8_t data[8])
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | data[i];
    return value;
}

static void put_big_endian(uint8_t data[8], uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        data[i] = (uint8_t)value;
}

/* 130 bits are written, of which the first two are always zero. */
void ulid_format(const struct ulid *ulid, char text[ULID_TEXT_SIZE])
{
    uint64_t high = big_endian(ulid->data);
    uint64_t low = big_endian(ulid->data + 8);
    text[DIGITS] = '\0';
    for (int digit = DIGITS - 1; digit >= 0; digit--) {
        text[digit] = crockford[low & 31];
        low = low >> 5 | high << 59;
        high >>= 5;
    }
}

/* 1 + the value, 0 for what is no digit; small letters are taken as well. */
static const uint8_t values[256] = {['0'] = 1,
    ['1'] = 2,
    ['2'] = 3,
    ['3'] = 4,
    ['4'] = 5,
    ['5'] = 6,
    ['6'] = 7,
    ['7'] = 8,
    ['8'] = 9,
    ['9'] = 10,
    ['A'] = 11,
    ['B'] = 12,
    ['C'] = 13,
    ['D'] = 14,
    ['E'] = 15,
    ['F'] = 16,
    ['G'] = 17,
    ['H'] = 18,
    ['J'] = 19,
    ['K'] = 20,
    ['M'] = 21,
    ['N'] = 22,
    ['P'] = 23,
    ['Q'] = 24,
    ['R'] = 25,
    ['S'] = 26,
    ['T'] = 27,
    ['V'] = 28,
    ['W'] = 29,
    ['X'] = 30,
    ['Y'] = 31,
    ['Z'] = 32,
    ['a'] = 11,
    ['b'] = 12,
    ['c'] = 13,
    ['d'] = 14,
    ['e'] = 15,
    ['f'] = 16,
    ['g'] = 17,
    ['h'] = 18,
    ['j'] = 19,
    ['k'] = 20,
    ['m'] = 21,
    ['n'] = 22,
    ['p'] = 23,
    ['q'] = 24,
    ['r'] = 25,
    ['s'] = 26,
    ['t'] = 27,
    ['v'] = 28,
    ['w'] = 29,
    ['x'] = 30,
    ['y'] = 31,
    ['z'] = 32};

bool ulid_parse(struct bytes text, struct ulid *ulid)
{
    uint64_t high = 0;
    uint64_t low = 0;
    if (text.size != DIGITS || values[text.data[0]] > 8)
        return false;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        uint8_t value = values[text.data[digit]];
        if (value == 0)
            return false;
        high = high << 5 | low >> 59;
        low = low << 5 | (uint8_t)(value - 1);
    }
    put_big_endian(ulid->data, high);
    put_big_endian(ulid->data + 8, low);
    return true;
}

bool ulid_equal(const struct ulid *a, const struct ulid *b)
{
    return memcmp(a->data, b->data, ULID_SIZE) == 0;
}
