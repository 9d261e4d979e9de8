/**
 * @file partial.h
 * Evaluation with unknown variables: an expression in, a simpler one with the same
 * meaning out.  What is an error stays as it is, to be the same error later.
 */
#ifndef POLICY_PARTIAL_H
#define POLICY_PARTIAL_H

#include "policy/eval.h"

struct cedar_partial {
    struct cedar_fail *f;      /* takes the new trees */
    struct cedar_eval *ev;     /* ev->unknown says what is not known */
    struct cedar_str types[3]; /* of unknown variables, or empty */
};

const struct cedar_expr *cedar_partial_expr(struct cedar_partial *p, const struct cedar_expr *e);
/** It is surely true or false, whatever the unknowns are. */
bool cedar_is_literal_bool(const struct cedar_expr *e, bool b);

#endif
