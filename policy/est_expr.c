/* JSON expressions to trees.  Recursion is bounded by the depth of the JSON text. */
#include "policy/est.h"
#include "policy/value_json.h"

static const struct cedar_expr *done(struct cedar_fail *f, struct cedar_expr *e)
{
    return cedar_expr_done(f, e, 0);
}

void cedar_est_members(
    struct cedar_fail *f, const struct cedar_json *j, const char *const *names, const char *what)
{
    cedar_json_check(f, j, JSON_OBJECT, what);
    for (size_t i = 0; i < j->n; i++) {
        size_t k = 0;

        while (names[k] && !cedar_str_is(j->keys[i], names[k]))
            k++;
        if (!names[k])
            cedar_raise(f, CEDAR_EPARSE, j->items[i].offset, "%s has no member \"%.*s\"", what,
                CEDAR_ARG(j->keys[i]));
    }
}

const struct cedar_json *cedar_est_optional(const struct cedar_json *j, const char *key)
{
    const struct cedar_json *member = cedar_json_get(j, key);

    return member && member->kind != JSON_NULL ? member : NULL;
}

static const struct cedar_expr *want_expr(struct cedar_fail *f, const struct cedar_json *j, const char *key)
{
    return cedar_est_expr(f, cedar_json_want(f, j, key, JSON_OBJECT, "the expression"));
}

/* Long, String, ... become literals; sets, records and calls the trees that text would give. */
static const struct cedar_expr *value_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    const struct cedar_json *call = cedar_json_only(j, "__extn"), *entity = cedar_json_only(j, "__entity"),
                            *args = j;
    bool is_call = call && cedar_is_call(call), is_set = j->kind == JSON_ARRAY;
    struct cedar_expr *e;

    if (!is_call && !is_set &&
        (j->kind != JSON_OBJECT || (entity && cedar_is_type_and_id(entity)) || cedar_json_only(j, "__expr")))
        return cedar_expr_literal(f, cedar_value_read(f, j), 0, 0);
    if (is_call) {
        const struct cedar_json *fn = cedar_json_get(call, "fn"), *arg = cedar_json_get(call, "arg");

        args = arg ? arg : cedar_json_get(call, "args");
        e = cedar_expr_new(f, CEDAR_OP_CALL, arg ? 1 : args->n, 0);
        e->detail = (uint8_t)cedar_fn_find(fn->s);
        if (e->detail == CEDAR_FN_COUNT)
            cedar_raise(f, CEDAR_EPARSE, fn->offset, "unknown function \"%.*s\"", CEDAR_ARG(fn->s));
        for (uint32_t i = 0; i < e->n; i++)
            e->kids[i] = value_expr(f, arg ? arg : &args->items[i]);
        return done(f, e);
    }
    e = cedar_expr_new(f, is_set ? CEDAR_OP_SET : CEDAR_OP_RECORD, j->n, 0);
    if (!is_set) {
        struct cedar_str *keys = cedar_take(f, j->n * sizeof(*keys));

        for (size_t i = 0; i < j->n; i++)
            keys[i] = cedar_take_copy(f, j->keys[i]);
        e->u.keys = keys;
    }
    for (uint32_t i = 0; i < e->n; i++)
        e->kids[i] = value_expr(f, &j->items[i]);
    return done(f, e);
}

static const struct cedar_expr *var_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_VAR, 0, 0);

    cedar_json_check(f, j, JSON_STRING, "Var");
    while (e->detail < 4 && !cedar_str_is(j->s, cedar_var_names[e->detail]))
        e->detail++;
    if (e->detail == 4)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "unknown variable \"%.*s\"", CEDAR_ARG(j->s));
    return done(f, e);
}

static const struct cedar_expr *arg_expr(struct cedar_fail *f, enum cedar_op op, const struct cedar_json *j)
{
    static const char *const names[] = {"arg", NULL};
    struct cedar_expr *e = cedar_expr_new(f, op, 1, 0);

    cedar_est_members(f, j, names, "the operator");
    e->kids[0] = want_expr(f, j, "arg");
    return done(f, e);
}

static bool is_chain(enum cedar_op op)
{
    return op == CEDAR_OP_AND || op == CEDAR_OP_OR || op == CEDAR_OP_SUM || op == CEDAR_OP_PRODUCT;
}

static const struct cedar_expr *pair_expr(
    struct cedar_fail *f, enum cedar_op op, char sign, const struct cedar_json *j)
{
    static const char *const names[] = {"left", "right", NULL};
    const struct cedar_expr *left, *right;
    struct cedar_expr *e;

    cedar_est_members(f, j, names, "the operator");
    left = want_expr(f, j, "left");
    right = want_expr(f, j, "right");
    if (is_chain(op))
        return cedar_expr_chain(f, op, sign, left, right);
    e = cedar_expr_new(f, op, 2, 0);
    e->kids[0] = left;
    e->kids[1] = right;
    return done(f, e);
}

static const struct cedar_expr *get_expr(
    struct cedar_fail *f, const struct cedar_expr *left, struct cedar_str attr)
{
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_GET, 1, 0);

    e->kids[0] = left;
    e->u.str = attr;
    return done(f, e);
}

static const struct cedar_expr *has_one(
    struct cedar_fail *f, const struct cedar_expr *left, const struct cedar_str *parts, size_t n)
{
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_HAS, 1, 0);
    struct cedar_path *path = cedar_take(f, sizeof(*path) + n * sizeof(*parts));

    path->n = (uint32_t)n;
    memcpy(path->parts, parts, n * sizeof(*parts));
    e->kids[0] = left;
    e->u.path = path;
    return done(f, e);
}

/* A path with a part that text cannot write is spelled out: e has "a b" && e["a b"] has c. */
static const struct cedar_expr *has_path(
    struct cedar_fail *f, const struct cedar_expr *left, const struct cedar_str *parts, size_t n)
{
    const struct cedar_expr *all = NULL;
    bool plain = true;

    for (size_t i = 0; i < n; i++)
        plain = plain && cedar_is_ident(parts[i]) && !cedar_is_reserved(parts[i]);
    if (plain || n == 1)
        return has_one(f, left, parts, n);
    for (size_t i = 0; i < n; i++) {
        const struct cedar_expr *one = has_one(f, left, &parts[i], 1);

        all = all ? cedar_expr_chain(f, CEDAR_OP_AND, '&', all, one) : one;
        left = get_expr(f, left, parts[i]);
    }
    return all;
}

static const struct cedar_expr *has_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    const struct cedar_json *attr = cedar_json_get(j, "attr");
    const struct cedar_expr *left;
    struct cedar_str *parts;
    size_t n;

    left = want_expr(f, j, "left"); /* other members are let pass, as the official reader does */
    if (!attr || (attr->kind != JSON_STRING && (attr->kind != JSON_ARRAY || !attr->n)))
        cedar_raise(f, CEDAR_EPARSE, j->offset, "has needs \"attr\": a string, or an array of some");
    n = attr->kind == JSON_STRING ? 1 : attr->n;
    if (n > CEDAR_MAX_DEPTH)
        cedar_raise(f, CEDAR_ELIMIT, attr->offset, "a path of more than %d attributes", CEDAR_MAX_DEPTH);
    parts = cedar_take(f, n * sizeof(*parts));
    for (size_t i = 0; i < n; i++) {
        const struct cedar_json *part = attr->kind == JSON_STRING ? attr : &attr->items[i];

        cedar_json_check(f, part, JSON_STRING, "an attribute");
        parts[i] = cedar_take_copy(f, part->s);
    }
    return has_path(f, left, parts, n);
}

static const struct cedar_expr *dot_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    static const char *const names[] = {"left", "attr", NULL};
    struct cedar_str attr;

    cedar_est_members(f, j, names, "the attribute access");
    attr = cedar_take_copy(f, cedar_json_want(f, j, "attr", JSON_STRING, "the attribute access")->s);
    return get_expr(f, want_expr(f, j, "left"), attr);
}

/* "Wildcard", or {"Wildcard": null}, which the official reader takes for the same. */
static bool is_wildcard(const struct cedar_json *j)
{
    const struct cedar_json *member = cedar_json_get(j, "Wildcard");

    return (j->kind == JSON_STRING && cedar_str_is(j->s, "Wildcard")) ||
           (member && member->kind == JSON_NULL && j->n == 1);
}

/* Literal pieces that touch become one. */
static const struct cedar_pattern *read_pattern(struct cedar_fail *f, const struct cedar_json *list)
{
    struct cedar_pattern *p = cedar_take(f, sizeof(*p) + (list->n + 1) * sizeof(p->pieces[0]));
    struct cedar_text piece = {.arena = f->arena};

    p->n = 1;
    for (size_t i = 0; i <= list->n; i++) {
        const struct cedar_json *j = i < list->n ? &list->items[i] : NULL;

        if (j && !is_wildcard(j)) {
            static const char *const names[] = {"Literal", NULL};

            cedar_est_members(f, j, names, "a piece of a pattern");
            cedar_put(&piece, cedar_json_want(f, j, "Literal", JSON_STRING, "a piece of a pattern")->s);
            continue;
        }
        p->pieces[p->n - 1] = cedar_text_done(&piece);
        if (piece.failed)
            cedar_raise_memory(f);
        piece = (struct cedar_text){.arena = f->arena};
        p->n += j != NULL;
    }
    return p;
}

static const struct cedar_expr *like_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    static const char *const names[] = {"left", "pattern", NULL};
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_LIKE, 1, 0);

    cedar_est_members(f, j, names, "like");
    e->u.pattern = read_pattern(f, cedar_json_want(f, j, "pattern", JSON_ARRAY, "like"));
    e->kids[0] = want_expr(f, j, "left");
    return done(f, e);
}

static const struct cedar_expr *is_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    static const char *const names[] = {"left", "entity_type", "in", NULL};
    const struct cedar_json *in = cedar_est_optional(j, "in"), *type;
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_IS, in ? 2 : 1, 0);

    cedar_est_members(f, j, names, "is");
    type = cedar_json_want(f, j, "entity_type", JSON_STRING, "is");
    if (!cedar_is_name(type->s))
        cedar_raise(f, CEDAR_EPARSE, type->offset, "\"%.*s\" is not the name of a type", CEDAR_ARG(type->s));
    e->u.str = cedar_take_copy(f, type->s);
    e->kids[0] = want_expr(f, j, "left");
    if (in)
        e->kids[1] = want_expr(f, j, "in");
    return done(f, e);
}

static const struct cedar_expr *if_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    static const char *const names[] = {"if", "then", "else", NULL};
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_IF, 3, 0);

    cedar_est_members(f, j, names, "if-then-else");
    for (int i = 0; i < 3; i++)
        e->kids[i] = want_expr(f, j, names[i]);
    return done(f, e);
}

static void read_list(struct cedar_fail *f, struct cedar_expr *e, const struct cedar_json *j)
{
    for (uint32_t i = 0; i < e->n; i++)
        e->kids[i] = cedar_est_expr(f, &j->items[i]);
}

static const struct cedar_expr *set_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_SET, j->n, 0);

    cedar_json_check(f, j, JSON_ARRAY, "Set");
    read_list(f, e, j);
    return done(f, e);
}

static const struct cedar_expr *record_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    struct cedar_expr *e = cedar_expr_new(f, CEDAR_OP_RECORD, j->n, 0);
    struct cedar_str *keys;

    cedar_json_check(f, j, JSON_OBJECT, "Record");
    keys = cedar_take(f, j->n * sizeof(*keys));
    for (size_t i = 0; i < j->n; i++)
        keys[i] = cedar_take_copy(f, j->keys[i]);
    e->u.keys = keys;
    read_list(f, e, j);
    return done(f, e);
}

static const struct cedar_expr *call_expr(
    struct cedar_fail *f, struct cedar_str name, const struct cedar_json *j)
{
    enum cedar_fn fn = cedar_fn_find(name);
    struct cedar_expr *e;

    if (fn == CEDAR_FN_COUNT)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "unknown operator \"%.*s\"", CEDAR_ARG(name));
    cedar_json_check(f, j, JSON_ARRAY, "the arguments of a function");
    if (cedar_fns[fn].method && j->n == 0)
        cedar_raise(
            f, CEDAR_EPARSE, j->offset, "the method %s needs what it is called on", cedar_fns[fn].name);
    e = cedar_expr_new(f, CEDAR_OP_CALL, j->n, 0);
    e->detail = (uint8_t)fn;
    read_list(f, e, j);
    return done(f, e);
}

/* Operators of two operands by name; "-" is a sum. */
static const struct cedar_expr *operator_expr(
    struct cedar_fail *f, struct cedar_str name, const struct cedar_json *j)
{
    if (cedar_str_is(name, "-"))
        return pair_expr(f, CEDAR_OP_SUM, '-', j);
    for (int op = CEDAR_OP_AND; op <= CEDAR_OP_HAS_TAG; op++) {
        if (cedar_str_is(name, cedar_op_name((enum cedar_op)op)))
            return pair_expr(f, (enum cedar_op)op, '+', j);
    }
    return call_expr(f, name, j);
}

const struct cedar_expr *cedar_est_expr(struct cedar_fail *f, const struct cedar_json *j)
{
    const struct cedar_json *body;
    struct cedar_str name;

    if (j->kind != JSON_OBJECT || j->n != 1)
        cedar_raise(f, CEDAR_EPARSE, j->offset, "an expression is an object with exactly one member");
    name = j->keys[0];
    body = &j->items[0];
    if (cedar_str_is(name, "Value"))
        return value_expr(f, body);
    if (cedar_str_is(name, "Var"))
        return var_expr(f, body);
    if (cedar_str_is(name, "Slot"))
        cedar_raise(
            f, CEDAR_EPARSE, j->offset, "slots may only stand in the scope of a policy, not in a condition");
    if (cedar_str_is(name, "!"))
        return arg_expr(f, CEDAR_OP_NOT, body);
    if (cedar_str_is(name, "neg"))
        return arg_expr(f, CEDAR_OP_NEG, body);
    if (cedar_str_is(name, "isEmpty"))
        return arg_expr(f, CEDAR_OP_IS_EMPTY, body);
    if (cedar_str_is(name, "."))
        return dot_expr(f, body);
    if (cedar_str_is(name, "has"))
        return has_expr(f, body);
    if (cedar_str_is(name, "like"))
        return like_expr(f, body);
    if (cedar_str_is(name, "is"))
        return is_expr(f, body);
    if (cedar_str_is(name, "if-then-else"))
        return if_expr(f, body);
    if (cedar_str_is(name, "Set"))
        return set_expr(f, body);
    if (cedar_str_is(name, "Record"))
        return record_expr(f, body);
    return operator_expr(f, name, body);
}
