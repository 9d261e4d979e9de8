/**
 * @file settled.h
 * Events that count: permitted ones without phases at once, those with phases when their outcome says "ok".
 */
#ifndef VAULT_INCIDENT_SETTLED_H
#define VAULT_INCIDENT_SETTLED_H

#include "vault/base/json.h"

struct settled;

/** NULL without memory. */
struct settled *settled_new(void);
void settled_free(struct settled *settled);

/**
 * Take in an event, in the log's order.
 * @param take  called with an event that counts, at the index of its intent.
 * @retval VAULT_ELIMIT  too many intents without an outcome; or what @p take gave.
 */
int settled_feed(struct settled *settled, uint64_t index, const json_t *leaf,
    int (*take)(void *context, uint64_t index, const json_t *leaf), void *context) VAULT_MUST_CHECK;

#endif
