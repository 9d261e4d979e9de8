#include "vault/base/period.h"

#include <stdio.h>
#include <string.h>

/* YYYY or YYYY-MM with a month that exists. */
static bool is_period(struct bytes text)
{
    static const char shape[] = "dddd-dd";
    if (text.size != 4 && text.size != 7)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (shape[i] == 'd' ? !digit : text.data[i] != '-')
            return false;
    }
    if (text.size == 4)
        return true;
    int month = (text.data[5] - '0') * 10 + text.data[6] - '0';
    return month >= 1 && month <= 12;
}

void period_all(struct period_range *range)
{
    *range = (struct period_range){.from = "", .to = "9999-99"};
}

bool period_parse(struct bytes text, struct period_range *range)
{
    const uint8_t *dots = text.size < 2 ? NULL : memmem(text.data, text.size, "..", 2);
    size_t before = dots == NULL ? text.size : (size_t)(dots - text.data);
    struct bytes from = bytes_of(text.data, before);
    struct bytes to = dots == NULL ? from : bytes_of(dots + 2, text.size - before - 2);
    if (!is_period(from) || !is_period(to))
        return false;
    (void)snprintf(range->from, sizeof range->from, "%.*s", (int)from.size, (const char *)from.data);
    /* A year's months sort after the bare year and before the year with "-99". */
    (void)snprintf(range->to, sizeof range->to, "%.*s%s", (int)to.size, (const char *)to.data,
        to.size == 4 ? "-99" : "");
    return true;
}
