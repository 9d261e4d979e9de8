/**
 * @file fault.c
 * A library to be preloaded: makes the n-th call of a kind fail, or kills the process there.
 *
 *   FAULT=KIND:N[:ERRNO][:ACTION]   KIND is alloc, read, write, sync, open, rename, truncate, space or sqlite; the N-th
 *                                   call fails with ERRNO (a number; for sqlite a result code), 0 takes a usual one.
 *                                   ACTION: once (as said), persist (and all that follow), kill (SIGKILL instead of
 *                                   the call), torn (half of the write, then SIGKILL), short (half of the write)
 *   FAULT_COUNT=FILE                append "KIND TOTAL" lines at the end of the process
 *   FAULT_STACKS=FILE               write for each different stack of an allocation the number of its first one, and a
 *                                   hash of the stack that is the same in every process
 *   FAULT_CRASH=FILE                if the process crashes: the files of the innermost frames, one a line
 *   FAULT_KDF=DIR                   remember what Argon2id gave, and give it again: it is pure, and hundreds of
 *                                   processes with one passphrase need not pay for it each.  Only tests do this.
 *   FAULT_CLOCK=SECONDS             the system's clock is so much ahead (or, below 0, behind)
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fault_private.h"

static const char *const kind_names[KINDS] = {
    "alloc", "read", "write", "sync", "open", "rename", "truncate", "space", "sqlite"};
static const int usual[KINDS] = {ENOMEM, EIO, ENOSPC, EIO, EMFILE, EIO, EIO, ENOSPC, 10 /* SQLITE_IOERR */};

static const char *const action_names[] = {"once", "persist", "kill", "torn", "short"};

struct fault fault = {.kind = KINDS};
__thread int inside __attribute__((tls_model("initial-exec")));

static atomic_ulong counts[KINDS];
static bool counting;
/* --- Which allocations are asked for from different places --- */

#define STACKS 65536u
#define STACK_DEPTH 8 /* frames that tell one place from another */
static int stacks_file = -1;
static unsigned long long stacks[STACKS]; /* used with one thread */

static bool first_of_its_stack(unsigned long long *stack)
{
    void *frames[32];
    inside++;
    int depth = backtrace(frames, 32);
    unsigned long long hash = 1469598103934665603u;
    for (int i = 2; i < depth && i < 2 + STACK_DEPTH; i++) {
        /* Told by places in files, so that other processes get the same number. */
        Dl_info file = {0};
        uintptr_t base = dladdr(frames[i], &file) != 0 ? (uintptr_t)file.dli_fbase : 0;
        hash = (hash ^ ((uintptr_t)frames[i] - base)) * 1099511628211u;
    }
    inside--;
    hash |= 1;
    *stack = hash;
    for (unsigned i = 0; i < STACKS; i++) {
        unsigned long long *slot = &stacks[(hash / 2 + i) % STACKS];
        if (*slot == hash)
            return false;
        if (*slot == 0) {
            *slot = hash;
            return true;
        }
    }
    return false;
}

static void note_stack(unsigned long number)
{
    char line[64];
    unsigned long long stack = 0;
    if (!first_of_its_stack(&stack))
        return;
    int size = snprintf(line, sizeof line, "%lu %llx\n", number, stack);
    (void)!syscall(SYS_write, stacks_file, line, (size_t)size);
}

/* Where a debugger can wait for it. */
EXPORT void fault_strikes(void);
EXPORT __attribute__((noinline)) void fault_strikes(void)
{
    __asm__ volatile("");
}

bool fails(enum kind kind)
{
    if (!counting || inside > 0)
        return false;
    unsigned long number = atomic_fetch_add(&counts[kind], 1) + 1;
    if (kind == ALLOC && stacks_file >= 0)
        note_stack(number);
    if (kind != fault.kind || fault.at == 0 || number < fault.at ||
        (number > fault.at && fault.action != PERSIST))
        return false;
    fault_strikes();
    if (fault.action == KILL)
        (void)syscall(SYS_kill, getpid(), SIGKILL);
    errno = fault.error;
    return true;
}

/* Function pointers and object pointers are not of one kind in C; the dynamic linker says they are. */
void *real(const char *name)
{
    inside++;
    void *symbol = dlsym(RTLD_NEXT, name);
    inside--;
    if (symbol == NULL)
        abort();
    return symbol;
}

static void read_fault(const char *text)
{
    char kind[32] = "";
    char rest[2][32] = {"", ""};
    (void)sscanf(text, "%31[a-z]:%lu:%31[^:]:%31s", kind, &fault.at, rest[0], rest[1]);
    for (int i = 0; i < KINDS; i++) {
        if (strcmp(kind, kind_names[i]) == 0)
            fault.kind = (enum kind)i;
    }
    if (fault.kind == KINDS)
        abort(); /* a test that asks for nothing would always pass */
    fault.error = usual[fault.kind];
    for (int i = 0; i < 2; i++) {
        if (atoi(rest[i]) > 0)
            fault.error = atoi(rest[i]);
        for (int action = ONCE; action <= SHORT; action++) {
            if (strcmp(rest[i], action_names[action]) == 0)
                fault.action = (enum action)action;
        }
    }
}

/* --- A crash: whose was it? --- */

static int crash_file = -1;

static void crashed(int number)
{
    void *frames[16];
    int depth = backtrace(frames, 16);
    for (int i = 2; i < depth; i++) {
        Dl_info file;
        if (dladdr(frames[i], &file) != 0 && file.dli_fname != NULL) {
            (void)!syscall(SYS_write, crash_file, file.dli_fname, strlen(file.dli_fname));
            (void)!syscall(SYS_write, crash_file, "\n", 1L);
        }
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void watch_crashes(void)
{
    const char *path = getenv("FAULT_CRASH");
    if (path == NULL)
        return;
    crash_file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)signal(SIGSEGV, crashed);
    (void)signal(SIGBUS, crashed);
    (void)signal(SIGABRT, crashed);
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("FAULT");
    if (text != NULL && text[0] != '\0')
        read_fault(text);
    const char *places = getenv("FAULT_STACKS");
    void *warm[4];
    (void)backtrace(warm, 4); /* loads the unwinder, which allocates */
    watch_crashes();
    if (places != NULL) {
        stacks_file = (int)syscall(SYS_openat, AT_FDCWD, places, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    counting = true;
}

__attribute__((destructor)) static void stop(void)
{
    const char *path = getenv("FAULT_COUNT");
    counting = false;
    if (path == NULL)
        return;
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    for (int i = 0; i < KINDS && file >= 0; i++)
        (void)dprintf(file, "%s %lu\n", kind_names[i], atomic_load(&counts[i]));
    if (file >= 0)
        (void)close(file);
}

/* --- Another time --- */

EXPORT int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    const char *ahead = result == 0 && clock == CLOCK_REALTIME ? getenv("FAULT_CLOCK") : NULL;
    if (ahead != NULL)
        now->tv_sec += strtol(ahead, NULL, 10);
    return result;
}
