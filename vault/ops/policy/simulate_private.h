/**
 * @file simulate_private.h
 * Inside the room: the parts of a simulation.  All are bounded: a log of any length takes the same memory,
 * but for counters, which keep what one day had.
 */
#ifndef VAULT_OPS_POLICY_SIMULATE_PRIVATE_H
#define VAULT_OPS_POLICY_SIMULATE_PRIVATE_H

#include "vault/base/json.h"

/* --- simulate_cache.c: decisions that were made already, for requests that differ in nothing --- */

struct outcome {
    bool permit;
    const char *policies; /* canonical JSON; borrowed until the next call */
};

struct outcomes;

/** NULL without memory. */
struct outcomes *outcomes_new(void);
void outcomes_free(struct outcomes *outcomes);
/** Rights or facts changed: what was decided before says nothing any more. */
void outcomes_forget(struct outcomes *outcomes);
/** @param time  of the request; an outcome that held only until then is none. */
bool outcomes_find(struct outcomes *outcomes, struct bytes key, int64_t time, struct outcome *outcome);
/** Best effort: a long key or list of policies is not kept. */
void outcomes_keep(struct outcomes *outcomes, struct bytes key, int64_t until, const struct outcome *outcome);

/* --- simulate_groups.c: what would change, by person and rule --- */

#define GROUPS_MAX 10000u

struct change_seen {
    struct bytes user;
    struct bytes action;
    bool was_permit;
    struct bytes was_policies; /* canonical JSON arrays */
    bool permit;
    struct bytes policies;
    uint64_t index;
};

struct groups;

struct groups *groups_new(void);
void groups_free(struct groups *groups);
/** Above GROUPS_MAX kinds of changes the rest share a row without a user. VAULT_ENOMEM. */
int groups_add(struct groups *groups, const struct change_seen *change) VAULT_MUST_CHECK;
/** Array of {user,action,was,was_by[],becomes,becomes_by[],count,first,last}, most frequent first; NULL
 * without memory.
 */
json_t *groups_json(const struct groups *groups);

/* --- simulate_counts.c: what each person had in the last hour and day, along the log --- */

struct counts;

struct counts *counts_new(void);
void counts_free(struct counts *counts);
int counts_add(struct counts *counts, struct bytes user, int64_t time, int64_t records) VAULT_MUST_CHECK;
void counts_at(struct counts *counts, struct bytes user, int64_t time, int64_t *hour, int64_t *day);

#endif
