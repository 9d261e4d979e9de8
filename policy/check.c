/* The walk: literals, variables, logic, sets, records. */
#include "policy/check.h"

struct cedar_judgement cedar_join_and(
    struct cedar_checker *c, struct cedar_judgement left, struct cedar_judgement right)
{
    bool ok = left.ok && right.ok;
    struct cedar_judgement j = {.ok = ok};

    if (!left.type || !right.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    if (right.type->kind == CEDAR_TYPE_FALSE)
        return cedar_judge(c, CEDAR_TYPE_FALSE, ok);
    j.type = right.type->kind == CEDAR_TYPE_TRUE  ? left.type
             : left.type->kind == CEDAR_TYPE_TRUE ? right.type
                                                  : c->schema->basic[CEDAR_TYPE_BOOL];
    j.caps = ok ? cedar_cap_union(c, left.caps, right.caps) : NULL;
    return j;
}

static struct cedar_judgement check_and(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement j = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_BOOL);

    for (uint32_t i = 1; i < e->n; i++) {
        if (j.type && j.type->kind == CEDAR_TYPE_FALSE)
            return cedar_judge(c, CEDAR_TYPE_FALSE, j.ok); /* the rest can never be reached */
        j = cedar_join_and(
            c, j, cedar_expect_type(c, cedar_cap_union(c, prior, j.caps), e->kids[i], CEDAR_WANT_BOOL));
    }
    return j;
}

static struct cedar_judgement join_or(
    struct cedar_checker *c, struct cedar_judgement left, struct cedar_judgement right)
{
    struct cedar_judgement j = {.ok = left.ok && right.ok};

    if (!left.type || !right.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    if (right.type->kind == CEDAR_TYPE_TRUE || left.type->kind == CEDAR_TYPE_FALSE) {
        j.type = right.type;
        j.caps = right.caps;
    } else if (right.type->kind == CEDAR_TYPE_FALSE) {
        j.type = left.type;
        j.caps = left.caps;
    } else {
        j.type = c->schema->basic[CEDAR_TYPE_BOOL];
        j.caps = cedar_cap_both(c, left.caps, right.caps);
    }
    if (!j.ok)
        j.caps = NULL;
    return j;
}

static struct cedar_judgement check_or(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement j = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_BOOL);

    for (uint32_t i = 1; i < e->n; i++) {
        if (j.type && j.type->kind == CEDAR_TYPE_TRUE)
            return j;
        j = join_or(c, j, cedar_expect_type(c, prior, e->kids[i], CEDAR_WANT_BOOL));
    }
    return j;
}

struct cedar_judgement cedar_negate(struct cedar_checker *c, struct cedar_judgement j)
{
    if (!j.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    if (j.type->kind == CEDAR_TYPE_TRUE)
        return cedar_judge(c, CEDAR_TYPE_FALSE, j.ok);
    return cedar_judge(c, j.type->kind == CEDAR_TYPE_FALSE ? CEDAR_TYPE_TRUE : CEDAR_TYPE_BOOL, j.ok);
}

static void found_incompatible(struct cedar_checker *c, const struct cedar_expr *e,
    const struct cedar_type *a, const struct cedar_type *b)
{
    cedar_found(c, false, e->start, CEDAR_STR("make both of the same type"),
        "%.*s and %.*s cannot stand together here", CEDAR_ARG(cedar_type_text(c, a)),
        CEDAR_ARG(cedar_type_text(c, b)));
}

static struct cedar_judgement check_branches(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *e, struct cedar_judgement test)
{
    struct cedar_judgement then = cedar_check_expr(c, cedar_cap_union(c, prior, test.caps), e->kids[1]);
    struct cedar_judgement other = cedar_check_expr(c, prior, e->kids[2]);
    struct cedar_judgement j = {.ok = test.ok && then.ok && other.ok};

    if (then.type && other.type) {
        j.type = cedar_type_join(c->f, c->schema, then.type, other.type);
        if (!j.type)
            found_incompatible(c, e, then.type, other.type);
    }
    j.ok = j.ok && j.type;
    if (j.ok)
        j.caps = cedar_cap_both(c, other.caps, cedar_cap_union(c, then.caps, test.caps));
    return j;
}

static struct cedar_judgement check_if(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement test = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_BOOL), j;

    if (test.type && test.type->kind == CEDAR_TYPE_TRUE) {
        j = cedar_check_expr(c, cedar_cap_union(c, prior, test.caps), e->kids[1]);
        j.caps = cedar_cap_union(c, j.caps, test.caps);
    } else if (test.type && test.type->kind == CEDAR_TYPE_FALSE) {
        j = cedar_check_expr(c, prior, e->kids[2]);
    } else {
        return check_branches(c, prior, e, test);
    }
    j.ok = j.ok && test.ok;
    if (!j.ok)
        j.caps = NULL;
    return j;
}

static struct cedar_judgement check_longs(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    bool ok = true;

    for (uint32_t i = 0; i < e->n; i++)
        ok = cedar_expect_type(c, prior, e->kids[i], CEDAR_WANT_LONG).ok && ok;
    return cedar_judge(c, CEDAR_TYPE_LONG, ok);
}

static struct cedar_judgement check_set(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    const struct cedar_type *element = NULL;
    bool ok = true, typed = true;

    if (!e->n)
        cedar_found(c, false, e->start, CEDAR_STR("to ask whether a set is empty, use .isEmpty()"),
            "an empty set has no type");
    for (uint32_t i = 0; i < e->n; i++) {
        struct cedar_judgement j = cedar_check_expr(c, prior, e->kids[i]);
        const struct cedar_type *joined = j.type;

        ok = ok && j.ok;
        if (typed && j.type && element && !(joined = cedar_type_join(c->f, c->schema, element, j.type)))
            found_incompatible(c, e, element, j.type);
        typed = typed && joined;
        element = joined;
    }
    if (!typed || !e->n)
        return (struct cedar_judgement){.type = NULL};
    return (struct cedar_judgement){.type = cedar_new_set_type(c->f, element), .ok = ok};
}

static int attr_cmp(const void *a, const void *b)
{
    const struct cedar_attr *x = a, *y = b;

    return cedar_str_cmp(x->name, y->name);
}

static struct cedar_judgement check_record(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_attr *attrs = cedar_take(c->f, e->n * sizeof(*attrs));
    struct cedar_judgement all = {.ok = true};
    bool typed = true;

    for (uint32_t i = 0; i < e->n; i++) {
        struct cedar_judgement j = cedar_check_expr(c, prior, e->kids[i]);

        all.ok = all.ok && j.ok;
        typed = typed && j.type;
        attrs[i] = (struct cedar_attr){e->u.keys[i], true, j.type};
    }
    if (!typed)
        return (struct cedar_judgement){.type = NULL};
    cedar_sort(attrs, e->n, sizeof(*attrs), attr_cmp);
    all.type = cedar_new_record_type(c->f, attrs, e->n);
    return all;
}

static struct cedar_judgement check_literal(struct cedar_checker *c, const struct cedar_value *value)
{
    const struct cedar_entity_type *type;

    switch (value->kind) {
    case CEDAR_BOOL:
        return cedar_judge(c, value->u.b ? CEDAR_TYPE_TRUE : CEDAR_TYPE_FALSE, true);
    case CEDAR_LONG:
        return cedar_judge(c, CEDAR_TYPE_LONG, true);
    case CEDAR_ENTITY:
        type = cedar_schema_type(c->schema, value->u.ref->uid.type);
        if (!type || (type->action && !cedar_schema_action(c->schema, value->u.ref)))
            return (struct cedar_judgement){.type = NULL}; /* another pass tells */
        return (struct cedar_judgement){.type = type->self, .ok = true};
    case CEDAR_STRING:
    case CEDAR_SET:
    case CEDAR_RECORD:
    case CEDAR_DECIMAL:
    case CEDAR_IP:
    case CEDAR_DATETIME:
    case CEDAR_DURATION:
        break;
    }
    return cedar_judge(c, CEDAR_TYPE_STRING, true); /* trees from text have no other literals */
}

static struct cedar_judgement check_var(struct cedar_checker *c, enum cedar_var var)
{
    const struct cedar_type *types[] = {
        c->principal->self, c->action->type->self, c->resource->self, c->action->context};

    return (struct cedar_judgement){.type = types[var], .ok = true};
}

struct cedar_judgement cedar_check_expr(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    switch ((int)e->op) {
    case CEDAR_OP_LITERAL:
        return check_literal(c, e->konst);
    case CEDAR_OP_VAR:
        return check_var(c, (enum cedar_var)e->detail);
    case CEDAR_OP_NOT:
        return cedar_negate(c, cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_BOOL));
    case CEDAR_OP_NEG:
    case CEDAR_OP_SUM:
    case CEDAR_OP_PRODUCT:
        return check_longs(c, prior, e);
    case CEDAR_OP_AND:
        return check_and(c, prior, e);
    case CEDAR_OP_OR:
        return check_or(c, prior, e);
    case CEDAR_OP_IF:
        return check_if(c, prior, e);
    case CEDAR_OP_IN:
        return cedar_check_in(c, prior, e);
    case CEDAR_OP_IS:
        return cedar_check_is(c, prior, e);
    case CEDAR_OP_IS_EMPTY:
        return cedar_judge(c, CEDAR_TYPE_BOOL, cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_SET).ok);
    case CEDAR_OP_LIKE:
        return cedar_judge(c, CEDAR_TYPE_BOOL, cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_STRING).ok);
    case CEDAR_OP_GET:
        return cedar_check_get(c, prior, e);
    case CEDAR_OP_HAS:
        return cedar_check_has(c, prior, e);
    case CEDAR_OP_GET_TAG:
    case CEDAR_OP_HAS_TAG:
        return cedar_check_tag(c, prior, e);
    case CEDAR_OP_SET:
        return check_set(c, prior, e);
    case CEDAR_OP_RECORD:
        return check_record(c, prior, e);
    case CEDAR_OP_CALL:
        return cedar_check_call(c, prior, e);
    default:
        return cedar_check_binary(c, prior, e);
    }
}
