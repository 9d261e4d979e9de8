/**
 * @file shown_private.h
 * Inside the room: what is shown is read from one state of the store, and its event says which, so that the
 * log alone tells later which versions were shown.
 *
 *   shown_begin(); …decide, find…; shown_name(…, members); log; …open and reply…; shown_end();
 */
#ifndef VAULT_OPS_RECORDS_SHOWN_PRIVATE_H
#define VAULT_OPS_RECORDS_SHOWN_PRIVATE_H

#include "vault/ops/call_private.h"

struct shown_state {
    bool open;
    int64_t records;  /* the last record that there is */
    int64_t replaced; /* the last version that was replaced */
};

/** Everything that is read until shown_end() is of one state.  Nothing may be written to the store in
 * between. */
int shown_begin(struct call *call, struct shown_state *state) VAULT_MUST_CHECK;
void shown_end(struct call *call, struct shown_state *state);

/** After the decisions: spend the approvals that they rest on (call_spend()), which is a change, and so begin with a fresh
 *  state.  What was looked up before may be older than that. */
int shown_spend(struct call *call, struct shown_state *state) VAULT_MUST_CHECK;

/** Put `snapshot` into the members of an event that shows in bulk.  @p members may be NULL: VAULT_ENOMEM. */
int shown_name(struct call *call, const struct shown_state *state, json_t *members) VAULT_MUST_CHECK;

/** What of a mask an event must say; 0: nothing, since all record keys are held. */
unsigned shown_compartments(unsigned compartments);

/** Ascending numbers as text, "1-12,15"; at most @p limit bytes of it, and *count says how many are in it. */
int shown_ranges(const int64_t *rows, size_t *count, size_t limit, struct buffer *text) VAULT_MUST_CHECK;

#endif
