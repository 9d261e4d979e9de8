/**
 * @file lexer.h
 * Tokens of Cedar text, for policies and for schemas.
 */
#ifndef POLICY_LEXER_H
#define POLICY_LEXER_H

#include "policy/fail.h"

enum cedar_token_kind {
    T_END,
    T_IDENT,
    T_NUMBER,
    T_STRING, /* start and end include the quotes; escapes are not yet checked */
    T_SLOT,   /* ?name */
    T_AT,
    T_DOT,
    T_COMMA,
    T_SEMICOLON,
    T_COLON,
    T_PATH, /* :: */
    T_LPAREN,
    T_RPAREN,
    T_LBRACE,
    T_RBRACE,
    T_LBRACKET,
    T_RBRACKET,
    T_EQ,
    T_NE,
    T_LT,
    T_LE,
    T_GE,
    T_GT,
    T_OR,
    T_AND,
    T_PLUS,
    T_MINUS,
    T_STAR,
    T_SLASH,
    T_PERCENT,
    T_NOT,
    T_ASSIGN,
    T_QUESTION, /* a lone ?, for optional attributes of schemas */
};

struct cedar_token {
    enum cedar_token_kind kind;
    uint32_t start, end;
};

/** The text must be valid UTF-8 and be followed by a NUL. */
struct cedar_lexer {
    struct cedar_fail *fail;
    const char *text;
    uint32_t len, at;
    struct cedar_token token; /* the current one */
    uint32_t last_end;        /* where the one before it ended */
};

/** Start at the first token. */
void cedar_lexer_start(struct cedar_lexer *lx, struct cedar_fail *fail);
/** Move on; jumps on text that is no token. */
void cedar_next(struct cedar_lexer *lx);
/** The token after the current one, without moving. */
struct cedar_token cedar_peek(struct cedar_lexer *lx);

static inline struct cedar_str cedar_token_str(const struct cedar_lexer *lx)
{
    return (struct cedar_str){lx->text + lx->token.start, lx->token.end - lx->token.start};
}

/** The current token is this identifier. */
bool cedar_at_word(const struct cedar_lexer *lx, const char *word);
/** Move on if the current token is of the kind. */
bool cedar_accept(struct cedar_lexer *lx, enum cedar_token_kind kind);
/** Move on, or jump with "expected WHAT, found ...". */
void cedar_expect(struct cedar_lexer *lx, enum cedar_token_kind kind, const char *what);
_Noreturn void cedar_unexpected(struct cedar_lexer *lx, const char *expected);

/** The value of the current string token, unescaped; moves on. */
struct cedar_str cedar_take_string(struct cedar_lexer *lx);
/** The current identifier, refusing reserved words; moves on.  Points into the text. */
struct cedar_str cedar_take_ident(struct cedar_lexer *lx, const char *what);
/** Ident { :: Ident }, without white space in the result. */
struct cedar_str cedar_take_name(struct cedar_lexer *lx, const char *what);

/**
 * Decode the escape at text[*i] (just behind the backslash) and advance *i.
 * @return the code point, or UINT32_MAX if it is no escape.
 */
uint32_t cedar_unescape(struct cedar_str text, size_t *i);

#endif
