/**
 * @file tallies_private.h
 * Inside the room: what was done, counted by person, by client and by hour.  Memory grows with how many of
 * those there are, not with the log.
 */
#ifndef VAULT_OPS_LOG_TALLIES_PRIVATE_H
#define VAULT_OPS_LOG_TALLIES_PRIVATE_H

#include "vault/base/json.h"

/* The same order as the names in tallies.c. */
enum tally_count {
    TALLY_EVENTS,
    TALLY_READS,
    TALLY_REVEALS,
    TALLY_SEARCHES,
    TALLY_LISTS,
    TALLY_EXPORTS,
    TALLY_EXPORTED,
    TALLY_DENIALS,
    TALLY_COUNTS
};

struct tallies;

/** NULL without memory. */
struct tallies *tallies_new(void);
void tallies_free(struct tallies *tallies);

/**
 * Count one entry.  Counted as a read, reveal, search, list or export is what was permitted; an export counts
 * once, at its intent, and its rows (`exported`) at its outcome, to the person and the hour only.
 * @retval VAULT_EDAMAGED  no leaf.
 */
int tallies_add(struct tallies *tallies, struct bytes leaf) VAULT_MUST_CHECK;

/**
 * {events,people[],clients[],hours[]}; NULL without memory.
 * @param exported  false: leave out how many rows were exported, since outcomes were not among what was
 * counted.
 */
json_t *tallies_json(const struct tallies *tallies, bool exported);

#endif
