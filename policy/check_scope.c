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
    struct cedar_judgement slot = cedar_judge(c, CEDAR_TYPE_BOOL, true);
    struct cedar_expr *e;

    if (scope->op == CEDAR_SCOPE_ANY)
        return cedar_judge(c, CEDAR_TYPE_TRUE, true);
    if (scope->slot && !type)
        return slot; /* a link may name any type that fits */
    e = cedar_expr_new(c->f, type ? CEDAR_OP_IS : scope->op == CEDAR_SCOPE_EQ ? CEDAR_OP_EQ : CEDAR_OP_IN,
        target && !scope->slot ? 2 : 1, scope->start);
    e->kids[0] = var_expr(c, var, scope->start);
    e->u.str = scope->type;
    if (target && !scope->slot)
        e->kids[1] = target_expr(c, scope);
    cedar_expr_done(c->f, e, scope->start);
    return scope->slot ? cedar_join_and(c, cedar_check_expr(c, NULL, e), slot) : cedar_check_expr(c, NULL, e);
}

static struct cedar_judgement check_condition(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_condition *condition)
{
    struct cedar_judgement j = cedar_expect_type(c, prior, condition->body, CEDAR_WANT_BOOL);

    return condition->unless ? cedar_negate(c, j) : j;
}

struct cedar_judgement cedar_check_policy(struct cedar_checker *c)
{
    struct cedar_judgement all = check_scope(c, CEDAR_VAR_PRINCIPAL);

    for (int var = CEDAR_VAR_ACTION; var <= CEDAR_VAR_RESOURCE; var++) {
        if (all.type && all.type->kind == CEDAR_TYPE_FALSE)
            return all;
        all = cedar_join_and(c, all, check_scope(c, (enum cedar_var)var));
    }
    for (uint32_t i = 0; i < c->policy->n_conditions; i++) {
        if (all.type && all.type->kind == CEDAR_TYPE_FALSE)
            return all;
        all = cedar_join_and(c, all, check_condition(c, all.caps, &c->policy->conditions[i]));
    }
    return all;
}
