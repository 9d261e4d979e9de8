/**
 * @file parse.h
 * Cedar policy text to trees.
 */
#ifndef POLICY_PARSE_H
#define POLICY_PARSE_H

#include "policy/ast.h"
#include "policy/lexer.h"

struct cedar_parser {
    struct cedar_fail fail; /* fail.arena takes the trees */
    struct cedar_lexer lx;
    struct cedar_arena *scratch;
    const struct cedar_expr **stack; /* lists under construction */
    size_t n_stack, cap_stack;
    unsigned depth;
};

/** Expr of the grammar; jumps on errors. */
const struct cedar_expr *cedar_parse_expr(struct cedar_parser *p);

/** Path :: STR, possibly in parentheses; jumps on errors. */
const struct cedar_ref *cedar_parse_entity(struct cedar_parser *p);
/** The STR after a path and its "::", as an entity of that type. */
const struct cedar_ref *cedar_parse_entity_id(struct cedar_parser *p, struct cedar_str type);

/** ( principal..., action..., resource... ) */
void cedar_parse_scopes(struct cedar_parser *p, struct cedar_policy *policy);

/** One policy or template, from its first annotation to the semicolon. */
void cedar_parse_policy(struct cedar_parser *p, struct cedar_policy *policy);

/** Count the kinds of slot a policy has: 1 principal, 2 resource, or both. */
unsigned cedar_policy_slots(const struct cedar_policy *policy);

/* Between parse_expr.c and parse_primary.c.  The list that is under construction lies on
 * p->stack: push items, then pop those since mark as the children of a node. */
void cedar_stack_push(struct cedar_parser *p, const struct cedar_expr *e);
struct cedar_expr *cedar_pop_node(struct cedar_parser *p, enum cedar_op op, size_t mark, uint32_t start);
/** The node ends where the last token did. */
const struct cedar_expr *cedar_done_node(struct cedar_parser *p, struct cedar_expr *e);
/** Expr {',' Expr} [','] and the closing token; pushes each. */
void cedar_parse_list(struct cedar_parser *p, enum cedar_token_kind close, const char *what);
const struct cedar_expr *cedar_parse_primary(struct cedar_parser *p);
/** The number at hand; with the '-' before it, at start, if it is negative. */
const struct cedar_expr *cedar_parse_number(struct cedar_parser *p, bool negative, uint32_t start);

#endif
