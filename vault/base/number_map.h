/**
 * @file number_map.h
 * 64-bit keys to 64-bit values, by open addressing.  Start with {0}; one thread.
 */
#ifndef VAULT_BASE_NUMBER_MAP_H
#define VAULT_BASE_NUMBER_MAP_H

#include "vault/base/bytes.h"

struct number_map {
    uint64_t *keys; /* key + 1, so that 0 is a free place; the key 2^64-1 is not allowed */
    uint64_t *values;
    size_t count, capacity; /* capacity is 0 or a power of two */
};

/** Where the key's value is, 0 if it is new; NULL without memory. Valid until the next call that adds. */
uint64_t *number_map_put(struct number_map *map, uint64_t key);
/** NULL if the key is not there. */
uint64_t *number_map_get(const struct number_map *map, uint64_t key);
void number_map_free(struct number_map *map);

#endif
