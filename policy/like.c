/*
 * Pieces match greedily from the left, each at its first place; that is enough, because
 * a wildcard takes anything.  Pieces are valid UTF-8, so bytes match only at characters.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem(), which is linear; POSIX has it since 2024 only */
#endif
#include "policy/like.h"

#include "policy/lexer.h"
#include "policy/utf8.h"

static uint32_t count_stars(struct cedar_str raw)
{
    uint32_t n = 0;

    for (size_t i = 0; i < raw.len; i++)
        n += raw.data[i] == '*' || raw.data[i] == '\\';
    return n;
}

/* Decodes one character of a pattern; true if it is a wildcard. */
static bool next_char(struct cedar_str raw, size_t *i, uint32_t *cp)
{
    if (raw.data[*i] != '\\') {
        *i += cedar_utf8_decode(raw.data + *i, cp);
        return *cp == '*';
    }
    ++*i;
    if (*i < raw.len && raw.data[*i] == '*') {
        ++*i;
        *cp = '*';
        return false;
    }
    *cp = cedar_unescape(raw, i);
    return *cp == '*';
}

const struct cedar_pattern *cedar_pattern_read(struct cedar_fail *f, struct cedar_str raw, size_t *bad)
{
    struct cedar_pattern *p = cedar_take(f, sizeof(*p) + (count_stars(raw) + 1) * sizeof(p->pieces[0]));
    char *out = cedar_take(f, raw.len + 1);

    p->n = 1;
    p->pieces[0] = (struct cedar_str){out, 0};
    for (size_t i = 0; i < raw.len;) {
        uint32_t cp;

        *bad = i;
        if (next_char(raw, &i, &cp)) {
            p->pieces[p->n++] = (struct cedar_str){out, 0};
            continue;
        }
        if (cp == UINT32_MAX)
            return NULL;
        out += cedar_utf8_encode(cp, out);
        p->pieces[p->n - 1].len = (size_t)(out - p->pieces[p->n - 1].data);
    }
    return p;
}

bool cedar_like(struct cedar_str text, const struct cedar_pattern *pattern)
{
    const struct cedar_str *first = &pattern->pieces[0], *last = &pattern->pieces[pattern->n - 1];
    struct cedar_str rest = text;

    if (pattern->n == 1)
        return cedar_str_eq(text, *first);
    if (text.len < first->len + last->len || memcmp(text.data, first->data, first->len) != 0 ||
        memcmp(text.data + text.len - last->len, last->data, last->len) != 0)
        return false;
    rest.data += first->len;
    rest.len -= first->len + last->len;
    for (uint32_t i = 1; i + 1 < pattern->n; i++) {
        const struct cedar_str *piece = &pattern->pieces[i];
        const char *at = piece->len ? memmem(rest.data, rest.len, piece->data, piece->len) : rest.data;

        if (!at)
            return false;
        rest.len -= (size_t)(at - rest.data) + piece->len;
        rest.data = at + piece->len;
    }
    return true;
}

void cedar_put_pattern(struct cedar_text *t, const struct cedar_pattern *pattern)
{
    cedar_putc(t, '"');
    for (uint32_t i = 0; i < pattern->n; i++) {
        if (i)
            cedar_putc(t, '*');
        cedar_put_escaped(t, pattern->pieces[i], true);
    }
    cedar_putc(t, '"');
}

bool cedar_pattern_eq(const struct cedar_pattern *a, const struct cedar_pattern *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        if (!cedar_str_eq(a->pieces[i], b->pieces[i]))
            return false;
    }
    return true;
}
