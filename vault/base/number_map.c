#include "vault/base/number_map.h"

#include <stdlib.h>

#define FIRST_CAPACITY 64u

static size_t place(const struct number_map *map, uint64_t key)
{
    uint64_t mixed = (key ^ key >> 31) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(mixed >> 20) & (map->capacity - 1);
    while (map->keys[at] != 0 && map->keys[at] != key + 1)
        at = (at + 1) & (map->capacity - 1);
    return at;
}

static bool grow(struct number_map *map)
{
    struct number_map larger = {
        .count = map->count, .capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2};
    larger.keys = calloc(larger.capacity, sizeof *larger.keys);
    larger.values = calloc(larger.capacity, sizeof *larger.values);
    if (larger.keys == NULL || larger.values == NULL) {
        number_map_free(&larger);
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->keys[i] == 0)
            continue;
        size_t at = place(&larger, map->keys[i] - 1);
        larger.keys[at] = map->keys[i];
        larger.values[at] = map->values[i];
    }
    free(map->keys);
    free(map->values);
    *map = larger;
    return true;
}

uint64_t *number_map_put(struct number_map *map, uint64_t key)
{
    if (map->count * 4 >= map->capacity * 3 && !grow(map))
        return NULL;
    size_t at = place(map, key);
    if (map->keys[at] == 0) {
        map->keys[at] = key + 1;
        map->count++;
    }
    return &map->values[at];
}

uint64_t *number_map_get(const struct number_map *map, uint64_t key)
{
    if (map->capacity == 0)
        return NULL;
    size_t at = place(map, key);
    return map->keys[at] == 0 ? NULL : &map->values[at];
}

void number_map_free(struct number_map *map)
{
    free(map->keys);
    free(map->values);
    *map = (struct number_map){.count = 0};
}
