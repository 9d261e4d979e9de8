/**
 * @file progress.h
 * How far a long job is, on a terminal only: rate and time left from one second on, erased at the end.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress;

/** @param wanted  false, or no terminal on standard error: every call does nothing. NULL without memory. */
struct progress *progress_new(bool wanted);
/** Erases what is shown; NULL is allowed. */
void progress_free(struct progress *progress);

/** @p total 0 if unknown.  Cheap enough to be called for every row. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total, const char *unit);
/** Erase the line, so that something else can be written; the next progress_show() brings it back. */
void progress_hide(struct progress *progress);

/** The line itself, for @p elapsed nanoseconds of work. */
void progress_line(
    uint64_t done, uint64_t total, const char *unit, uint64_t elapsed, char *text, unsigned size);

#endif
