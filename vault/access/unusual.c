#include "vault/access/unusual.h"

#include <math.h>
#include <stdlib.h>

static int compare_counts(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double middle(const uint32_t *sorted, size_t count)
{
    double upper = log1p(sorted[count / 2]);
    return count % 2 == 1 ? upper : (upper + log1p(sorted[count / 2 - 1])) / 2;
}

/* The median of |y - m|: the distances on either side of the median are sorted already, so they are merged up
 * to the middle. */
static double middle_distance(const uint32_t *sorted, size_t count, double median)
{
    size_t right = 0;
    double distance = 0;
    double before = 0;
    while (right < count && log1p(sorted[right]) < median)
        right++;
    size_t left = right; /* the next on the left is left - 1 */
    for (size_t i = 0; i <= count / 2; i++) {
        double to_left = left > 0 ? median - log1p(sorted[left - 1]) : INFINITY;
        double to_right = right < count ? log1p(sorted[right]) - median : INFINITY;
        before = distance;
        distance = fmin(to_left, to_right);
        if (to_left <= to_right)
            left--;
        else
            right++;
    }
    return count % 2 == 1 ? distance : (distance + before) / 2;
}

struct usual usual_of(uint32_t *counts, size_t count)
{
    struct usual usual = {.days = count};
    if (count == 0)
        return usual;
    qsort(counts, count, sizeof counts[0], compare_counts);
    usual.median = middle(counts, count);
    usual.spread = fmax(1.4826 * middle_distance(counts, count, usual.median), UNUSUAL_SPREAD_MIN);
    return usual;
}

static bool above(const struct usual *usual, double y, double k)
{
    return y > usual->median + k * usual->spread;
}

bool unusual(const struct usual *own, const struct usual *all, uint32_t today)
{
    double y = log1p(today);
    if (today < UNUSUAL_LEAST || all->days < UNUSUAL_ALL_DAYS)
        return false;
    if (own->days < UNUSUAL_OWN_DAYS)
        return above(all, y, UNUSUAL_NEW);
    return above(own, y, UNUSUAL_OWN) && above(all, y, UNUSUAL_ALL);
}
