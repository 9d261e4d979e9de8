/**
 * @file authorize.h
 * Combining the outcomes of policies into an answer.
 */
#ifndef POLICY_AUTHORIZE_H
#define POLICY_AUTHORIZE_H

#include "policy/eval.h"
#include "policy/index.h"

struct cedar_tally_list {
    const struct cedar_policy **items;
    size_t n, cap;
};

/** Outcomes so far; memory comes from fail->arena, and fail is where it jumps without. */
struct cedar_tally {
    struct cedar_fail *fail;
    struct cedar_tally_list satisfied[2]; /* by enum cedar_effect */
    struct cedar_failure *failures;
    size_t n_failures, cap_failures;
};

void cedar_tally_add(struct cedar_tally *t, struct cedar_eval *ev, const struct cedar_policy *policy,
    enum cedar_outcome outcome);
void cedar_tally_answer(const struct cedar_tally *t, struct cedar_answer *answer);

/** Two rising lists of policy numbers: those filed under something, and the rest. */
struct cedar_candidates {
    const uint32_t *items, *rest;
    uint32_t n, n_rest;
};

/** All policies whose scope can match; ev->fail must be armed. */
void cedar_candidates_find(
    struct cedar_candidates *c, struct cedar_eval *ev, const struct cedar_index *index);

/** Line and column of an offset into the text the policy was read from; 0 if there is none. */
void cedar_policy_place(const struct cedar_policy *policy, uint32_t offset, size_t *line, size_t *column);

#endif
