/**
 * @file fail.h
 * How readers fail: one jump out, to the one function that frees.
 *
 * A reader takes memory from arenas only and owns nothing else, so that leaving it from
 * any depth loses nothing.  The outermost function arms the jump, alone and without
 * locals that change after it:
 *
 *     static bool try_read(struct reader *r) {
 *         if (setjmp(r->fail.jump)) return false;
 *         read_all(r);
 *         return true;
 *     }
 */
#ifndef POLICY_FAIL_H
#define POLICY_FAIL_H

#include <setjmp.h>

#include "policy/arena.h"

#define CEDAR_NOWHERE ((size_t)-1)

struct cedar_fail {
    jmp_buf jump;
    struct cedar_error *err;   /* where the message goes; never NULL once started */
    struct cedar_error unseen; /* if the caller wants none */
    struct cedar_arena *arena; /* what cedar_take() takes from; kept by the result */
    struct cedar_str text;     /* what offsets point into, for lines and columns */
};

/** Prepare all but the jump; clears *err. */
void cedar_fail_start(
    struct cedar_fail *f, struct cedar_error *err, struct cedar_arena *arena, struct cedar_str text);

/** Fill in the error, with the place of the offset (or CEDAR_NOWHERE), and jump. */
_Noreturn void cedar_raise(struct cedar_fail *f, enum cedar_status status, size_t offset, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
/** Likewise, with a way to repair it. */
_Noreturn void cedar_raise_help(struct cedar_fail *f, enum cedar_status status, size_t offset,
    const char *help, const char *format, ...) __attribute__((format(printf, 5, 6)));
_Noreturn void cedar_raise_memory(struct cedar_fail *f);

/** Memory of f->arena, or the jump. */
void *cedar_take(struct cedar_fail *f, size_t size);
struct cedar_str cedar_take_copy(struct cedar_fail *f, struct cedar_str text);
/** Room for one more item of @p size bytes after @p n; *cap is kept by the caller. */
void *cedar_grow(
    struct cedar_fail *f, struct cedar_arena *arena, void *items, size_t n, size_t *cap, size_t size);

/** Jump with CEDAR_ELIMIT if text is too long, CEDAR_EPARSE if it is not UTF-8. */
void cedar_check_text(struct cedar_fail *f);

/** Set an error without a jump; returns status. */
int cedar_error_set(struct cedar_error *err, enum cedar_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Line and column (from 1, in code points) of an offset. */
void cedar_place(struct cedar_str text, size_t offset, size_t *line, size_t *column);

/** For printf's "%.*s": the text, cut after 60 bytes at a character. */
#define CEDAR_ARG(s) cedar_shown_len(s), (s).data ? (s).data : ""
int cedar_shown_len(struct cedar_str s);

#endif
