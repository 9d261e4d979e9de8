/* One policy: annotations, effect, scope, conditions. */
#include "policy/parse.h"

static void check_annotation(struct cedar_parser *p, const struct cedar_annotation *items, size_t n,
    struct cedar_str name, uint32_t at)
{
    for (size_t i = 0; i < n; i++) {
        if (cedar_str_eq(items[i].name, name))
            cedar_raise(&p->fail, CEDAR_EPARSE, at, "the annotation @%.*s occurs twice", CEDAR_ARG(name));
    }
}

static void parse_annotation(struct cedar_parser *p, struct cedar_annotation *out)
{
    out->name = cedar_token_str(&p->lx); /* reserved words are allowed here */
    out->value = CEDAR_STR("");
    out->bare = true;
    if (p->lx.token.kind != T_IDENT)
        cedar_unexpected(&p->lx, "the name of an annotation");
    cedar_next(&p->lx);
    if (!cedar_accept(&p->lx, T_LPAREN))
        return;
    out->value = cedar_take_string(&p->lx);
    out->bare = false;
    cedar_expect(&p->lx, T_RPAREN, "')'");
}

static void parse_annotations(struct cedar_parser *p, struct cedar_policy *policy)
{
    struct cedar_annotation *items = NULL, one;
    size_t n = 0, cap = 0;

    while (cedar_accept(&p->lx, T_AT)) {
        uint32_t at = p->lx.token.start;

        if (n == 1000)
            cedar_raise(&p->fail, CEDAR_ELIMIT, at, "more than 1000 annotations on a policy");
        parse_annotation(p, &one);
        check_annotation(p, items, n, one.name, at);
        items = cedar_grow(&p->fail, p->scratch, items, n, &cap, sizeof(*items));
        items[n++] = one;
    }
    if (!n)
        return;
    policy->annotations = cedar_take(&p->fail, n * sizeof(*items));
    memcpy(policy->annotations, items, n * sizeof(*items));
    policy->n_annotations = (uint32_t)n;
}

static void parse_effect(struct cedar_parser *p, struct cedar_policy *policy)
{
    if (cedar_at_word(&p->lx, "permit"))
        policy->effect = CEDAR_PERMIT;
    else if (cedar_at_word(&p->lx, "forbid"))
        policy->effect = CEDAR_FORBID;
    else
        cedar_unexpected(&p->lx, "'permit' or 'forbid'");
    cedar_next(&p->lx);
}

static const struct cedar_expr *parse_body(struct cedar_parser *p)
{
    const struct cedar_expr *e;

    cedar_expect(&p->lx, T_LBRACE, "'{'");
    if (p->lx.token.kind == T_RBRACE)
        cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start, "a condition cannot be empty");
    e = cedar_parse_expr(p);
    cedar_expect(&p->lx, T_RBRACE, "an operator or '}'");
    return e;
}

static void parse_conditions(struct cedar_parser *p, struct cedar_policy *policy)
{
    struct cedar_condition *items = NULL;
    size_t n = 0, cap = 0;

    while (cedar_at_word(&p->lx, "when") || cedar_at_word(&p->lx, "unless")) {
        items = cedar_grow(&p->fail, p->scratch, items, n, &cap, sizeof(*items));
        items[n].unless = cedar_at_word(&p->lx, "unless");
        cedar_next(&p->lx);
        items[n++].body = parse_body(p);
    }
    if (!n)
        return;
    policy->conditions = cedar_take(&p->fail, n * sizeof(*items));
    memcpy(policy->conditions, items, n * sizeof(*items));
    policy->n_conditions = (uint32_t)n;
}

void cedar_parse_policy(struct cedar_parser *p, struct cedar_policy *policy)
{
    memset(policy, 0, sizeof(*policy));
    policy->start = p->lx.token.start;
    parse_annotations(p, policy);
    parse_effect(p, policy);
    cedar_parse_scopes(p, policy);
    parse_conditions(p, policy);
    cedar_expect(
        &p->lx, T_SEMICOLON, policy->n_conditions ? "';', 'when' or 'unless'" : "'when', 'unless' or ';'");
    policy->text = (struct cedar_str){p->lx.text + policy->start, p->lx.last_end - policy->start};
    policy->template = cedar_policy_slots(policy) != 0;
}

unsigned cedar_policy_slots(const struct cedar_policy *policy)
{
    return (policy->scope[CEDAR_VAR_PRINCIPAL].slot ? 1u : 0) |
           (policy->scope[CEDAR_VAR_RESOURCE].slot ? 2u : 0);
}
