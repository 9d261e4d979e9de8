/* What all checks stand on: findings, capabilities, expected types. */
#include "policy/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "policy/authorize.h"

enum { MOST_FINDINGS = 200, MOST_CAPS = 4000 };

void cedar_found(
    struct cedar_checker *c, bool warning, uint32_t start, struct cedar_str help, const char *format, ...)
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
    list->starts =
        cedar_grow(c->f, c->f->arena, list->starts, list->n, &list->cap_starts, sizeof(*list->starts));
    list->starts[list->n] = start;
    finding = &list->items[list->n++];
    *finding = (struct cedar_finding){.policy = c->policy,
        .warning = warning,
        .message = cedar_take_copy(c->f, cedar_str(line)),
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

bool cedar_cap_has(const struct cedar_cap *caps, const struct cedar_expr *e, const struct cedar_expr *tag,
    struct cedar_str attr)
{
    for (; caps; caps = caps->next) {
        if (!tag != !caps->tag || !cedar_str_eq(caps->attr, attr) || !cedar_expr_eq(caps->expr, e))
            continue;
        if (!tag || cedar_expr_eq(caps->tag, tag))
            return true;
    }
    return false;
}

const struct cedar_cap *cedar_cap_add(
    struct cedar_checker *c, const struct cedar_cap *to, struct cedar_cap cap)
{
    struct cedar_cap *copy;

    if (cedar_cap_has(to, cap.expr, cap.tag, cap.attr))
        return to;
    if (to && to->count >= MOST_CAPS)
        cedar_raise(
            c->f, CEDAR_ELIMIT, CEDAR_NOWHERE, "a condition with more than %d different 'has'", MOST_CAPS);
    copy = cedar_take(c->f, sizeof(*copy));
    *copy = cap;
    copy->next = to;
    copy->count = to ? to->count + 1 : 1;
    return copy;
}

const struct cedar_cap *cedar_cap_union(
    struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b)
{
    for (; b && a != b; b = b->next)
        a = cedar_cap_add(c, a, *b);
    return a;
}

const struct cedar_cap *cedar_cap_both(
    struct cedar_checker *c, const struct cedar_cap *a, const struct cedar_cap *b)
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
    if ((want == CEDAR_WANT_ATTRS || want == CEDAR_WANT_IN || want == CEDAR_WANT_ENTITY) &&
        type->kind == CEDAR_TYPE_SET)
        return CEDAR_STR("use .contains() to look into a set");
    if (want == CEDAR_WANT_STRING && is_entity(type))
        return CEDAR_STR("use 'is' or '==' with an entity");
    if (want == CEDAR_WANT_LONG && type->kind == CEDAR_TYPE_STRING)
        return CEDAR_STR("strings can be compared with == and 'like' only");
    if (want == CEDAR_WANT_BOOL)
        return CEDAR_STR("compare it with something, so that it is true or false");
    return CEDAR_STR("");
}

struct cedar_judgement cedar_expect_type(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *e, enum cedar_expected want)
{
    static const char *const names[] = {"Bool", "Long", "String", "an entity", "a set",
        "an entity or a record", "an entity or a set of entities"};
    struct cedar_judgement j = cedar_check_expr(c, prior, e);

    if (!j.type || fits(j.type, want)) {
        j.ok = j.ok && j.type;
        return j;
    }
    cedar_found(c, false, e->start, help_for(j.type, want), "expected %s, got %.*s", names[want],
        CEDAR_ARG(cedar_type_text(c, j.type)));
    return (struct cedar_judgement){.type = NULL};
}
