/**
 * @file eval.h
 * Expressions to values.  Reads policies, entities and a request; writes only to an arena.
 *
 * An evaluation error ends the policy, so it is a jump; cedar_eval_policy() catches it.
 */
#ifndef POLICY_EVAL_H
#define POLICY_EVAL_H

#include "policy/ast.h"
#include "policy/store.h"

enum { CEDAR_CLOSURES = 8 };

struct cedar_eval {
    struct cedar_fail fail; /* fail.arena: scratch memory and messages */
    const struct cedar_entities *entities;
    struct cedar_ref refs[3]; /* by enum cedar_var */
    const struct cedar_node *nodes[3];
    struct cedar_value vars[4];
    unsigned unknown;               /* mask of 1 << enum cedar_var: such a variable cannot be used */
    const struct cedar_expr *where; /* of the last error */
    struct cedar_str message;       /* of the last error */
    struct cedar_closure closures[CEDAR_CLOSURES];
    unsigned n_closures;
};

/** Everything but the jump.  The request's texts are borrowed while ev is used. */
int cedar_eval_start(struct cedar_eval *ev, const struct cedar_entities *entities,
    const struct cedar_request *request, unsigned unknown, struct cedar_arena *arena);

/** The value; jumps on an evaluation error (status CEDAR_EINVAL) or without memory. */
struct cedar_value cedar_eval_expr(struct cedar_eval *ev, const struct cedar_expr *e);
bool cedar_eval_bool(struct cedar_eval *ev, const struct cedar_expr *e);

/** Scope, then conditions.  @param at of a false condition: which one. */
enum cedar_outcome cedar_eval_policy(struct cedar_eval *ev, const struct cedar_policy *policy, uint32_t *at);

_Noreturn void cedar_eval_raise(struct cedar_eval *ev, const struct cedar_expr *where, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Pieces. */
bool cedar_eval_scope(struct cedar_eval *ev, const struct cedar_scope *scope, enum cedar_var var);
const struct cedar_node *cedar_eval_node(struct cedar_eval *ev, const struct cedar_ref *ref);
/** a is b, or a descendant of b. */
bool cedar_eval_below(struct cedar_eval *ev, const struct cedar_ref *a, const struct cedar_ref *b);
/** The ancestors; they stay valid until CEDAR_CLOSURES others were asked for. */
const struct cedar_closure *cedar_eval_closure(struct cedar_eval *ev, const struct cedar_ref *ref);

/** One operator with its operands evaluated; see eval_ops.c. */
struct cedar_value cedar_apply_binary(struct cedar_eval *ev, const struct cedar_expr *e,
    const struct cedar_value *left, const struct cedar_value *right);
struct cedar_value cedar_apply_get(
    struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *base);
bool cedar_apply_has(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *base);
void cedar_want(struct cedar_eval *ev, const struct cedar_expr *where, const struct cedar_value *value,
    enum cedar_kind kind);

#endif
