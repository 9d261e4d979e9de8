/* Entities, and the three constraints in a policy's parentheses. */
#include "policy/parse.h"

enum { MOST_PARENS = CEDAR_MAX_DEPTH };

static const struct cedar_ref *new_ref(struct cedar_parser *p, struct cedar_str type, struct cedar_str id)
{
    struct cedar_ref *ref = cedar_take(&p->fail, sizeof(*ref));

    *ref = cedar_ref_of((struct cedar_uid){type, id});
    return ref;
}

const struct cedar_ref *cedar_parse_entity_id(struct cedar_parser *p, struct cedar_str type)
{
    cedar_expect(&p->lx, T_PATH, "'::' and the id of an entity in quotes");
    if (p->lx.token.kind != T_STRING)
        cedar_unexpected(&p->lx, "the id of an entity in quotes");
    return new_ref(p, type, cedar_take_string(&p->lx));
}

const struct cedar_ref *cedar_parse_entity(struct cedar_parser *p)
{
    const struct cedar_ref *ref;
    unsigned parens = 0;

    while (cedar_accept(&p->lx, T_LPAREN)) {
        if (++parens > MOST_PARENS)
            cedar_raise(&p->fail, CEDAR_ELIMIT, p->lx.token.start,
                "more than %d parentheses around an entity", MOST_PARENS);
    }
    ref = cedar_parse_entity_id(p, cedar_take_name(&p->lx, "an entity, as in Type::\"id\""));
    while (parens--)
        cedar_expect(&p->lx, T_RPAREN, "')'");
    return ref;
}

static void set_ref(struct cedar_parser *p, struct cedar_scope *scope, const struct cedar_ref *ref)
{
    scope->refs = cedar_take(&p->fail, sizeof(*scope->refs));
    scope->refs[0] = ref;
    scope->n = 1;
}

static void parse_entity_or_slot(struct cedar_parser *p, struct cedar_scope *scope, const char *slot)
{
    if (p->lx.token.kind != T_SLOT) {
        set_ref(p, scope, cedar_parse_entity(p));
        return;
    }
    if (!cedar_str_is(cedar_token_str(&p->lx), slot))
        cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start, "only the slot %s may stand here", slot);
    cedar_next(&p->lx);
    set_ref(p, scope, NULL);
    scope->slot = true;
}

static void parse_who(struct cedar_parser *p, struct cedar_scope *scope, const char *slot)
{
    if (cedar_accept(&p->lx, T_EQ)) {
        scope->op = CEDAR_SCOPE_EQ;
        parse_entity_or_slot(p, scope, slot);
        return;
    }
    if (cedar_at_word(&p->lx, "is")) {
        cedar_next(&p->lx);
        scope->op = CEDAR_SCOPE_IS;
        scope->type = cedar_take_name(&p->lx, "a type");
    }
    if (cedar_at_word(&p->lx, "in")) {
        cedar_next(&p->lx);
        scope->op = scope->op == CEDAR_SCOPE_IS ? CEDAR_SCOPE_IS_IN : CEDAR_SCOPE_IN;
        parse_entity_or_slot(p, scope, slot);
    }
}

static const struct cedar_ref *parse_action_entity(struct cedar_parser *p)
{
    uint32_t start = p->lx.token.start;
    const struct cedar_ref *ref;

    if (p->lx.token.kind == T_SLOT)
        cedar_raise(&p->fail, CEDAR_EPARSE, start, "a slot cannot stand for an action");
    ref = cedar_parse_entity(p);
    if (!cedar_str_is(cedar_basename(ref->uid.type), "Action"))
        cedar_raise_help(&p->fail, CEDAR_EPARSE, start,
            "write Action::\"...\", or Namespace::Action::\"...\"", "'%.*s' is not a type of actions",
            CEDAR_ARG(ref->uid.type));
    return ref;
}

static void parse_action_list(struct cedar_parser *p, struct cedar_scope *scope)
{
    const struct cedar_ref **refs = NULL;
    size_t n = 0, cap = 0;

    scope->list = true;
    while (p->lx.token.kind != T_RBRACKET) {
        refs = cedar_grow(&p->fail, p->scratch, refs, n, &cap, sizeof(*refs));
        refs[n++] = parse_action_entity(p);
        if (!cedar_accept(&p->lx, T_COMMA))
            break;
    }
    cedar_expect(&p->lx, T_RBRACKET, "',' or ']'");
    scope->refs = cedar_take(&p->fail, n * sizeof(*refs));
    if (n)
        memcpy(scope->refs, refs, n * sizeof(*refs));
    scope->n = (uint32_t)n;
}

static void parse_action(struct cedar_parser *p, struct cedar_scope *scope)
{
    if (cedar_accept(&p->lx, T_EQ)) {
        scope->op = CEDAR_SCOPE_EQ;
        set_ref(p, scope, parse_action_entity(p));
    } else if (cedar_at_word(&p->lx, "in")) {
        cedar_next(&p->lx);
        scope->op = CEDAR_SCOPE_IN;
        if (cedar_accept(&p->lx, T_LBRACKET))
            parse_action_list(p, scope);
        else
            set_ref(p, scope, parse_action_entity(p));
    } else if (cedar_at_word(&p->lx, "is")) {
        cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start, "an action cannot be constrained by its type");
    }
}

static void parse_scope(struct cedar_parser *p, struct cedar_scope *scope, int var)
{
    const char *word = cedar_var_names[var];

    scope->start = p->lx.token.start;
    if (!cedar_at_word(&p->lx, word))
        cedar_raise_help(&p->fail, CEDAR_EPARSE, p->lx.token.start,
            "a scope is (principal, action, resource), in this order", "expected '%s'", word);
    cedar_next(&p->lx);
    if (var == CEDAR_VAR_ACTION)
        parse_action(p, scope);
    else
        parse_who(p, scope, var == CEDAR_VAR_PRINCIPAL ? "?principal" : "?resource");
    scope->end = p->lx.last_end;
}

void cedar_parse_scopes(struct cedar_parser *p, struct cedar_policy *policy)
{
    cedar_expect(&p->lx, T_LPAREN, "'('");
    for (int var = 0; var < 3; var++) {
        parse_scope(p, &policy->scope[var], var);
        if (var < 2)
            cedar_expect(&p->lx, T_COMMA, "','");
    }
    cedar_accept(&p->lx, T_COMMA);
    cedar_expect(&p->lx, T_RPAREN, "')'");
}
