/**
 * @file local_time.h
 * Moments as people's clocks show them (TZ), always with the offset from UTC beside them.
 */
#ifndef CLI_LOCAL_TIME_H
#define CLI_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define LOCAL_TIME_SIZE 48

/** "2026-03-01 09:30:00 +08:00" of an RFC 3339 moment in UTC; the text itself if it is none. */
void local_time(const char *utc, char text[LOCAL_TIME_SIZE]);
/** Only "09:30:00". */
void local_clock(const char *utc, char text[LOCAL_TIME_SIZE]);
/** "UTC+08:00 (CST)", as it is now. */
void local_zone(char text[LOCAL_TIME_SIZE]);
/** Weekday (0 is Monday) and hour of a moment in UTC; false if it is none. */
bool local_hour(const char *utc, int *weekday, int *hour);

#endif
