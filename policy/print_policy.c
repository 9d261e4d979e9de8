/* Policies and sets as text: one line for a short scope, conditions indented. */
#include "policy/print.h"

enum { WIDTH = 100 };

static void put_ref(struct cedar_text *t, const struct cedar_scope *scope, const char *var)
{
    if (scope->slot) {
        cedar_putc(t, '?');
        cedar_puts(t, var);
        return;
    }
    if (scope->list)
        cedar_putc(t, '[');
    for (uint32_t i = 0; i < scope->n; i++) {
        if (i)
            cedar_puts(t, ", ");
        cedar_put_uid(t, scope->refs[i]->uid);
    }
    if (scope->list)
        cedar_putc(t, ']');
}

static void put_scope(struct cedar_text *t, const struct cedar_scope *scope, const char *var)
{
    cedar_puts(t, var);
    if (scope->op == CEDAR_SCOPE_EQ)
        cedar_puts(t, " == ");
    if (scope->op == CEDAR_SCOPE_IS || scope->op == CEDAR_SCOPE_IS_IN) {
        cedar_puts(t, " is ");
        cedar_put(t, scope->type);
    }
    if (scope->op == CEDAR_SCOPE_IN || scope->op == CEDAR_SCOPE_IS_IN)
        cedar_puts(t, " in ");
    if (scope->op != CEDAR_SCOPE_ANY && scope->op != CEDAR_SCOPE_IS)
        put_ref(t, scope, var);
}

static void put_scopes(
    struct cedar_text *t, const struct cedar_policy *policy, const char *between, const char *end)
{
    for (int var = 0; var < 3; var++) {
        put_scope(t, &policy->scope[var], cedar_var_names[var]);
        cedar_puts(t, var < 2 ? between : end);
    }
}

/* The operands of a long chain stand each on their own line. */
static void put_body(struct cedar_text *t, const struct cedar_expr *e)
{
    struct cedar_text line = {.arena = t->arena};

    cedar_put_expr(&line, e);
    if (line.len <= WIDTH || (e->op != CEDAR_OP_AND && e->op != CEDAR_OP_OR)) {
        cedar_puts(t, " ");
        cedar_put(t, cedar_text_done(&line));
        cedar_puts(t, " }");
        return;
    }
    for (uint32_t i = 0; i < e->n; i++) {
        const struct cedar_expr *kid = e->kids[i];
        bool parens = kid->op == CEDAR_OP_IF || kid->op == CEDAR_OP_OR ||
                      (kid->op == CEDAR_OP_AND && e->op == CEDAR_OP_AND);

        cedar_puts(t, parens ? "\n    (" : "\n    ");
        cedar_put_expr(t, kid);
        cedar_puts(t, parens ? ")" : "");
        if (i + 1 < e->n)
            cedar_puts(t, e->op == CEDAR_OP_AND ? " &&" : " ||");
    }
    cedar_puts(t, "\n}");
}

void cedar_put_annotations(struct cedar_text *t, const struct cedar_policy *policy)
{
    for (uint32_t i = 0; i < policy->n_annotations; i++) {
        cedar_putc(t, '@');
        cedar_put(t, policy->annotations[i].name);
        if (!policy->annotations[i].bare) {
            cedar_putc(t, '(');
            cedar_put_quoted(t, policy->annotations[i].value);
            cedar_putc(t, ')');
        }
        cedar_putc(t, '\n');
    }
}

void cedar_put_policy(struct cedar_text *t, const struct cedar_policy *policy)
{
    const char *effect = policy->effect == CEDAR_PERMIT ? "permit" : "forbid";
    struct cedar_text line = {.arena = t->arena};

    cedar_put_annotations(t, policy);
    put_scopes(&line, policy, ", ", "");
    cedar_puts(t, effect);
    if (line.len <= WIDTH) {
        cedar_puts(t, " (");
        cedar_put(t, cedar_text_done(&line));
        cedar_putc(t, ')');
    } else {
        cedar_puts(t, " (\n    ");
        put_scopes(t, policy, ",\n    ", "\n)");
    }
    for (uint32_t i = 0; i < policy->n_conditions; i++) {
        cedar_puts(t, policy->conditions[i].unless ? "\nunless {" : "\nwhen {");
        put_body(t, policy->conditions[i].body);
    }
    cedar_putc(t, ';');
}

struct cedar_str cedar_policy_print(const struct cedar_policy *policy, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};

    cedar_put_policy(&t, policy);
    return cedar_text_done(&t);
}

/* Policies and templates in the order in which they were read. */
static const struct cedar_policy *next_in_text(const struct cedar_policies *set, size_t *i, size_t *j)
{
    const struct cedar_policy *a = *i < set->policies.n ? set->policies.items[*i] : NULL;
    const struct cedar_policy *b = *j < set->templates.n ? set->templates.items[*j] : NULL;

    if (a && (!b || a->order < b->order)) {
        ++*i;
        return a;
    }
    ++*j;
    return b;
}

struct cedar_str cedar_policies_print(const struct cedar_policies *set, struct cedar_arena *arena)
{
    struct cedar_text t = {.arena = arena};
    size_t i = 0, j = 0;

    while (i < set->policies.n || j < set->templates.n) {
        const struct cedar_policy *policy = next_in_text(set, &i, &j);

        if (policy->origin)
            continue;
        if (t.len)
            cedar_putc(&t, '\n');
        cedar_put_policy(&t, policy);
        cedar_putc(&t, '\n');
    }
    return cedar_text_done(&t);
}
