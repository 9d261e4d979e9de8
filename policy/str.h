/**
 * @file str.h
 * Text with a length: compare, hash, sort, and build in an arena.
 */
#ifndef POLICY_STR_H
#define POLICY_STR_H

#include <string.h>

#include "policy/fail.h"

static inline bool cedar_str_eq(struct cedar_str a, struct cedar_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool cedar_str_is(struct cedar_str a, const char *literal)
{
    return cedar_str_eq(a, cedar_str(literal));
}

/** By bytes, which is by code points. */
int cedar_str_cmp(struct cedar_str a, struct cedar_str b);
uint64_t cedar_hash(struct cedar_str s, uint64_t seed);

/** In place, no allocation, O(n log n) in the worst case; not stable. */
void cedar_sort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *));

/** Text that grows in an arena. Once memory has run out (failed), appending does nothing. */
struct cedar_text {
    struct cedar_arena *arena;
    char *data;
    size_t len, cap;
    bool failed;
};

void cedar_put(struct cedar_text *t, struct cedar_str s);
void cedar_puts(struct cedar_text *t, const char *s);
void cedar_putc(struct cedar_text *t, char c);
void cedar_putf(struct cedar_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** As a JSON string, with quotes. */
void cedar_put_json(struct cedar_text *t, struct cedar_str s);
/** As a Cedar string, with quotes; @p star also escapes * (a literal in a pattern). */
void cedar_put_quoted(struct cedar_text *t, struct cedar_str s);
void cedar_put_escaped(struct cedar_text *t, struct cedar_str s, bool star);
/** What was put, NUL-terminated; empty with data NULL if memory ran out. */
struct cedar_str cedar_text_done(struct cedar_text *t);

/** Identifier rules: [_a-zA-Z][_a-zA-Z0-9]*. */
bool cedar_is_ident(struct cedar_str s);
/** true false if then else in like has is __cedar. */
bool cedar_is_reserved(struct cedar_str s);
/** A type name: identifiers, none reserved, joined by "::", without white space. */
bool cedar_is_name(struct cedar_str s);
/** The part after the last "::". */
struct cedar_str cedar_basename(struct cedar_str name);

#endif
