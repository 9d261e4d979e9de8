/**
 * @file est.h
 * The JSON form of policies to trees.
 */
#ifndef POLICY_EST_H
#define POLICY_EST_H

#include "policy/ast.h"
#include "policy/json.h"

/** An expression; jumps on errors. */
const struct cedar_expr *cedar_est_expr(struct cedar_fail *f, const struct cedar_json *j);
/** A policy or template, without an id. */
void cedar_est_policy(struct cedar_fail *f, const struct cedar_json *j, struct cedar_policy *policy);
/** Jumps if the object has a member that is not among the names (NULL ends them). */
void cedar_est_members(
    struct cedar_fail *f, const struct cedar_json *j, const char *const *names, const char *what);

/** The member of that name; NULL if there is none, or if it is null. */
const struct cedar_json *cedar_est_optional(const struct cedar_json *j, const char *key);

#endif
