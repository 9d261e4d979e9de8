/**
 * @file hours.h
 * When a firm works: the setting alert.hours, "mon-fri,08:00-20:00" in the time of this machine, or with a
 * third part such as
 * "+08:00".  Holidays are not known.
 */
#ifndef VAULT_ACCESS_HOURS_H
#define VAULT_ACCESS_HOURS_H

#include <stdbool.h>
#include <stdint.h>

struct hours {
    int first_day, last_day; /* 0: Monday */
    int from, until;         /* minutes of the day */
    bool local;
    int offset; /* minutes east of UTC, unless local */
};
bool hours_parse(const char *value, struct hours *hours);
/** Is a moment within them? */
bool hours_hold(const struct hours *hours, int64_t instant);

#endif
