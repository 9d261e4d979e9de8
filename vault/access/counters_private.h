/**
 * @file counters_private.h
 * Inside the room: how many records a person has been given lately, as the log says.
 *
 * Counted are records read, records and clients that a search may have shown, and rows exported.  What was
 * denied counts nothing.
 */
#ifndef VAULT_ACCESS_COUNTERS_PRIVATE_H
#define VAULT_ACCESS_COUNTERS_PRIVATE_H

#include "vault/access/ask_private.h"
#include "vault/access/counters.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

/** What one entry gave away; all 0 where it was denied. */
struct leaf_given {
    int64_t records, reveals, exported;
};
/** @param client  told the id of each client of whom something was shown, some more than once; may be NULL. */
int counters_leaf(struct bytes leaf, struct leaf_given *given, int (*client)(void *context, struct bytes id),
    void *context) VAULT_MUST_CHECK;

/** Fill in asker->hour, day, hour_of and day_of, of entries below @p end. */
int counters_fill(
    struct session *session, struct asker *asker, uint64_t end, struct failure *failure) VAULT_MUST_CHECK;

#endif
