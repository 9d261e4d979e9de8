/* A table in which a newer decision takes the place of an older one that hashes alike; keys are compared
 * whole. */
#include <stdlib.h>
#include <string.h>

#include "vault/ops/policy/simulate_private.h"

#define SLOTS 16384u
#define KEY_MAX 320u
#define POLICIES_MAX 160u

struct slot {
    uint32_t generation; /* 0: empty */
    uint16_t key_size;
    bool permit;
    int64_t until;
    uint8_t key[KEY_MAX];
    char policies[POLICIES_MAX];
};

struct outcomes {
    uint32_t generation;
    struct slot slots[SLOTS];
};

struct outcomes *outcomes_new(void)
{
    struct outcomes *outcomes = calloc(1, sizeof *outcomes);
    if (outcomes != NULL)
        outcomes->generation = 1;
    return outcomes;
}

void outcomes_free(struct outcomes *outcomes)
{
    free(outcomes);
}

void outcomes_forget(struct outcomes *outcomes)
{
    if (++outcomes->generation == 0) {
        memset(outcomes->slots, 0, sizeof outcomes->slots);
        outcomes->generation = 1;
    }
}

/* FNV-1a: whoever makes keys collide makes his own simulation slow. */
static struct slot *slot_of(struct outcomes *outcomes, struct bytes key)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ key.data[i]) * UINT64_C(1099511628211);
    return &outcomes->slots[(hash ^ hash >> 32) % SLOTS];
}

bool outcomes_find(struct outcomes *outcomes, struct bytes key, int64_t time, struct outcome *outcome)
{
    struct slot *slot = slot_of(outcomes, key);
    if (slot->generation != outcomes->generation || time >= slot->until ||
        !bytes_equal(key, bytes_of(slot->key, slot->key_size)))
        return false;
    *outcome = (struct outcome){.permit = slot->permit, .policies = slot->policies};
    return true;
}

void outcomes_keep(struct outcomes *outcomes, struct bytes key, int64_t until, const struct outcome *outcome)
{
    size_t policies = strlen(outcome->policies);
    if (key.size > KEY_MAX || policies >= POLICIES_MAX)
        return;
    struct slot *slot = slot_of(outcomes, key);
    slot->generation = outcomes->generation;
    slot->key_size = (uint16_t)key.size;
    slot->permit = outcome->permit;
    slot->until = until;
    memcpy(slot->key, key.data, key.size);
    memcpy(slot->policies, outcome->policies, policies + 1);
}
