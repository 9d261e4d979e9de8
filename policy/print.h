/**
 * @file print.h
 * Trees back to text, in Cedar syntax and as JSON.
 */
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "policy/policies.h"

/** An expression with as few parentheses as needed; it reads back to the same tree. */
void cedar_put_expr(struct cedar_text *t, const struct cedar_expr *e);
void cedar_put_policy(struct cedar_text *t, const struct cedar_policy *policy);
/** Annotations only, one a line. */
void cedar_put_annotations(struct cedar_text *t, const struct cedar_policy *policy);

void cedar_put_expr_json(struct cedar_text *t, const struct cedar_expr *e);
void cedar_put_policy_json(struct cedar_text *t, const struct cedar_policy *policy);

#endif
