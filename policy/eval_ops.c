/* Operators whose operands are values already. */
#include "policy/eval.h"

static bool less(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *a,
    const struct cedar_value *b, bool or_equal)
{
    if (a->kind != CEDAR_LONG && a->kind != CEDAR_DATETIME && a->kind != CEDAR_DURATION)
        cedar_eval_raise(ev, e->kids[0], "type error: %s has no order; Long, datetime and duration have",
            cedar_kind_name(a->kind));
    cedar_want(ev, e->kids[1], b, a->kind);
    return or_equal ? a->u.n <= b->u.n : a->u.n < b->u.n;
}

static bool in_any(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_ref *left,
    const struct cedar_set_data *set)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (set->items[i].kind != CEDAR_ENTITY)
            cedar_eval_raise(ev, e->kids[1], "type error: 'in' takes a set of entities, got a %s in it",
                cedar_kind_name(set->items[i].kind));
    }
    for (uint32_t i = 0; i < set->n; i++) {
        if (cedar_eval_below(ev, left, set->items[i].u.ref))
            return true;
    }
    return false;
}

static bool apply_in(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *a,
    const struct cedar_value *b)
{
    cedar_want(ev, e->kids[0], a, CEDAR_ENTITY);
    if (b->kind == CEDAR_SET)
        return in_any(ev, e, a->u.ref, b->u.set);
    cedar_want(ev, e->kids[1], b, CEDAR_ENTITY);
    return cedar_eval_below(ev, a->u.ref, b->u.ref);
}

static bool contains_all(const struct cedar_set_data *a, const struct cedar_set_data *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        if (!cedar_set_has(a, &b->items[i]))
            return false;
    }
    return true;
}

static bool contains_any(const struct cedar_set_data *a, const struct cedar_set_data *b)
{
    const struct cedar_set_data *few = a->n < b->n ? a : b, *many = few == a ? b : a;

    for (uint32_t i = 0; i < few->n; i++) {
        if (cedar_set_has(many, &few->items[i]))
            return true;
    }
    return false;
}

static bool apply_sets(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *a,
    const struct cedar_value *b)
{
    cedar_want(ev, e->kids[0], a, CEDAR_SET);
    if (e->op == CEDAR_OP_CONTAINS)
        return cedar_set_has(a->u.set, b);
    cedar_want(ev, e->kids[1], b, CEDAR_SET);
    return e->op == CEDAR_OP_CONTAINS_ALL ? contains_all(a->u.set, b->u.set)
                                          : contains_any(a->u.set, b->u.set);
}

static _Noreturn void raise_missing(
    struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_ref *ref)
{
    cedar_eval_raise(ev, e->kids[0], "the entity %.*s::\"%.*s\" is not known", CEDAR_ARG(ref->uid.type),
        CEDAR_ARG(ref->uid.id));
}

static struct cedar_value apply_tag(struct cedar_eval *ev, const struct cedar_expr *e,
    const struct cedar_value *a, const struct cedar_value *b)
{
    const struct cedar_node *node;
    const struct cedar_value *tag;

    cedar_want(ev, e->kids[0], a, CEDAR_ENTITY);
    cedar_want(ev, e->kids[1], b, CEDAR_STRING);
    node = cedar_eval_node(ev, a->u.ref);
    tag = node ? cedar_record_get(node->tags, b->u.s) : NULL;
    if (e->op == CEDAR_OP_HAS_TAG)
        return cedar_of_bool(tag != NULL);
    if (!node)
        raise_missing(ev, e, a->u.ref);
    if (!tag)
        cedar_eval_raise(ev, e, "%.*s::\"%.*s\" has no tag \"%.*s\"", CEDAR_ARG(a->u.ref->uid.type),
            CEDAR_ARG(a->u.ref->uid.id), CEDAR_ARG(b->u.s));
    return *tag;
}

struct cedar_value cedar_apply_binary(struct cedar_eval *ev, const struct cedar_expr *e,
    const struct cedar_value *left, const struct cedar_value *right)
{
    switch ((int)e->op) {
    case CEDAR_OP_EQ:
        return cedar_of_bool(cedar_value_eq(left, right));
    case CEDAR_OP_NE:
        return cedar_of_bool(!cedar_value_eq(left, right));
    case CEDAR_OP_LT:
        return cedar_of_bool(less(ev, e, left, right, false));
    case CEDAR_OP_LE:
        return cedar_of_bool(less(ev, e, left, right, true));
    case CEDAR_OP_GT:
        return cedar_of_bool(!less(ev, e, left, right, true));
    case CEDAR_OP_GE:
        return cedar_of_bool(!less(ev, e, left, right, false));
    case CEDAR_OP_IS: /* ... in */
    case CEDAR_OP_IN:
        return cedar_of_bool(apply_in(ev, e, left, right));
    case CEDAR_OP_GET_TAG:
    case CEDAR_OP_HAS_TAG:
        return apply_tag(ev, e, left, right);
    default:
        return cedar_of_bool(apply_sets(ev, e, left, right));
    }
}

struct cedar_value cedar_apply_get(
    struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *base)
{
    const struct cedar_record_data *record;
    const struct cedar_value *value;

    if (base->kind == CEDAR_RECORD) {
        record = base->u.record;
    } else {
        const struct cedar_node *node;

        if (base->kind != CEDAR_ENTITY)
            cedar_eval_raise(
                ev, e->kids[0], "type error: a %s has no attributes", cedar_kind_name(base->kind));
        node = cedar_eval_node(ev, base->u.ref);
        if (!node)
            raise_missing(ev, e, base->u.ref);
        record = node->attrs;
    }
    value = cedar_record_get(record, e->u.str);
    if (!value && base->kind == CEDAR_ENTITY)
        cedar_eval_raise(ev, e, "%.*s::\"%.*s\" has no attribute \"%.*s\"", CEDAR_ARG(base->u.ref->uid.type),
            CEDAR_ARG(base->u.ref->uid.id), CEDAR_ARG(e->u.str));
    if (!value)
        cedar_eval_raise(ev, e, "the record has no attribute \"%.*s\"", CEDAR_ARG(e->u.str));
    return *value;
}

bool cedar_apply_has(struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_value *base)
{
    const struct cedar_value *value = base;

    for (uint32_t i = 0; i < e->u.path->n; i++) {
        const struct cedar_record_data *record;

        if (value->kind == CEDAR_RECORD) {
            record = value->u.record;
        } else {
            const struct cedar_node *node;

            if (value->kind != CEDAR_ENTITY)
                cedar_eval_raise(ev, e, "type error: a %s has no attributes", cedar_kind_name(value->kind));
            node = cedar_eval_node(ev, value->u.ref);
            record = node ? node->attrs : &cedar_empty_record;
        }
        value = cedar_record_get(record, e->u.path->parts[i]);
        if (!value)
            return false;
    }
    return true;
}
