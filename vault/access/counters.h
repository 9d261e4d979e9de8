/**
 * @file counters.h
 * How many records somebody has been given: what policies see as `hour` and `day`.
 *
 * Counted are records read, records and clients that a search may have shown, and rows exported.  What was
 * denied counts nothing.
 */
#ifndef VAULT_ACCESS_COUNTERS_H
#define VAULT_ACCESS_COUNTERS_H

#include "vault/base/bytes.h"

/** How many records one entry of the log gave away. */
int64_t counters_of_leaf(struct bytes leaf);

#endif
