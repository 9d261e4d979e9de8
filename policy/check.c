/* The walk: literals, variables, logic, sets, records. */
#include "policy/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "policy/authorize.h"

enum { MOST_FINDINGS = 200, MOST_CAPS = 4000 };

void cedar_found(struct cedar_checker *c, bool warning, uint32_t start, struct cedar_str help, const char *format, ...)
{
    struct cedar_found_list *list = &c->found;
    struct cedar_finding *finding;
    char line[400];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (list->n - list->first >= MOST_FINDINGS)
        return;
    for (size_t i = list->first; i < list->n; i++) {
        if (list->starts[i] == start && cedar_str_is(list->items[i].message, line))
            return;
    }
    list->items = cedar_grow(c->f, c->f->arena, list->items, list->n, &list->cap, sizeof(*list->items));
    list->starts = cedar_grow(c->f, c->f->arena, list->starts, list->n, &list->cap_starts, sizeof(*list->starts));
    list->starts[list->n] = start;
    finding = &list->items[list->n++];
    *finding = (struct cedar_finding){.policy = c->policy, .warning = warning, .message = cedar_take_copy(c->f, cedar_str(line)),
        .help = help};
    cedar_policy_place(c->policy, start, &finding->line, &finding->column);
}

struct cedar_str cedar_type_text(struct cedar_checker *c, const struct cedar_type *type)
{
    struct cedar_text t = {.arena = c->f->arena};
    struct cedar_str s;

    cedar_put_type(&t, type);
    s = cedar_text_done(&t);
    if (!s.data)
        cedar_raise_memory(c->f);
    return s;
}

struct cedar_judgement cedar_judge(struct cedar_checker *c, enum cedar_type_kind kind, bool ok)
{
    return (struct cedar_judgement){.type = c->schema->basic[kind], .ok = ok};
}

bool cedar_cap_has(const struct cedar_cap *caps, const struct cedar_expr *e, const struct cedar_expr *tag, struct cedar_str attr)
{
    for (; caps; caps = caps->next) {
        if (!tag != !caps->tag || !cedar_str_eq(caps->attr, attr) || !cedar_expr_eq(caps->expr, e))
            continue;
        if (!tag || cedar_expr_eq(caps->tag, tag))
            return true;
    }
    return false;
}

const struct cedar_cap *cedar_cap_add(struct cedar_checker *c, const struct cedar_cap *to, struct cedar_cap cap)
{
    struct cedar_cap *copy;

    if (cedar_cap_has(to, cap.expr, cap.tag, cap.attr))
        return to;
    if (to && to->count >= MOST_CAPS)
        cedar_raise(c->f, CEDAR_ELIMIT, CEDAR_NOWHERE, "a condition with more than %d different 'has'", MOST_CAPS);
    copy = cedar_take(c->f, sizeof(*copy));
    *copy = cap;
    copy->next = to;
    copy->count = to ? to->count + 1 : 1;
    return copy;
}

const struct cedar_cap *cedar_cap_union(struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b)
{
    for (; b && a != b; b = b->next)
        a = cedar_cap_add(c, a, *b);
    return a;
}

const struct cedar_cap *cedar_cap_both(struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b)
{
    const struct cedar_cap *both = NULL;

    for (; a; a = a->next) {
        if (cedar_cap_has(b, a->expr, a->tag, a->attr))
            both = cedar_cap_add(c, both, *a);
    }
    return both;
}

static bool is_entity(const struct cedar_type *type)
{
    return type->kind == CEDAR_TYPE_ENTITY;
}

static bool fits(const struct cedar_type *type, enum cedar_expected want)
{
    switch (want) {
    case CEDAR_WANT_BOOL:
        return type->kind <= CEDAR_TYPE_FALSE;
    case CEDAR_WANT_LONG:
        return type->kind == CEDAR_TYPE_LONG;
    case CEDAR_WANT_STRING:
        return type->kind == CEDAR_TYPE_STRING;
    case CEDAR_WANT_ENTITY:
        return is_entity(type);
    case CEDAR_WANT_SET:
        return type->kind == CEDAR_TYPE_SET;
    case CEDAR_WANT_ATTRS:
        return is_entity(type) || type->kind == CEDAR_TYPE_RECORD;
    case CEDAR_WANT_IN:
        break;
    }
    return is_entity(type) || (type->kind == CEDAR_TYPE_SET && is_entity(type->element));
}

static struct cedar_str help_for(const struct cedar_type *type, enum cedar_expected want)
{
    if (want == CEDAR_WANT_SET && is_entity(type))
        return CEDAR_STR("use 'in' to ask for membership in an entity");
    if (want == CEDAR_WANT_SET && type->kind == CEDAR_TYPE_STRING)
        return CEDAR_STR("use 'like' to search in a string");
    if (want == CEDAR_WANT_SET)
        return CEDAR_STR("write a single value as a set: [value]");
    if ((want == CEDAR_WANT_ATTRS || want == CEDAR_WANT_IN || want == CEDAR_WANT_ENTITY) && type->kind == CEDAR_TYPE_SET)
        return CEDAR_STR("use .contains() to look into a set");
    if (want == CEDAR_WANT_STRING && is_entity(type))
        return CEDAR_STR("use 'is' or '==' with an entity");
    if (want == CEDAR_WANT_LONG && type->kind == CEDAR_TYPE_STRING)
        return CEDAR_STR("strings can be compared with == and 'like' only");
    if (want == CEDAR_WANT_BOOL)
        return CEDAR_STR("compare it with something, so that it is true or false");
    return CEDAR_STR("");
}

struct cedar_judgement cedar_expect_type(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e, enum cedar_expected want)
{
    static const char *const names[] = {"Bool", "Long", "String", "an entity", "a set", "an entity or a record",
        "an entity or a set of entities"};
    struct cedar_judgement j = cedar_check_expr(c, prior, e);

    if (!j.type || fits(j.type, want)) {
        j.ok = j.ok && j.type;
        return j;
    }
    cedar_found(c, false, e->start, help_for(j.type, want), "expected %s, got %.*s", names[want], CEDAR_ARG(cedar_type_text(c, j.type)));
    return (struct cedar_judgement){.type = NULL};
}

struct cedar_judgement cedar_join_and(struct cedar_checker *c, struct cedar_judgement left, struct cedar_judgement right)
{
    bool ok = left.ok && right.ok;
    struct cedar_judgement j = {.ok = ok};

    if (!left.type || !right.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    if (right.type->kind == CEDAR_TYPE_FALSE)
        return cedar_judge(c, CEDAR_TYPE_FALSE, ok);
    j.type = right.type->kind == CEDAR_TYPE_TRUE ? left.type : left.type->kind == CEDAR_TYPE_TRUE ? right.type : c->schema->basic[CEDAR_TYPE_BOOL];
    j.caps = ok ? cedar_cap_union(c, left.caps, right.caps) : NULL;
    return j;
}

static struct cedar_judgement check_and(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement j = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_BOOL);

    for (uint32_t i = 1; i < e->n; i++) {
        if (j.type && j.type->kind == CEDAR_TYPE_FALSE)
            return cedar_judge(c, CEDAR_TYPE_FALSE, j.ok); /* the rest can never be reached */
        j = cedar_join_and(c, j, cedar_expect_type(c, cedar_cap_union(c, prior, j.caps), e->kids[i], CEDAR_WANT_BOOL));
    }
    return j;
}

static struct cedar_judgement join_or(struct cedar_checker *c, struct cedar_judgement left, struct cedar_judgement right)
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

static struct cedar_judgement check_or(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
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

static void found_incompatible(struct cedar_checker *c, const struct cedar_expr *e, const struct cedar_type *a, const struct cedar_type *b)
{
    cedar_found(c, false, e->start, CEDAR_STR("make both of the same type"), "%.*s and %.*s cannot stand together here",
        CEDAR_ARG(cedar_type_text(c, a)), CEDAR_ARG(cedar_type_text(c, b)));
}

static struct cedar_judgement check_branches(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e, struct cedar_judgement test)
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

static struct cedar_judgement check_if(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
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

static struct cedar_judgement check_longs(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    bool ok = true;

    for (uint32_t i = 0; i < e->n; i++)
        ok = cedar_expect_type(c, prior, e->kids[i], CEDAR_WANT_LONG).ok && ok;
    return cedar_judge(c, CEDAR_TYPE_LONG, ok);
}

static struct cedar_judgement check_set(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    const struct cedar_type *element = NULL;
    bool ok = true, typed = true;

    if (!e->n)
        cedar_found(c, false, e->start, CEDAR_STR("to ask whether a set is empty, use .isEmpty()"), "an empty set has no type");
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

static struct cedar_judgement check_record(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
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
    const struct cedar_type *types[] = {c->principal->self, c->action->type->self, c->resource->self, c->action->context};

    return (struct cedar_judgement){.type = types[var], .ok = true};
}

struct cedar_judgement cedar_check_expr(struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
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
