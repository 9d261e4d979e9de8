/**
 * @file unusual.h
 * Is what somebody was shown on one day much more than he, and than anybody here, is shown on others?
 *
 * A day's number x is seen as y = ln(1 + x), since work differs by factors.  Of a set of days, m is the
 * median of y and s = 1.4826 times the median of |y - m| (for normal values the standard deviation; what a
 * few wild days do to it is bounded), at least UNUSUAL_SPREAD_MIN.  A day is unusual if y > m + k s, both for
 * the person's own days of work and for everybody's. Both, since a quiet person's first busy day is no news
 * where others have such days, and who always does more than others does it every day.  The rates of false
 * alarms and of thefts found on made-up firms: tests/bench/alerts/.
 *
 * Pure; any threads.
 */
#ifndef VAULT_ACCESS_UNUSUAL_H
#define VAULT_ACCESS_UNUSUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNUSUAL_DAYS 30      /* days before the one that is looked at */
#define UNUSUAL_LEAST 30u    /* fewer are never unusual */
#define UNUSUAL_OWN_DAYS 5u  /* with fewer days of work only the others' count */
#define UNUSUAL_ALL_DAYS 20u /* with fewer days of anybody's nothing is unusual */
#define UNUSUAL_SPREAD_MIN 0.35
#define UNUSUAL_OWN 3.5 /* k for the own days */
#define UNUSUAL_ALL 3.0 /* for everybody's */
#define UNUSUAL_NEW 4.0 /* for everybody's, where the own are too few */

/** What is usual of some days: median and spread of y. */
struct usual {
    double median;
    double spread;
    size_t days;
};

/** @p counts is sorted and changed. Days on which nothing was shown do not belong in it. */
struct usual usual_of(uint32_t *counts, size_t count);
bool unusual(const struct usual *own, const struct usual *all, uint32_t today);

#endif
