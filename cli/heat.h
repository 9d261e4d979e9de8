/**
 * @file heat.h
 * When things were done: a table of weekday by hour of people's own clock, as shades on a terminal and as
 * SVG.
 *
 * Counted are disclosures: reads, reveals, searches, lists and exports.  Hours come as log.stats tells them,
 * in UTC; where a zone is off by less than an hour, the beginning of the hour decides.
 */
#ifndef CLI_HEAT_H
#define CLI_HEAT_H

#include "cli/screen.h"

struct heat {
    uint64_t counts[7][24]; /* from Monday, from midnight */
    uint64_t most;
    uint64_t total;
};

/** @param hours  rows {hour, reads, …}. */
void heat_of(const json_t *hours, struct heat *heat);
/** 0 for nothing, 1 to 4 for up to a quarter, half, three quarters and all of the most. */
int heat_level(const struct heat *heat, uint64_t count);
void heat_show(struct screen *screen, const struct heat *heat);
/** Append a whole SVG document. */
void heat_svg(const struct heat *heat, struct buffer *out);

#endif
