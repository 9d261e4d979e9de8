/* Bottom up: a node whose operands are all known is evaluated, any other is rebuilt. */
#include "policy/partial.h"

bool cedar_is_literal_bool(const struct cedar_expr *e, bool b)
{
    return e->op == CEDAR_OP_LITERAL && e->konst->kind == CEDAR_BOOL && e->konst->u.b == b;
}

static const struct cedar_expr *literal(
    struct cedar_partial *p, struct cedar_value value, const struct cedar_expr *like)
{
    return cedar_expr_literal(p->f, value, like->start, like->end);
}

static bool try_eval(struct cedar_eval *ev, const struct cedar_expr *e, struct cedar_value *out)
{
    if (setjmp(ev->fail.jump))
        return false;
    *out = cedar_eval_expr(ev, e);
    return true;
}

static const struct cedar_expr *evaluate(struct cedar_partial *p, const struct cedar_expr *e)
{
    struct cedar_value value;

    if (try_eval(p->ev, e, &value))
        return literal(p, value, e);
    if (p->ev->fail.err->status == CEDAR_ENOMEM)
        cedar_raise_memory(p->f);
    return e;
}

/* The same operator over other operands. */
static struct cedar_expr *rebuild(struct cedar_partial *p, const struct cedar_expr *e, uint32_t n)
{
    struct cedar_expr *copy = cedar_expr_new(p->f, (enum cedar_op)e->op, n, e->start);

    copy->detail = e->detail;
    copy->u = e->u;
    return copy;
}

/* The operator can only give a Bool (or fail). */
static bool gives_bool(const struct cedar_expr *e)
{
    if (e->op == CEDAR_OP_LITERAL)
        return e->konst->kind == CEDAR_BOOL;
    if (e->op == CEDAR_OP_CALL)
        return cedar_fns[e->detail].result == CEDAR_BOOL;
    return e->op == CEDAR_OP_NOT || e->op == CEDAR_OP_AND || e->op == CEDAR_OP_OR ||
           (e->op >= CEDAR_OP_EQ && e->op <= CEDAR_OP_CONTAINS_ANY) || e->op == CEDAR_OP_HAS_TAG ||
           e->op == CEDAR_OP_IS_EMPTY || (e->op >= CEDAR_OP_HAS && e->op <= CEDAR_OP_IS);
}

/* Operands that are surely neutral go; one that surely decides ends the chain. */
static const struct cedar_expr *chain(struct cedar_partial *p, const struct cedar_expr *e, bool stop)
{
    struct cedar_expr *left = rebuild(p, e, e->n + 1);
    const struct cedar_expr *kid = NULL;
    uint32_t n = 0;

    for (uint32_t i = 0; i < e->n; i++) {
        kid = cedar_partial_expr(p, e->kids[i]);
        if (cedar_is_literal_bool(kid, !stop))
            continue;
        left->kids[n++] = kid;
        if (cedar_is_literal_bool(kid, stop))
            break;
    }
    if (n == 0)
        return literal(p, cedar_of_bool(!stop), e);
    if (n == 1 && gives_bool(left->kids[0]))
        return left->kids[0];
    if (n == 1) /* keep the demand that it be a Bool */
        left->kids[n++] = literal(p, cedar_of_bool(!stop), e);
    left->n = n;
    return cedar_expr_done(p->f, left, e->end);
}

static const struct cedar_expr *choose(struct cedar_partial *p, const struct cedar_expr *e)
{
    const struct cedar_expr *test = cedar_partial_expr(p, e->kids[0]);
    struct cedar_expr *copy;

    if (test->op == CEDAR_OP_LITERAL && test->konst->kind == CEDAR_BOOL)
        return cedar_partial_expr(p, e->kids[test->konst->u.b ? 1 : 2]);
    copy = rebuild(p, e, 3);
    copy->kids[0] = test;
    copy->kids[1] = cedar_partial_expr(p, e->kids[1]);
    copy->kids[2] = cedar_partial_expr(p, e->kids[2]);
    return cedar_expr_done(p->f, copy, e->end);
}

/* The type that is expected of an unknown principal or resource; empty if none is. */
static struct cedar_str expected_type(const struct cedar_partial *p, const struct cedar_expr *e)
{
    if (e->op != CEDAR_OP_VAR || e->detail > CEDAR_VAR_RESOURCE)
        return CEDAR_STR("");
    return p->types[e->detail];
}

static bool other_type(struct cedar_str expected, const struct cedar_expr *e)
{
    return expected.len && e->op == CEDAR_OP_LITERAL &&
           (e->konst->kind != CEDAR_ENTITY || !cedar_str_eq(e->konst->u.ref->uid.type, expected));
}

/* "x is T in y" of an x of another type is false, and y is not looked at. */
static const struct cedar_expr *by_is(
    struct cedar_partial *p, const struct cedar_expr *e, struct cedar_str expected)
{
    const struct cedar_expr *left = e->kids[0];
    struct cedar_str type = expected;
    bool same;

    if (left->op == CEDAR_OP_LITERAL && left->konst->kind == CEDAR_ENTITY)
        type = left->konst->u.ref->uid.type;
    same = cedar_str_eq(type, e->u.str);
    if (!type.len || (same && e->n > 1))
        return NULL;
    return literal(p, cedar_of_bool(same), e);
}

/* What a type alone decides; NULL if it does not. */
static const struct cedar_expr *by_type(struct cedar_partial *p, const struct cedar_expr *e)
{
    struct cedar_str type = expected_type(p, e->kids[0]);

    if (e->op == CEDAR_OP_IS)
        return by_is(p, e, type);
    if (e->op != CEDAR_OP_EQ && e->op != CEDAR_OP_NE)
        return NULL;
    if (other_type(type, e->kids[1]) || other_type(expected_type(p, e->kids[1]), e->kids[0]))
        return literal(p, cedar_of_bool(e->op == CEDAR_OP_NE), e);
    return NULL;
}

static const struct cedar_expr *operator_expr(struct cedar_partial *p, const struct cedar_expr *e)
{
    struct cedar_expr *copy = rebuild(p, e, e->n);
    const struct cedar_expr *done, *decided;
    bool known = true;

    for (uint32_t i = 0; i < e->n; i++) {
        copy->kids[i] = cedar_partial_expr(p, e->kids[i]);
        known = known && copy->kids[i]->op == CEDAR_OP_LITERAL;
    }
    done = cedar_expr_done(p->f, copy, e->end);
    if (known)
        return evaluate(p, done);
    decided = by_type(p, done);
    return decided ? decided : done;
}

const struct cedar_expr *cedar_partial_expr(struct cedar_partial *p, const struct cedar_expr *e)
{
    if (e->op == CEDAR_OP_LITERAL)
        return e;
    if (e->konst)
        return literal(p, *e->konst, e);
    if (e->op == CEDAR_OP_VAR)
        return p->ev->unknown & 1u << e->detail ? e : literal(p, p->ev->vars[e->detail], e);
    if (e->op == CEDAR_OP_AND || e->op == CEDAR_OP_OR)
        return chain(p, e, e->op == CEDAR_OP_OR);
    if (e->op == CEDAR_OP_IF)
        return choose(p, e);
    return operator_expr(p, e);
}
