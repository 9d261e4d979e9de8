/**
 * @file exposure.h
 * Who was shown which leaked cells: for every person and linked row the fields that were disclosed to him in
 * a version that agrees with the leak, split into the episodes in which that happened.
 */
#ifndef VAULT_TRACE_EXPOSURE_H
#define VAULT_TRACE_EXPOSURE_H

#include "vault/trace/link.h"

/** A row as it was seen by one person on one day, or in one export. */
struct sight {
    uint32_t person;
    uint32_t export; /* 0: reads, lists and searches */
    uint32_t day;
    uint32_t row;
    trace_fields shown;   /* disclosed, whether or not it leaked */
    trace_fields covered; /* of what leaked; may be empty */
    trace_fields newest;  /* of these, in the newest version that there was */
    trace_fields
        outdated;   /* that leaked otherwise: something newer was shown, so that who goes on knows better */
    uint64_t event; /* the first access of it */
};

struct exposure {
    struct sight *sights; /* by person, then day, export, row */
    size_t count, capacity;
    size_t *first; /* of each person; one more than there are people */
    uint32_t people;
};

/** @param exposure  on error empty; free with exposure_free() in any case. */
int exposure_make(const struct link *link, const struct trace_source *source, int64_t before,
    struct exposure *exposure, struct failure *failure) VAULT_MUST_CHECK;
void exposure_free(struct exposure *exposure);

#endif
