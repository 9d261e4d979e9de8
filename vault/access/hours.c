#include "vault/access/hours.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MINUTES (24 * 60)
#define MINUTE_MS 60000

static const char days[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static bool take_day(const char **text, int *day)
{
    for (int i = 0; i < 7; i++) {
        if (strncmp(*text, days[i], 3) == 0) {
            *day = i;
            *text += 3;
            return true;
        }
    }
    return false;
}

static bool take(const char **text, char letter)
{
    bool there = **text == letter;
    *text += there;
    return there;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "08:00", up to "24:00". */
static bool take_time(const char **text, int *minutes)
{
    const char *at = *text;
    for (int i = 0; i < 5; i++) {
        if (i == 2 ? at[i] != ':' : !is_digit(at[i]))
            return false;
    }
    int hour = (at[0] - '0') * 10 + at[1] - '0';
    int minute = (at[3] - '0') * 10 + at[4] - '0';
    *minutes = hour * 60 + minute;
    *text += 5;
    return minute < 60 && *minutes <= DAY_MINUTES;
}

bool hours_parse(const char *value, struct hours *hours)
{
    *hours = (struct hours){.local = true};
    if (!take_day(&value, &hours->first_day) || !take(&value, '-') || !take_day(&value, &hours->last_day) ||
        !take(&value, ',') || !take_time(&value, &hours->from) || !take(&value, '-') ||
        !take_time(&value, &hours->until) || hours->first_day > hours->last_day ||
        hours->from >= hours->until)
        return false;
    if (*value == '\0')
        return true;
    if (!take(&value, ',') || (*value != '+' && *value != '-'))
        return false;
    int sign = *value == '-' ? -1 : 1;
    value++;
    hours->local = false;
    bool good = take_time(&value, &hours->offset) && *value == '\0' && hours->offset <= 14 * 60;
    hours->offset *= sign;
    return good;
}

bool hours_hold(const struct hours *hours, int64_t instant)
{
    int64_t shifted = instant / MINUTE_MS + hours->offset;
    int64_t day = shifted / DAY_MINUTES;
    int weekday = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */
    int minute = (int)(shifted % DAY_MINUTES);
    time_t seconds = (time_t)(instant / 1000);
    struct tm parts;
    if (hours->local && localtime_r(&seconds, &parts) != NULL) {
        weekday = (parts.tm_wday + 6) % 7;
        minute = parts.tm_hour * 60 + parts.tm_min;
    }
    return weekday >= hours->first_day && weekday <= hours->last_day && minute >= hours->from &&
           minute < hours->until;
}
