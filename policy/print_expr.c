/* Expressions as text. */
#include "policy/print.h"

/* How tightly an expression binds; an operand that binds less tightly takes parentheses. */
enum level { IF, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER };

static enum level level_of(const struct cedar_expr *e)
{
    switch ((int)e->op) {
    case CEDAR_OP_IF:
        return IF;
    case CEDAR_OP_OR:
        return OR;
    case CEDAR_OP_AND:
        return AND;
    case CEDAR_OP_EQ:
    case CEDAR_OP_NE:
    case CEDAR_OP_LT:
    case CEDAR_OP_LE:
    case CEDAR_OP_GT:
    case CEDAR_OP_GE:
    case CEDAR_OP_IN:
    case CEDAR_OP_HAS:
    case CEDAR_OP_LIKE:
    case CEDAR_OP_IS:
        return RELATION;
    case CEDAR_OP_SUM:
        return SUM;
    case CEDAR_OP_PRODUCT:
        return PRODUCT;
    case CEDAR_OP_NOT:
    case CEDAR_OP_NEG:
        return UNARY;
    case CEDAR_OP_LITERAL:
        return e->konst->kind == CEDAR_LONG && e->konst->u.n < 0 ? UNARY : MEMBER;
    default:
        return MEMBER;
    }
}

static void put(struct cedar_text *t, const struct cedar_expr *e, enum level least)
{
    bool parens = level_of(e) < least;

    if (parens)
        cedar_putc(t, '(');
    cedar_put_expr(t, e);
    if (parens)
        cedar_putc(t, ')');
}

static void put_joined(
    struct cedar_text *t, const struct cedar_expr *e, const char *between, enum level least)
{
    for (uint32_t i = 0; i < e->n; i++) {
        if (i)
            cedar_puts(t, between);
        put(t, e->kids[i], least);
    }
}

static void put_sum(struct cedar_text *t, const struct cedar_expr *e)
{
    put(t, e->kids[0], PRODUCT);
    for (uint32_t i = 1; i < e->n; i++) {
        cedar_puts(t, e->u.signs[i] == '+' ? " + " : " - ");
        put(t, e->kids[i], PRODUCT);
    }
}

/* The number of equal signs that e would start with. */
static int signs_of(const struct cedar_expr *e, enum cedar_op op)
{
    int n = 0;

    for (; e->op == op; e = e->kids[0])
        n++;
    return n + (op == CEDAR_OP_NEG && e->op == CEDAR_OP_LITERAL && level_of(e) == UNARY);
}

/* At most four in a row; and -(5), since -5 would be a number. */
static void put_unary(struct cedar_text *t, const struct cedar_expr *e)
{
    const struct cedar_expr *operand = e->kids[0];
    int signs = signs_of(operand, (enum cedar_op)e->op);
    bool number =
        e->op == CEDAR_OP_NEG && operand->op == CEDAR_OP_LITERAL && operand->konst->kind == CEDAR_LONG;
    bool bare = signs > 0 ? signs < 4 : !number && level_of(operand) == MEMBER;

    cedar_putc(t, e->op == CEDAR_OP_NOT ? '!' : '-');
    if (!bare)
        cedar_putc(t, '(');
    cedar_put_expr(t, operand);
    if (!bare)
        cedar_putc(t, ')');
}

static bool plain_key(struct cedar_str key)
{
    return cedar_is_ident(key) && !cedar_is_reserved(key);
}

static void put_get(struct cedar_text *t, const struct cedar_expr *e)
{
    put(t, e->kids[0], MEMBER);
    if (plain_key(e->u.str)) {
        cedar_putc(t, '.');
        cedar_put(t, e->u.str);
    } else {
        cedar_putc(t, '[');
        cedar_put_quoted(t, e->u.str);
        cedar_putc(t, ']');
    }
}

static void put_has(struct cedar_text *t, const struct cedar_expr *e)
{
    const struct cedar_path *path = e->u.path;

    put(t, e->kids[0], SUM);
    cedar_puts(t, " has ");
    if (path->n == 1 && !plain_key(path->parts[0])) {
        cedar_put_quoted(t, path->parts[0]);
        return;
    }
    for (uint32_t i = 0; i < path->n; i++) {
        if (i)
            cedar_putc(t, '.');
        cedar_put(t, path->parts[i]);
    }
}

static void put_is(struct cedar_text *t, const struct cedar_expr *e)
{
    put(t, e->kids[0], SUM);
    cedar_puts(t, " is ");
    cedar_put(t, e->u.str);
    if (e->n == 2) {
        cedar_puts(t, " in ");
        put(t, e->kids[1], SUM);
    }
}

static void put_if(struct cedar_text *t, const struct cedar_expr *e)
{
    cedar_puts(t, "if ");
    cedar_put_expr(t, e->kids[0]);
    cedar_puts(t, " then ");
    cedar_put_expr(t, e->kids[1]);
    cedar_puts(t, " else ");
    cedar_put_expr(t, e->kids[2]);
}

static void put_record(struct cedar_text *t, const struct cedar_expr *e)
{
    cedar_putc(t, '{');
    for (uint32_t i = 0; i < e->n; i++) {
        if (i)
            cedar_puts(t, ", ");
        if (plain_key(e->u.keys[i]))
            cedar_put(t, e->u.keys[i]);
        else
            cedar_put_quoted(t, e->u.keys[i]);
        cedar_puts(t, ": ");
        cedar_put_expr(t, e->kids[i]);
    }
    cedar_putc(t, '}');
}

static void put_args(struct cedar_text *t, const struct cedar_expr *e, uint32_t from)
{
    cedar_putc(t, '(');
    for (uint32_t i = from; i < e->n; i++) {
        if (i > from)
            cedar_puts(t, ", ");
        cedar_put_expr(t, e->kids[i]);
    }
    cedar_putc(t, ')');
}

static void put_call(struct cedar_text *t, const struct cedar_expr *e)
{
    bool method = e->op != CEDAR_OP_CALL || cedar_fns[e->detail].method;

    if (method) {
        put(t, e->kids[0], MEMBER);
        cedar_putc(t, '.');
    }
    cedar_puts(t, e->op == CEDAR_OP_CALL ? cedar_fns[e->detail].name : cedar_op_name((enum cedar_op)e->op));
    put_args(t, e, method);
}

static void put_relation(struct cedar_text *t, const struct cedar_expr *e)
{
    put(t, e->kids[0], SUM);
    cedar_putc(t, ' ');
    cedar_puts(t, cedar_op_name((enum cedar_op)e->op));
    cedar_putc(t, ' ');
    put(t, e->kids[1], SUM);
}

void cedar_put_expr(struct cedar_text *t, const struct cedar_expr *e)
{
    switch ((int)e->op) {
    case CEDAR_OP_LITERAL:
        cedar_put_value(t, e->konst);
        break;
    case CEDAR_OP_VAR:
        cedar_puts(t, cedar_var_names[e->detail]);
        break;
    case CEDAR_OP_NOT:
    case CEDAR_OP_NEG:
        put_unary(t, e);
        break;
    case CEDAR_OP_AND:
        put_joined(t, e, " && ", RELATION);
        break;
    case CEDAR_OP_OR:
        put_joined(t, e, " || ", AND);
        break;
    case CEDAR_OP_SUM:
        put_sum(t, e);
        break;
    case CEDAR_OP_PRODUCT:
        put_joined(t, e, " * ", UNARY);
        break;
    case CEDAR_OP_GET:
        put_get(t, e);
        break;
    case CEDAR_OP_HAS:
        put_has(t, e);
        break;
    case CEDAR_OP_LIKE:
        put(t, e->kids[0], SUM);
        cedar_puts(t, " like ");
        cedar_put_pattern(t, e->u.pattern);
        break;
    case CEDAR_OP_IS:
        put_is(t, e);
        break;
    case CEDAR_OP_IF:
        put_if(t, e);
        break;
    case CEDAR_OP_SET:
        cedar_putc(t, '[');
        put_joined(t, e, ", ", IF);
        cedar_putc(t, ']');
        break;
    case CEDAR_OP_RECORD:
        put_record(t, e);
        break;
    default:
        if (level_of(e) == RELATION)
            put_relation(t, e);
        else
            put_call(t, e);
    }
}
