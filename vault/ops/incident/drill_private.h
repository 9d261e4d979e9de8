/**
 * @file drill_private.h
 * Inside the room: a drill, from the copy to what is entered of it.
 */
#ifndef VAULT_OPS_INCIDENT_DRILL_PRIVATE_H
#define VAULT_OPS_INCIDENT_DRILL_PRIVATE_H

#include "vault/ops/call_private.h"

#define DRILL_WORD "演练 EXERCISE"

/** What is played, and what came of it. */
struct drill {
    struct session *copy;      /* on which it is played */
    const struct reply *reply; /* of the drill: a row for each step */
    struct failure *failure;   /* why the first step that failed did */
    const char *person;        /* whose disclosures are assessed */
    int64_t discovered;        /* instant */
    char *bundle;              /* where the evidence goes */
    char id[ULID_TEXT_SIZE];   /* of the case */
    json_t *steps;             /* [{step,operation,ms,ok,why?}] */
    json_t *clocks;            /* [{duty,force,state,due,late}] */
    uint64_t nanoseconds;      /* of all steps */
};

/** Note a step that took its time; a row of the reply.  @return @p result, or why the drill must stop. */
int drill_note(struct drill *drill, const char *step, const char *operation, uint64_t started, int result,
    const struct failure *why) VAULT_MUST_CHECK;
/** Play the case, from freezing to closing.  Stops at the first step that fails. */
int drill_play(struct drill *drill) VAULT_MUST_CHECK;

#endif
