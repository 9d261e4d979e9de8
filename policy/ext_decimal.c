/* decimal: four digits after the point, in an int64 of ten-thousandths. */
#include "policy/ext.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Appends a digit to a number kept negative, where the range is widest. */
static bool push(int64_t *n, int d)
{
    return !__builtin_mul_overflow(*n, (int64_t)10, n) && !__builtin_sub_overflow(*n, (int64_t)d, n);
}

bool cedar_decimal_read(struct cedar_str s, int64_t *out)
{
    bool negative = s.len && s.data[0] == '-';
    size_t i = negative, whole = 0, fraction = 0;
    int64_t n = 0;

    for (; i < s.len && digit(s.data[i]); i++, whole++) {
        if (!push(&n, s.data[i] - '0'))
            return false;
    }
    if (!whole || i == s.len || s.data[i++] != '.')
        return false;
    for (; i < s.len && digit(s.data[i]); i++, fraction++) {
        if (fraction == 4 || !push(&n, s.data[i] - '0'))
            return false;
    }
    if (!fraction || i != s.len)
        return false;
    for (; fraction < 4; fraction++) {
        if (!push(&n, 0))
            return false;
    }
    if (!negative && n == INT64_MIN)
        return false;
    *out = negative ? n : -n;
    return true;
}

void cedar_put_decimal(struct cedar_text *t, int64_t n)
{
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    unsigned fraction = (unsigned)(size % 10000);
    int digits = 4;

    while (digits > 1 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    cedar_putf(t, "%s%llu.%0*u", n < 0 ? "-" : "", (unsigned long long)(size / 10000), digits, fraction);
}
