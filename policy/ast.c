/* Making nodes: depth limit, chains, values that are known beforehand. */
#include "policy/ast.h"

const char *const cedar_var_names[4] = {"principal", "action", "resource", "context"};

static const struct {
    const char *name;
    uint8_t argc; /* 0: no method */
} ops[] = {
    [CEDAR_OP_NOT] = {"!", 0},
    [CEDAR_OP_NEG] = {"-", 0},
    [CEDAR_OP_AND] = {"&&", 0},
    [CEDAR_OP_OR] = {"||", 0},
    [CEDAR_OP_SUM] = {"+", 0},
    [CEDAR_OP_PRODUCT] = {"*", 0},
    [CEDAR_OP_EQ] = {"==", 0},
    [CEDAR_OP_NE] = {"!=", 0},
    [CEDAR_OP_LT] = {"<", 0},
    [CEDAR_OP_LE] = {"<=", 0},
    [CEDAR_OP_GT] = {">", 0},
    [CEDAR_OP_GE] = {">=", 0},
    [CEDAR_OP_IN] = {"in", 0},
    [CEDAR_OP_CONTAINS] = {"contains", 2},
    [CEDAR_OP_CONTAINS_ALL] = {"containsAll", 2},
    [CEDAR_OP_CONTAINS_ANY] = {"containsAny", 2},
    [CEDAR_OP_GET_TAG] = {"getTag", 2},
    [CEDAR_OP_HAS_TAG] = {"hasTag", 2},
    [CEDAR_OP_IS_EMPTY] = {"isEmpty", 1},
    [CEDAR_OP_HAS] = {"has", 0},
    [CEDAR_OP_LIKE] = {"like", 0},
    [CEDAR_OP_IS] = {"is", 0},
};

const char *cedar_op_name(enum cedar_op op)
{
    return ops[op].name;
}

enum cedar_op cedar_method_op(struct cedar_str name, size_t *argc)
{
    for (int op = CEDAR_OP_CONTAINS; op <= CEDAR_OP_IS_EMPTY; op++) {
        if (cedar_str_is(name, ops[op].name)) {
            *argc = ops[op].argc - (size_t)1;
            return (enum cedar_op)op;
        }
    }
    return CEDAR_OP_LITERAL;
}

struct cedar_expr *cedar_expr_new(struct cedar_fail *f, enum cedar_op op, size_t n, uint32_t start)
{
    struct cedar_expr *e = cedar_take(f, sizeof(*e) + n * sizeof(e->kids[0]));

    memset(e, 0, sizeof(*e));
    e->op = (uint8_t)op;
    e->n = (uint32_t)n;
    e->start = start;
    return e;
}

const struct cedar_expr *cedar_expr_literal(
    struct cedar_fail *f, struct cedar_value value, uint32_t start, uint32_t end)
{
    struct cedar_expr *e = cedar_take(f, sizeof(*e) + sizeof(value));
    struct cedar_value *konst = (struct cedar_value *)(void *)(e + 1);

    memset(e, 0, sizeof(*e));
    *konst = value;
    e->op = CEDAR_OP_LITERAL;
    e->konst = konst;
    e->start = start;
    e->end = end;
    e->depth = 1;
    return e;
}

static bool all_known(const struct cedar_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++) {
        if (!e->kids[i]->konst)
            return false;
    }
    return true;
}

static struct cedar_value known_set(struct cedar_fail *f, const struct cedar_expr *e)
{
    struct cedar_set_data *set = cedar_set_alloc(f->arena, e->n);

    if (!set)
        cedar_raise_memory(f);
    for (uint32_t i = 0; i < e->n; i++)
        set->items[i] = *e->kids[i]->konst;
    cedar_set_finish(set); /* depth: at most CEDAR_MAX_DEPTH */
    return cedar_of_set(set);
}

static struct cedar_value known_record(struct cedar_fail *f, const struct cedar_expr *e)
{
    struct cedar_record_data *record = cedar_record_alloc(f->arena, e->n);

    if (!record)
        cedar_raise_memory(f);
    for (uint32_t i = 0; i < e->n; i++)
        record->pairs[i] = (struct cedar_pair){e->u.keys[i], *e->kids[i]->konst};
    cedar_record_finish(record);
    return cedar_of_record(record);
}

/* ip("10.0.0.0/8") and [1, 2] are worked out once, here; a wrong one is left to fail later. */
static const struct cedar_value *known_value(struct cedar_fail *f, const struct cedar_expr *e)
{
    struct cedar_value value, *copy;

    if (e->op == CEDAR_OP_SET) {
        value = known_set(f, e);
    } else if (e->op == CEDAR_OP_RECORD) {
        value = known_record(f, e);
    } else if (e->op == CEDAR_OP_CALL && e->detail <= CEDAR_FN_DURATION && e->n == 1 &&
               e->kids[0]->konst->kind == CEDAR_STRING) {
        if (cedar_ext_parse((enum cedar_fn)e->detail, e->kids[0]->konst->u.s, f->arena, &value) != CEDAR_OK)
            return NULL;
    } else {
        return NULL;
    }
    copy = cedar_take(f, sizeof(*copy));
    *copy = value;
    return copy;
}

const struct cedar_expr *cedar_expr_done(struct cedar_fail *f, struct cedar_expr *e, uint32_t end)
{
    unsigned depth = 0;

    for (uint32_t i = 0; i < e->n; i++)
        depth = e->kids[i]->depth > depth ? e->kids[i]->depth : depth;
    if (depth >= CEDAR_MAX_DEPTH)
        cedar_raise(f, CEDAR_ELIMIT, e->start, "expressions nest more than %d deep", CEDAR_MAX_DEPTH);
    e->depth = (uint16_t)(depth + 1);
    e->end = end;
    if (e->op >= CEDAR_OP_SET && all_known(e))
        e->konst = known_value(f, e);
    return e;
}

const struct cedar_expr *cedar_expr_chain(struct cedar_fail *f, enum cedar_op op, char sign,
    const struct cedar_expr *left, const struct cedar_expr *right)
{
    bool extend = left->op == op;
    uint32_t n = extend ? left->n + 1 : 2;
    struct cedar_expr *e = cedar_expr_new(f, op, n, left->start);

    for (uint32_t i = 0; i + 1 < n; i++)
        e->kids[i] = extend ? left->kids[i] : left;
    e->kids[n - 1] = right;
    if (op == CEDAR_OP_SUM) {
        char *signs = cedar_take(f, n);

        memset(signs, '+', n);
        if (extend)
            memcpy(signs, left->u.signs, n - 1);
        signs[n - 1] = sign;
        e->u.signs = signs;
    }
    return cedar_expr_done(f, e, right->end);
}

static bool path_eq(const struct cedar_path *a, const struct cedar_path *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        if (!cedar_str_eq(a->parts[i], b->parts[i]))
            return false;
    }
    return true;
}

static bool detail_eq(const struct cedar_expr *a, const struct cedar_expr *b)
{
    switch ((int)a->op) {
    case CEDAR_OP_LITERAL:
        return cedar_value_eq(a->konst, b->konst);
    case CEDAR_OP_GET:
    case CEDAR_OP_IS:
        return cedar_str_eq(a->u.str, b->u.str);
    case CEDAR_OP_HAS:
        return path_eq(a->u.path, b->u.path);
    case CEDAR_OP_LIKE:
        return cedar_pattern_eq(a->u.pattern, b->u.pattern);
    case CEDAR_OP_SUM:
        return memcmp(a->u.signs, b->u.signs, a->n) == 0;
    case CEDAR_OP_RECORD:
        for (uint32_t i = 0; i < a->n; i++) {
            if (!cedar_str_eq(a->u.keys[i], b->u.keys[i]))
                return false;
        }
        return true;
    default:
        return true;
    }
}

bool cedar_expr_eq(const struct cedar_expr *a, const struct cedar_expr *b)
{
    if (a == b)
        return true;
    if (a->op != b->op || a->detail != b->detail || a->n != b->n || a->depth != b->depth || !detail_eq(a, b))
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        if (!cedar_expr_eq(a->kids[i], b->kids[i]))
            return false;
    }
    return true;
}
