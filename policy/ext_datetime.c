/* datetime: milliseconds since 1970-01-01T00:00:00Z, proleptic Gregorian calendar. */
#include "policy/ext.h"

enum { DAY = 86400000 };

/* n ASCII digits at *at; advances. */
static bool read_digits(struct cedar_str s, size_t *at, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++, ++*at) {
        if (*at >= s.len || s.data[*at] < '0' || s.data[*at] > '9')
            return false;
        *out = *out * 10 + (s.data[*at] - '0');
    }
    return true;
}

static bool read_mark(struct cedar_str s, size_t *at, char mark)
{
    return *at < s.len && s.data[*at] == mark && ++*at;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1970-01-01; the year is counted from March, so that a leap day comes last. */
static int64_t days_from(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_date(struct cedar_str s, size_t *at, int64_t *days)
{
    int year, month, day;

    if (!read_digits(s, at, 4, &year) || !read_mark(s, at, '-') || !read_digits(s, at, 2, &month) ||
        !read_mark(s, at, '-') || !read_digits(s, at, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    *days = days_from(year, month, day);
    return true;
}

static bool read_clock(struct cedar_str s, size_t *at, int64_t *ms)
{
    int hour, minute, second, fraction = 0;

    if (!read_mark(s, at, 'T') || !read_digits(s, at, 2, &hour) || !read_mark(s, at, ':') ||
        !read_digits(s, at, 2, &minute) || !read_mark(s, at, ':') || !read_digits(s, at, 2, &second))
        return false;
    if (read_mark(s, at, '.') && !read_digits(s, at, 3, &fraction))
        return false;
    *ms = ((hour * 60 + minute) * 60 + second) * (int64_t)1000 + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

static bool read_zone(struct cedar_str s, size_t *at, int64_t *ms)
{
    int hour, minute, sign;

    *ms = 0;
    if (read_mark(s, at, 'Z'))
        return true;
    sign = read_mark(s, at, '-') ? -1 : 1;
    if (sign > 0 && !read_mark(s, at, '+'))
        return false;
    if (!read_digits(s, at, 2, &hour) || !read_digits(s, at, 2, &minute))
        return false;
    *ms = sign * (hour * 60 + minute) * (int64_t)60000;
    return hour < 24 && minute < 60;
}

bool cedar_datetime_read(struct cedar_str s, int64_t *out)
{
    int64_t days, clock = 0, zone = 0;
    size_t at = 0;

    if (!read_date(s, &at, &days))
        return false;
    if (at < s.len && (!read_clock(s, &at, &clock) || !read_zone(s, &at, &zone)))
        return false;
    *out = days * DAY + clock - zone;
    return at == s.len;
}

int64_t cedar_datetime_to_time(int64_t ms)
{
    int64_t time = ms % DAY;

    return time < 0 ? time + DAY : time;
}

bool cedar_datetime_to_date(int64_t ms, int64_t *out)
{
    return !__builtin_sub_overflow(ms, cedar_datetime_to_time(ms), out);
}

static void civil(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

bool cedar_put_datetime(struct cedar_text *t, int64_t ms)
{
    const int64_t first = -62167219200000, last = 253402300799999; /* years 0000 and 9999 */
    int64_t time = cedar_datetime_to_time(ms), seconds = time / 1000;
    int year, month, day;

    if (ms < first || ms > last)
        return false;
    civil((ms - time) / DAY, &year, &month, &day);
    cedar_putf(t, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, (int)(seconds / 3600),
        (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(time % 1000));
    return true;
}
