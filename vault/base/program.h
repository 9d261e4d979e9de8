/**
 * @file program.h
 * A program of the firm's own, told something on its standard input: without a shell, with nothing of our
 * environment but PATH, LANG and TZ, none of our descriptors, and for a limited time.
 */
#ifndef VAULT_BASE_PROGRAM_H
#define VAULT_BASE_PROGRAM_H

#include "vault/base/bytes.h"

#define PROGRAM_ARGUMENTS_MAX 8

/** How it ended, for people and events: "0", another exit status, "signal N", "not started" or "too long". */
struct program_end {
    bool fine; /* exit status 0 */
    char how[24];
};

/**
 * Run it to its end, or kill it.
 * @param path       absolute; must be a regular file of root's or of who runs it, that nobody else may write.
 * @param arguments  NULL-terminated, without the program's own name; NULL for none.
 * @param input      what it reads; a program that does not read it is no error.
 * @param milliseconds  after which it and its process group are killed.
 *
 * Its standard output and error go nowhere.  Never fails otherwise than by what @p end says.
 */
void program_run(const char *path, const char *const *arguments, struct bytes input, unsigned milliseconds,
    struct program_end *end);

/** Who runs programs for a process that may start none itself; @p run is called by many threads at once. */
struct program_runner {
    void *context;
    void (*run)(void *context, const char *path, const char *const *arguments, struct bytes input, unsigned milliseconds,
        struct program_end *end);
};
/** From now on program_run() of this process asks @p runner, which stays the caller's; before there are threads. NULL: as
 * at the start, it runs them itself. */
void program_use(const struct program_runner *runner);

#endif
