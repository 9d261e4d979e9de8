/* Whole policies, templates, links and sets as JSON. */
#include "policy/print.h"

static void put_entities(struct cedar_text *t, const struct cedar_scope *scope)
{
    cedar_puts(t, "\"entities\":[");
    for (uint32_t i = 0; i < scope->n; i++) {
        if (i)
            cedar_putc(t, ',');
        cedar_put_uid_json(t, scope->refs[i]->uid);
    }
    cedar_putc(t, ']');
}

static void put_target(struct cedar_text *t, const struct cedar_scope *scope, const char *var)
{
    if (scope->slot) {
        cedar_putf(t, "\"slot\":\"?%s\"", var);
    } else if (scope->list && scope->n != 1) {
        put_entities(t, scope);
    } else {
        cedar_puts(t, "\"entity\":");
        cedar_put_uid_json(t, scope->refs[0]->uid);
    }
}

static void put_scope(struct cedar_text *t, const struct cedar_scope *scope, const char *var)
{
    static const char *const ops[] = {"All", "==", "in", "is", "is"};

    cedar_putf(t, "\"%s\":{\"op\":\"%s\"", var, ops[scope->op]);
    if (scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN) {
        cedar_puts(t, ",\"entity_type\":");
        cedar_put_json(t, scope->type);
    }
    if (scope->op == CEDAR_SCOPE_IS_IN) {
        cedar_puts(t, ",\"in\":{");
        put_target(t, scope, var);
        cedar_putc(t, '}');
    } else if (scope->op == CEDAR_SCOPE_EQ || scope->op == CEDAR_SCOPE_IN) {
        cedar_putc(t, ',');
        put_target(t, scope, var);
    }
    cedar_puts(t, "},");
}

static void put_annotations(struct cedar_text *t, const struct cedar_policy *policy)
{
    cedar_puts(t, ",\"annotations\":{");
    for (uint32_t i = 0; i < policy->n_annotations; i++) {
        const struct cedar_annotation *a = &policy->annotations[i];

        if (i)
            cedar_putc(t, ',');
        cedar_put_json(t, a->name);
        cedar_putc(t, ':');
        if (a->bare)
            cedar_puts(t, "null");
        else
            cedar_put_json(t, a->value);
    }
    cedar_putc(t, '}');
}

void cedar_put_policy_json(struct cedar_text *t, const struct cedar_policy *policy)
{
    cedar_putf(t, "{\"effect\":\"%s\",", policy->effect == CEDAR_PERMIT ? "permit" : "forbid");
    for (int var = 0; var < 3; var++)
        put_scope(t, &policy->scope[var], cedar_var_names[var]);
    cedar_puts(t, "\"conditions\":[");
    for (uint32_t i = 0; i < policy->n_conditions; i++) {
        cedar_putf(t, "%s{\"kind\":\"%s\",\"body\":", i ? "," : "",
            policy->conditions[i].unless ? "unless" : "when");
        cedar_put_expr_json(t, policy->conditions[i].body);
        cedar_putc(t, '}');
    }
    cedar_putc(t, ']');
    if (policy->n_annotations)
        put_annotations(t, policy);
    cedar_putc(t, '}');
}

struct cedar_str cedar_policy_json(const struct cedar_policy *policy, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};

    cedar_put_policy_json(&t, policy);
    return cedar_text_done(&t);
}

static void put_map(struct cedar_text *t, const char *key, const struct cedar_list *list)
{
    bool some = false;

    cedar_putf(t, "\"%s\":{", key);
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i]->origin)
            continue;
        if (some)
            cedar_putc(t, ',');
        some = true;
        cedar_put_json(t, list->items[i]->id);
        cedar_putc(t, ':');
        cedar_put_policy_json(t, list->items[i]);
    }
    cedar_puts(t, "},");
}

static void put_link(struct cedar_text *t, const struct cedar_policy *link)
{
    bool some = false;

    cedar_puts(t, "{\"templateId\":");
    cedar_put_json(t, link->origin->id);
    cedar_puts(t, ",\"newId\":");
    cedar_put_json(t, link->id);
    cedar_puts(t, ",\"values\":{");
    for (int var = 0; var < 3; var++) {
        if (!link->origin->scope[var].slot)
            continue;
        cedar_putf(t, "%s\"?%s\":", some ? "," : "", cedar_var_names[var]);
        cedar_put_uid_json(t, link->scope[var].refs[0]->uid);
        some = true;
    }
    cedar_puts(t, "}}");
}

struct cedar_str cedar_policies_json(const struct cedar_policies *set, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};
    bool some = false;

    cedar_putc(&t, '{');
    put_map(&t, "staticPolicies", &set->policies);
    put_map(&t, "templates", &set->templates);
    cedar_puts(&t, "\"templateLinks\":[");
    for (size_t i = 0; i < set->policies.n; i++) {
        if (!set->policies.items[i]->origin)
            continue;
        if (some)
            cedar_putc(&t, ',');
        some = true;
        put_link(&t, set->policies.items[i]);
    }
    cedar_puts(&t, "]}");
    return cedar_text_done(&t);
}
