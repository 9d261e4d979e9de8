/* Expressions, by descent through the levels of precedence. */
#include "policy/parse.h"

static const struct cedar_expr *parse_or(struct cedar_parser *p);
static const struct cedar_expr *parse_add(struct cedar_parser *p);

void cedar_stack_push(struct cedar_parser *p, const struct cedar_expr *e)
{
    p->stack = cedar_grow(&p->fail, p->scratch, p->stack, p->n_stack, &p->cap_stack, sizeof(*p->stack));
    p->stack[p->n_stack++] = e;
}

/* A node of op with the items pushed since mark as children. */
struct cedar_expr *cedar_pop_node(struct cedar_parser *p, enum cedar_op op, size_t mark, uint32_t start)
{
    size_t n = p->n_stack - mark;
    struct cedar_expr *e = cedar_expr_new(&p->fail, op, n, start);

    if (n)
        memcpy(e->kids, p->stack + mark, n * sizeof(e->kids[0]));
    p->n_stack = mark;
    return e;
}

const struct cedar_expr *cedar_done_node(struct cedar_parser *p, struct cedar_expr *e)
{
    return cedar_expr_done(&p->fail, e, p->lx.last_end);
}

static const struct cedar_expr *binary(
    struct cedar_parser *p, enum cedar_op op, const struct cedar_expr *left, const struct cedar_expr *right)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, op, 2, left->start);

    e->kids[0] = left;
    e->kids[1] = right;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *unary(
    struct cedar_parser *p, enum cedar_op op, const struct cedar_expr *operand, uint32_t start)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, op, 1, start);

    e->kids[0] = operand;
    return cedar_done_node(p, e);
}

/* Expr {',' Expr} [','] up to the closing token; pushes each. */
void cedar_parse_list(struct cedar_parser *p, enum cedar_token_kind close, const char *what)
{
    while (p->lx.token.kind != close) {
        cedar_stack_push(p, cedar_parse_expr(p));
        if (!cedar_accept(&p->lx, T_COMMA))
            break;
    }
    cedar_expect(&p->lx, close, what);
}

static const struct cedar_expr *parse_method(
    struct cedar_parser *p, const struct cedar_expr *base, struct cedar_str name, uint32_t at)
{
    size_t mark = p->n_stack, argc = 0;
    enum cedar_op op = cedar_method_op(name, &argc);
    enum cedar_fn fn = cedar_fn_find(name);
    struct cedar_expr *e;

    if (op == CEDAR_OP_LITERAL && fn == CEDAR_FN_COUNT)
        cedar_raise(&p->fail, CEDAR_EPARSE, at, "unknown method '%.*s'", CEDAR_ARG(name));
    if (op == CEDAR_OP_LITERAL && !cedar_fns[fn].method)
        cedar_raise(&p->fail, CEDAR_EPARSE, at, "'%.*s' is a function: write %.*s(...)", CEDAR_ARG(name),
            CEDAR_ARG(name));
    cedar_next(&p->lx);
    cedar_stack_push(p, base);
    cedar_parse_list(p, T_RPAREN, "',' or ')'");
    if (op != CEDAR_OP_LITERAL && p->n_stack - mark != argc + 1)
        cedar_raise(&p->fail, CEDAR_EPARSE, at, "%.*s() takes %zu argument%s", CEDAR_ARG(name), argc,
            argc == 1 ? "" : "s");
    e = cedar_pop_node(p, op == CEDAR_OP_LITERAL ? CEDAR_OP_CALL : op, mark, base->start);
    e->detail = op == CEDAR_OP_LITERAL ? (uint8_t)fn : 0;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *get_attr(
    struct cedar_parser *p, const struct cedar_expr *base, struct cedar_str name)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, CEDAR_OP_GET, 1, base->start);

    e->kids[0] = base;
    e->u.str = name;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *parse_index(struct cedar_parser *p, const struct cedar_expr *base)
{
    struct cedar_str name;

    cedar_next(&p->lx);
    if (p->lx.token.kind != T_STRING)
        cedar_unexpected(&p->lx, "an attribute name in quotes");
    name = cedar_take_string(&p->lx);
    cedar_expect(&p->lx, T_RBRACKET, "']'");
    return get_attr(p, base, name);
}

static const struct cedar_expr *parse_member(struct cedar_parser *p, const struct cedar_expr *e)
{
    for (;;) {
        if (p->lx.token.kind == T_LBRACKET) {
            e = parse_index(p, e);
        } else if (cedar_accept(&p->lx, T_DOT)) {
            uint32_t at = p->lx.token.start;
            struct cedar_str name = cedar_take_ident(&p->lx, "an attribute or a method");

            e = p->lx.token.kind == T_LPAREN ? parse_method(p, e, name, at) : get_attr(p, e, name);
        } else {
            return e;
        }
    }
}

/* The number here is followed by an attribute, a call or an index. */
static bool has_member(struct cedar_parser *p)
{
    enum cedar_token_kind next = cedar_peek(&p->lx).kind;

    return next == T_DOT || next == T_LBRACKET;
}

/* Up to four '!', or up to four '-'; a '-' right before a bare number belongs to it. */
static const struct cedar_expr *parse_unary(struct cedar_parser *p)
{
    enum cedar_token_kind kind = p->lx.token.kind;
    uint32_t starts[4];
    int n = 0;
    const struct cedar_expr *e;
    bool folded;

    if (kind != T_NOT && kind != T_MINUS)
        return parse_member(p, cedar_parse_primary(p));
    for (; p->lx.token.kind == kind; cedar_next(&p->lx)) {
        if (n == 4)
            cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start, "more than four '%s' in a row",
                kind == T_NOT ? "!" : "-");
        starts[n++] = p->lx.token.start;
    }
    folded = kind == T_MINUS && p->lx.token.kind == T_NUMBER && !has_member(p);
    if (folded)
        e = cedar_parse_number(p, true, starts[--n]);
    else
        e = cedar_parse_primary(p);
    e = parse_member(p, e);
    while (n > 0)
        e = unary(p, kind == T_NOT ? CEDAR_OP_NOT : CEDAR_OP_NEG, e, starts[--n]);
    return e;
}

/* Operands joined by one kind of token; the first may be a chain in parentheses. */
static const struct cedar_expr *parse_joined(struct cedar_parser *p, enum cedar_token_kind token,
    enum cedar_op op, const struct cedar_expr *(*operand)(struct cedar_parser *))
{
    const struct cedar_expr *first = operand(p);
    size_t mark = p->n_stack;

    if (p->lx.token.kind != token)
        return first;
    if (first->op == op) {
        for (uint32_t i = 0; i < first->n; i++)
            cedar_stack_push(p, first->kids[i]);
    } else {
        cedar_stack_push(p, first);
    }
    while (cedar_accept(&p->lx, token))
        cedar_stack_push(p, operand(p));
    return cedar_done_node(p, cedar_pop_node(p, op, mark, first->start));
}

static const struct cedar_expr *parse_mult(struct cedar_parser *p)
{
    return parse_joined(p, T_STAR, CEDAR_OP_PRODUCT, parse_unary);
}

static const struct cedar_expr *parse_add(struct cedar_parser *p)
{
    const struct cedar_expr *e = parse_mult(p);
    size_t mark = p->n_stack, n = 1, cap = 0;
    struct cedar_expr *sum;
    char *signs = NULL, *kept;

    if (p->lx.token.kind != T_PLUS && p->lx.token.kind != T_MINUS)
        return e;
    if (e->op == CEDAR_OP_SUM) { /* (a + b) - c is a + b - c */
        for (uint32_t i = 0; i < e->n; i++)
            cedar_stack_push(p, e->kids[i]);
        n = e->n;
    } else {
        cedar_stack_push(p, e);
    }
    for (size_t i = 0; i < n; i++) {
        signs = cedar_grow(&p->fail, p->scratch, signs, i, &cap, 1);
        signs[i] = e->op == CEDAR_OP_SUM ? e->u.signs[i] : '+';
    }
    while (p->lx.token.kind == T_PLUS || p->lx.token.kind == T_MINUS) {
        signs = cedar_grow(&p->fail, p->scratch, signs, n, &cap, 1);
        signs[n++] = p->lx.token.kind == T_PLUS ? '+' : '-';
        cedar_next(&p->lx);
        cedar_stack_push(p, parse_mult(p));
    }
    sum = cedar_pop_node(p, CEDAR_OP_SUM, mark, e->start);
    kept = cedar_take(&p->fail, n);
    memcpy(kept, signs, n);
    sum->u.signs = kept;
    return cedar_done_node(p, sum);
}

static const struct cedar_expr *parse_has(struct cedar_parser *p, const struct cedar_expr *left)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, CEDAR_OP_HAS, 1, left->start);
    bool quoted = p->lx.token.kind == T_STRING;
    struct cedar_str *parts = NULL;
    struct cedar_path *path;
    size_t n = 0, cap = 0;

    e->kids[0] = left;
    do {
        parts = cedar_grow(&p->fail, p->scratch, parts, n, &cap, sizeof(*parts));
        parts[n++] = quoted ? cedar_take_string(&p->lx) : cedar_take_ident(&p->lx, "an attribute name");
    } while (!quoted && cedar_accept(&p->lx, T_DOT));
    path = cedar_take(&p->fail, sizeof(*path) + n * sizeof(*parts));
    path->n = (uint32_t)n;
    memcpy(path->parts, parts, n * sizeof(*parts));
    e->u.path = path;
    return cedar_done_node(p, e);
}

static const struct cedar_expr *parse_like(struct cedar_parser *p, const struct cedar_expr *left)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, CEDAR_OP_LIKE, 1, left->start);
    struct cedar_str raw = cedar_token_str(&p->lx);
    size_t bad = 0;

    if (p->lx.token.kind != T_STRING)
        cedar_unexpected(&p->lx, "a pattern in quotes");
    e->kids[0] = left;
    e->u.pattern = cedar_pattern_read(&p->fail, (struct cedar_str){raw.data + 1, raw.len - 2}, &bad);
    if (!e->u.pattern)
        cedar_raise(&p->fail, CEDAR_EPARSE, p->lx.token.start + 1 + bad, "not an escape in a pattern");
    cedar_next(&p->lx);
    return cedar_done_node(p, e);
}

static const struct cedar_expr *parse_is(struct cedar_parser *p, const struct cedar_expr *left)
{
    struct cedar_str type = cedar_take_name(&p->lx, "a type");
    const struct cedar_expr *in = NULL;
    struct cedar_expr *e;

    if (p->lx.token.kind == T_PATH)
        cedar_unexpected(&p->lx, "the end of the type");
    if (cedar_at_word(&p->lx, "in")) {
        cedar_next(&p->lx);
        in = parse_add(p);
    }
    e = cedar_expr_new(&p->fail, CEDAR_OP_IS, in ? 2 : 1, left->start);
    e->kids[0] = left;
    if (in)
        e->kids[1] = in;
    e->u.str = type;
    return cedar_done_node(p, e);
}

static enum cedar_op relation_op(const struct cedar_lexer *lx)
{
    switch ((int)lx->token.kind) {
    case T_EQ:
        return CEDAR_OP_EQ;
    case T_NE:
        return CEDAR_OP_NE;
    case T_LT:
        return CEDAR_OP_LT;
    case T_LE:
        return CEDAR_OP_LE;
    case T_GT:
        return CEDAR_OP_GT;
    case T_GE:
        return CEDAR_OP_GE;
    case T_IDENT:
        break;
    default:
        return CEDAR_OP_LITERAL;
    }
    if (cedar_at_word(lx, "in"))
        return CEDAR_OP_IN;
    if (cedar_at_word(lx, "has"))
        return CEDAR_OP_HAS;
    if (cedar_at_word(lx, "like"))
        return CEDAR_OP_LIKE;
    return cedar_at_word(lx, "is") ? CEDAR_OP_IS : CEDAR_OP_LITERAL;
}

static const struct cedar_expr *parse_relation(struct cedar_parser *p)
{
    const struct cedar_expr *left = parse_add(p);
    enum cedar_op op = relation_op(&p->lx);

    if (op == CEDAR_OP_LITERAL) {
        if (p->lx.token.kind == T_ASSIGN)
            cedar_raise_help(
                &p->fail, CEDAR_EPARSE, p->lx.token.start, "write == to compare", "'=' is not an operator");
        return left;
    }
    cedar_next(&p->lx);
    if (op == CEDAR_OP_HAS)
        left = parse_has(p, left);
    else if (op == CEDAR_OP_LIKE)
        left = parse_like(p, left);
    else if (op == CEDAR_OP_IS)
        left = parse_is(p, left);
    else
        left = binary(p, op, left, parse_add(p));
    if (relation_op(&p->lx) != CEDAR_OP_LITERAL)
        cedar_raise_help(&p->fail, CEDAR_EPARSE, p->lx.token.start,
            "join two comparisons with && or use parentheses", "comparisons cannot be chained");
    return left;
}

static const struct cedar_expr *parse_and(struct cedar_parser *p)
{
    return parse_joined(p, T_AND, CEDAR_OP_AND, parse_relation);
}

static const struct cedar_expr *parse_or(struct cedar_parser *p)
{
    return parse_joined(p, T_OR, CEDAR_OP_OR, parse_and);
}

static void expect_word(struct cedar_parser *p, const char *word, const char *what)
{
    if (!cedar_at_word(&p->lx, word))
        cedar_unexpected(&p->lx, what);
    cedar_next(&p->lx);
}

static const struct cedar_expr *parse_if(struct cedar_parser *p)
{
    struct cedar_expr *e = cedar_expr_new(&p->fail, CEDAR_OP_IF, 3, p->lx.token.start);

    cedar_next(&p->lx);
    e->kids[0] = cedar_parse_expr(p);
    expect_word(p, "then", "'then'");
    e->kids[1] = cedar_parse_expr(p);
    expect_word(p, "else", "'else'");
    e->kids[2] = cedar_parse_expr(p);
    return cedar_done_node(p, e);
}

const struct cedar_expr *cedar_parse_expr(struct cedar_parser *p)
{
    const struct cedar_expr *e;

    if (++p->depth > CEDAR_MAX_DEPTH)
        cedar_raise(
            &p->fail, CEDAR_ELIMIT, p->lx.token.start, "expressions nest more than %d deep", CEDAR_MAX_DEPTH);
    e = cedar_at_word(&p->lx, "if") ? parse_if(p) : parse_or(p);
    p->depth--;
    return e;
}
