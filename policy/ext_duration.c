/* duration: signed milliseconds, written in falling units. */
#include "policy/ext.h"

static const struct {
    const char *name;
    int64_t ms;
} units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

enum { UNITS = sizeof(units) / sizeof(*units) };

/* Digits at *at as a number with the sign of @p sign. */
static bool read_quantity(struct cedar_str s, size_t *at, int64_t sign, int64_t *out)
{
    size_t from = *at;

    for (*out = 0; *at < s.len && s.data[*at] >= '0' && s.data[*at] <= '9'; ++*at) {
        if (__builtin_mul_overflow(*out, (int64_t)10, out) ||
            __builtin_add_overflow(*out, sign * (s.data[*at] - '0'), out))
            return false;
    }
    return *at > from;
}

/* The unit at *at, UNITS if there is none. */
static size_t read_unit(struct cedar_str s, size_t *at)
{
    size_t left = s.len - *at;
    const char *p = s.data + *at;
    size_t unit;

    if (left >= 2 && p[0] == 'm' && p[1] == 's') {
        *at += 2;
        return UNITS - 1;
    }
    for (unit = 0; unit < UNITS - 1; unit++) {
        if (left && *p == units[unit].name[0]) {
            ++*at;
            return unit;
        }
    }
    return UNITS;
}

bool cedar_duration_read(struct cedar_str s, int64_t *out)
{
    int64_t sign = s.len && s.data[0] == '-' ? -1 : 1, total = 0, quantity;
    size_t at = sign < 0, next = 0;

    if (at == s.len)
        return false;
    while (at < s.len) {
        size_t unit;

        if (!read_quantity(s, &at, sign, &quantity))
            return false;
        unit = read_unit(s, &at);
        if (unit == UNITS || unit < next)
            return false;
        next = unit + 1;
        if (__builtin_mul_overflow(quantity, units[unit].ms, &quantity) ||
            __builtin_add_overflow(total, quantity, &total))
            return false;
    }
    *out = total;
    return true;
}

void cedar_put_duration(struct cedar_text *t, int64_t ms)
{
    cedar_putf(t, "%lldms", (long long)ms);
}
