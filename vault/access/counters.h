/**
 * @file counters.h
 * How much somebody has been given: what policies see as `hour` and `day`, and of what: `hour_clients`, `day_clients`,
 * `hour_reveals`, `day_reveals`, `hour_exported`, `day_exported`.
 *
 * Records are those read, records and clients that a search may have shown, and rows exported; clients are the different ones
 * among all of these and those whose records were listed; reveals are fields unmasked, one of a record or all of an export at
 * once; exported are rows of exports that were made.  What was denied counts nothing.
 */
#ifndef VAULT_ACCESS_COUNTERS_H
#define VAULT_ACCESS_COUNTERS_H

#include "vault/base/bytes.h"

/** How many records one entry of the log gave away. */
int64_t counters_of_leaf(struct bytes leaf);

#endif
