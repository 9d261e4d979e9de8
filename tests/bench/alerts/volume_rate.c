/* Decides for each person and day whether what he was shown was unusual, as the watch does: for volume.py.
 * Reads "person day number" lines (numbers, sorted by day) and prints "person day" of those that are. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/unusual.h"

#define PEOPLE 512u

struct firm {
    uint32_t recent[PEOPLE][UNUSUAL_DAYS]; /* by day modulo; 0: nothing */
    long last[PEOPLE];                     /* the last day that is in it */
};

static void forget(struct firm *firm, unsigned person, long day)
{
    long from = firm->last[person] + 1;
    if (from < day - (long)UNUSUAL_DAYS)
        from = day - (long)UNUSUAL_DAYS;
    for (long i = from; i < day; i++)
        firm->recent[person][i % UNUSUAL_DAYS] = 0;
    firm->last[person] = day > firm->last[person] ? day - 1 : firm->last[person];
}

static size_t days_of(struct firm *firm, unsigned person, long day, uint32_t *counts)
{
    size_t count = 0;
    forget(firm, person, day);
    for (unsigned i = 0; i < UNUSUAL_DAYS; i++) {
        if (firm->recent[person][i] > 0)
            counts[count++] = firm->recent[person][i];
    }
    return count;
}

int main(void)
{
    struct firm *firm = calloc(1, sizeof *firm);
    uint32_t *counts = calloc(PEOPLE * UNUSUAL_DAYS, sizeof *counts);
    uint32_t today[PEOPLE] = {0};
    unsigned person;
    uint32_t number;
    long day;
    long now = -1;
    bool more = firm != NULL && counts != NULL;
    while (more) {
        more = scanf("%u %ld %u", &person, &day, &number) == 3 && person < PEOPLE;
        if (now >= 0 && (!more || day != now)) { /* a day is over */
            size_t count = 0;
            for (unsigned i = 0; i < PEOPLE; i++)
                count += days_of(firm, i, now, counts + count);
            struct usual all = usual_of(counts, count);
            for (unsigned i = 0; i < PEOPLE; i++) {
                struct usual own = usual_of(counts, days_of(firm, i, now, counts));
                if (unusual(&own, &all, today[i]))
                    (void)printf("%u %ld\n", i, now);
                firm->recent[i][now % UNUSUAL_DAYS] = today[i];
                firm->last[i] = now;
                today[i] = 0;
            }
        }
        if (more) {
            now = day;
            today[person] += number;
        }
    }
    free(firm);
    free(counts);
    return 0;
}
