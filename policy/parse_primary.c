/* What an expression starts from: literals, names, calls, sets, records. */
#include "policy/parse.h"

static const struct cedar_expr *parse_set(struct cedar_parser *p)
{
    uint32_t start = p->lx.token.start;
    size_t mark = p->n_stack;

    cedar_next(&p->lx);
    cedar_parse_list(p, T_RBRACKET, "',' or ']'");
    return cedar_done_node(p, cedar_pop_node(p, CEDAR_OP_SET, mark, start));
}

static int key_cmp(const void *a, const void *b)
{
    const struct cedar_str *const *x = a, *const *y = b;

    return cedar_str_cmp(**x, **y);
}

static void check_keys(struct cedar_parser *p, const struct cedar_str *keys, size_t n, uint32_t start)
{
    const struct cedar_str **sorted = cedar_arena_alloc(p->scratch, n * sizeof(*sorted));

    if (!sorted)
        cedar_raise_memory(&p->fail);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &keys[i];
    cedar_sort(sorted, n, sizeof(*sorted), key_cmp);
    for (size_t i = 1; i < n; i++) {
        if (cedar_str_eq(*sorted[i - 1], *sorted[i]))
            cedar_raise(&p->fail, CEDAR_EPARSE, start, "the key \"%.*s\" occurs twice in a record",
                CEDAR_ARG(*sorted[i]));
    }
}

static struct cedar_str parse_key(struct cedar_parser *p)
{
    return p->lx.token.kind == T_STRING ? cedar_take_string(&p->lx)
                                        : cedar_take_ident(&p->lx, "a key of a record or '}'");
}

static const struct cedar_expr *parse_record(struct cedar_parser *p)
{
    uint32_t start = p->lx.token.start;
    size_t mark = p->n_stack, cap = 0, n = 0;
    struct cedar_str *keys = NULL, *kept;
    struct cedar_expr *e;

    cedar_next(&p->lx);
    while (p->lx.token.kind != T_RBRACE) {
        keys = cedar_grow(&p->fail, p->scratch, keys, n, &cap, sizeof(*keys));
        keys[n++] = parse_key(p);
        cedar_expect(&p->lx, T_COLON, "':'");
        cedar_stack_push(p, cedar_parse_expr(p));
        if (!cedar_accept(&p->lx, T_COMMA))
            break;
    }
    cedar_expect(&p->lx, T_RBRACE, "',' or '}'");
    check_keys(p, keys, n, start);
    kept = cedar_take(&p->fail, n * sizeof(*kept));
    if (n)
        memcpy(kept, keys, n * sizeof(*kept));
    e = cedar_pop_node(p, CEDAR_OP_RECORD, mark, start);
    e->u.keys = kept;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *parse_call(struct cedar_parser *p, struct cedar_str name, uint32_t start)
{
    enum cedar_fn fn = cedar_fn_find(name);
    size_t mark = p->n_stack;
    struct cedar_expr *e;
    size_t argc;

    if (fn == CEDAR_FN_COUNT ? cedar_method_op(name, &argc) != CEDAR_OP_LITERAL : cedar_fns[fn].method)
        cedar_raise(&p->fail, CEDAR_EPARSE, start, "'%.*s' is a method: write x.%.*s(...)", CEDAR_ARG(name),
            CEDAR_ARG(name));
    if (fn == CEDAR_FN_COUNT)
        cedar_raise_help(&p->fail, CEDAR_EPARSE, start, "functions are ip, decimal, datetime and duration",
            "unknown function '%.*s'", CEDAR_ARG(name));
    cedar_next(&p->lx);
    cedar_parse_list(p, T_RPAREN, "',' or ')'");
    e = cedar_pop_node(p, CEDAR_OP_CALL, mark, start);
    e->detail = (uint8_t)fn;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *parse_var(struct cedar_parser *p, struct cedar_str name, uint32_t start)
{
    for (int i = 0; i < 4; i++) {
        if (cedar_str_is(name, cedar_var_names[i])) {
            struct cedar_expr *e = cedar_expr_new(&p->fail, CEDAR_OP_VAR, 0, start);

            e->detail = (uint8_t)i;
            return cedar_done_node(p, e);
        }
    }
    cedar_raise_help(&p->fail, CEDAR_EPARSE, start,
        "variables are principal, action, resource and context; text is written in quotes",
        "unknown variable '%.*s'", CEDAR_ARG(name));
}

/* true, false, a variable, an entity, or a function call. */
static const struct cedar_expr *parse_named(struct cedar_parser *p)
{
    uint32_t start = p->lx.token.start;
    bool truth = cedar_at_word(&p->lx, "true");
    struct cedar_str name;

    if (truth || cedar_at_word(&p->lx, "false")) {
        cedar_next(&p->lx);
        return cedar_expr_literal(&p->fail, cedar_of_bool(truth), start, p->lx.last_end);
    }
    if (cedar_at_word(&p->lx, "if"))
        cedar_raise(&p->fail, CEDAR_EPARSE, start, "an 'if' inside an expression needs parentheses");
    name = cedar_take_name(&p->lx, "an expression");
    if (p->lx.token.kind == T_PATH) {
        const struct cedar_ref *ref = cedar_parse_entity_id(p, name);

        return cedar_expr_literal(&p->fail, cedar_of_ref(ref), start, p->lx.last_end);
    }
    if (p->lx.token.kind == T_LPAREN)
        return parse_call(p, name, start);
    return parse_var(p, name, start);
}

const struct cedar_expr *cedar_parse_number(struct cedar_parser *p, bool negative, uint32_t start)
{
    struct cedar_str digits = cedar_token_str(&p->lx);
    int64_t n = 0;

    for (size_t i = 0; i < digits.len; i++) {
        int64_t d = digits.data[i] - '0';

        bool last = i + 1 == digits.len;

        if (__builtin_mul_overflow(n, (int64_t)10, &n) || __builtin_sub_overflow(n, d, &n) ||
            (n == INT64_MIN && last && !negative))
            cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start, "the number %.*s is larger than %lld",
                CEDAR_ARG(digits), (long long)INT64_MAX);
    }
    cedar_next(&p->lx);
    return cedar_expr_literal(
        &p->fail, cedar_of_number(CEDAR_LONG, negative ? n : -n), start, p->lx.last_end);
}

static const struct cedar_expr *parse_string(struct cedar_parser *p)
{
    uint32_t start = p->lx.token.start;
    struct cedar_str s = cedar_take_string(&p->lx);

    return cedar_expr_literal(&p->fail, cedar_of_str(s), start, p->lx.last_end);
}

const struct cedar_expr *cedar_parse_primary(struct cedar_parser *p)
{
    const struct cedar_expr *e;

    switch ((int)p->lx.token.kind) {
    case T_IDENT:
        return parse_named(p);
    case T_NUMBER:
        return cedar_parse_number(p, false, p->lx.token.start);
    case T_STRING:
        return parse_string(p);
    case T_LBRACKET:
        return parse_set(p);
    case T_LBRACE:
        return parse_record(p);
    case T_LPAREN:
        cedar_next(&p->lx);
        e = cedar_parse_expr(p);
        cedar_expect(&p->lx, T_RPAREN, "')'");
        return e;
    case T_SLOT:
        cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start,
            "slots may only stand in the scope of a policy, not in a condition");
    default:
        cedar_unexpected(&p->lx, "an expression");
    }
}
