#include "cli/local_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"

static bool local_of(const char *utc, struct tm *local)
{
    int64_t instant;
    if (utc == NULL || !instant_parse(bytes_of_text(utc), &instant))
        return false;
    time_t seconds = (time_t)(instant >= 0 ? instant / 1000 : (instant - 999) / 1000);
    return localtime_r(&seconds, local) != NULL;
}

/* "+08:00", as RFC 3339 writes it. */
static void put_offset(const struct tm *local, char text[8])
{
    long minutes = labs(local->tm_gmtoff) / 60 % (24 * 60);
    (void)snprintf(
        text, 8, "%c%02d:%02d", local->tm_gmtoff < 0 ? '-' : '+', (int)(minutes / 60), (int)(minutes % 60));
}

void local_time(const char *utc, char text[LOCAL_TIME_SIZE])
{
    struct tm local;
    char offset[8];
    if (!local_of(utc, &local)) {
        text_copy(text, LOCAL_TIME_SIZE, utc == NULL ? "" : utc);
        return;
    }
    put_offset(&local, offset);
    size_t size = strftime(text, LOCAL_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local);
    (void)snprintf(text + size, LOCAL_TIME_SIZE - size, " %s", offset);
}

void local_clock(const char *utc, char text[LOCAL_TIME_SIZE])
{
    struct tm local;
    if (local_of(utc, &local))
        (void)strftime(text, LOCAL_TIME_SIZE, "%H:%M:%S", &local);
    else
        text_copy(text, LOCAL_TIME_SIZE, utc == NULL ? "" : utc);
}

void local_zone(char text[LOCAL_TIME_SIZE])
{
    struct tm local;
    char offset[8];
    time_t now = time(NULL);
    if (localtime_r(&now, &local) == NULL) {
        text_copy(text, LOCAL_TIME_SIZE, "UTC");
        return;
    }
    put_offset(&local, offset);
    (void)snprintf(
        text, LOCAL_TIME_SIZE, "UTC%s (%.20s)", offset, local.tm_zone == NULL ? "" : local.tm_zone);
}

bool local_hour(const char *utc, int *weekday, int *hour)
{
    struct tm local;
    if (!local_of(utc, &local))
        return false;
    *weekday = (local.tm_wday + 6) % 7;
    *hour = local.tm_hour;
    return true;
}
