/* Schemas in Cedar syntax. */
#include "policy/lexer.h"
#include "policy/schema_raw.h"

struct reader {
    struct cedar_raw_schema *raw;
    struct cedar_lexer lx;
    struct cedar_str space;
    unsigned depth;
};

static struct cedar_raw_type *parse_type(struct reader *r);

static void skip_annotations(struct reader *r)
{
    struct cedar_str *names = NULL;
    size_t n = 0, cap = 0;

    while (cedar_accept(&r->lx, T_AT)) {
        struct cedar_str name = cedar_token_str(&r->lx);

        for (size_t i = 0; i < n; i++) {
            if (cedar_str_eq(names[i], name))
                cedar_raise(r->raw->f, CEDAR_EPARSE, r->lx.token.start, "the annotation @%.*s occurs twice",
                    CEDAR_ARG(name));
        }
        if (n == 1000)
            cedar_raise(
                r->raw->f, CEDAR_ELIMIT, r->lx.token.start, "more than 1000 annotations in one place");
        names = cedar_grow(r->raw->f, r->raw->scratch, names, n, &cap, sizeof(*names));
        names[n++] = name;
        cedar_expect(&r->lx, T_IDENT, "the name of an annotation");
        if (cedar_accept(&r->lx, T_LPAREN)) {
            cedar_take_string(&r->lx);
            cedar_expect(&r->lx, T_RPAREN, "')'");
        }
    }
}

static bool accept_word(struct reader *r, const char *word)
{
    if (!cedar_at_word(&r->lx, word))
        return false;
    cedar_next(&r->lx);
    return true;
}

/* An identifier that may be __cedar, where that is no name of a type. */
static struct cedar_str parse_name(struct reader *r)
{
    if (r->lx.token.kind == T_STRING)
        return cedar_take_string(&r->lx);
    if (cedar_at_word(&r->lx, "__cedar")) {
        cedar_next(&r->lx);
        return CEDAR_STR("__cedar");
    }
    return cedar_take_ident(&r->lx, "a name");
}

/* Ident :: ...; unlike in policies its first part may be __cedar. */
static struct cedar_str parse_path(struct reader *r)
{
    if (cedar_at_word(&r->lx, "__cedar") && cedar_peek(&r->lx).kind == T_PATH) {
        cedar_next(&r->lx);
        cedar_next(&r->lx);
        return cedar_raw_qualify(
            r->raw, CEDAR_STR("__cedar"), cedar_take_ident(&r->lx, "the name of a built-in type"));
    }
    return cedar_take_name(&r->lx, "a type");
}

static void add_attr(struct reader *r, struct cedar_raw_type *record, size_t *cap, struct cedar_raw_attr attr)
{
    record->attrs =
        cedar_grow(r->raw->f, r->raw->scratch, record->attrs, record->n, cap, sizeof(*record->attrs));
    record->attrs[record->n++] = attr;
}

static struct cedar_raw_type *parse_record(struct reader *r)
{
    struct cedar_raw_type *record =
        cedar_raw_new_type(r->raw, CEDAR_RAW_RECORD, CEDAR_STR(""), r->lx.token.start);
    size_t cap = 0;

    cedar_expect(&r->lx, T_LBRACE, "'{'");
    while (r->lx.token.kind != T_RBRACE) {
        struct cedar_raw_attr attr;

        skip_annotations(r);
        attr.name = parse_name(r);
        attr.required = !cedar_accept(&r->lx, T_QUESTION);
        cedar_expect(&r->lx, T_COLON, "':'");
        attr.type = parse_type(r);
        add_attr(r, record, &cap, attr);
        if (!cedar_accept(&r->lx, T_COMMA))
            break;
    }
    cedar_expect(&r->lx, T_RBRACE, "',' or '}'");
    return record;
}

static struct cedar_raw_type *parse_set(struct reader *r)
{
    struct cedar_raw_type *set = cedar_raw_new_type(r->raw, CEDAR_RAW_SET, CEDAR_STR(""), r->lx.token.start);

    cedar_next(&r->lx);
    cedar_expect(&r->lx, T_LT, "'<'");
    set->element = parse_type(r);
    cedar_expect(&r->lx, T_GT, "'>'");
    return set;
}

static struct cedar_raw_type *parse_type(struct reader *r)
{
    uint32_t start = r->lx.token.start;
    struct cedar_raw_type *type;

    if (++r->depth > CEDAR_MAX_DEPTH)
        cedar_raise(r->raw->f, CEDAR_ELIMIT, start, "types nest more than %d deep", CEDAR_MAX_DEPTH);
    if (r->lx.token.kind == T_LBRACE)
        type = parse_record(r);
    else if (cedar_at_word(&r->lx, "Set") && cedar_peek(&r->lx).kind == T_LT)
        type = parse_set(r);
    else
        type = cedar_raw_new_type(r->raw, CEDAR_RAW_NAME, parse_path(r), start);
    r->depth--;
    return type;
}

/* Path | '[' [Path {',' Path}] ']' */
static void parse_types(struct reader *r, struct cedar_raw_names *names)
{
    size_t start = r->lx.token.start;

    if (!cedar_accept(&r->lx, T_LBRACKET)) {
        cedar_raw_add_name(r->raw, names, parse_path(r), start);
        return;
    }
    while (r->lx.token.kind != T_RBRACKET) {
        start = r->lx.token.start;
        cedar_raw_add_name(r->raw, names, parse_path(r), start);
        if (!cedar_accept(&r->lx, T_COMMA))
            break;
        if (r->lx.token.kind == T_RBRACKET)
            cedar_unexpected(&r->lx, "a type");
    }
    cedar_expect(&r->lx, T_RBRACKET, "',' or ']'");
}

static void parse_enum(struct reader *r, struct cedar_raw_names *ids)
{
    cedar_expect(&r->lx, T_LBRACKET, "'['");
    do {
        size_t start = r->lx.token.start;

        cedar_raw_add_name(r->raw, ids, cedar_take_string(&r->lx), start);
    } while (cedar_accept(&r->lx, T_COMMA));
    cedar_expect(&r->lx, T_RBRACKET, "',' or ']'");
}

/* The names before the body of a declaration. */
static void parse_idents(struct reader *r, struct cedar_raw_names *names, bool strings)
{
    do {
        size_t start = r->lx.token.start;

        cedar_raw_add_name(r->raw, names,
            strings ? parse_name(r) : cedar_take_ident(&r->lx, "the name of an entity type"), start);
    } while (cedar_accept(&r->lx, T_COMMA));
}

static void parse_entity(struct reader *r)
{
    struct cedar_raw_names names = {.n = 0};
    struct cedar_raw_entity body = {.is_enum = false};

    parse_idents(r, &names, false);
    if (accept_word(r, "enum")) {
        body.is_enum = true;
        parse_enum(r, &body.ids);
    } else {
        if (accept_word(r, "in"))
            parse_types(r, &body.parents);
        if (cedar_accept(&r->lx, T_ASSIGN) || r->lx.token.kind == T_LBRACE)
            body.attrs = parse_record(r);
        if (accept_word(r, "tags"))
            body.tags = parse_type(r);
    }
    cedar_expect(&r->lx, T_SEMICOLON, "';'");
    for (size_t i = 0; i < names.n; i++) {
        struct cedar_raw_entity *e = cedar_raw_add_entity(r->raw, r->space, names.items[i], names.offsets[i]);

        e->parents = body.parents;
        e->attrs = body.attrs;
        e->tags = body.tags;
        e->ids = body.ids;
        e->is_enum = body.is_enum;
    }
}

static void parse_common(struct reader *r)
{
    size_t start = r->lx.token.start;
    struct cedar_str name = cedar_take_ident(&r->lx, "the name of a type");
    struct cedar_raw_common *common;

    cedar_expect(&r->lx, T_ASSIGN, "'='");
    common = cedar_raw_add_common(r->raw, r->space, name, start);
    common->type = parse_type(r);
    cedar_expect(&r->lx, T_SEMICOLON, "';'");
}

/* Name | Path :: STR */
static struct cedar_raw_parent parse_parent(struct reader *r)
{
    struct cedar_raw_parent parent = {.offset = r->lx.token.start};
    struct cedar_str name;

    if (r->lx.token.kind == T_STRING) {
        parent.id = cedar_take_string(&r->lx);
        return parent;
    }
    name = cedar_take_name(&r->lx, "an action");
    if (cedar_accept(&r->lx, T_PATH)) {
        parent.type = name;
        parent.id = cedar_take_string(&r->lx);
    } else {
        parent.id = name;
        if (!cedar_is_ident(name))
            cedar_unexpected(&r->lx, "'::' and the id of an action in quotes");
    }
    return parent;
}

static void parse_parents(struct reader *r, struct cedar_raw_action *body)
{
    bool list = cedar_accept(&r->lx, T_LBRACKET);
    size_t cap = 0;

    do {
        body->parents = cedar_grow(
            r->raw->f, r->raw->scratch, body->parents, body->n_parents, &cap, sizeof(*body->parents));
        body->parents[body->n_parents++] = parse_parent(r);
    } while (list && cedar_accept(&r->lx, T_COMMA));
    if (list)
        cedar_expect(&r->lx, T_RBRACKET, "',' or ']'");
}

static void parse_who(struct reader *r, struct cedar_raw_names *names, const char *what)
{
    uint32_t start = r->lx.token.start;

    if (names->n)
        cedar_raise(r->raw->f, CEDAR_EPARSE, start, "%s is declared twice", what);
    cedar_next(&r->lx);
    cedar_expect(&r->lx, T_COLON, "':'");
    parse_types(r, names);
    if (!names->n)
        cedar_raise_help(r->raw->f, CEDAR_EPARSE, start, "leave appliesTo out if the action is only a group",
            "the list of types for %s is empty", what);
}

static void parse_context(struct reader *r, struct cedar_raw_action *body)
{
    uint32_t start = r->lx.token.start;

    if (body->context)
        cedar_raise(r->raw->f, CEDAR_EPARSE, start, "context is declared twice");
    cedar_next(&r->lx);
    cedar_expect(&r->lx, T_COLON, "':'");
    start = r->lx.token.start;
    body->context = r->lx.token.kind == T_LBRACE
                        ? parse_record(r)
                        : cedar_raw_new_type(r->raw, CEDAR_RAW_NAME, parse_path(r), start);
}

static void parse_applies(struct reader *r, struct cedar_raw_action *body)
{
    uint32_t start = r->lx.token.start;

    cedar_expect(&r->lx, T_LBRACE, "'{'");
    do {
        if (cedar_at_word(&r->lx, "principal"))
            parse_who(r, &body->principals, "principal");
        else if (cedar_at_word(&r->lx, "resource"))
            parse_who(r, &body->resources, "resource");
        else if (cedar_at_word(&r->lx, "context"))
            parse_context(r, body);
        else
            cedar_unexpected(&r->lx, "'principal', 'resource' or 'context'");
    } while (cedar_accept(&r->lx, T_COMMA) && r->lx.token.kind != T_RBRACE);
    cedar_expect(&r->lx, T_RBRACE, "',' or '}'");
    if (!body->principals.n || !body->resources.n)
        cedar_raise(r->raw->f, CEDAR_EPARSE, start, "appliesTo lacks '%s'",
            body->principals.n ? "resource" : "principal");
}

static void parse_action(struct reader *r)
{
    struct cedar_raw_names names = {.n = 0};
    struct cedar_raw_action body = {.n_parents = 0};

    parse_idents(r, &names, true);
    if (accept_word(r, "in"))
        parse_parents(r, &body);
    if (accept_word(r, "appliesTo"))
        parse_applies(r, &body);
    if (accept_word(r, "attributes")) {
        cedar_expect(&r->lx, T_LBRACE, "'{'");
        cedar_expect(&r->lx, T_RBRACE, "'}': actions have no attributes");
    }
    cedar_expect(&r->lx, T_SEMICOLON, "';'");
    for (size_t i = 0; i < names.n; i++) {
        struct cedar_raw_action *a = cedar_raw_add_action(r->raw, r->space, names.items[i], names.offsets[i]);

        a->parents = body.parents;
        a->n_parents = body.n_parents;
        a->principals = body.principals;
        a->resources = body.resources;
        a->context = body.context;
    }
}

static void parse_declaration(struct reader *r)
{
    if (accept_word(r, "entity"))
        parse_entity(r);
    else if (accept_word(r, "action"))
        parse_action(r);
    else if (accept_word(r, "type"))
        parse_common(r);
    else
        cedar_unexpected(&r->lx, "'entity', 'action', 'type' or 'namespace'");
}

static void parse_namespace(struct reader *r, struct cedar_raw_names *seen)
{
    size_t start = r->lx.token.start;

    r->space = cedar_take_name(&r->lx, "the name of a namespace");
    for (size_t i = 0; i < seen->n; i++) {
        if (cedar_str_eq(seen->items[i], r->space))
            cedar_raise(
                r->raw->f, CEDAR_EPARSE, start, "the namespace %.*s is declared twice", CEDAR_ARG(r->space));
    }
    if (seen->n == 10000)
        cedar_raise(r->raw->f, CEDAR_ELIMIT, start, "more than 10000 namespaces");
    cedar_raw_add_name(r->raw, seen, r->space, start);
    cedar_expect(&r->lx, T_LBRACE, "'{'");
    while (r->lx.token.kind != T_RBRACE) {
        skip_annotations(r);
        parse_declaration(r);
    }
    cedar_next(&r->lx);
    r->space = CEDAR_STR("");
}

void cedar_schema_read_text(struct cedar_raw_schema *raw)
{
    struct reader r = {.raw = raw, .space = CEDAR_STR("")};
    struct cedar_raw_names seen = {.n = 0};

    cedar_check_text(raw->f);
    raw->f->text = cedar_take_copy(raw->f, raw->f->text);
    cedar_lexer_start(&r.lx, raw->f);
    while (r.lx.token.kind != T_END) {
        skip_annotations(&r);
        if (accept_word(&r, "namespace"))
            parse_namespace(&r, &seen);
        else
            parse_declaration(&r);
    }
}
