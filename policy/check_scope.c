/* The scope of a policy as conditions, and the policy as a whole. */
#include "policy/check.h"

static const struct cedar_expr *var_expr(struct cedar_checker *c, enum cedar_var var, uint32_t start)
{
    struct cedar_expr *e = cedar_expr_new(c->f, CEDAR_OP_VAR, 0, start);

    e->detail = (uint8_t)var;
    return cedar_expr_done(c->f, e, start);
}

static const struct cedar_expr *ref_expr(struct cedar_checker *c, const struct cedar_ref *ref, uint32_t start)
{
    return cedar_expr_literal(c->f, cedar_of_ref(ref), start, start);
}

static const struct cedar_expr *target_expr(struct cedar_checker *c, const struct cedar_scope *scope)
{
    struct cedar_expr *set;

    if (!scope->list)
        return ref_expr(c, scope->refs[0], scope->start);
    set = cedar_expr_new(c->f, CEDAR_OP_SET, scope->n, scope->start);
    for (uint32_t i = 0; i < scope->n; i++)
        set->kids[i] = ref_expr(c, scope->refs[i], scope->start);
    return cedar_expr_done(c->f, set, scope->start);
}

static struct cedar_judgement check_scope(struct cedar_checker *c, enum cedar_var var)
{
    const struct cedar_scope *scope = &c->policy->scope[var];
    bool type = scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN;
    bool target = scope->op != CEDAR_SCOPE_ANY && scope->op != CEDAR_SCOPE_IS;
    struct cedar_judgement slot = cedar_judge(c, CEDAR_TYPE_BOOL, true), j;
    struct cedar_expr *e;

    if (scope->op == CEDAR_SCOPE_ANY)
        return cedar_judge(c, CEDAR_TYPE_TRUE, true);
    if (scope->slot && !type)
        return slot; /* a link may name any type that fits */
    e = cedar_expr_new(c->f,
        type                          ? CEDAR_OP_IS
        : scope->op == CEDAR_SCOPE_EQ ? CEDAR_OP_EQ
                                      : CEDAR_OP_IN,
        target && !scope->slot ? 2 : 1, scope->start);
    e->kids[0] = var_expr(c, var, scope->start);
    e->u.str = scope->type;
    if (target && !scope->slot)
        e->kids[1] = target_expr(c, scope);
    cedar_expr_done(c->f, e, scope->start);
    j = cedar_check_expr(c, NULL, e);
    if (!scope->slot || (j.type && j.type->kind == CEDAR_TYPE_FALSE))
        return j; /* another type, whatever the slot will be */
    return cedar_join_and(c, j, slot);
}

static struct cedar_judgement check_condition(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_condition *condition)
{
    struct cedar_judgement j = cedar_expect_type(c, prior, condition->body, CEDAR_WANT_BOOL);

    return condition->unless ? cedar_negate(c, j) : j;
}

static struct cedar_judgement check_part(struct cedar_checker *c, const struct cedar_cap *prior, uint32_t i)
{
    return i < 3 ? check_scope(c, (enum cedar_var)i)
                 : check_condition(c, prior, &c->policy->conditions[i - 3]);
}

/*
 * principal && (action && (resource && (first && (second && ...)))): each part may rely on
 * those before it, and a part that is surely false hides those behind it.
 */
struct cedar_judgement cedar_check_policy(struct cedar_checker *c)
{
    uint32_t most = c->policy->n_conditions + 3, n = 0;
    struct cedar_judgement *parts = cedar_take(c->f, most * sizeof(*parts)), all;
    const struct cedar_cap *prior = NULL;

    do {
        parts[n] = check_part(c, prior, n);
        prior = cedar_cap_union(c, prior, parts[n].caps);
        n++;
    } while (n < most && !(parts[n - 1].type && parts[n - 1].type->kind == CEDAR_TYPE_FALSE));
    all = parts[--n];
    while (n > 0) {
        n--;
        all = cedar_join_and(c, parts[n], all);
    }
    return all;
}
