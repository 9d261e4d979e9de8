/* The walk over an expression. */
#include "policy/eval.h"

#include <stdarg.h>
#include <stdio.h>

int cedar_eval_start(struct cedar_eval *ev, const struct cedar_entities *entities,
    const struct cedar_request *request, unsigned unknown, struct cedar_arena *arena)
{
    const struct cedar_uid *uids[3] = {&request->principal, &request->action, &request->resource};

    cedar_fail_start(&ev->fail, NULL, arena, (struct cedar_str){NULL, 0});
    ev->entities = entities;
    ev->unknown = unknown;
    ev->where = NULL;
    ev->message = (struct cedar_str){NULL, 0};
    ev->n_closures = 0;
    for (int i = 0; i < 3; i++) {
        ev->nodes[i] = NULL;
        if (unknown & 1u << i)
            continue;
        ev->refs[i] = cedar_ref_of(*uids[i]);
        ev->nodes[i] = cedar_store_find(entities, &ev->refs[i]);
        ev->vars[i] = cedar_of_ref(&ev->refs[i]);
    }
    if (request->context && request->context->kind != CEDAR_RECORD)
        return CEDAR_EINVAL;
    ev->vars[CEDAR_VAR_CONTEXT] = request->context ? *request->context : cedar_of_record(&cedar_empty_record);
    return CEDAR_OK;
}

void cedar_eval_raise(struct cedar_eval *ev, const struct cedar_expr *where, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    ev->where = where;
    ev->message = cedar_take_copy(&ev->fail, cedar_str(line));
    ev->fail.err->status = CEDAR_EINVAL;
    longjmp(ev->fail.jump, 1);
}

const struct cedar_node *cedar_eval_node(struct cedar_eval *ev, const struct cedar_ref *ref)
{
    for (int i = 0; i < 3; i++) {
        if (ref == &ev->refs[i])
            return ev->nodes[i];
    }
    return cedar_store_find(ev->entities, ref);
}

const struct cedar_closure *cedar_eval_closure(struct cedar_eval *ev, const struct cedar_ref *ref)
{
    unsigned n = ev->n_closures < CEDAR_CLOSURES ? ev->n_closures : CEDAR_CLOSURES;
    struct cedar_closure *closure;

    for (unsigned i = 0; i < n; i++) {
        if (cedar_ref_eq(ev->closures[i].of, ref))
            return &ev->closures[i];
    }
    closure = &ev->closures[ev->n_closures % CEDAR_CLOSURES];
    closure->of = ref; /* also while it is half built: a jump from there ends everything */
    cedar_closure_build(&ev->fail, closure, ref, cedar_eval_node(ev, ref));
    ev->n_closures++;
    return closure;
}

bool cedar_eval_below(struct cedar_eval *ev, const struct cedar_ref *a, const struct cedar_ref *b)
{
    const struct cedar_node *node;

    if (cedar_ref_eq(a, b))
        return true;
    node = cedar_eval_node(ev, a);
    return node && node->n_parents && cedar_closure_has(cedar_eval_closure(ev, a), b);
}

void cedar_want(struct cedar_eval *ev, const struct cedar_expr *where, const struct cedar_value *value,
    enum cedar_kind kind)
{
    if (value->kind != kind)
        cedar_eval_raise(ev, where, "type error: expected %s, got %s", cedar_kind_name(kind),
            cedar_kind_name(value->kind));
}

bool cedar_eval_bool(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value value = cedar_eval_expr(ev, e);

    cedar_want(ev, e, &value, CEDAR_BOOL);
    return value.u.b;
}

static struct cedar_value eval_chain(struct cedar_eval *ev, const struct cedar_expr *e, bool stop)
{
    for (uint32_t i = 0; i < e->n; i++) {
        if (cedar_eval_bool(ev, e->kids[i]) == stop)
            return cedar_of_bool(stop);
    }
    return cedar_of_bool(!stop);
}

static int64_t eval_long(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value value = cedar_eval_expr(ev, e);

    cedar_want(ev, e, &value, CEDAR_LONG);
    return value.u.n;
}

static struct cedar_value eval_sum(struct cedar_eval *ev, const struct cedar_expr *e)
{
    int64_t n = eval_long(ev, e->kids[0]);

    for (uint32_t i = 1; i < e->n; i++) {
        int64_t more = eval_long(ev, e->kids[i]);

        if (e->u.signs[i] == '+' ? __builtin_add_overflow(n, more, &n) : __builtin_sub_overflow(n, more, &n))
            cedar_eval_raise(
                ev, e, "integer overflow in %s", e->u.signs[i] == '+' ? "an addition" : "a subtraction");
    }
    return cedar_of_number(CEDAR_LONG, n);
}

static struct cedar_value eval_product(struct cedar_eval *ev, const struct cedar_expr *e)
{
    int64_t n = eval_long(ev, e->kids[0]);

    for (uint32_t i = 1; i < e->n; i++) {
        if (__builtin_mul_overflow(n, eval_long(ev, e->kids[i]), &n))
            cedar_eval_raise(ev, e, "integer overflow in a multiplication");
    }
    return cedar_of_number(CEDAR_LONG, n);
}

static struct cedar_value eval_neg(struct cedar_eval *ev, const struct cedar_expr *e)
{
    int64_t n = eval_long(ev, e->kids[0]);

    if (__builtin_sub_overflow((int64_t)0, n, &n))
        cedar_eval_raise(ev, e, "integer overflow in a negation");
    return cedar_of_number(CEDAR_LONG, n);
}

static struct cedar_value eval_set(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_set_data *set = cedar_set_alloc(ev->fail.arena, e->n);

    if (!set)
        cedar_raise_memory(&ev->fail);
    for (uint32_t i = 0; i < e->n; i++)
        set->items[i] = cedar_eval_expr(ev, e->kids[i]);
    if (!cedar_set_finish(set))
        cedar_eval_raise(ev, e, "a value nests more than %d deep", CEDAR_MAX_VALUE_DEPTH);
    return cedar_of_set(set);
}

static struct cedar_value eval_record(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_record_data *record = cedar_record_alloc(ev->fail.arena, e->n);

    if (!record)
        cedar_raise_memory(&ev->fail);
    for (uint32_t i = 0; i < e->n; i++)
        record->pairs[i] = (struct cedar_pair){e->u.keys[i], cedar_eval_expr(ev, e->kids[i])};
    if (!cedar_record_finish(record)) /* keys differ: the parser saw to it */
        cedar_eval_raise(ev, e, "a value nests more than %d deep", CEDAR_MAX_VALUE_DEPTH);
    return cedar_of_record(record);
}

static struct cedar_value eval_call(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value args[2], out = cedar_of_bool(false), extra;
    const char *wrong;

    for (uint32_t i = 0; i < e->n; i++) {
        if (i < 2)
            args[i] = cedar_eval_expr(ev, e->kids[i]);
        else
            extra = cedar_eval_expr(ev, e->kids[i]);
    }
    (void)extra; /* arguments too many are evaluated all the same */
    wrong = cedar_ext_call((enum cedar_fn)e->detail, args, e->n, ev->fail.arena, &out);
    if (wrong && !*wrong)
        cedar_raise_memory(&ev->fail);
    if (wrong && e->detail <= CEDAR_FN_DURATION && e->n == 1 && args[0].kind == CEDAR_STRING)
        cedar_eval_raise(ev, e, "\"%.*s\" %s", CEDAR_ARG(args[0].u.s), wrong);
    if (wrong)
        cedar_eval_raise(ev, e, "%s %s", cedar_fns[e->detail].name, wrong);
    return out;
}

static struct cedar_value eval_is(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value left = cedar_eval_expr(ev, e->kids[0]), right;

    cedar_want(ev, e->kids[0], &left, CEDAR_ENTITY);
    if (!cedar_str_eq(left.u.ref->uid.type, e->u.str))
        return cedar_of_bool(false);
    if (e->n == 1)
        return cedar_of_bool(true);
    right = cedar_eval_expr(ev, e->kids[1]);
    return cedar_apply_binary(ev, e, &left, &right);
}

static struct cedar_value eval_like(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value left = cedar_eval_expr(ev, e->kids[0]);

    cedar_want(ev, e->kids[0], &left, CEDAR_STRING);
    return cedar_of_bool(cedar_like(left.u.s, e->u.pattern));
}

static struct cedar_value eval_is_empty(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value set = cedar_eval_expr(ev, e->kids[0]);

    cedar_want(ev, e->kids[0], &set, CEDAR_SET);
    return cedar_of_bool(set.u.set->n == 0);
}

static struct cedar_value eval_var(struct cedar_eval *ev, const struct cedar_expr *e)
{
    if (ev->unknown & 1u << e->detail)
        cedar_eval_raise(ev, e, "%s is not known", cedar_var_names[e->detail]);
    return ev->vars[e->detail];
}

static struct cedar_value eval_binary(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value left = cedar_eval_expr(ev, e->kids[0]), right = cedar_eval_expr(ev, e->kids[1]);

    return cedar_apply_binary(ev, e, &left, &right);
}

static struct cedar_value eval_get(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value base = cedar_eval_expr(ev, e->kids[0]);

    return cedar_apply_get(ev, e, &base);
}

static struct cedar_value eval_has(struct cedar_eval *ev, const struct cedar_expr *e)
{
    struct cedar_value base = cedar_eval_expr(ev, e->kids[0]);

    return cedar_of_bool(cedar_apply_has(ev, e, &base));
}

struct cedar_value cedar_eval_expr(struct cedar_eval *ev, const struct cedar_expr *e)
{
    if (e->konst)
        return *e->konst;
    switch ((int)e->op) {
    case CEDAR_OP_VAR:
        return eval_var(ev, e);
    case CEDAR_OP_NOT:
        return cedar_of_bool(!cedar_eval_bool(ev, e->kids[0]));
    case CEDAR_OP_NEG:
        return eval_neg(ev, e);
    case CEDAR_OP_AND:
        return eval_chain(ev, e, false);
    case CEDAR_OP_OR:
        return eval_chain(ev, e, true);
    case CEDAR_OP_SUM:
        return eval_sum(ev, e);
    case CEDAR_OP_PRODUCT:
        return eval_product(ev, e);
    case CEDAR_OP_IS_EMPTY:
        return eval_is_empty(ev, e);
    case CEDAR_OP_GET:
        return eval_get(ev, e);
    case CEDAR_OP_HAS:
        return eval_has(ev, e);
    case CEDAR_OP_LIKE:
        return eval_like(ev, e);
    case CEDAR_OP_IS:
        return eval_is(ev, e);
    case CEDAR_OP_IF:
        return cedar_eval_expr(ev, e->kids[cedar_eval_bool(ev, e->kids[0]) ? 1 : 2]);
    case CEDAR_OP_SET:
        return eval_set(ev, e);
    case CEDAR_OP_RECORD:
        return eval_record(ev, e);
    case CEDAR_OP_CALL:
        return eval_call(ev, e);
    default:
        return eval_binary(ev, e);
    }
}
