/* Comparisons, membership, sets, and calls of extension functions. */
#include "policy/check.h"

/* An entity written out, or the action of the request; NULL for other expressions. */
static const struct cedar_value *known_literal(
    const struct cedar_checker *c, const struct cedar_expr *e, struct cedar_value *action)
{
    if (e->op == CEDAR_OP_LITERAL)
        return e->konst;
    if (e->op != CEDAR_OP_VAR || e->detail != CEDAR_VAR_ACTION)
        return NULL;
    *action = cedar_of_ref(&c->action->ref);
    return action;
}

static enum cedar_type_kind equality(const struct cedar_checker *c, const struct cedar_expr *e,
    const struct cedar_type *a, const struct cedar_type *b)
{
    struct cedar_value action;
    const struct cedar_value *left, *right;

    if (a && b && a->kind == CEDAR_TYPE_ENTITY && b->kind == CEDAR_TYPE_ENTITY && a->entity != b->entity)
        return CEDAR_TYPE_FALSE;
    left = known_literal(c, e->kids[0], &action);
    right = known_literal(c, e->kids[1], &action);
    if (!left || !right)
        return CEDAR_TYPE_BOOL;
    return cedar_value_eq(left, right) ? CEDAR_TYPE_TRUE : CEDAR_TYPE_FALSE;
}

/* Both types are known and no value could be of both. */
static bool incompatible(struct cedar_checker *c, const struct cedar_type *a, const struct cedar_type *b)
{
    return a && b && !cedar_type_join(c->f, c->schema, a, b);
}

static void found_compared(struct cedar_checker *c, const struct cedar_expr *e, const struct cedar_type *a,
    const struct cedar_type *b)
{
    cedar_found(c, false, e->start, CEDAR_STR("compare values of the same type"),
        "'%s' compares %.*s with %.*s, which are never equal", cedar_op_name((enum cedar_op)e->op),
        CEDAR_ARG(cedar_type_text(c, a)), CEDAR_ARG(cedar_type_text(c, b)));
}

static struct cedar_judgement check_equal(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement left = cedar_check_expr(c, prior, e->kids[0]),
                           right = cedar_check_expr(c, prior, e->kids[1]), j;
    enum cedar_type_kind kind = equality(c, e, left.type, right.type);
    bool ok = left.ok && right.ok;

    if (kind == CEDAR_TYPE_BOOL && incompatible(c, left.type, right.type)) {
        found_compared(c, e, left.type, right.type);
        ok = false;
    }
    j = cedar_judge(c, kind, ok);
    return e->op == CEDAR_OP_NE ? cedar_negate(c, j) : j;
}

static bool has_order(const struct cedar_type *type)
{
    return type->kind == CEDAR_TYPE_LONG || type->kind == CEDAR_TYPE_DATETIME ||
           type->kind == CEDAR_TYPE_DURATION;
}

static struct cedar_judgement check_less(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement left = cedar_check_expr(c, prior, e->kids[0]),
                           right = cedar_check_expr(c, prior, e->kids[1]);
    bool ok = left.ok && right.ok && left.type && right.type;

    if (left.type && right.type && !(left.type->kind == right.type->kind && has_order(left.type))) {
        ok = false;
        cedar_found(c, false, e->start,
            CEDAR_STR(
                "order exists between two Longs, two datetimes or two durations; decimals have .lessThan()"),
            "'%s' cannot compare %.*s with %.*s", cedar_op_name((enum cedar_op)e->op),
            CEDAR_ARG(cedar_type_text(c, left.type)), CEDAR_ARG(cedar_type_text(c, right.type)));
    }
    return cedar_judge(c, CEDAR_TYPE_BOOL, ok);
}

static struct cedar_judgement check_contains(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement left = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_SET), right;
    const struct cedar_type *a = left.type;

    if (e->op == CEDAR_OP_CONTAINS) {
        right = cedar_check_expr(c, prior, e->kids[1]);
        a = a ? a->element : NULL;
    } else {
        right = cedar_expect_type(c, prior, e->kids[1], CEDAR_WANT_SET);
    }
    if (incompatible(c, a, right.type)) {
        found_compared(c, e, a, right.type);
        left.ok = false;
    }
    return cedar_judge(c, CEDAR_TYPE_BOOL, left.ok && right.ok);
}

struct cedar_judgement cedar_check_binary(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    if (e->op == CEDAR_OP_EQ || e->op == CEDAR_OP_NE)
        return check_equal(c, prior, e);
    if (e->op >= CEDAR_OP_LT && e->op <= CEDAR_OP_GE)
        return check_less(c, prior, e);
    return check_contains(c, prior, e);
}

static bool is_action(const struct cedar_value *value)
{
    return value && value->kind == CEDAR_ENTITY && cedar_str_is(cedar_basename(value->u.ref->uid.type), "Action");
}

/* The right side of an action's 'in': each entity written there. */
static bool all_literals(const struct cedar_checker *c, const struct cedar_expr *e)
{
    struct cedar_value action;

    if (e->op != CEDAR_OP_SET)
        return known_literal(c, e, &action) != NULL;
    for (uint32_t i = 0; i < e->n; i++) {
        if (!known_literal(c, e->kids[i], &action))
            return false;
    }
    return true;
}

/* Exactly true or false: the schema knows the whole hierarchy of actions. */
static struct cedar_judgement action_in(
    struct cedar_checker *c, const struct cedar_value *left, const struct cedar_expr *right)
{
    const struct cedar_action *below = cedar_schema_action(c->schema, left->u.ref);
    uint32_t n = right->op == CEDAR_OP_SET ? right->n : 1;
    bool in = false;

    for (uint32_t i = 0; i < n; i++) {
        struct cedar_value action;
        const struct cedar_value *item =
            known_literal(c, right->op == CEDAR_OP_SET ? right->kids[i] : right, &action);
        const struct cedar_action *above;

        if (!is_action(item))
            continue;
        above = cedar_schema_action(c->schema, item->u.ref);
        if (!above || !below)
            return cedar_judge(c, CEDAR_TYPE_BOOL, false);
        in = in || cedar_action_below(below, above);
    }
    return cedar_judge(c, in ? CEDAR_TYPE_TRUE : CEDAR_TYPE_FALSE, true);
}

static bool action_types_in(
    const struct cedar_schema *schema, const struct cedar_entity_type *a, const struct cedar_entity_type *b)
{
    for (size_t i = 0; a->action && b->action && i < schema->n_actions; i++) {
        const struct cedar_action *action = schema->actions[i];

        for (uint32_t j = 0; action->type == a && j < action->n_ancestors; j++) {
            if (action->ancestors[j]->type == b)
                return true;
        }
    }
    return false;
}

static struct cedar_judgement judge_in(struct cedar_checker *c, const struct cedar_expr *left_expr,
    const struct cedar_expr *right_expr, struct cedar_judgement left, struct cedar_judgement right)
{
    const struct cedar_entity_type *above;
    const struct cedar_value *literal;
    struct cedar_value action;

    if (!left.ok || !right.ok || !left.type || !right.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    literal = known_literal(c, left_expr, &action);
    if (literal && is_action(literal) && all_literals(c, right_expr))
        return action_in(c, literal, right_expr);
    above = right.type->kind == CEDAR_TYPE_SET ? right.type->element->entity : right.type->entity;
    if (!cedar_type_below(left.type->entity, above) && !action_types_in(c->schema, left.type->entity, above))
        return cedar_judge(c, CEDAR_TYPE_FALSE, true);
    return cedar_judge(c, CEDAR_TYPE_BOOL, true);
}

struct cedar_judgement cedar_check_in(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement left = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_ENTITY);
    struct cedar_judgement right = cedar_expect_type(c, prior, e->kids[1], CEDAR_WANT_IN);

    return judge_in(c, e->kids[0], e->kids[1], left, right);
}

struct cedar_judgement cedar_check_is(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement left = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_ENTITY), is, right;

    if (!left.type)
        is = cedar_judge(c, CEDAR_TYPE_BOOL, false);
    else
        is = cedar_judge(
            c, cedar_str_eq(left.type->entity->name, e->u.str) ? CEDAR_TYPE_TRUE : CEDAR_TYPE_FALSE, left.ok);
    if (e->n == 1 || is.type->kind == CEDAR_TYPE_FALSE)
        return is;
    right = cedar_expect_type(c, prior, e->kids[1], CEDAR_WANT_IN);
    return cedar_join_and(c, is, judge_in(c, e->kids[0], e->kids[1], left, right));
}

static const struct cedar_type *type_of_kind(const struct cedar_checker *c, enum cedar_kind kind)
{
    static const enum cedar_type_kind kinds[] = {[CEDAR_BOOL] = CEDAR_TYPE_BOOL,
        [CEDAR_LONG] = CEDAR_TYPE_LONG,
        [CEDAR_STRING] = CEDAR_TYPE_STRING,
        [CEDAR_DECIMAL] = CEDAR_TYPE_DECIMAL,
        [CEDAR_IP] = CEDAR_TYPE_IP,
        [CEDAR_DATETIME] = CEDAR_TYPE_DATETIME,
        [CEDAR_DURATION] = CEDAR_TYPE_DURATION};

    return c->schema->basic[kinds[kind]];
}

/* A constructor needs a literal that it accepts, so that it cannot fail later. */
static bool check_constructor(struct cedar_checker *c, const struct cedar_expr *e)
{
    const struct cedar_fn_info *info = &cedar_fns[e->detail];
    bool literals = true,
         strings = e->n == 1 && e->kids[0]->op == CEDAR_OP_LITERAL && e->kids[0]->konst->kind == CEDAR_STRING;

    for (uint32_t i = 0; i < e->n; i++)
        literals = literals && e->kids[i]->op == CEDAR_OP_LITERAL;
    if (strings && !e->konst)
        cedar_found(c, false, e->start, CEDAR_STR(""), "\"%.*s\" is not a valid argument of %s()",
            CEDAR_ARG(e->kids[0]->konst->u.s), info->name);
    if (!literals)
        cedar_found(c, false, e->start,
            CEDAR_STR("write the text itself in quotes, or put a value of the type into the data"),
            "the argument of %s() must be a literal", info->name);
    return literals && (!strings || e->konst);
}

struct cedar_judgement cedar_check_call(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    const struct cedar_fn_info *info = &cedar_fns[e->detail];
    bool right_count = e->n == info->argc, ok = right_count;

    if (!right_count)
        cedar_found(c, false, e->start, CEDAR_STR(""), "%s() takes %d argument%s, not %u", info->name,
            info->argc - info->method, info->argc - info->method == 1 ? "" : "s", e->n - info->method);
    if (e->detail <= CEDAR_FN_DURATION)
        ok = check_constructor(c, e) && ok;
    for (uint32_t i = 0; i < e->n; i++) {
        struct cedar_judgement j = cedar_check_expr(c, prior, e->kids[i]);
        const struct cedar_type *want = right_count ? type_of_kind(c, info->args[i]) : NULL;

        if (ok && j.type && !cedar_type_eq(j.type, want)) {
            cedar_found(c, false, e->kids[i]->start, CEDAR_STR(""), "%s() takes %.*s, got %.*s", info->name,
                CEDAR_ARG(cedar_type_text(c, want)), CEDAR_ARG(cedar_type_text(c, j.type)));
            j.ok = false;
        }
        ok = ok && j.ok;
    }
    return (struct cedar_judgement){.type = type_of_kind(c, info->result), .ok = ok};
}
