#include "vault/records/run_private.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY ((size_t)1 << 10)
#define LAST_CAPACITY ((size_t)1 << 20)
#define ORDINAL_BITS 20

void run_free(struct run *run)
{
    free(run->slots);
    memset(run, 0, sizeof *run);
}

void run_start(struct run *run, uint64_t seq)
{
    if (run->seq == seq)
        return;
    if (run->slots != NULL)
        memset(run->slots, 0, run->capacity * sizeof *run->slots);
    run->count = 0;
    run->seq = seq;
}

static uint64_t prefix_of(const uint8_t *token)
{
    uint64_t prefix;
    memcpy(&prefix, token, sizeof prefix);
    prefix >>= ORDINAL_BITS;
    return prefix + (prefix == 0);
}

static uint64_t *slot_of(uint64_t *slots, size_t capacity, uint64_t prefix)
{
    size_t at = (size_t)prefix & (capacity - 1);
    while (slots[at] != 0 && slots[at] >> ORDINAL_BITS != prefix)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

uint32_t run_met(const struct run *run, const uint8_t *token)
{
    if (run->capacity == 0)
        return 0;
    return (uint32_t)(*slot_of(run->slots, run->capacity, prefix_of(token)) & RUN_ORDINAL_MAX);
}

/* Without memory, or at the limit, the table stays as it is. */
static void grow(struct run *run)
{
    size_t capacity = run->capacity == 0 ? FIRST_CAPACITY : run->capacity * 2;
    uint64_t *slots = capacity > LAST_CAPACITY ? NULL : calloc(capacity, sizeof *slots);
    if (slots == NULL)
        return;
    for (size_t i = 0; i < run->capacity; i++) {
        if (run->slots[i] != 0)
            *slot_of(slots, capacity, run->slots[i] >> ORDINAL_BITS) = run->slots[i];
    }
    free(run->slots);
    run->slots = slots;
    run->capacity = capacity;
}

void run_note(struct run *run, const uint8_t *token, uint32_t met)
{
    if (run->count >= run->capacity / 4 * 3)
        grow(run);
    if (run->capacity == 0)
        return;
    uint64_t prefix = prefix_of(token);
    uint64_t *slot = slot_of(run->slots, run->capacity, prefix);
    if (*slot == 0 && run->count >= run->capacity / 4 * 3)
        return;
    run->count += *slot == 0;
    *slot = prefix << ORDINAL_BITS | (met > RUN_ORDINAL_MAX ? RUN_ORDINAL_MAX : met);
}
