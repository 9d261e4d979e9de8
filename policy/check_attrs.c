/* Attributes and tags: what must be asked for with 'has' before it is used. */
#include "policy/check.h"

static const struct cedar_type *attrs_of(const struct cedar_type *type)
{
    return type->kind == CEDAR_TYPE_ENTITY ? type->entity->attrs : type;
}

static struct cedar_str suggest_attr(
    struct cedar_checker *c, const struct cedar_type *attrs, struct cedar_str name)
{
    struct cedar_str *names = cedar_take(c->f, attrs->n * sizeof(*names));

    for (uint32_t i = 0; i < attrs->n; i++)
        names[i] = attrs->attrs[i].name;
    return cedar_suggest(c->f, name, names, attrs->n);
}

static struct cedar_str help_has(struct cedar_checker *c, struct cedar_str name)
{
    struct cedar_text t = {.arena = c->f->arena};

    cedar_puts(&t, "ask first: ... has ");
    cedar_put(&t, name);
    cedar_puts(&t, " && ...");
    return cedar_text_done(&t);
}

struct cedar_judgement cedar_check_get(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement base = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_ATTRS);
    const struct cedar_attr *attr;

    if (!base.type)
        return (struct cedar_judgement){.type = NULL};
    attr = cedar_type_attr(attrs_of(base.type), e->u.str);
    if (!attr) {
        cedar_found(c, false, e->start, suggest_attr(c, attrs_of(base.type), e->u.str),
            "%.*s has no attribute \"%.*s\"", CEDAR_ARG(cedar_type_text(c, base.type)), CEDAR_ARG(e->u.str));
        return (struct cedar_judgement){.type = NULL};
    }
    if (!attr->required && !cedar_cap_has(prior, e->kids[0], NULL, e->u.str)) {
        cedar_found(c, false, e->start, help_has(c, e->u.str), "the attribute \"%.*s\" may be missing",
            CEDAR_ARG(e->u.str));
        base.ok = false;
    }
    return (struct cedar_judgement){.type = attr->type, .ok = base.ok};
}

static struct cedar_judgement check_has_one(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *base_expr, const struct cedar_type *base, struct cedar_str name)
{
    const struct cedar_attr *attr = cedar_type_attr(attrs_of(base), name);
    bool known;
    struct cedar_judgement j;

    if (!attr)
        return cedar_judge(c, CEDAR_TYPE_FALSE, true);
    known =
        cedar_cap_has(prior, base_expr, NULL, name) || (attr->required && base->kind == CEDAR_TYPE_RECORD);
    j = cedar_judge(c, known ? CEDAR_TYPE_TRUE : CEDAR_TYPE_BOOL, true);
    j.caps = cedar_cap_add(c, NULL, (struct cedar_cap){.expr = base_expr, .attr = name});
    return j;
}

static const struct cedar_expr *get_expr(
    struct cedar_checker *c, const struct cedar_expr *base, struct cedar_str name)
{
    struct cedar_expr *e = cedar_expr_new(c->f, CEDAR_OP_GET, 1, base->start);

    e->kids[0] = base;
    e->u.str = name;
    return cedar_expr_done(c->f, e, base->end);
}

/* e has a.b.c: each step may rely on the ones before it. */
static struct cedar_judgement check_path(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *e, const struct cedar_type *type)
{
    struct cedar_judgement all = cedar_judge(c, CEDAR_TYPE_TRUE, true);
    const struct cedar_expr *base = e->kids[0];

    for (uint32_t i = 0; i < e->u.path->n; i++) {
        struct cedar_str name = e->u.path->parts[i];
        struct cedar_judgement one = check_has_one(c, prior, base, type, name);

        all = cedar_join_and(c, all, one);
        if (one.type->kind == CEDAR_TYPE_FALSE || i + 1 == e->u.path->n)
            break;
        prior = cedar_cap_union(c, prior, one.caps);
        type = cedar_type_attr(attrs_of(type), name)->type;
        if (type->kind != CEDAR_TYPE_ENTITY && type->kind != CEDAR_TYPE_RECORD) {
            cedar_found(c, false, e->start, CEDAR_STR(""), "\"%.*s\" is a %.*s and has no attributes",
                CEDAR_ARG(name), CEDAR_ARG(cedar_type_text(c, type)));
            return cedar_judge(c, CEDAR_TYPE_BOOL, false);
        }
        base = get_expr(c, base, name);
    }
    return all;
}

struct cedar_judgement cedar_check_has(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement base = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_ATTRS), j;

    if (!base.type)
        return cedar_judge(c, CEDAR_TYPE_BOOL, false);
    j = check_path(c, prior, e, base.type);
    j.ok = j.ok && base.ok;
    if (!j.ok)
        j.caps = NULL;
    return j;
}

static struct cedar_judgement check_has_tag(struct cedar_checker *c, const struct cedar_cap *prior,
    const struct cedar_expr *e, const struct cedar_type *base, bool ok)
{
    enum cedar_type_kind kind = CEDAR_TYPE_BOOL;
    struct cedar_judgement j;

    if (!base->entity->tags)
        kind = CEDAR_TYPE_FALSE;
    else if (cedar_cap_has(prior, e->kids[0], e->kids[1], CEDAR_STR("")))
        kind = CEDAR_TYPE_TRUE;
    j = cedar_judge(c, kind, ok);
    if (ok)
        j.caps = cedar_cap_add(
            c, NULL, (struct cedar_cap){.expr = e->kids[0], .tag = e->kids[1], .attr = CEDAR_STR("")});
    return j;
}

struct cedar_judgement cedar_check_tag(
    struct cedar_checker *c, const struct cedar_cap *prior, const struct cedar_expr *e)
{
    struct cedar_judgement base = cedar_expect_type(c, prior, e->kids[0], CEDAR_WANT_ENTITY);
    struct cedar_judgement tag = cedar_expect_type(c, prior, e->kids[1], CEDAR_WANT_STRING);

    if (!base.type)
        return (struct cedar_judgement){.type = NULL};
    if (e->op == CEDAR_OP_HAS_TAG)
        return check_has_tag(c, prior, e, base.type, base.ok && tag.ok);
    if (!cedar_cap_has(prior, e->kids[0], e->kids[1], CEDAR_STR(""))) {
        cedar_found(
            c, false, e->start, CEDAR_STR("ask first: ... .hasTag(...) && ..."), "the tag may be missing");
        return (struct cedar_judgement){.type = NULL};
    }
    if (!base.type->entity->tags) {
        cedar_found(
            c, false, e->start, CEDAR_STR(""), "%.*s has no tags", CEDAR_ARG(base.type->entity->name));
        return (struct cedar_judgement){.type = NULL};
    }
    return (struct cedar_judgement){.type = base.type->entity->tags, .ok = base.ok && tag.ok};
}
