/* Names and strings out of tokens. */
#include "policy/lexer.h"

#include "policy/str.h"
#include "policy/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \xHH: two digits, at most 7F. */
static uint32_t unescape_byte(struct cedar_str s, size_t *i)
{
    uint32_t n;

    if (s.len - *i < 2 || hex_digit(s.data[*i]) < 0 || hex_digit(s.data[*i + 1]) < 0)
        return UINT32_MAX;
    n = (uint32_t)(hex_digit(s.data[*i]) * 16 + hex_digit(s.data[*i + 1]));
    *i += 2;
    return n <= 0x7F ? n : UINT32_MAX;
}

/* \u{H...}: one to six digits, underscores after the first. */
static uint32_t unescape_unicode(struct cedar_str s, size_t *i)
{
    uint32_t n = 0;
    int digits = 0;

    if (*i >= s.len || s.data[(*i)++] != '{')
        return UINT32_MAX;
    for (; *i < s.len && s.data[*i] != '}'; ++*i) {
        int d = hex_digit(s.data[*i]);

        if (s.data[*i] == '_' && digits > 0)
            continue;
        if (d < 0 || ++digits > 6)
            return UINT32_MAX;
        n = n * 16 + (uint32_t)d;
    }
    if (*i >= s.len || !digits || !cedar_is_scalar(n))
        return UINT32_MAX;
    ++*i;
    return n;
}

uint32_t cedar_unescape(struct cedar_str text, size_t *i)
{
    char c = *i < text.len ? text.data[(*i)++] : '\x01';

    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '0':
        return 0;
    case '\\':
    case '"':
    case '\'':
        return (uint32_t)c;
    case 'x':
        return unescape_byte(text, i);
    case 'u':
        return unescape_unicode(text, i);
    default:
        return UINT32_MAX;
    }
}

static struct cedar_str unescape_all(struct cedar_lexer *lx, struct cedar_str raw)
{
    char *out = cedar_take(lx->fail, raw.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < raw.len;) {
        size_t at = i;
        uint32_t cp;

        if (raw.data[i] != '\\') {
            out[n++] = raw.data[i++];
            continue;
        }
        i++;
        cp = cedar_unescape(raw, &i);
        if (cp == UINT32_MAX)
            cedar_raise_help(lx->fail, CEDAR_EPARSE, lx->token.start + 1 + at,
                "escapes are \\n \\r \\t \\0 \\\\ \\\" \\' \\x00-\\x7F and \\u{0}-\\u{10FFFF}",
                "not an escape in a string");
        n += cedar_utf8_encode(cp, out + n);
    }
    out[n] = '\0';
    return (struct cedar_str){out, n};
}

struct cedar_str cedar_take_string(struct cedar_lexer *lx)
{
    struct cedar_str raw = cedar_token_str(lx);

    if (lx->token.kind != T_STRING)
        cedar_unexpected(lx, "a string");
    raw = (struct cedar_str){raw.data + 1, raw.len - 2};
    if (memchr(raw.data, '\\', raw.len))
        raw = unescape_all(lx, raw);
    cedar_next(lx);
    return raw;
}

struct cedar_str cedar_take_ident(struct cedar_lexer *lx, const char *what)
{
    struct cedar_str name = cedar_token_str(lx);

    if (lx->token.kind != T_IDENT)
        cedar_unexpected(lx, what);
    if (cedar_is_reserved(name))
        cedar_raise(lx->fail, CEDAR_EPARSE, lx->token.start, "expected %s, but '%.*s' is reserved", what,
            CEDAR_ARG(name));
    cedar_next(lx);
    return name;
}

/* The parts between two offsets of the text, without white space and comments. */
static struct cedar_str join_name(struct cedar_lexer *lx, struct cedar_str joined, struct cedar_str part)
{
    char *out = cedar_take(lx->fail, joined.len + 2 + part.len + 1);

    memcpy(out, joined.data, joined.len);
    memcpy(out + joined.len, "::", 2);
    memcpy(out + joined.len + 2, part.data, part.len);
    out[joined.len + 2 + part.len] = '\0';
    return (struct cedar_str){out, joined.len + 2 + part.len};
}

struct cedar_str cedar_take_name(struct cedar_lexer *lx, const char *what)
{
    struct cedar_str name = cedar_take_ident(lx, what);

    while (lx->token.kind == T_PATH && cedar_peek(lx).kind == T_IDENT) {
        const char *colons = lx->text + lx->token.start;
        struct cedar_str part;

        cedar_next(lx);
        part = cedar_take_ident(lx, what);
        if (name.data + name.len == colons && colons + 2 == part.data)
            name.len += 2 + part.len;
        else
            name = join_name(lx, name, part);
    }
    return name;
}
