/* What is usual of some days, held against the definition, and when a firm works. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/hours.h"
#include "vault/access/unusual.h"
#include "vault/base/bytes.h"
#include "vault/base/instant.h"

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2] + values[count / 2 - 1]) / 2;
}

Test(access_unusual, median_and_deviation_are_those_of_the_definition)
{
    uint32_t seed = 1;
    for (size_t count = 1; count < 60; count++) {
        uint32_t days[60];
        double y[60];
        for (size_t i = 0; i < count; i++) {
            seed = seed * 1664525u + 1013904223u;
            days[i] = 1 + (seed >> 20) % (count % 3 == 0 ? 4 : 900);
            y[i] = log1p(days[i]);
        }
        struct usual usual = usual_of(days, count);
        double middle = median(y, count);
        for (size_t i = 0; i < count; i++)
            y[i] = fabs(log1p(days[i]) - middle);
        double spread = fmax(1.4826 * median(y, count), UNUSUAL_SPREAD_MIN);
        cr_assert(
            fabs(usual.median - middle) < 1e-9 && fabs(usual.spread - spread) < 1e-9 && usual.days == count,
            "%zu", count);
    }
    cr_assert_eq(usual_of(NULL, 0).days, 0);
}

Test(access_unusual, both_the_own_days_and_everybodys_count)
{
    struct usual few = {.median = log1p(20), .spread = 0.4, .days = 20};
    struct usual many = {.median = log1p(500), .spread = 0.4, .days = 400};
    struct usual all = {.median = log1p(40), .spread = 0.8, .days = 400};
    struct usual fresh = {.median = log1p(20), .spread = 0.4, .days = UNUSUAL_OWN_DAYS - 1};
    struct usual empty = {.days = UNUSUAL_ALL_DAYS - 1, .median = 0, .spread = 0.4};
    cr_assert(unusual(&few, &all, 600));
    cr_assert_not(unusual(&few, &all, 100), "unusual for the person, usual here");
    cr_assert_not(unusual(&many, &all, 600), "usual for the person");
    cr_assert(unusual(&fresh, &all, 2000), "who is new is held against the others");
    cr_assert_not(unusual(&fresh, &all, 600), "and with more patience");
    cr_assert_not(unusual(&few, &empty, 100000), "nothing to compare with");
    cr_assert_not(unusual(&few, &(struct usual){.days = 400, .spread = 0.35}, UNUSUAL_LEAST - 1),
        "too little to speak of");
}

static int64_t at(const char *text)
{
    int64_t instant = 0;
    cr_assert(instant_parse(bytes_of_text(text), &instant));
    return instant;
}

Test(access_unusual, hours)
{
    static const char *const wrong[] = {"", "off", "mon", "mon-fri", "mon-fri,08:00", "mon-fri,8:00-20:00",
        "fri-mon,08:00-20:00", "mon-fri,20:00-08:00", "mon-fri,08:00-08:00", "mon-fri,08:60-20:00",
        "mon-fri,08:00-24:01", "mon-fri,08:00-20:00,", "mon-fri,08:00-20:00,08:00",
        "mon-fri,08:00-20:00,+15:00", "mon-fri,08:00-20:00,+08:00 ", "Mon-Fri,08:00-20:00"};
    struct hours hours;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_not(hours_parse(wrong[i], &hours), "%s", wrong[i]);
    cr_assert(hours_parse("mon-fri,08:00-20:00,+08:00", &hours));
    cr_assert(hours_hold(&hours, at("2026-11-26T00:00:00Z")), "08:00 of a Thursday");
    cr_assert_not(hours_hold(&hours, at("2026-11-25T23:59:59Z")), "a second before");
    cr_assert(hours_hold(&hours, at("2026-11-26T11:59:59Z")));
    cr_assert_not(hours_hold(&hours, at("2026-11-26T12:00:00Z")), "20:00");
    cr_assert_not(hours_hold(&hours, at("2026-11-28T04:00:00Z")), "Saturday");
    cr_assert(hours_parse("sat-sun,00:00-24:00,-05:00", &hours));
    cr_assert(hours_hold(&hours, at("2026-11-30T04:59:59Z")), "still Sunday there");
    cr_assert_not(hours_hold(&hours, at("2026-11-30T05:00:00Z")));
    (void)setenv("TZ", "UTC-3", 1);
    cr_assert(hours_parse("mon-mon,02:00-03:00", &hours) && hours.local);
    cr_assert(hours_hold(&hours, at("2026-11-29T23:30:00Z")), "02:30 of a Monday, here");
}
