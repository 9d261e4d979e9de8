/**
 * @file clock.h
 * When something is due: hours, days, working days, months and years as laws count them.
 *
 * A period in hours or minutes runs from the moment itself.  One in days, months or years does not count the
 * day in which it begins, and ends with the end of its last day, by the clocks of the place
 * (民法典第二百条至第二百零三条; Regulation (EEC, Euratom) 1182/71 article 3).  Months and years end on the
 * day of the same number, or the last of the month where there is none.  Days worked and days off are data
 * (facts.json); for a year that the calendar does not know, Monday to Friday are taken for working days and
 * the answer says that it is estimated.
 *
 * All functions are pure; a `struct law` may be used by several threads.
 */
#ifndef VAULT_LAW_CLOCK_H
#define VAULT_LAW_CLOCK_H

#include "vault/law/facts.h"

enum law_unit {
    LAW_AT_ONCE, /* no number: due when it begins */
    LAW_BEFORE,  /* before something is done: due when it begins */
    LAW_MINUTES,
    LAW_HOURS,
    LAW_WHOLE_HOURS, /* the hour in which it begins is not counted */
    LAW_CALENDAR_DAYS,
    LAW_WORKING_DAYS,
    LAW_BUSINESS_DAYS, /* as working days; 1 is the next business day */
    LAW_MONTHS,
    LAW_YEARS
};

struct law_term {
    enum law_unit unit;
    unsigned count;
    bool rolls; /* a last day that is not worked gives way to the next that is */
};

struct law_due {
    int64_t at;     /* the first instant that is too late */
    bool estimated; /* a day in it is of a year that the calendar does not know */
};

/** The unit of this word; false if there is none. */
bool law_unit_parse(const char *word, enum law_unit *unit);

/**
 * How far the clocks of a place are ahead of UTC at an instant, in minutes.
 * @param zone  of the facts; one that they do not have is UTC.
 */
int law_offset(const struct law *law, const char *zone, int64_t instant);

/** The instant at which a day (see day_number()) begins by the clocks of a place; the earlier one where there
 * are two. */
int64_t law_midnight(const struct law *law, const char *zone, int64_t day);

/** Is it a working day?  @p known is false where the calendar does not know the year. */
bool law_works(const struct law *law, const char *calendar, int64_t day, bool *known);

/** When a term that begins at @p start is over.  Clamped to the year 9999. */
struct law_due law_due(const struct law *law, const char *zone, const char *calendar, int64_t start,
    const struct law_term *term);

#endif
