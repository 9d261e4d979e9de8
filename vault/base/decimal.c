#include "vault/base/decimal.h"

#include <stdio.h>
#include <string.h>

/* Wide enough for 64 bits times 10^12; an extension that both compilers have. */
__extension__ typedef __int128 wide_integer;

int decimal_parse(struct bytes text, struct decimal *decimal)
{
    size_t at = 0;
    bool negative = false;
    bool point = false;
    bool any = false;
    int64_t mantissa = 0;
    int scale = 0;

    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
        negative = text.data[at++] == '-';
    for (; at < text.size; at++) {
        uint8_t c = text.data[at];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            return VAULT_EINPUT;
        any = true;
        if (point && scale == DECIMAL_SCALE_MAX) {
            if (c != '0')
                return VAULT_ELIMIT;
            continue;
        }
        int digit = c - '0';
        if (__builtin_mul_overflow(mantissa, 10, &mantissa) ||
            __builtin_sub_overflow(mantissa, digit, &mantissa))
            return VAULT_ELIMIT;
        scale += point;
    }
    /* Digits were subtracted, so that the most negative number fits too. */
    if (!negative && __builtin_sub_overflow((int64_t)0, mantissa, &mantissa))
        return VAULT_ELIMIT;
    if (!any)
        return VAULT_EINPUT;
    *decimal = (struct decimal){.mantissa = mantissa, .scale = scale};
    return VAULT_OK;
}

void decimal_format(struct decimal decimal, char text[DECIMAL_TEXT_SIZE])
{
    char digits[24];
    uint64_t magnitude = decimal.mantissa < 0 ? 0 - (uint64_t)decimal.mantissa : (uint64_t)decimal.mantissa;
    int count = snprintf(digits, sizeof digits, "%0*llu", decimal.scale + 1, (unsigned long long)magnitude);
    int whole = count - decimal.scale;
    (void)snprintf(text, DECIMAL_TEXT_SIZE, "%s%.*s%s%s", decimal.mantissa < 0 ? "-" : "", whole, digits,
        decimal.scale > 0 ? "." : "", digits + whole);
}

static bool scale_up(struct decimal *decimal, int scale)
{
    while (decimal->scale < scale) {
        if (__builtin_mul_overflow(decimal->mantissa, 10, &decimal->mantissa))
            return false;
        decimal->scale++;
    }
    return true;
}

int decimal_add(struct decimal *sum, struct decimal more)
{
    struct decimal total = *sum;
    if (!scale_up(&total, more.scale) || !scale_up(&more, total.scale) ||
        __builtin_add_overflow(total.mantissa, more.mantissa, &total.mantissa))
        return VAULT_ELIMIT;
    *sum = total;
    return VAULT_OK;
}

struct decimal decimal_negate(struct decimal decimal)
{
    if (decimal.mantissa != INT64_MIN)
        decimal.mantissa = -decimal.mantissa;
    return decimal;
}

struct decimal decimal_reduce(struct decimal decimal, int scale)
{
    while (decimal.scale > scale && decimal.mantissa % 10 == 0) {
        decimal.mantissa /= 10;
        decimal.scale--;
    }
    return decimal;
}

int decimal_compare(struct decimal a, struct decimal b)
{
    wide_integer left = a.mantissa;
    wide_integer right = b.mantissa;
    for (int scale = a.scale; scale < b.scale; scale++)
        left *= 10;
    for (int scale = b.scale; scale < a.scale; scale++)
        right *= 10;
    return left < right ? -1 : left > right;
}
