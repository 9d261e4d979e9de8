/* The authorizer: candidates by index, each evaluated, effects combined. */
#include "policy/authorize.h"

#include "policy/eval.h"

bool cedar_eval_scope(struct cedar_eval *ev, const struct cedar_scope *scope, enum cedar_var var)
{
    const struct cedar_ref *ref = &ev->refs[var];

    if (scope->op == CEDAR_SCOPE_EQ)
        return cedar_ref_eq(ref, scope->refs[0]);
    if (scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN) {
        if (!cedar_str_eq(ref->uid.type, scope->type))
            return false;
    }
    if (scope->op != CEDAR_SCOPE_IN && scope->op != CEDAR_SCOPE_IS_IN)
        return true;
    for (uint32_t i = 0; i < scope->n; i++) {
        if (cedar_eval_below(ev, ref, scope->refs[i]))
            return true;
    }
    return false;
}

static enum cedar_outcome eval_unguarded(
    struct cedar_eval *ev, const struct cedar_policy *policy, uint32_t *at)
{
    static const enum cedar_outcome other[] = {
        CEDAR_OTHER_PRINCIPAL, CEDAR_OTHER_ACTION, CEDAR_OTHER_RESOURCE};

    for (int var = 0; var < 3; var++) {
        if (!cedar_eval_scope(ev, &policy->scope[var], (enum cedar_var)var))
            return other[var];
    }
    for (*at = 0; *at < policy->n_conditions; ++*at) {
        const struct cedar_condition *c = &policy->conditions[*at];

        if (cedar_eval_bool(ev, c->body) == c->unless)
            return c->unless ? CEDAR_UNLESS_TRUE : CEDAR_WHEN_FALSE;
    }
    return CEDAR_SATISFIED;
}

enum cedar_outcome cedar_eval_policy(struct cedar_eval *ev, const struct cedar_policy *policy, uint32_t *at)
{
    if (setjmp(ev->fail.jump))
        return CEDAR_FAILED;
    return eval_unguarded(ev, policy, at);
}

static void keep_failure(
    struct cedar_tally *t, const struct cedar_eval *ev, const struct cedar_policy *policy)
{
    struct cedar_failure *failure;

    t->failures = cedar_grow(
        t->fail, t->fail->arena, t->failures, t->n_failures, &t->cap_failures, sizeof(*t->failures));
    failure = &t->failures[t->n_failures++];
    *failure = (struct cedar_failure){.policy = policy, .message = ev->message};
    if (ev->where)
        cedar_policy_place(policy, ev->where->start, &failure->line, &failure->column);
}

void cedar_policy_place(const struct cedar_policy *policy, uint32_t offset, size_t *line, size_t *column)
{
    size_t down, right;

    *line = *column = 0;
    if (!policy->text.len || offset < policy->start || offset - policy->start > policy->text.len)
        return;
    cedar_place(policy->text, offset - policy->start, &down, &right);
    *line = policy->line + down - 1;
    *column = down == 1 ? policy->column + right - 1 : right;
}

void cedar_tally_add(struct cedar_tally *t, struct cedar_eval *ev, const struct cedar_policy *policy,
    enum cedar_outcome outcome)
{
    struct cedar_tally_list *list = &t->satisfied[policy->effect];

    if (outcome == CEDAR_FAILED && ev->fail.err->status == CEDAR_ENOMEM)
        cedar_raise_memory(t->fail);
    if (outcome == CEDAR_FAILED)
        keep_failure(t, ev, policy);
    if (outcome != CEDAR_SATISFIED)
        return;
    list->items = cedar_grow(
        t->fail, t->fail->arena, list->items, list->n, &list->cap, sizeof(const struct cedar_policy *));
    list->items[list->n++] = policy;
}

void cedar_tally_answer(const struct cedar_tally *t, struct cedar_answer *answer)
{
    const struct cedar_tally_list *permits = &t->satisfied[CEDAR_PERMIT],
                                  *forbids = &t->satisfied[CEDAR_FORBID];
    const struct cedar_tally_list *deciding = forbids->n ? forbids : permits;

    answer->decision = permits->n && !forbids->n ? CEDAR_ALLOW : CEDAR_DENY;
    answer->reasons = deciding->items;
    answer->reason_count = deciding->n;
    answer->failures = t->failures;
    answer->failure_count = t->n_failures;
}

static void consider(struct cedar_tally *t, struct cedar_eval *ev, const struct cedar_policy *policy)
{
    uint32_t at;

    cedar_tally_add(t, ev, policy, cedar_eval_policy(ev, policy, &at));
}

static bool try_candidates(struct cedar_candidates *c, struct cedar_eval *ev, const struct cedar_index *index)
{
    if (setjmp(ev->fail.jump))
        return false;
    cedar_candidates_find(c, ev, index);
    return true;
}

static void decide(struct cedar_tally *t, struct cedar_eval *ev, const struct cedar_policies *set)
{
    struct cedar_candidates c;
    uint32_t i = 0, j = 0;

    if (!try_candidates(&c, ev, set->index))
        cedar_raise_memory(t->fail);
    while (i < c.n || j < c.n_rest) {
        if (j == c.n_rest || (i < c.n && c.items[i] < c.rest[j]))
            consider(t, ev, set->policies.items[c.items[i++]]);
        else
            consider(t, ev, set->policies.items[c.rest[j++]]);
    }
}

static bool try_decide(struct cedar_tally *t, struct cedar_eval *ev, const struct cedar_policies *set)
{
    if (setjmp(t->fail->jump))
        return false;
    decide(t, ev, set);
    return true;
}

int cedar_authorize(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, struct cedar_arena *arena, struct cedar_answer *answer)
{
    struct cedar_fail fail;
    struct cedar_tally tally = {.fail = &fail};
    struct cedar_eval ev;

    memset(answer, 0, sizeof(*answer));
    if (!set->sealed || (entities && !entities->sealed))
        return CEDAR_EINVAL;
    cedar_fail_start(&fail, NULL, arena, (struct cedar_str){NULL, 0});
    if (cedar_eval_start(&ev, entities, request, 0, arena) != CEDAR_OK)
        return CEDAR_EINVAL;
    if (!try_decide(&tally, &ev, set))
        return CEDAR_ENOMEM;
    cedar_tally_answer(&tally, answer);
    return CEDAR_OK;
}
