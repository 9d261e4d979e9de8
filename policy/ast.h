/**
 * @file ast.h
 * Policies as trees.  A tree never changes once its policy set is sealed.
 *
 * Chains are flat: a && b && c is one node with three children, so depth is a matter of
 * real nesting only and every walk may recurse (at most CEDAR_MAX_DEPTH deep).
 */
#ifndef POLICY_AST_H
#define POLICY_AST_H

#include "policy/ext.h"
#include "policy/like.h"

enum cedar_op {
    CEDAR_OP_LITERAL, /* konst: Bool, Long, String, entity; other kinds in residuals only */
    CEDAR_OP_VAR,     /* detail: enum cedar_var */
    CEDAR_OP_NOT,
    CEDAR_OP_NEG,
    CEDAR_OP_AND, /* two or more */
    CEDAR_OP_OR,
    CEDAR_OP_SUM,     /* u.signs[i]: '+' or '-' before child i */
    CEDAR_OP_PRODUCT, /* two or more */
    CEDAR_OP_EQ,
    CEDAR_OP_NE,
    CEDAR_OP_LT,
    CEDAR_OP_LE,
    CEDAR_OP_GT,
    CEDAR_OP_GE,
    CEDAR_OP_IN,
    CEDAR_OP_CONTAINS,
    CEDAR_OP_CONTAINS_ALL,
    CEDAR_OP_CONTAINS_ANY,
    CEDAR_OP_GET_TAG,
    CEDAR_OP_HAS_TAG,
    CEDAR_OP_IS_EMPTY,
    CEDAR_OP_GET,  /* u.str: the attribute */
    CEDAR_OP_HAS,  /* u.path: one or more attributes */
    CEDAR_OP_LIKE, /* u.pattern */
    CEDAR_OP_IS,   /* u.str: the type; a second child: is ... in ... */
    CEDAR_OP_IF,
    CEDAR_OP_SET,
    CEDAR_OP_RECORD, /* u.keys */
    CEDAR_OP_CALL,   /* detail: enum cedar_fn */
};

enum cedar_var { CEDAR_VAR_PRINCIPAL, CEDAR_VAR_ACTION, CEDAR_VAR_RESOURCE, CEDAR_VAR_CONTEXT };
extern const char *const cedar_var_names[4];

struct cedar_path {
    uint32_t n;
    struct cedar_str parts[];
};

struct cedar_expr {
    uint8_t op, detail;
    uint16_t depth;
    uint32_t start, end; /* in the text of the set; equal if there is none */
    uint32_t n;
    const struct cedar_value *konst; /* the value, if it is the same for every request */
    union {
        struct cedar_str str;
        const struct cedar_path *path;
        const struct cedar_pattern *pattern;
        const struct cedar_str *keys;
        const char *signs;
    } u;
    const struct cedar_expr *kids[];
};

/** A node with room for n children, all else zero; jumps without memory. */
struct cedar_expr *cedar_expr_new(struct cedar_fail *f, enum cedar_op op, size_t n, uint32_t start);
/** Call it when the children are in place: sets depth, end and konst, checks the depth. */
const struct cedar_expr *cedar_expr_done(struct cedar_fail *f, struct cedar_expr *e, uint32_t end);
const struct cedar_expr *cedar_expr_literal(
    struct cedar_fail *f, struct cedar_value value, uint32_t start, uint32_t end);
/** && or || or + or - or * of two, continuing the chain of the left one if it is of the same kind. */
const struct cedar_expr *cedar_expr_chain(struct cedar_fail *f, enum cedar_op op, char sign,
    const struct cedar_expr *left, const struct cedar_expr *right);

/** The same tree, places in the text aside. */
bool cedar_expr_eq(const struct cedar_expr *a, const struct cedar_expr *b);

/** Method names that are operators; 0 if it is none, else the op, and its number of arguments. */
enum cedar_op cedar_method_op(struct cedar_str name, size_t *argc);
/** The text of an operator or method: "&&", "contains". */
const char *cedar_op_name(enum cedar_op op);

enum cedar_scope_op { CEDAR_SCOPE_ANY, CEDAR_SCOPE_EQ, CEDAR_SCOPE_IN, CEDAR_SCOPE_IS, CEDAR_SCOPE_IS_IN };

/** One of the three parts in the parentheses of a policy. */
struct cedar_scope {
    enum cedar_scope_op op;
    bool slot;  /* refs[0] is to be filled by a link */
    bool list;  /* action in [...] */
    uint32_t n; /* of refs */
    struct cedar_str type;
    const struct cedar_ref **refs;
    uint32_t start, end;
};

struct cedar_condition {
    bool unless;
    const struct cedar_expr *body;
};

struct cedar_annotation {
    struct cedar_str name, value;
    bool bare; /* @name without a value */
};

struct cedar_policy {
    struct cedar_str id;
    uint32_t index; /* among the policies, or the templates */
    uint32_t order; /* among both */
    enum cedar_effect effect;
    bool template;
    struct cedar_scope scope[3]; /* by enum cedar_var */
    uint32_t n_conditions, n_annotations;
    struct cedar_condition *conditions;
    struct cedar_annotation *annotations;
    struct cedar_str text; /* empty: none */
    uint32_t start;        /* of text, in the text it was read from */
    size_t line, column;
    const struct cedar_policy *origin; /* of a link: the template */
};

#endif
