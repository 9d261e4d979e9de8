/* Text: compare, hash, grow, and the rules of names. */
#include "policy/str.h"

#include <stdarg.h>
#include <stdio.h>

#include "policy/utf8.h"

int cedar_str_cmp(struct cedar_str a, struct cedar_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.data, b.data, n) : 0;

    return c ? c : (a.len > b.len) - (a.len < b.len);
}

__extension__ typedef unsigned __int128 wide;

static uint64_t mix(uint64_t a, uint64_t b)
{
    wide r = (wide)a * b;

    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t cedar_hash(struct cedar_str s, uint64_t seed)
{
    const uint64_t k0 = 0x9E3779B97F4A7C15u, k1 = 0xD6E8FEB86659FD93u;
    uint64_t h = seed ^ (s.len * k0), word = 0;
    const char *p = s.data;
    size_t left = s.len;

    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        h = mix(h ^ word, k0) + k1;
    }
    word = 0;
    if (left)
        memcpy(&word, p, left);
    return mix(h ^ word, k1) ^ h;
}

static void grow(struct cedar_text *t, size_t more)
{
    size_t cap = t->cap ? t->cap : 128;
    char *wider;

    while (cap - t->len < more + 1)
        cap *= 2;
    wider = cedar_arena_alloc(t->arena, cap);
    if (!wider) {
        t->failed = true;
        return;
    }
    if (t->len)
        memcpy(wider, t->data, t->len);
    t->data = wider;
    t->cap = cap;
}

void cedar_put(struct cedar_text *t, struct cedar_str s)
{
    if (!t->failed && (!t->data || t->cap - t->len < s.len + 1))
        grow(t, s.len);
    if (t->failed || !s.len)
        return;
    memcpy(t->data + t->len, s.data, s.len);
    t->len += s.len;
}

void cedar_puts(struct cedar_text *t, const char *s)
{
    cedar_put(t, cedar_str(s));
}

void cedar_putc(struct cedar_text *t, char c)
{
    cedar_put(t, (struct cedar_str){&c, 1});
}

void cedar_putf(struct cedar_text *t, const char *format, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (n > 0)
        cedar_put(t, (struct cedar_str){line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1});
}

void cedar_put_json(struct cedar_text *t, struct cedar_str s)
{
    size_t from = 0;

    cedar_putc(t, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        cedar_put(t, (struct cedar_str){s.data + from, i - from});
        from = i + 1;
        if (c == '\n')
            cedar_puts(t, "\\n");
        else if (c < 0x20)
            cedar_putf(t, "\\u%04x", (unsigned)c);
        else
            cedar_put(t, (struct cedar_str){(char[]){'\\', (char)c}, 2});
    }
    cedar_put(t, (struct cedar_str){s.data + from, s.len - from});
    cedar_putc(t, '"');
}

static void put_escape(struct cedar_text *t, char c)
{
    static const char plain[] = "\"\\*", named[] = "\n\r\t", names[] = "nrt";
    const char *at = c ? strchr(named, c) : NULL;

    if (c && strchr(plain, c))
        cedar_put(t, (struct cedar_str){(char[]){'\\', c}, 2});
    else if (at)
        cedar_put(t, (struct cedar_str){(char[]){'\\', names[at - named]}, 2});
    else if (!c)
        cedar_puts(t, "\\0");
    else
        cedar_putf(t, "\\u{%x}", (unsigned)(unsigned char)c);
}

void cedar_put_escaped(struct cedar_text *t, struct cedar_str s, bool star)
{
    size_t from = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && !(star && c == '*'))
            continue;
        cedar_put(t, (struct cedar_str){s.data + from, i - from});
        put_escape(t, (char)c);
        from = i + 1;
    }
    cedar_put(t, (struct cedar_str){s.data + from, s.len - from});
}

void cedar_put_quoted(struct cedar_text *t, struct cedar_str s)
{
    cedar_putc(t, '"');
    cedar_put_escaped(t, s, false);
    cedar_putc(t, '"');
}

struct cedar_str cedar_text_done(struct cedar_text *t)
{
    cedar_put(t, (struct cedar_str){"", 0});
    if (t->failed)
        return (struct cedar_str){NULL, 0};
    t->data[t->len] = '\0';
    return (struct cedar_str){t->data, t->len};
}

static bool ident_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

bool cedar_is_ident(struct cedar_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ident_byte(s.data[i], i == 0))
            return false;
    }
    return s.len > 0;
}

bool cedar_is_reserved(struct cedar_str s)
{
    static const char *const words[] = {
        "true", "false", "if", "then", "else", "in", "like", "has", "is", "__cedar"};

    if (s.len < 2 || s.len > 7)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (cedar_str_is(s, words[i]))
            return true;
    }
    return false;
}

bool cedar_is_name(struct cedar_str s)
{
    size_t from = 0;

    for (size_t i = 0; i <= s.len; i++) {
        struct cedar_str part = {s.data + from, i - from};

        if (i < s.len && s.data[i] != ':')
            continue;
        if (!cedar_is_ident(part) || cedar_is_reserved(part))
            return false;
        if (i < s.len && (i + 1 == s.len || s.data[++i] != ':'))
            return false;
        from = i + 1;
    }
    return s.len > 0;
}

struct cedar_str cedar_basename(struct cedar_str name)
{
    for (size_t i = name.len; i-- > 0;) {
        if (name.data[i] == ':')
            return (struct cedar_str){name.data + i + 1, name.len - i - 1};
    }
    return name;
}
