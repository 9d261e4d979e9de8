/**
 * @file check.h
 * Strict type checking of one policy for one kind of request: an action, with one type
 * of principal and one of resource.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "policy/ast.h"
#include "policy/schema.h"

/** Something known to be there once a condition was true: expr has attr, or expr.hasTag(tag). */
struct cedar_cap {
    const struct cedar_cap *next;
    uint32_t count;
    const struct cedar_expr *expr, *tag;
    struct cedar_str attr;
};

/** What checking an expression yields. */
struct cedar_judgement {
    const struct cedar_type *type; /* NULL: unknown, after an error */
    const struct cedar_cap *caps;  /* if it is true, these hold */
    bool ok;
};

struct cedar_found_list {
    struct cedar_finding *items;
    uint32_t *starts; /* offset of each in the text, to tell equals */
    size_t n, cap, cap_starts;
    size_t first; /* of the policy at hand */
};

struct cedar_checker {
    struct cedar_fail *f;
    const struct cedar_schema *schema;
    const struct cedar_policy *policy;
    const struct cedar_action *action; /* the kind of request */
    const struct cedar_entity_type *principal, *resource;
    struct cedar_found_list found;
};

struct cedar_judgement cedar_check_expr(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
/** Scope and conditions; the type is what the whole policy can be. */
struct cedar_judgement cedar_check_policy(struct cedar_checker *c);

/** Add a finding, unless the same is there; @p start is its place in the text. */
void cedar_found(struct cedar_checker *c, bool warning, uint32_t start, struct cedar_str help,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Pieces shared by check*.c */
enum cedar_expected {
    CEDAR_WANT_BOOL,
    CEDAR_WANT_LONG,
    CEDAR_WANT_STRING,
    CEDAR_WANT_ENTITY,
    CEDAR_WANT_SET,
    CEDAR_WANT_ATTRS,
    CEDAR_WANT_IN
};

/** Check, and object unless the type is the expected one. */
struct cedar_judgement cedar_expect_type(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *e, enum cedar_expected want);
struct cedar_judgement cedar_judge(struct cedar_checker *c, enum cedar_type_kind kind, bool ok);
/** One more operand of an && chain. */
struct cedar_judgement cedar_join_and(
    struct cedar_checker *c, struct cedar_judgement left, struct cedar_judgement right);
/** !x */
struct cedar_judgement cedar_negate(struct cedar_checker *c, struct cedar_judgement j);
struct cedar_str cedar_type_text(struct cedar_checker *c, const struct cedar_type *type);

const struct cedar_cap *cedar_cap_add(
    struct cedar_checker *c, const struct cedar_cap *to, struct cedar_cap cap);
const struct cedar_cap *cedar_cap_union(
    struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b);
const struct cedar_cap *cedar_cap_both(
    struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b);
bool cedar_cap_has(const struct cedar_cap *caps, const struct cedar_expr *e, const struct cedar_expr *tag,
    struct cedar_str attr);

struct cedar_judgement cedar_check_binary(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_in(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_is(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_get(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_has(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_tag(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);
struct cedar_judgement cedar_check_call(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e);

/** "did you mean NAME?" for the declared name that is nearest, or empty. */
struct cedar_str cedar_suggest(
    struct cedar_fail *f, struct cedar_str name, const struct cedar_str *names, size_t n);

#endif
