#include "vault/trace/decoy_row.h"

#include <string.h>

#include "vault/base/decimal.h"
#include "vault/base/text.h"
#include "vault/base/writing.h"

#define TAX_SIZE 18
#define TAX_BASE 31
#define TAIL 8
#define AMOUNT_TEXT_MAX 24

/* Those of a unified social credit code, by their value. */
static const char tax_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
static const char record_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static uint64_t power(uint64_t base, unsigned exponent)
{
    uint64_t value = 1;
    while (exponent-- > 0)
        value *= base;
    return value;
}

/* The least amount of a class of them. */
static uint64_t least_of(enum decoy_class class)
{
    unsigned digits = class >= DECOY_UNITS   ? DECOY_UNITS_DIGITS + (unsigned)class - DECOY_UNITS
                      : class >= DECOY_CENTS ? DECOY_AMOUNT_DIGITS + (unsigned)class - DECOY_CENTS
                                             : DECOY_AMOUNT_DIGITS + (unsigned)class - DECOY_AMOUNT;
    return power(10, digits - 1);
}

uint64_t decoy_class_range(enum decoy_class class)
{
    if (class >= DECOY_AMOUNT)
        return 9 * least_of(class);
    if (class == DECOY_TAX_LETTERS)
        return power(TAX_BASE, TAIL) - power(10, TAIL);
    if (class == DECOY_TAX_MA)
        return power(TAX_BASE, 6);
    return class == DECOY_RECORD ? UINT64_C(1) << 60 : power(10, class == DECOY_ACCOUNT ? 9 : TAIL);
}

/* The logarithmic law, in whole numbers so that it is the same everywhere: the first two digits of a number
 * are k with a weight of 1/(2k+1), which is log((k+1)/k) within a thousandth, and what follows them is even.
 */
#define BIN_FIRST 10u
#define BIN_WEIGHT(k) ((UINT64_C(1) << 32) / (2 * (k) + 1))

/* Of all bins: unit/trace_decoy_row.c adds them up. */
#define BIN_WEIGHTS UINT64_C(4943879513)

double decoy_class_chance(enum decoy_class class, uint64_t value)
{
    if (class < DECOY_CENTS)
        return 1 / (double)decoy_class_range(class);
    uint64_t width = least_of(class) / 10;
    return (double)BIN_WEIGHT(value / width) / (double)BIN_WEIGHTS / (double)width;
}

uint32_t decoy_class_count(enum decoy_class class, const struct decoy_counts *counts)
{
    if (class >= DECOY_AMOUNT)
        return (class >= DECOY_CENTS) == counts->logarithmic ? counts->amounts : 0;
    return class == DECOY_RECORD ? counts->records : counts->clients;
}

static uint64_t write_base(const char *alphabet, uint64_t base, uint64_t value, char *text, size_t size)
{
    for (size_t i = size; i-- > 0; value /= base)
        text[i] = alphabet[value % base];
    return value;
}

static bool is_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

/* Of these there are 31^8 − 10^8: the n-th that has a letter would take counting, so what has none is drawn
 * again. */
static uint64_t with_letters(const struct fingerprint_word *word, uint32_t i)
{
    char text[TAIL];
    uint64_t value = 0;
    for (uint32_t k = 0; k < 8; k++) {
        value = fingerprint_draw(word, DECOY_TAX_LETTERS, (uint64_t)k << 32 | i) % power(TAX_BASE, TAIL);
        (void)write_base(tax_alphabet, TAX_BASE, value, text, TAIL);
        if (!is_digits(text, TAIL))
            break;
    }
    return value;
}

static uint64_t by_law(const struct fingerprint_word *word, enum decoy_class class, uint32_t i)
{
    uint64_t at = fingerprint_draw(word, class, i) % BIN_WEIGHTS, bin = BIN_FIRST;
    for (; at >= BIN_WEIGHT(bin); bin++)
        at -= BIN_WEIGHT(bin);
    uint64_t width = least_of(class) / 10;
    return bin * width + fingerprint_draw(word, class, UINT64_C(1) << 32 | i) % width;
}

uint64_t decoy_number(const struct fingerprint_word *word, enum decoy_class class, uint32_t i)
{
    if (class == DECOY_TAX_LETTERS)
        return with_letters(word, i);
    if (class >= DECOY_CENTS)
        return by_law(word, class, i);
    uint64_t value = fingerprint_draw(word, class, i) % decoy_class_range(class);
    return class >= DECOY_AMOUNT ? value + least_of(class) : value;
}

/* --- Writing --- */

static bool is_tax_code(const char *text, size_t size)
{
    if (size != TAX_SIZE)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (strchr(tax_alphabet, text[i]) == NULL)
            return false;
    }
    return is_digits(text + 2, 6);
}

static enum decoy_class class_of_tax(const char *text, size_t size)
{
    if (!is_tax_code(text, size))
        return DECOY_TAX_OTHER;
    if (memcmp(text + 8, "MA", 2) == 0)
        return DECOY_TAX_MA;
    return is_digits(text + 8, TAIL) ? DECOY_TAX_DIGITS : DECOY_TAX_LETTERS;
}

/* The last digits of a text, in place; false if there are too few. */
static bool write_tail(uint64_t value, char *text)
{
    size_t digits = 0, left = TAIL;
    for (const char *at = text; *at != '\0'; at++)
        digits += *at >= '0' && *at <= '9';
    if (digits < TAIL)
        return false;
    for (char *at = text + strlen(text); left > 0; at--) {
        if (at[-1] < '0' || at[-1] > '9')
            continue;
        at[-1] = (char)('0' + value % 10);
        value /= 10;
        left--;
    }
    return true;
}

bool decoy_write_tax_id(const struct fingerprint_word *word, uint32_t i, char *text)
{
    enum decoy_class class = class_of_tax(text, strlen(text));
    uint64_t value = decoy_number(word, class, i);
    if (class == DECOY_TAX_OTHER)
        return write_tail(value, text);
    if (class == DECOY_TAX_MA)
        (void)write_base(tax_alphabet, TAX_BASE, value, text + 10, 6);
    else
        (void)write_base(tax_alphabet, class == DECOY_TAX_DIGITS ? 10 : TAX_BASE, value, text + 8, TAIL);
    return true;
}

bool decoy_write_phone(const struct fingerprint_word *word, uint32_t i, char *text)
{
    return write_tail(decoy_number(word, DECOY_PHONE, i), text);
}

bool decoy_write_account(const struct fingerprint_word *word, uint32_t i, char *text)
{
    size_t size = strlen(text);
    if (size < 16 || size > 19 || !is_digits(text, size))
        return false;
    (void)write_base(record_alphabet, 10, decoy_number(word, DECOY_ACCOUNT, i), text + 2, 9);
    return true;
}

void decoy_write_record(const struct fingerprint_word *word, uint32_t i, char id[ULID_TEXT_SIZE])
{
    (void)write_base(record_alphabet, 32, decoy_number(word, DECOY_RECORD, i), id + ULID_TEXT_SIZE - 13, 12);
}

int64_t decoy_amount(const struct fingerprint_word *word, uint32_t i, unsigned digits)
{
    unsigned most = DECOY_AMOUNT_DIGITS + DECOY_AMOUNT_LAST - DECOY_AMOUNT;
    digits = digits < DECOY_AMOUNT_DIGITS ? DECOY_AMOUNT_DIGITS : digits > most ? most : digits;
    return (int64_t)decoy_number(word, (enum decoy_class)(DECOY_AMOUNT + digits - DECOY_AMOUNT_DIGITS), i);
}

int64_t decoy_amount_like(const struct fingerprint_word *word, uint32_t i, int64_t like)
{
    bool whole = like % 100 == 0;
    uint64_t size = (uint64_t)(whole ? like / 100 : like);
    enum decoy_class first = whole ? DECOY_UNITS : DECOY_CENTS,
                     last = whole ? DECOY_UNITS_LAST : DECOY_CENTS_LAST;
    if (like <= 0 || like % 1000 == 0)
        return 0;
    for (enum decoy_class class = first; class <= last; class ++) {
        if (size >= least_of(class) && size < 10 * least_of(class))
            return (int64_t)decoy_number(word, class, i) * (whole ? 100 : 1);
    }
    return 0;
}

/* --- Reading --- */

static bool read_base(const char *alphabet, uint64_t base, const char *text, size_t size, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < size; i++) {
        const char *at = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (at == NULL || (uint64_t)(at - alphabet) >= base)
            return false;
        *value = *value * base + (uint64_t)(at - alphabet);
    }
    return true;
}

static unsigned take(uint64_t numbers[DECOY_CLASSES], enum decoy_class class, bool read, uint64_t value)
{
    if (read)
        numbers[class] = value;
    return read ? 1u << class : 0;
}

static unsigned read_tax_code(const char *text, uint64_t numbers[DECOY_CLASSES])
{
    enum decoy_class class = class_of_tax(text, TAX_SIZE);
    uint64_t value = 0;
    if (class == DECOY_TAX_OTHER)
        return 0;
    bool digits = class == DECOY_TAX_DIGITS;
    bool read = read_base(tax_alphabet, digits ? 10 : TAX_BASE, text + 8, TAIL, &value);
    unsigned taken = take(numbers, digits ? class : DECOY_TAX_LETTERS, read, value);
    /* One with letters may begin with MA by chance. */
    read = class == DECOY_TAX_MA && read_base(tax_alphabet, TAX_BASE, text + 10, 6, &value);
    return taken | take(numbers, DECOY_TAX_MA, read, value);
}

static unsigned read_tail(const char *text, size_t size, uint64_t numbers[DECOY_CLASSES])
{
    char digits[WRITING_KEY_SIZE];
    uint64_t value;
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            digits[count++] = text[i];
    }
    if (count < TAIL || size > 15)
        return 0;
    bool read = read_base(tax_alphabet, 10, digits + count - TAIL, TAIL, &value);
    return take(numbers, DECOY_TAX_OTHER, read, value) | take(numbers, DECOY_PHONE, read, value);
}

/* "-12,345.60", "¥１２３４５.6": the hundredths, without the sign. */
static bool read_amount(struct bytes cell, uint64_t *hundredths)
{
    char text[AMOUNT_TEXT_MAX];
    size_t size = 0;
    struct decimal decimal;
    while (cell.size > 0) {
        uint32_t point = fold(utf8_next(&cell));
        bool skip = point == ',' || point == ' ' || point == '-' || point == '+' || point == '(' ||
                    point == ')' || point == 0xA5 || point == 0xFFE5 || point == '$' || point == 0x20AC ||
                    point == '\'' || point == 0x2212;
        if (skip)
            continue;
        if (size + 1 >= sizeof text || !((point >= '0' && point <= '9') || point == '.'))
            return false;
        text[size++] = (char)point;
    }
    if (size == 0 || decimal_parse(bytes_of(text, size), &decimal) != VAULT_OK)
        return false;
    decimal = decimal_reduce(decimal, 0);
    if (decimal.scale > 2 || decimal.mantissa < 0 || decimal.mantissa > INT64_C(1000000000000))
        return false;
    *hundredths = (uint64_t)decimal.mantissa * power(10, 2 - (unsigned)decimal.scale);
    return true;
}

static unsigned take_amount(struct bytes cell, uint64_t numbers[DECOY_CLASSES])
{
    uint64_t hundredths;
    unsigned taken = 0;
    if (cell.size > 2 * AMOUNT_TEXT_MAX || !read_amount(cell, &hundredths))
        return 0;
    for (int class = DECOY_AMOUNT; class < DECOY_CLASSES; class ++) {
        uint64_t least = least_of((enum decoy_class) class);
        uint64_t value = class >= DECOY_UNITS ? hundredths / 100 : hundredths;
        bool fits = (class < DECOY_UNITS || hundredths % 100 == 0) && value >= least && value < 10 * least;
        taken |= take(numbers, (enum decoy_class) class, fits, value);
    }
    return taken;
}

unsigned decoy_read(struct bytes cell, uint64_t numbers[DECOY_CLASSES])
{
    char text[WRITING_KEY_SIZE];
    size_t size = cell.size == 0 || cell.size > WRITING_KEY_SIZE ? 0 : writing_key(cell, text);
    uint64_t value = 0;
    unsigned read = 0;
    for (size_t i = 0; i < size; i++)
        text[i] = text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
    if (size == TAX_SIZE)
        read |= read_tax_code(text, numbers);
    if (size >= 16 && size <= 19 && is_digits(text, size) && read_base(tax_alphabet, 10, text + 2, 9, &value))
        read |= take(numbers, DECOY_ACCOUNT, true, value);
    if (size >= TAIL)
        read |= read_tail(text, size, numbers);
    if (size == ULID_TEXT_SIZE - 1 && read_base(record_alphabet, 32, text + size - 12, 12, &value))
        read |= take(numbers, DECOY_RECORD, true, value);
    return read | take_amount(cell, numbers);
}
