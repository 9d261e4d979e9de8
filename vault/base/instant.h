/**
 * @file instant.h
 * Moments and days: milliseconds since 1970-01-01T00:00:00Z (proleptic Gregorian, no leap seconds, RFC 3339).
 */
#ifndef VAULT_BASE_INSTANT_H
#define VAULT_BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"

#define INSTANT_TEXT_SIZE 25 /* YYYY-MM-DDThh:mm:ss.mmmZ and NUL */

/** The system's clock (CLOCK_REALTIME). */
int64_t instant_now(void);
/** A clock that never goes back (CLOCK_MONOTONIC), in nanoseconds; only differences mean something. */
uint64_t instant_monotonic(void);

/** UTC, always with three digits of milliseconds; years 0000 to 9999, clamped beyond. */
void instant_format(int64_t instant, char text[INSTANT_TEXT_SIZE]);

/**
 * YYYY-MM-DD, YYYY-MM-DDThh:mm, …:ss or …:ss.mmm, the last three with Z or nothing (read as UTC).
 * A date that does not exist or anything left over gives false and leaves @p instant untouched.
 */
bool instant_parse(struct bytes text, int64_t *instant);

/** Days since 1970-01-01 of a date; false if there is no such day. */
bool day_number(int year, int month, int day, int64_t *days);
/** The inverse of day_number(). */
void day_date(int64_t days, int *year, int *month, int *day);

#endif
