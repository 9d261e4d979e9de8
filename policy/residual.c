/*
 * What is left of a policy set: a small set of simplified policies with an index of its
 * own, so that deciding for one more candidate is an ordinary decision over it.
 */
#include "policy/authorize.h"
#include "policy/partial.h"
#include "policy/print.h"

struct cedar_residual {
    struct cedar_policies rest;        /* simplified copies */
    const struct cedar_policy **whole; /* the policy each was made from */
    struct cedar_request known;
    unsigned unknown;
    enum cedar_verdict verdict;
};

struct builder {
    struct cedar_fail fail;
    struct cedar_partial partial;
    struct cedar_eval ev;
    struct cedar_residual *residual;
    bool sure[2], possible[2]; /* by effect: some policy is surely, or may be, satisfied */
};

/* A part of the scope that is known is checked now and then dropped; false: it does not match. */
static bool settle_scope(struct builder *b, struct cedar_scope *scope, enum cedar_var var)
{
    struct cedar_str type = b->partial.types[var];
    bool by_type = scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN;

    if (!(b->residual->unknown & 1u << var)) {
        if (!cedar_eval_scope(&b->ev, scope, var))
            return false;
        scope->op = CEDAR_SCOPE_ANY;
        return true;
    }
    if (!type.len)
        return true;
    if ((by_type && !cedar_str_eq(type, scope->type)) ||
        (scope->op == CEDAR_SCOPE_EQ && !cedar_str_eq(type, scope->refs[0]->uid.type)))
        return false;
    if (by_type)
        scope->op = scope->op == CEDAR_SCOPE_IS ? CEDAR_SCOPE_ANY : CEDAR_SCOPE_IN;
    return true;
}

static bool settle_scopes(struct builder *b, struct cedar_policy *policy)
{
    if (setjmp(b->ev.fail.jump))
        cedar_raise_memory(&b->fail);
    for (int var = 0; var < 3; var++) {
        if (!settle_scope(b, &policy->scope[var], (enum cedar_var)var))
            return false;
    }
    return true;
}

static bool open_scope(const struct cedar_policy *policy)
{
    for (int var = 0; var < 3; var++) {
        if (policy->scope[var].op != CEDAR_SCOPE_ANY)
            return true;
    }
    return false;
}

/* All operands are known, so a node that is still there has failed and will fail again. */
static bool surely_fails(const struct cedar_expr *e)
{
    if (e->op == CEDAR_OP_LITERAL)
        return e->konst->kind != CEDAR_BOOL;
    if (e->op == CEDAR_OP_VAR || e->op == CEDAR_OP_IF)
        return false;
    if (e->op == CEDAR_OP_AND || e->op == CEDAR_OP_OR)
        return surely_fails(e->kids[0]);
    for (uint32_t i = 0; i < e->n; i++) {
        if (e->kids[i]->op != CEDAR_OP_LITERAL && !surely_fails(e->kids[i]))
            return false;
    }
    return e->n > 0;
}

/* Simplify the conditions; false if the policy can be forgotten. */
static bool settle_conditions(struct builder *b, struct cedar_policy *policy, bool *may_hold)
{
    struct cedar_condition *kept = cedar_take(&b->fail, policy->n_conditions * sizeof(*kept));
    uint32_t n = 0;

    *may_hold = true;
    for (uint32_t i = 0; i < policy->n_conditions; i++) {
        const struct cedar_condition *c = &policy->conditions[i];
        const struct cedar_expr *body = cedar_partial_expr(&b->partial, c->body);

        if (cedar_is_literal_bool(body, !c->unless))
            continue;
        kept[n++] = (struct cedar_condition){c->unless, body};
        if (cedar_is_literal_bool(body, c->unless)) {
            *may_hold = false;
            if (n == 1)
                return false;
            break; /* an earlier condition may still fail, and be reported */
        }
        if (surely_fails(body)) {
            *may_hold = false;
            break;
        }
    }
    policy->conditions = kept;
    policy->n_conditions = n;
    return true;
}

static void add_rest(struct builder *b, struct cedar_policy *copy, const struct cedar_policy *whole)
{
    struct cedar_list *list = &b->residual->rest.policies;

    copy->index = (uint32_t)list->n;
    list->items[list->n] = copy;
    b->residual->whole[list->n++] = whole;
}

static void reduce(struct builder *b, const struct cedar_policy *policy)
{
    struct cedar_policy *copy;
    struct cedar_policy probe = *policy;
    bool may_hold;

    if (!settle_scopes(b, &probe))
        return;
    copy = cedar_take(&b->fail, sizeof(*copy));
    *copy = probe;
    if (!settle_conditions(b, copy, &may_hold))
        return;
    add_rest(b, copy, policy);
    if (may_hold)
        b->possible[policy->effect] = true;
    if (!copy->n_conditions && !open_scope(copy))
        b->sure[policy->effect] = true;
}

static enum cedar_verdict verdict_of(const struct builder *b)
{
    if (b->sure[CEDAR_FORBID] || !b->possible[CEDAR_PERMIT])
        return CEDAR_NEVER;
    return b->sure[CEDAR_PERMIT] && !b->possible[CEDAR_FORBID] ? CEDAR_ALWAYS : CEDAR_DEPENDS;
}

static bool try_build(struct builder *b, const struct cedar_policies *set)
{
    struct cedar_residual *residual;

    if (setjmp(b->fail.jump))
        return false;
    residual = b->residual;
    residual->whole = cedar_take(&b->fail, set->policies.n * sizeof(const struct cedar_policy *));
    residual->rest.policies.items = cedar_take(&b->fail, set->policies.n * sizeof(struct cedar_policy *));
    for (size_t i = 0; i < set->policies.n; i++)
        reduce(b, set->policies.items[i]);
    residual->rest.index = cedar_index_new(&b->fail, &residual->rest);
    residual->rest.sealed = true;
    residual->verdict = verdict_of(b);
    return true;
}

int cedar_residual_new(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, unsigned unknown, struct cedar_arena *arena,
    struct cedar_residual **out)
{
    struct builder *b = cedar_arena_alloc(arena, sizeof(*b));
    struct cedar_residual *residual = cedar_arena_alloc(arena, sizeof(*residual));
    int r;

    *out = NULL;
    if (!set->sealed || (entities && !entities->sealed))
        return CEDAR_EINVAL;
    if (!b || !residual)
        return CEDAR_ENOMEM;
    memset(b, 0, sizeof(*b));
    *residual = (struct cedar_residual){.known = *request, .unknown = unknown};
    cedar_fail_start(&b->fail, NULL, arena, (struct cedar_str){NULL, 0});
    r = cedar_eval_start(&b->ev, entities, request, unknown, arena);
    if (r != CEDAR_OK)
        return r;
    b->residual = residual;
    b->partial = (struct cedar_partial){.f = &b->fail, .ev = &b->ev};
    if (unknown & CEDAR_UNKNOWN_PRINCIPAL)
        b->partial.types[CEDAR_VAR_PRINCIPAL] = request->principal.type;
    if (unknown & CEDAR_UNKNOWN_RESOURCE)
        b->partial.types[CEDAR_VAR_RESOURCE] = request->resource.type;
    if (!try_build(b, set))
        return (int)b->fail.err->status;
    *out = residual;
    return CEDAR_OK;
}

enum cedar_verdict cedar_residual_verdict(const struct cedar_residual *residual)
{
    return residual->verdict;
}

size_t cedar_residual_count(const struct cedar_residual *residual)
{
    return residual->rest.policies.n;
}

const struct cedar_policy *cedar_residual_policy(const struct cedar_residual *residual, size_t i)
{
    return residual->whole[i];
}

struct cedar_str cedar_residual_print(
    const struct cedar_residual *residual, size_t i, struct cedar_arena *arena)
{
    return cedar_policy_print(residual->rest.policies.items[i], arena);
}

/* The answer names the whole policies, not what is left of them. */
static int name_whole(
    const struct cedar_residual *residual, struct cedar_answer *answer, struct cedar_arena *arena)
{
    const struct cedar_policy **reasons = cedar_arena_alloc(arena, answer->reason_count * sizeof(*reasons));
    struct cedar_failure *failures = cedar_arena_alloc(arena, answer->failure_count * sizeof(*failures));

    if (!reasons || !failures) {
        memset(answer, 0, sizeof(*answer));
        return CEDAR_ENOMEM;
    }
    for (size_t i = 0; i < answer->reason_count; i++)
        reasons[i] = residual->whole[answer->reasons[i]->index];
    for (size_t i = 0; i < answer->failure_count; i++) {
        failures[i] = answer->failures[i];
        failures[i].policy = residual->whole[failures[i].policy->index];
    }
    answer->reasons = reasons;
    answer->failures = failures;
    return CEDAR_OK;
}

/* An unknown whose type was given must be filled with that type. */
static bool fills(
    const struct cedar_residual *residual, unsigned part, struct cedar_uid expected, struct cedar_uid filling)
{
    return !(residual->unknown & part) || !expected.type.len || cedar_str_eq(expected.type, filling.type);
}

int cedar_residual_decide(const struct cedar_residual *residual, const struct cedar_entities *entities,
    const struct cedar_request *filling, struct cedar_arena *arena, struct cedar_answer *answer)
{
    struct cedar_request request = residual->known;
    int r;

    memset(answer, 0, sizeof(*answer));
    if (!fills(residual, CEDAR_UNKNOWN_PRINCIPAL, request.principal, filling->principal) ||
        !fills(residual, CEDAR_UNKNOWN_RESOURCE, request.resource, filling->resource))
        return CEDAR_EINVAL;
    if (residual->unknown & CEDAR_UNKNOWN_PRINCIPAL)
        request.principal = filling->principal;
    if (residual->unknown & CEDAR_UNKNOWN_ACTION)
        request.action = filling->action;
    if (residual->unknown & CEDAR_UNKNOWN_RESOURCE)
        request.resource = filling->resource;
    if (residual->unknown & CEDAR_UNKNOWN_CONTEXT)
        request.context = filling->context;
    r = cedar_authorize(&residual->rest, entities, &request, arena, answer);
    return r == CEDAR_OK ? name_whole(residual, answer, arena) : r;
}
