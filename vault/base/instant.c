#include "vault/base/instant.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

int64_t instant_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t instant_monotonic(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Days from civil and back: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
bool day_number(int year, int month, int day, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    if (day > lengths[month - 1] + (month == 2 && leap ? 1 : 0))
        return false;
    int shifted = month <= 2 ? year - 1 : year;
    int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int year_of_era = shifted - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    *days = (int64_t)era * 146097 + day_of_era - 719468;
    return true;
}

void day_date(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

void instant_format(int64_t instant, char text[INSTANT_TEXT_SIZE])
{
    const int64_t first = INT64_C(-62167219200000);
    const int64_t last = INT64_C(253402300799999);
    instant = instant < first ? first : instant > last ? last : instant;
    int64_t days = (instant >= 0 ? instant : instant - (DAY_MS - 1)) / DAY_MS;
    int rest = (int)(instant - days * DAY_MS);
    int year;
    int month;
    int day;
    day_date(days, &year, &month, &day);
    char wide[64];
    (void)snprintf(wide, sizeof wide, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, rest / 3600000,
        rest / 60000 % 60, rest / 1000 % 60, rest % 1000);
    memcpy(text, wide, INSTANT_TEXT_SIZE - 1);
    text[INSTANT_TEXT_SIZE - 1] = '\0';
}

static int digits(struct bytes text, size_t at, size_t count)
{
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
            return -1;
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

static bool mark(struct bytes text, size_t at, char wanted)
{
    return at < text.size && text.data[at] == (uint8_t)wanted;
}

static bool parse_date(struct bytes text, int64_t *days)
{
    int year = digits(text, 0, 4);
    int month = digits(text, 5, 2);
    int day = digits(text, 8, 2);
    return mark(text, 4, '-') && mark(text, 7, '-') && year >= 0 && month >= 0 && day >= 0 &&
        day_number(year, month, day, days);
}

bool instant_parse(struct bytes text, int64_t *instant)
{
    int64_t days;
    if (!parse_date(text, &days))
        return false;
    if (text.size == 10) {
        *instant = days * DAY_MS;
        return true;
    }
    size_t size = mark(text, text.size - 1, 'Z') ? text.size - 1 : text.size;
    int hour = digits(text, 11, 2);
    int minute = digits(text, 14, 2);
    int second = size > 16 ? digits(text, 17, 2) : 0;
    int milli = size > 19 ? digits(text, 20, 3) : 0;
    bool shape = (size == 16 || (size == 19 && mark(text, 16, ':')) ||
                     (size == 23 && mark(text, 16, ':') && mark(text, 19, '.'))) &&
        mark(text, 10, 'T') && mark(text, 13, ':');
    if (!shape || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || milli < 0)
        return false;
    *instant = days * DAY_MS + hour * INT64_C(3600000) + minute * 60000 + second * 1000 + milli;
    return true;
}
