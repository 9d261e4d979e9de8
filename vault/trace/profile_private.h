/**
 * @file profile_private.h
 * Inside the room: one person's ways, weighed one by one.
 */
#ifndef VAULT_TRACE_PROFILE_PRIVATE_H
#define VAULT_TRACE_PROFILE_PRIVATE_H

#include "vault/trace/evidence_private.h"

#define EACH_PERSON 3 /* profiles that are kept at most, of one person's */
#define COMMON_MAX 8u

/* One person's work space. */
struct desk {
    const struct evidence *evidence;
    struct profiles *profiles;
    struct failure *failure;
    uint32_t person;
    trace_fields *covered;  /* by row, of the way at hand */
    trace_fields *outdated; /* by row: of these, in which something newer was shown to him */
    bool *seen;             /* by row */
    uint32_t *rows;         /* that are seen */
    size_t row_count;
    trace_fields shown;
    double *rho;
    uint32_t focus; /* the segment that most rows are chosen from, or TRACE_NO_SEGMENT */
    double focus_clients, focus_share;
    uint32_t common[COMMON_MAX]; /* segments that hold half of the rows or more */
    uint32_t common_sizes[COMMON_MAX];
    size_t common_count;
    struct profile mine[EACH_PERSON];
    size_t mine_count;
};

/** Nothing was shown to him. */
void desk_clear(struct desk *desk);
/** Put on the desk what was shown; in the order of time. */
void desk_add(struct desk *desk, const struct sight *sight);
/** Weigh what is on the desk as one way of the person. */
void weigh(struct desk *desk, enum trace_scope scope, uint32_t key, double clients, double log_prior);
/** Hand the best of the person's ways on to the profiles that are kept. */
void desk_end(struct desk *desk);

/** Is the row's client in the segment? */
bool is_inside(const struct evidence *evidence, size_t row, uint32_t segment);

#endif
