/* The same evaluation as a decision, telling how every policy fared. */
#include "policy/authorize.h"

/* The first false operand of a chain of &&, as deep as it goes. */
static const struct cedar_expr *first_false(struct cedar_eval *ev, const struct cedar_expr *e)
{
    while (e->op == CEDAR_OP_AND) {
        uint32_t i = 0;

        while (i + 1 < e->n && cedar_eval_bool(ev, e->kids[i]))
            i++;
        e = e->kids[i];
    }
    return e;
}

/* Leaves *found alone if that fails, which it did not do a moment ago. */
static void try_first_false(
    struct cedar_eval *ev, const struct cedar_expr *e, const struct cedar_expr **found)
{
    if (setjmp(ev->fail.jump))
        return;
    *found = first_false(ev, e);
}

static void set_expr(struct cedar_trace *trace, uint32_t start, uint32_t end)
{
    const struct cedar_policy *policy = trace->policy;

    cedar_policy_place(policy, start, &trace->line, &trace->column);
    if (trace->line)
        trace->expr = (struct cedar_str){policy->text.data + (start - policy->start), end - start};
}

static void explain_one(struct cedar_eval *ev, const struct cedar_policy *policy, struct cedar_trace *trace)
{
    uint32_t at = 0;
    const struct cedar_expr *e = NULL;

    *trace = (struct cedar_trace){.policy = policy, .outcome = cedar_eval_policy(ev, policy, &at)};
    if (trace->outcome == CEDAR_FAILED) {
        trace->message = ev->message;
        e = ev->where;
    } else if (trace->outcome == CEDAR_WHEN_FALSE) {
        e = policy->conditions[at].body;
        try_first_false(ev, e, &e);
    } else if (trace->outcome == CEDAR_UNLESS_TRUE) {
        e = policy->conditions[at].body;
    } else if (trace->outcome != CEDAR_SATISFIED) {
        const struct cedar_scope *scope = &policy->scope[trace->outcome - CEDAR_OTHER_PRINCIPAL];

        set_expr(trace, scope->start, scope->end);
    }
    if (e)
        set_expr(trace, e->start, e->end);
}

int cedar_explain(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, struct cedar_arena *arena, const struct cedar_trace **traces)
{
    struct cedar_trace *all;
    struct cedar_eval ev;

    *traces = NULL;
    if (!set->sealed || (entities && !entities->sealed))
        return CEDAR_EINVAL;
    if (cedar_eval_start(&ev, entities, request, 0, arena) != CEDAR_OK)
        return CEDAR_EINVAL;
    all = cedar_arena_alloc(arena, set->policies.n * sizeof(*all));
    if (!all)
        return CEDAR_ENOMEM;
    for (size_t i = 0; i < set->policies.n; i++) {
        explain_one(&ev, set->policies.items[i], &all[i]);
        if (all[i].outcome == CEDAR_FAILED && ev.fail.err->status == CEDAR_ENOMEM)
            return CEDAR_ENOMEM;
    }
    *traces = all;
    return CEDAR_OK;
}
