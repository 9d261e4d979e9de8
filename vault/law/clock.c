#include "vault/law/clock.h"

#include <string.h>

#include "vault/base/instant.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define LAST_INSTANT INT64_C(253402300799000) /* 9999-12-31T23:59:59Z */
#define TIMES_MAX 20000u                      /* counts of a term; longer ones are cut */

bool law_unit_parse(const char *word, enum law_unit *unit)
{
    static const char *const words[] = {"at_once", "before", "minutes", "hours", "whole_hours",
        "calendar_days", "working_days", "business_days", "months", "years"};
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], word) == 0) {
            *unit = (enum law_unit)i;
            return true;
        }
    }
    return false;
}

static int64_t floor_day(int64_t instant)
{
    return instant >= 0 ? instant / DAY : -((-instant + DAY - 1) / DAY);
}

/* 0: Monday. */
static int weekday(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

/* --- Clocks of places --- */

/* The Sunday that a rule means, and the minute of that day. */
static int64_t change_at(const json_t *rule, int year, int64_t *minute)
{
    static const char *const weeks[] = {"first", "second", "third", "fourth"};
    const char *week = json_text(rule, "week");
    int month = (int)json_number(rule, "month", 1);
    int64_t first = 0;
    int64_t next = 0;
    size_t which = 0;
    *minute = json_number(rule, "minute", 0);
    (void)day_number(year, month, 1, &first);
    if (week != NULL && strcmp(week, "last") == 0) {
        (void)day_number(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1, &next);
        return next - 1 - (weekday(next - 1) + 1) % 7;
    }
    while (which < 3 && (week == NULL || strcmp(weeks[which], week) != 0))
        which++;
    return first + (6 - weekday(first)) % 7 + 7 * (int64_t)which;
}

/* When a rule's change happens; @p offset of the clocks that it is told by. */
static int64_t change_instant(const json_t *zone_rule, const char *member, int year, int offset)
{
    const char *clock = json_text(zone_rule, "clock");
    int64_t minute;
    int64_t day = change_at(json_object_get(zone_rule, member), year, &minute);
    bool local = clock != NULL && strcmp(clock, "local") == 0;
    return day * DAY + (minute - (local ? offset : 0)) * MINUTE;
}

static const json_t *find(const struct law *law, const char *section, const char *id)
{
    return law_entry(json_object_get(law_json(law), section), id);
}

int law_offset(const struct law *law, const char *zone, int64_t instant)
{
    const json_t *entry = find(law, "zones", zone);
    const json_t *rule = find(law, "zone_rules", json_text(entry, "rule"));
    int offset = (int)json_number(entry, "offset", 0);
    int year, month, day;
    if (json_object_get(rule, "begins") == NULL || json_object_get(rule, "ends") == NULL)
        return offset;
    day_date(floor_day(instant + offset * MINUTE), &year, &month, &day);
    if (year < json_number(rule, "since", 0))
        return offset;
    /* The end is told by the clocks that are then an hour ahead. */
    bool summer = instant >= change_instant(rule, "begins", year, offset) &&
                  instant < change_instant(rule, "ends", year, offset + 60);
    return offset + (summer ? 60 : 0);
}

int64_t law_midnight(const struct law *law, const char *zone, int64_t day)
{
    int64_t local = day * DAY;
    int64_t standard = json_number(find(law, "zones", zone), "offset", 0);
    /* By summer's clocks, if those show it then, else by winter's. */
    int64_t early = local - (standard + 60) * MINUTE;
    return early + law_offset(law, zone, early) * MINUTE == local ? early : local - standard * MINUTE;
}

/* --- Days worked --- */

static bool lists_day(const json_t *days, int64_t day)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(day * DAY, text);
    text[10] = '\0';
    return json_lists(days, text);
}

bool law_works(const struct law *law, const char *calendar, int64_t day, bool *known)
{
    const json_t *years = json_object_get(find(law, "calendars", calendar), "years");
    bool week = weekday(day) < 5;
    int year, month, date;
    day_date(day, &year, &month, &date);
    *known = json_array_size(years) == 0;
    for (size_t i = 0; i < json_array_size(years); i++) {
        const json_t *one = json_array_get(years, i);
        if (json_number(one, "year", 0) != year)
            continue;
        *known = true;
        return lists_day(json_object_get(one, "work"), day) ||
               (week && !lists_day(json_object_get(one, "off"), day));
    }
    return week;
}

struct walking {
    const struct law *law;
    const char *calendar;
    bool estimated;
};

static bool works(struct walking *walking, int64_t day)
{
    bool known;
    bool is = law_works(walking->law, walking->calendar, day, &known);
    walking->estimated = walking->estimated || !known;
    return is;
}

static int64_t add_working_days(struct walking *walking, int64_t day, unsigned count)
{
    while (count > 0)
        count -= works(walking, ++day);
    return day;
}

static int64_t add_months(int64_t day, int64_t months)
{
    int year, month, date;
    int64_t result;
    day_date(day, &year, &month, &date);
    int64_t all = (int64_t)year * 12 + month - 1 + months;
    if (all > INT64_C(9999) * 12 + 11)
        all = INT64_C(9999) * 12 + 11;
    while (!day_number((int)(all / 12), (int)(all % 12) + 1, date, &result))
        date--; /* the month is shorter */
    return result;
}

/* The last day of the term. */
static int64_t last_day(struct walking *walking, int64_t day, const struct law_term *term, unsigned count)
{
    if (term->unit == LAW_CALENDAR_DAYS)
        day += count;
    else if (term->unit == LAW_MONTHS || term->unit == LAW_YEARS)
        day = add_months(day, (int64_t)count * (term->unit == LAW_YEARS ? 12 : 1));
    else
        day = add_working_days(walking, day, count);
    while (term->rolls && !works(walking, day))
        day++;
    return day;
}

struct law_due law_due(
    const struct law *law, const char *zone, const char *calendar, int64_t start, const struct law_term *term)
{
    struct walking walking = {law, calendar, false};
    unsigned count = term->count < TIMES_MAX ? term->count : TIMES_MAX;
    int64_t at = start;
    switch (term->unit) {
    case LAW_AT_ONCE:
    case LAW_BEFORE:
        break;
    case LAW_MINUTES:
        at = start + count * MINUTE;
        break;
    case LAW_WHOLE_HOURS:
        /* Offsets are whole half-hours at least, so hours begin where they do by the place's clocks. */
        at = start - ((start + law_offset(law, zone, start) * MINUTE) % HOUR + HOUR) % HOUR +
             (count + INT64_C(1)) * HOUR;
        break;
    case LAW_HOURS:
        at = start + count * HOUR;
        break;
    case LAW_CALENDAR_DAYS:
    case LAW_WORKING_DAYS:
    case LAW_BUSINESS_DAYS:
    case LAW_MONTHS:
    case LAW_YEARS: {
        int64_t day = floor_day(start + law_offset(law, zone, start) * MINUTE);
        at = law_midnight(law, zone, last_day(&walking, day, term, count) + 1);
        break;
    }
    }
    return (struct law_due){at < LAST_INSTANT ? at : LAST_INSTANT, walking.estimated};
}
