/**
 * @file criterion.h
 * By what were a leak's rows chosen?  What the names of most of them share and those of most clients do not:
 * a city, a trade.  Whoever holds data of one city explains such rows without having been shown any of ours.
 *
 * Found by pairs of characters in the leak's own names and how many clients have them, so that nothing is
 * opened.
 */
#ifndef VAULT_TRACE_CRITERION_H
#define VAULT_TRACE_CRITERION_H

#include "vault/trace/leak.h"

#define CRITERIA_MAX 2u

struct criterion {
    char pair[9]; /* two characters, NUL-terminated */
    size_t rows;  /* of the leak that have it */
    uint32_t *clients;
    size_t count;
};

struct criteria {
    struct criterion items[CRITERIA_MAX]; /* the rarest first */
    size_t count;
};

/** @param criteria  on error empty; free with criteria_free() in any case. VAULT_ENOMEM, or what the source
 * says. */
int criteria_find(const struct leak *leak, const struct trace_source *source, struct criteria *criteria,
    struct failure *failure) VAULT_MUST_CHECK;
void criteria_free(struct criteria *criteria);

#endif
