/**
 * @file lane.h
 * One processor for the two threads that hand a question to each other and back: a connection's in the front
 * and its conversation's in the keeper.  There that costs a switch from one to the other; between processors
 * it costs an interrupt to one that sleeps, three to four times as much, twice a question.
 *
 * A lane is one of the processors that the process may use.  Only questions with short answers go by one:
 * what works for long runs wherever there is room.  A thread that is started within a lane stays on its
 * processor, as those do that wait for witnesses and have next to nothing to reckon.  Nothing depends on it but time: where the system refuses it, threads stay where
 * they are.
 */
#ifndef VAULT_SERVER_LANE_H
#define VAULT_SERVER_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LANES_MAX 64u
#define LANE_NONE 0u /* any processor; the lanes are 1 to lanes_count() */

/** How many there are; 0 where the process may use one processor only, or nothing is known. Thread-safe. */
unsigned lanes_count(void);

/** Has @p operation answers that are short? */
bool lane_suits(const char *operation);

/** The calling thread goes there; no other thread does. A lane that there is not is LANE_NONE. */
void lane_enter(unsigned lane);

/** The calling thread has been at one question since @p began (monotonic): too long for its lane?  Then it
 * leaves it. */
void lane_check(uint64_t began);

/** The lane where the calling thread is. */
unsigned lane_here(void);

/* --- Whose turn it is: in the front, which knows of all questions --- */

/** Questions under way. Thread-safe. */
struct lanes {
    atomic_uint busy[LANES_MAX + 1];
    atomic_uint next; /* the lane of who comes when all are alike */
};

/** The lane of one connection, which keeps it as long as no other one has room for long. One thread at a
 * time. */
struct lane_choice {
    unsigned lane;     /* LANE_NONE before its first question */
    unsigned strained; /* questions in a row for which another one would have been better */
    uint64_t rest;     /* until then (monotonic) it goes by none: its lane was slow, as where others keep that
                          processor busy */
};

/** A question begins, @p now (monotonic): its lane, to be given back with lanes_give(). */
unsigned lanes_take(struct lanes *lanes, struct lane_choice *choice, uint64_t now);
/** It has been answered, @p took nanoseconds later. LANE_NONE is allowed. */
void lanes_give(struct lanes *lanes, struct lane_choice *choice, unsigned lane, uint64_t took);

#endif
