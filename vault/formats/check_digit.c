#include <string.h>

#include "vault/base/instant.h"
#include "vault/formats/format_private.h"

/* GB 32100-2015: 31 characters, those that look like digits left out. */
static const char uscc_alphabet[] = USCC_ALPHABET;
static const uint8_t uscc_weights[17] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

/* GB 11643-1999. */
static const uint8_t resident_weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
static const char resident_checks[] = "10X98765432";

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int two_digits(const uint8_t *at)
{
    return (at[0] - '0') * 10 + (at[1] - '0');
}

bool check_uscc(struct bytes text)
{
    unsigned sum = 0;
    if (text.size != 18)
        return false;
    for (size_t i = 0; i < 17; i++) {
        const char *found = text.data[i] == '\0' ? NULL : strchr(uscc_alphabet, text.data[i]);
        if (found == NULL || (i >= 2 && i < 8 && !is_digit(text.data[i])))
            return false;
        sum += (unsigned)(found - uscc_alphabet) * uscc_weights[i];
    }
    return uscc_alphabet[(31 - sum % 31) % 31] == (char)text.data[17];
}

/* GB 11714-1997: letters count from 10 in the order of the alphabet, none left out. */
static unsigned organisation_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A') + 10;
}

bool uscc_complete(char code[USCC_SIZE + 1])
{
    static const uint8_t weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    unsigned sum = 0;
    for (size_t i = 0; i < 16; i++) {
        if (code[i] == '\0' || strchr(uscc_alphabet, code[i]) == NULL || (i >= 2 && i < 8 && !is_digit((uint8_t)code[i])))
            return false;
    }
    for (size_t i = 0; i < 8; i++)
        sum += organisation_value(code[8 + i]) * weights[i];
    code[16] = "0X987654321"[sum % 11];
    sum = 0;
    for (size_t i = 0; i < 17; i++)
        sum += (unsigned)(strchr(uscc_alphabet, code[i]) - uscc_alphabet) * uscc_weights[i];
    code[17] = uscc_alphabet[(31 - sum % 31) % 31];
    return true;
}

void luhn_complete(char *digits, size_t size)
{
    unsigned sum = 0;
    for (size_t i = 1; i < size; i++) {
        unsigned digit = (unsigned)(digits[size - 1 - i] - '0') << (i & 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    digits[size - 1] = (char)('0' + (10 - sum % 10) % 10);
}

static bool is_past_day(int year, int month, int day)
{
    int64_t days;
    return day_number(year, month, day, &days) && days <= instant_now() / 86400000 + 1 && year >= 1850;
}

bool check_resident_id(struct bytes text)
{
    unsigned sum = 0;
    if (text.size != 18 && text.size != 15)
        return false;
    for (size_t i = 0; i < (text.size == 18 ? 17 : 15); i++) {
        if (!is_digit(text.data[i]))
            return false;
    }
    if (text.data[0] < '1' || text.data[0] > '8')
        return false;
    if (text.size == 15) /* before 1999: no check digit, two digits of the year */
        return is_past_day(
            1900 + two_digits(text.data + 6), two_digits(text.data + 8), two_digits(text.data + 10));
    for (size_t i = 0; i < 17; i++)
        sum += (unsigned)(text.data[i] - '0') * resident_weights[i];
    int year = two_digits(text.data + 6) * 100 + two_digits(text.data + 8);
    char last = text.data[17] == 'x' ? 'X' : (char)text.data[17];
    return is_past_day(year, two_digits(text.data + 10), two_digits(text.data + 12)) &&
           last == resident_checks[sum % 11];
}

bool check_luhn(struct bytes text)
{
    unsigned sum = 0;
    if (text.size < 12 || text.size > 19)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[text.size - 1 - i];
        if (!is_digit(c))
            return false;
        unsigned digit = (unsigned)(c - '0') << (i & 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

static int iban_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

bool check_iban(struct bytes text)
{
    unsigned rest = 0;
    if (text.size < 15 || text.size > 34)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        int value = iban_value(text.data[(i + 4) % text.size]);
        if (value < 0)
            return false;
        rest = (rest * (value > 9 ? 100 : 10) + (unsigned)value) % 97;
    }
    return rest == 1;
}
