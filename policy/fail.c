/* Errors with a place, and the jump out of a reader. */
#include "policy/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/utf8.h"

void cedar_fail_start(
    struct cedar_fail *f, struct cedar_error *err, struct cedar_arena *arena, struct cedar_str text)
{
    f->err = err ? err : &f->unseen;
    memset(f->err, 0, sizeof(*f->err));
    f->arena = arena;
    f->text = text;
}

void cedar_place(struct cedar_str text, size_t offset, size_t *line, size_t *column)
{
    const char *start = text.data, *end = text.data + offset, *nl;

    *line = 1;
    *column = 1;
    while (start < end && (nl = memchr(start, '\n', (size_t)(end - start)))) {
        start = nl + 1;
        ++*line;
    }
    for (; start < end; start++)
        *column += ((unsigned char)*start & 0xC0) != 0x80;
}

__attribute__((format(printf, 4, 0))) static void set_error(
    struct cedar_fail *f, enum cedar_status status, size_t offset, const char *format, va_list args)
{
    struct cedar_error *err = f->err;

    err->status = status;
    vsnprintf(err->message, sizeof(err->message), format, args);
    if (offset == CEDAR_NOWHERE || !f->text.data)
        return;
    err->offset = offset < f->text.len ? offset : f->text.len;
    cedar_place(f->text, err->offset, &err->line, &err->column);
}

void cedar_raise(struct cedar_fail *f, enum cedar_status status, size_t offset, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error(f, status, offset, format, args);
    va_end(args);
    longjmp(f->jump, 1);
}

void cedar_raise_help(
    struct cedar_fail *f, enum cedar_status status, size_t offset, const char *help, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set_error(f, status, offset, format, args);
    va_end(args);
    snprintf(f->err->help, sizeof(f->err->help), "%s", help);
    longjmp(f->jump, 1);
}

void cedar_raise_memory(struct cedar_fail *f)
{
    cedar_raise(f, CEDAR_ENOMEM, CEDAR_NOWHERE, "out of memory");
}

void *cedar_take(struct cedar_fail *f, size_t size)
{
    void *p = cedar_arena_alloc(f->arena, size);

    if (!p)
        cedar_raise_memory(f);
    return p;
}

struct cedar_str cedar_take_copy(struct cedar_fail *f, struct cedar_str text)
{
    struct cedar_str copy = cedar_arena_copy(f->arena, text);

    if (!copy.data)
        cedar_raise_memory(f);
    return copy;
}

void *cedar_grow(
    struct cedar_fail *f, struct cedar_arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
    size_t wider = *cap ? *cap * 2 : 16;
    void *grown;

    if (n < *cap)
        return items;
    grown = cedar_arena_alloc(arena, wider * size);
    if (!grown)
        cedar_raise_memory(f);
    if (n)
        memcpy(grown, items, n * size);
    *cap = wider;
    return grown;
}

void cedar_check_text(struct cedar_fail *f)
{
    size_t bad;

    if (f->text.len > CEDAR_MAX_TEXT)
        cedar_raise(f, CEDAR_ELIMIT, CEDAR_NOWHERE, "text of %zu bytes is longer than %zu MiB", f->text.len,
            CEDAR_MAX_TEXT >> 20);
    bad = cedar_utf8_check(f->text.data, f->text.len);
    if (bad < f->text.len)
        cedar_raise(
            f, CEDAR_EPARSE, bad, "not UTF-8 text (byte 0x%02x)", (unsigned)(unsigned char)f->text.data[bad]);
}

int cedar_error_set(struct cedar_error *err, enum cedar_status status, const char *format, ...)
{
    va_list args;

    if (!err)
        return status;
    memset(err, 0, sizeof(*err));
    err->status = status;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return status;
}

int cedar_shown_len(struct cedar_str s)
{
    size_t n = s.len < 60 ? s.len : 60;

    while (n && n < s.len && ((unsigned char)s.data[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}
