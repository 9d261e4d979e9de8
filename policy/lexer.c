/* Tokens: white space and comments, names, numbers, strings, punctuation. */
#include "policy/lexer.h"

#include "policy/str.h"
#include "policy/utf8.h"

static bool is_ident_start(unsigned char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26 || c == '_';
}

static bool is_digit(unsigned char c)
{
    return (unsigned)(c - '0') < 10;
}

/* Unicode White_Space beyond ASCII. */
static bool is_wide_space(uint32_t cp)
{
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 ||
           cp == 0x2029 || cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static uint32_t skip_comment(const struct cedar_lexer *lx, uint32_t at)
{
    while (at < lx->len && lx->text[at] != '\n' && lx->text[at] != '\r')
        at++;
    return at;
}

static uint32_t skip_space(const struct cedar_lexer *lx, uint32_t at)
{
    for (;;) {
        unsigned char c = (unsigned char)lx->text[at];
        uint32_t cp;
        size_t n;

        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            at++;
        } else if (c == '/' && lx->text[at + 1] == '/') {
            at = skip_comment(lx, at);
        } else if (c >= 0x80) {
            n = cedar_utf8_decode(lx->text + at, &cp);
            if (!is_wide_space(cp))
                return at;
            at += (uint32_t)n;
        } else {
            return at;
        }
    }
}

static uint32_t ident_end(const char *text, uint32_t at)
{
    while (is_ident_start((unsigned char)text[at]) || is_digit((unsigned char)text[at]))
        at++;
    return at;
}

/* The end of the string that starts at the quote at @p at. */
static uint32_t string_end(struct cedar_lexer *lx, uint32_t at)
{
    uint32_t start = at++;

    for (; at < lx->len && lx->text[at] != '"'; at++) {
        if (lx->text[at] == '\r')
            cedar_raise(lx->fail, CEDAR_EPARSE, at, "a carriage return inside a string must be written \\r");
        if (lx->text[at] == '\\' && ++at < lx->len && lx->text[at] == '\n')
            cedar_raise(lx->fail, CEDAR_EPARSE, at - 1, "a string cannot be continued with a backslash");
    }
    if (at >= lx->len)
        cedar_raise(lx->fail, CEDAR_EPARSE, start, "the string that starts here has no end");
    return at + 1;
}

static enum cedar_token_kind single(char c)
{
    switch (c) {
    case '@':
        return T_AT;
    case '.':
        return T_DOT;
    case ',':
        return T_COMMA;
    case ';':
        return T_SEMICOLON;
    case ':':
        return T_COLON;
    case '(':
        return T_LPAREN;
    case ')':
        return T_RPAREN;
    case '{':
        return T_LBRACE;
    case '}':
        return T_RBRACE;
    case '[':
        return T_LBRACKET;
    case ']':
        return T_RBRACKET;
    case '<':
        return T_LT;
    case '>':
        return T_GT;
    case '+':
        return T_PLUS;
    case '-':
        return T_MINUS;
    case '*':
        return T_STAR;
    case '/':
        return T_SLASH;
    case '%':
        return T_PERCENT;
    case '!':
        return T_NOT;
    case '=':
        return T_ASSIGN;
    case '?':
        return T_QUESTION;
    default:
        return T_END;
    }
}

static enum cedar_token_kind pair(char a, char b)
{
    if (b == '=')
        return a == '=' ? T_EQ : a == '!' ? T_NE : a == '<' ? T_LE : a == '>' ? T_GE : T_END;
    if (a != b)
        return T_END;
    return a == ':' ? T_PATH : a == '&' ? T_AND : a == '|' ? T_OR : T_END;
}

static struct cedar_token punctuation(struct cedar_lexer *lx, uint32_t at)
{
    const char *p = lx->text + at;
    enum cedar_token_kind kind;
    uint32_t cp;

    if (p[0] == '?' && is_ident_start((unsigned char)p[1]))
        return (struct cedar_token){T_SLOT, at, ident_end(lx->text, at + 1)};
    kind = pair(p[0], p[1]);
    if (kind != T_END)
        return (struct cedar_token){kind, at, at + 2};
    kind = single(p[0]);
    if (kind != T_END)
        return (struct cedar_token){kind, at, at + 1};
    cedar_utf8_decode(p, &cp);
    if (cp > 0x20 && cp < 0x7F)
        cedar_raise(lx->fail, CEDAR_EPARSE, at, "unexpected character '%c'", (char)cp);
    cedar_raise(lx->fail, CEDAR_EPARSE, at, "unexpected character U+%04X", (unsigned)cp);
}

static struct cedar_token scan(struct cedar_lexer *lx)
{
    uint32_t at = skip_space(lx, lx->at);
    unsigned char c = (unsigned char)lx->text[at];

    if (at >= lx->len)
        return (struct cedar_token){T_END, lx->len, lx->len};
    if (is_ident_start(c))
        return (struct cedar_token){T_IDENT, at, ident_end(lx->text, at)};
    if (c == '"')
        return (struct cedar_token){T_STRING, at, string_end(lx, at)};
    if (is_digit(c)) {
        uint32_t end = at;

        while (is_digit((unsigned char)lx->text[end]))
            end++;
        return (struct cedar_token){T_NUMBER, at, end};
    }
    return punctuation(lx, at);
}

void cedar_next(struct cedar_lexer *lx)
{
    lx->last_end = lx->token.end;
    lx->token = scan(lx);
    lx->at = lx->token.end;
}

void cedar_lexer_start(struct cedar_lexer *lx, struct cedar_fail *fail)
{
    *lx = (struct cedar_lexer){.fail = fail, .text = fail->text.data, .len = (uint32_t)fail->text.len};
    cedar_next(lx);
}

struct cedar_token cedar_peek(struct cedar_lexer *lx)
{
    return scan(lx);
}

bool cedar_at_word(const struct cedar_lexer *lx, const char *word)
{
    return lx->token.kind == T_IDENT && cedar_str_is(cedar_token_str(lx), word);
}

bool cedar_accept(struct cedar_lexer *lx, enum cedar_token_kind kind)
{
    if (lx->token.kind != kind)
        return false;
    cedar_next(lx);
    return true;
}

void cedar_unexpected(struct cedar_lexer *lx, const char *expected)
{
    struct cedar_str found = cedar_token_str(lx);

    if (lx->token.kind == T_END)
        cedar_raise(
            lx->fail, CEDAR_EPARSE, lx->token.start, "expected %s, found the end of the text", expected);
    cedar_raise(lx->fail, CEDAR_EPARSE, lx->token.start, "expected %s, found %s%.*s%s", expected,
        lx->token.kind == T_STRING ? "the string " : "'", CEDAR_ARG(found),
        lx->token.kind == T_STRING ? "" : "'");
}

void cedar_expect(struct cedar_lexer *lx, enum cedar_token_kind kind, const char *what)
{
    if (!cedar_accept(lx, kind))
        cedar_unexpected(lx, what);
}
