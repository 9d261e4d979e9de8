/* Policies as JSON. */
#include "policy/print.h"

static void put_key(struct cedar_text *t, const char *key)
{
    cedar_putf(t, "\"%s\":", key);
}

static void put_member(struct cedar_text *t, const char *key, const struct cedar_expr *e)
{
    put_key(t, key);
    cedar_put_expr_json(t, e);
}

static void put_pair(struct cedar_text *t, const struct cedar_expr *e)
{
    cedar_putf(t, "{\"%s\":{", cedar_op_name((enum cedar_op)e->op));
    put_member(t, "left", e->kids[0]);
    cedar_putc(t, ',');
    put_member(t, "right", e->kids[1]);
    cedar_puts(t, "}}");
}

static const char *sign_of(const struct cedar_expr *e, uint32_t i)
{
    if (e->op != CEDAR_OP_SUM)
        return cedar_op_name((enum cedar_op)e->op);
    return e->u.signs[i] == '+' ? "+" : "-";
}

/* A chain is left-associative: ((a && b) && c). */
static void put_chain(struct cedar_text *t, const struct cedar_expr *e)
{
    for (uint32_t i = e->n - 1; i > 0; i--)
        cedar_putf(t, "{\"%s\":{\"left\":", sign_of(e, i));
    cedar_put_expr_json(t, e->kids[0]);
    for (uint32_t i = 1; i < e->n; i++) {
        cedar_putc(t, ',');
        put_member(t, "right", e->kids[i]);
        cedar_puts(t, "}}");
    }
}

static void put_arg(struct cedar_text *t, const char *op, const struct cedar_expr *e)
{
    cedar_putf(t, "{\"%s\":{", op);
    put_member(t, "arg", e->kids[0]);
    cedar_puts(t, "}}");
}

static void put_path(struct cedar_text *t, const struct cedar_path *path)
{
    if (path->n == 1) {
        cedar_put_json(t, path->parts[0]);
        return;
    }
    for (uint32_t i = 0; i < path->n; i++) {
        cedar_putc(t, i ? ',' : '[');
        cedar_put_json(t, path->parts[i]);
    }
    cedar_putc(t, ']');
}

static void put_pattern(struct cedar_text *t, const struct cedar_pattern *pattern)
{
    bool some = false;

    cedar_putc(t, '[');
    for (uint32_t i = 0; i < pattern->n; i++) {
        if (i) {
            cedar_puts(t, some ? ",\"Wildcard\"" : "\"Wildcard\"");
            some = true;
        }
        if (pattern->pieces[i].len) {
            cedar_puts(t, some ? ",{\"Literal\":" : "{\"Literal\":");
            cedar_put_json(t, pattern->pieces[i]);
            cedar_putc(t, '}');
            some = true;
        }
    }
    cedar_putc(t, ']');
}

static void put_attr(struct cedar_text *t, const struct cedar_expr *e)
{
    static const char *const names[] = {
        [CEDAR_OP_GET] = ".", [CEDAR_OP_HAS] = "has", [CEDAR_OP_LIKE] = "like", [CEDAR_OP_IS] = "is"};

    cedar_putf(t, "{\"%s\":{", names[e->op]);
    put_member(t, "left", e->kids[0]);
    cedar_putc(t, ',');
    if (e->op == CEDAR_OP_LIKE) {
        put_key(t, "pattern");
        put_pattern(t, e->u.pattern);
    } else if (e->op == CEDAR_OP_HAS) {
        put_key(t, "attr");
        put_path(t, e->u.path);
    } else {
        put_key(t, e->op == CEDAR_OP_IS ? "entity_type" : "attr");
        cedar_put_json(t, e->u.str);
    }
    if (e->n == 2) {
        cedar_putc(t, ',');
        put_member(t, "in", e->kids[1]);
    }
    cedar_puts(t, "}}");
}

static void put_list(struct cedar_text *t, const char *name, const struct cedar_expr *e)
{
    cedar_putf(t, "{\"%s\":[", name);
    for (uint32_t i = 0; i < e->n; i++) {
        if (i)
            cedar_putc(t, ',');
        cedar_put_expr_json(t, e->kids[i]);
    }
    cedar_puts(t, "]}");
}

static void put_record(struct cedar_text *t, const struct cedar_expr *e)
{
    cedar_puts(t, "{\"Record\":{");
    for (uint32_t i = 0; i < e->n; i++) {
        if (i)
            cedar_putc(t, ',');
        cedar_put_json(t, e->u.keys[i]);
        cedar_putc(t, ':');
        cedar_put_expr_json(t, e->kids[i]);
    }
    cedar_puts(t, "}}");
}

static void put_if(struct cedar_text *t, const struct cedar_expr *e)
{
    cedar_puts(t, "{\"if-then-else\":{");
    put_member(t, "if", e->kids[0]);
    cedar_putc(t, ',');
    put_member(t, "then", e->kids[1]);
    cedar_putc(t, ',');
    put_member(t, "else", e->kids[2]);
    cedar_puts(t, "}}");
}

void cedar_put_expr_json(struct cedar_text *t, const struct cedar_expr *e)
{
    switch ((int)e->op) {
    case CEDAR_OP_LITERAL:
        cedar_puts(t, "{\"Value\":");
        cedar_put_value_json(t, e->konst);
        cedar_putc(t, '}');
        break;
    case CEDAR_OP_VAR:
        cedar_putf(t, "{\"Var\":\"%s\"}", cedar_var_names[e->detail]);
        break;
    case CEDAR_OP_NOT:
    case CEDAR_OP_NEG:
        put_arg(t, e->op == CEDAR_OP_NOT ? "!" : "neg", e);
        break;
    case CEDAR_OP_IS_EMPTY:
        put_arg(t, "isEmpty", e);
        break;
    case CEDAR_OP_AND:
    case CEDAR_OP_OR:
    case CEDAR_OP_SUM:
    case CEDAR_OP_PRODUCT:
        put_chain(t, e);
        break;
    case CEDAR_OP_GET:
    case CEDAR_OP_HAS:
    case CEDAR_OP_LIKE:
    case CEDAR_OP_IS:
        put_attr(t, e);
        break;
    case CEDAR_OP_IF:
        put_if(t, e);
        break;
    case CEDAR_OP_SET:
        put_list(t, "Set", e);
        break;
    case CEDAR_OP_RECORD:
        put_record(t, e);
        break;
    case CEDAR_OP_CALL:
        put_list(t, cedar_fns[e->detail].name, e);
        break;
    default:
        put_pair(t, e);
    }
}
