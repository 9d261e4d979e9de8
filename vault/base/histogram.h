/**
 * @file histogram.h
 * How long things took, counted in fixed steps: for monitoring.
 *
 * Thread safety: every call may be made by many threads at once; a reader sees each number as it is, the
 * numbers together not always of one moment.
 */
#ifndef VAULT_BASE_HISTOGRAM_H
#define VAULT_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_STEPS 16u /* and one more for what is longer than the last */

/** All zero at the start. */
struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_STEPS + 1];
    _Atomic uint64_t nanoseconds; /* of all together */
};

/** The upper bound of a step, itself included, in nanoseconds, from 100 microseconds to 10 seconds. */
uint64_t histogram_bound(unsigned step);
/** The same as people and Prometheus write it, in seconds: "0.0001"; static. */
const char *histogram_bound_text(unsigned step);

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

#endif
