/**
 * @file like.h
 * Patterns of the like operator: literal pieces with a wildcard between each two.
 */
#ifndef POLICY_LIKE_H
#define POLICY_LIKE_H

#include "policy/str.h"

struct cedar_pattern {
    uint32_t n; /* pieces, at least one; n - 1 wildcards */
    struct cedar_str pieces[];
};

/** From the raw text between the quotes; *bad is the offset of a wrong escape, then NULL comes back. */
const struct cedar_pattern *cedar_pattern_read(struct cedar_fail *f, struct cedar_str raw, size_t *bad);

/** Whole-string match, in linear time. */
bool cedar_like(struct cedar_str text, const struct cedar_pattern *pattern);

void cedar_put_pattern(struct cedar_text *t, const struct cedar_pattern *pattern);
bool cedar_pattern_eq(const struct cedar_pattern *a, const struct cedar_pattern *b);

#endif
