/* The validator: names that must be declared, then types, for every kind of request. */
#include "policy/check.h"
#include "policy/policies.h"

static bool is_action_type(struct cedar_str type)
{
    return cedar_str_is(cedar_basename(type), "Action");
}

static struct cedar_str suggest_type(struct cedar_checker *c, struct cedar_str name)
{
    struct cedar_str *names = cedar_take(c->f, c->schema->n_types * sizeof(*names));
    size_t n = 0;

    for (size_t i = 0; i < c->schema->n_types; i++) {
        if (!c->schema->types[i]->action)
            names[n++] = c->schema->types[i]->name;
    }
    return cedar_suggest(c->f, name, names, n);
}

static struct cedar_str suggest_action(struct cedar_checker *c, struct cedar_str id)
{
    struct cedar_str *names = cedar_take(c->f, c->schema->n_actions * sizeof(*names));

    for (size_t i = 0; i < c->schema->n_actions; i++)
        names[i] = c->schema->actions[i]->ref.uid.id;
    return cedar_suggest(c->f, id, names, c->schema->n_actions);
}

static void check_type_name(struct cedar_checker *c, struct cedar_str name, uint32_t start)
{
    if (!is_action_type(name) && !cedar_schema_type(c->schema, name))
        cedar_found(c, false, start, suggest_type(c, name), "unknown entity type %.*s", CEDAR_ARG(name));
}

static void check_ref(struct cedar_checker *c, const struct cedar_ref *ref, uint32_t start)
{
    const struct cedar_entity_type *type = cedar_schema_type(c->schema, ref->uid.type);

    check_type_name(c, ref->uid.type, start);
    if (is_action_type(ref->uid.type) && !cedar_schema_action(c->schema, ref))
        cedar_found(c, false, start, suggest_action(c, ref->uid.id), "unknown action %.*s::\"%.*s\"",
            CEDAR_ARG(ref->uid.type), CEDAR_ARG(ref->uid.id));
    if (type && type->is_enum && !cedar_enum_has(type, ref->uid.id))
        cedar_found(c, false, start, cedar_suggest(c->f, ref->uid.id, type->ids, type->n_ids),
            "%.*s has no entity \"%.*s\"", CEDAR_ARG(ref->uid.type), CEDAR_ARG(ref->uid.id));
}

static void check_names(struct cedar_checker *c, const struct cedar_expr *e)
{
    if (e->op == CEDAR_OP_LITERAL && e->konst->kind == CEDAR_ENTITY)
        check_ref(c, e->konst->u.ref, e->start);
    if (e->op == CEDAR_OP_IS)
        check_type_name(c, e->u.str, e->start);
    for (uint32_t i = 0; i < e->n; i++)
        check_names(c, e->kids[i]);
}

static void check_scope_names(struct cedar_checker *c, const struct cedar_scope *scope)
{
    if (scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN)
        check_type_name(c, scope->type, scope->start);
    for (uint32_t i = 0; i < scope->n; i++) {
        if (!scope->slot)
            check_ref(c, scope->refs[i], scope->start);
    }
}

/* The type could satisfy the scope. */
static bool scope_allows(
    const struct cedar_checker *c, const struct cedar_scope *scope, const struct cedar_entity_type *type)
{
    const struct cedar_entity_type *above;

    if ((scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN) &&
        !cedar_str_eq(type->name, scope->type))
        return false;
    if (scope->op == CEDAR_SCOPE_ANY || scope->op == CEDAR_SCOPE_IS || scope->slot)
        return true;
    above = cedar_schema_type(c->schema, scope->refs[0]->uid.type);
    return above && (scope->op == CEDAR_SCOPE_EQ ? type == above : cedar_type_below(type, above));
}

static bool any_allowed(const struct cedar_checker *c, const struct cedar_scope *scope,
    const struct cedar_entity_type *const *types, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (scope_allows(c, scope, types[i]))
            return true;
    }
    return false;
}

/* An unknown action in a list makes the whole list match nothing. */
static bool action_allowed(
    const struct cedar_checker *c, const struct cedar_scope *scope, const struct cedar_action *action)
{
    bool found = scope->op == CEDAR_SCOPE_ANY;

    for (uint32_t i = 0; i < scope->n; i++) {
        const struct cedar_action *above = cedar_schema_action(c->schema, scope->refs[i]);

        if (!above)
            return false;
        found = found || (scope->op == CEDAR_SCOPE_EQ ? action == above : cedar_action_below(action, above));
    }
    return found;
}

/* Some action applies to a principal and a resource that the scope allows. */
static bool has_application(const struct cedar_checker *c)
{
    const struct cedar_scope *scopes = c->policy->scope;

    for (size_t i = 0; i < c->schema->n_actions; i++) {
        const struct cedar_action *action = c->schema->actions[i];

        if (action_allowed(c, &scopes[CEDAR_VAR_ACTION], action) &&
            any_allowed(c, &scopes[CEDAR_VAR_PRINCIPAL], action->principals, action->n_principals) &&
            any_allowed(c, &scopes[CEDAR_VAR_RESOURCE], action->resources, action->n_resources))
            return true;
    }
    return false;
}

static void found_impossible(struct cedar_checker *c)
{
    struct cedar_str help = CEDAR_STR("a condition is always false");

    if (!has_application(c))
        help = CEDAR_STR("no action of the schema applies to such a principal and resource: compare the "
                         "scope with appliesTo");
    cedar_found(c, true, c->policy->start, help, "this policy can never apply to any request");
}

/* Every kind of request; true if the policy could be true in one of them. */
static bool check_requests(struct cedar_checker *c)
{
    bool possible = false;

    for (size_t i = 0; i < c->schema->n_actions; i++) {
        c->action = c->schema->actions[i];
        for (uint32_t p = 0; p < c->action->n_principals; p++) {
            for (uint32_t r = 0; r < c->action->n_resources; r++) {
                struct cedar_judgement j;

                c->principal = c->action->principals[p];
                c->resource = c->action->resources[r];
                j = cedar_check_policy(c);
                possible = possible || !j.type || j.type->kind != CEDAR_TYPE_FALSE;
            }
        }
    }
    return possible;
}

static void check_policy(struct cedar_checker *c, const struct cedar_policy *policy)
{
    c->policy = policy;
    c->found.first = c->found.n;
    for (int var = 0; var < 3; var++)
        check_scope_names(c, &policy->scope[var]);
    if (!policy->origin) {
        for (uint32_t i = 0; i < policy->n_conditions; i++)
            check_names(c, policy->conditions[i].body);
    }
    if (!policy->origin && !check_requests(c))
        found_impossible(c);
}

static bool try_validate(struct cedar_checker *c, const struct cedar_policies *set)
{
    if (setjmp(c->f->jump))
        return false;
    for (size_t i = 0; i < set->policies.n; i++)
        check_policy(c, set->policies.items[i]);
    for (size_t i = 0; i < set->templates.n; i++)
        check_policy(c, set->templates.items[i]);
    return true;
}

int cedar_validate(const struct cedar_policies *set, const struct cedar_schema *schema,
    struct cedar_arena *arena, struct cedar_findings *out)
{
    struct cedar_fail f;
    struct cedar_checker checker = {.f = &f, .schema = schema};

    memset(out, 0, sizeof(*out));
    cedar_fail_start(&f, NULL, arena, (struct cedar_str){NULL, 0});
    if (!try_validate(&checker, set))
        return (int)f.err->status;
    out->items = checker.found.items;
    out->count = checker.found.n;
    out->valid = true;
    for (size_t i = 0; i < out->count; i++)
        out->valid = out->valid && out->items[i].warning;
    return CEDAR_OK;
}
