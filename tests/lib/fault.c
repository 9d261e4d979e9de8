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
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum kind { ALLOC, READ, WRITE, SYNC, OPEN, RENAME, TRUNCATE, SPACE, SQLITE, KINDS };

static const char *const kind_names[KINDS] = {
    "alloc", "read", "write", "sync", "open", "rename", "truncate", "space", "sqlite"};
static const int usual[KINDS] = {ENOMEM, EIO, ENOSPC, EIO, EMFILE, EIO, EIO, ENOSPC, 10 /* SQLITE_IOERR */};

enum action { ONCE, PERSIST, KILL, TORN, SHORT };
static const char *const action_names[] = {"once", "persist", "kill", "torn", "short"};

static struct {
    enum kind kind;
    unsigned long at;
    int error;
    enum action action;
} fault = {.kind = KINDS};

static atomic_ulong counts[KINDS];
static bool counting;
static __thread int inside __attribute__((tls_model("initial-exec")));
static __thread int engine __attribute__((tls_model("initial-exec"))); /* within SQLite, whose own calls are its own */

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

/* Is this the call that fails?  Leaves errno. */
static bool fails(enum kind kind)
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
static void *real(const char *name)
{
    inside++;
    void *symbol = dlsym(RTLD_NEXT, name);
    inside--;
    if (symbol == NULL)
        abort();
    return symbol;
}

#define REAL(type, name, parameters)                 \
    static type(*name##_real) parameters;            \
    if (name##_real == NULL) {                       \
        void *found_ = real(#name);                  \
        memcpy(&name##_real, &found_, sizeof found_); \
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

/* --- Memory --- */

/* A sanitizer has its own malloc, which is left alone: then no allocation fails. */
#ifndef FAULT_LEAVES_MEMORY

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

EXPORT void *malloc(size_t size)
{
    return fails(ALLOC) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fails(ALLOC) ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
    return fails(ALLOC) ? NULL : __libc_realloc(old, size);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size)
{
    size_t whole;
    if (fails(ALLOC))
        return NULL;
    if (__builtin_mul_overflow(count, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, whole);
}


/* Where guarded memory comes from. */
EXPORT void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if ((flags & MAP_ANONYMOUS) != 0 && fails(ALLOC))
        return MAP_FAILED;
    REAL(void *, mmap, (void *, size_t, int, int, int, off_t))
    return mmap_real(address, size, protection, flags, file, offset);
}
#endif

/* --- Files --- */

/* Half of it, for a write that is torn or short; -1 where the write is not of that kind. */
static ssize_t half(int file, const void *data, size_t size, off_t offset, bool at)
{
    if (fault.action != TORN && fault.action != SHORT)
        return -1;
    ssize_t done = at ? syscall(SYS_pwrite64, file, data, size / 2, offset) : syscall(SYS_write, file, data, size / 2);
    if (fault.action == TORN)
        (void)syscall(SYS_kill, getpid(), SIGKILL);
    return done;
}

EXPORT ssize_t read(int file, void *data, size_t size)
{
    if (fails(READ))
        return -1;
    REAL(ssize_t, read, (int, void *, size_t))
    return read_real(file, data, size);
}

EXPORT ssize_t pread(int file, void *data, size_t size, off_t offset)
{
    if (fails(READ))
        return -1;
    REAL(ssize_t, pread, (int, void *, size_t, off_t))
    return pread_real(file, data, size, offset);
}

EXPORT ssize_t pread64(int file, void *data, size_t size, off64_t offset)
{
    if (fails(READ))
        return -1;
    REAL(ssize_t, pread64, (int, void *, size_t, off64_t))
    return pread64_real(file, data, size, offset);
}

/* What is said about a failure is not part of the sweep. */
EXPORT ssize_t write(int file, const void *data, size_t size)
{
    if (file != STDERR_FILENO && fails(WRITE))
        return half(file, data, size, 0, false);
    REAL(ssize_t, write, (int, const void *, size_t))
    return write_real(file, data, size);
}

EXPORT ssize_t pwrite(int file, const void *data, size_t size, off_t offset)
{
    if (fails(WRITE))
        return half(file, data, size, offset, true);
    REAL(ssize_t, pwrite, (int, const void *, size_t, off_t))
    return pwrite_real(file, data, size, offset);
}

EXPORT ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset)
{
    if (fails(WRITE))
        return half(file, data, size, offset, true);
    REAL(ssize_t, pwrite64, (int, const void *, size_t, off64_t))
    return pwrite64_real(file, data, size, offset);
}

EXPORT ssize_t writev(int file, const struct iovec *parts, int count)
{
    if (file != STDERR_FILENO && fails(WRITE))
        return fault.action == TORN || fault.action == SHORT
            ? half(file, parts[0].iov_base, parts[0].iov_len, 0, false)
            : -1;
    REAL(ssize_t, writev, (int, const struct iovec *, int))
    return writev_real(file, parts, count);
}

EXPORT int fsync(int file)
{
    if (fails(SYNC))
        return -1;
    REAL(int, fsync, (int))
    return fsync_real(file);
}

EXPORT int fdatasync(int file)
{
    if (fails(SYNC))
        return -1;
    REAL(int, fdatasync, (int))
    return fdatasync_real(file);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define OPEN_LIKE(name)                                     \
    EXPORT int name(const char *path, int flags, ...)       \
    {                                                       \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode_t mode = mode_of(flags, arguments);            \
        va_end(arguments);                                  \
        if (fails(OPEN))                                    \
            return -1;                                      \
        REAL(int, name, (const char *, int, ...))           \
        return name##_real(path, flags, mode);              \
    }
OPEN_LIKE(open)
OPEN_LIKE(open64)

#define OPENAT_LIKE(name)                                             \
    EXPORT int name(int directory, const char *path, int flags, ...)  \
    {                                                                 \
        va_list arguments;                                            \
        va_start(arguments, flags);                                   \
        mode_t mode = mode_of(flags, arguments);                      \
        va_end(arguments);                                            \
        if (fails(OPEN))                                              \
            return -1;                                                \
        REAL(int, name, (int, const char *, int, ...))                \
        return name##_real(directory, path, flags, mode);             \
    }
OPENAT_LIKE(openat)
OPENAT_LIKE(openat64)

EXPORT FILE *fopen(const char *path, const char *mode)
{
    if (fails(OPEN))
        return NULL;
    REAL(FILE *, fopen, (const char *, const char *))
    return fopen_real(path, mode);
}

EXPORT FILE *fopen64(const char *path, const char *mode)
{
    if (fails(OPEN))
        return NULL;
    REAL(FILE *, fopen64, (const char *, const char *))
    return fopen64_real(path, mode);
}

EXPORT int rename(const char *from, const char *to)
{
    if (fails(RENAME))
        return -1;
    REAL(int, rename, (const char *, const char *))
    return rename_real(from, to);
}

EXPORT int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags)
{
    if (fails(RENAME))
        return -1;
    REAL(int, renameat2, (int, const char *, int, const char *, unsigned))
    return renameat2_real(from_directory, from, to_directory, to, flags);
}

EXPORT int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
    if (fails(RENAME))
        return -1;
    REAL(int, linkat, (int, const char *, int, const char *, int))
    return linkat_real(from_directory, from, to_directory, to, flags);
}

EXPORT int ftruncate(int file, off_t size)
{
    if (fails(TRUNCATE))
        return -1;
    REAL(int, ftruncate, (int, off_t))
    return ftruncate_real(file, size);
}

EXPORT int ftruncate64(int file, off64_t size)
{
    if (fails(TRUNCATE))
        return -1;
    REAL(int, ftruncate64, (int, off64_t))
    return ftruncate64_real(file, size);
}

EXPORT int fallocate(int file, int mode, off_t offset, off_t size)
{
    if (fails(SPACE))
        return -1;
    REAL(int, fallocate, (int, int, off_t, off_t))
    return fallocate_real(file, mode, offset, size);
}

EXPORT int fallocate64(int file, int mode, off64_t offset, off64_t size)
{
    if (fails(SPACE))
        return -1;
    REAL(int, fallocate64, (int, int, off64_t, off64_t))
    return fallocate64_real(file, mode, offset, size);
}

/* --- SQLite --- */

struct sqlite3;
struct sqlite3_stmt;
int sqlite3_step(struct sqlite3_stmt *statement);
int sqlite3_prepare_v2(struct sqlite3 *, const char *, int, struct sqlite3_stmt **, const char **);
int sqlite3_prepare_v3(struct sqlite3 *, const char *, int, unsigned, struct sqlite3_stmt **, const char **);
int sqlite3_exec(struct sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);

EXPORT int sqlite3_step(struct sqlite3_stmt *statement)
{
    if (engine == 0 && fails(SQLITE))
        return fault.error;
    REAL(int, sqlite3_step, (struct sqlite3_stmt *))
    engine++;
    int result = sqlite3_step_real(statement);
    engine--;
    return result;
}

EXPORT int sqlite3_prepare_v2(
    struct sqlite3 *connection, const char *sql, int size, struct sqlite3_stmt **statement, const char **rest)
{
    if (engine == 0 && fails(SQLITE)) {
        *statement = NULL;
        return fault.error;
    }
    REAL(int, sqlite3_prepare_v2, (struct sqlite3 *, const char *, int, struct sqlite3_stmt **, const char **))
    engine++;
    int result = sqlite3_prepare_v2_real(connection, sql, size, statement, rest);
    engine--;
    return result;
}

EXPORT int sqlite3_prepare_v3(struct sqlite3 *connection, const char *sql, int size, unsigned flags,
    struct sqlite3_stmt **statement, const char **rest)
{
    if (engine == 0 && fails(SQLITE)) {
        *statement = NULL;
        return fault.error;
    }
    REAL(int, sqlite3_prepare_v3,
        (struct sqlite3 *, const char *, int, unsigned, struct sqlite3_stmt **, const char **))
    engine++;
    int result = sqlite3_prepare_v3_real(connection, sql, size, flags, statement, rest);
    engine--;
    return result;
}

EXPORT int sqlite3_exec(struct sqlite3 *connection, const char *sql, int (*row)(void *, int, char **, char **),
    void *context, char **message)
{
    if (engine == 0 && fails(SQLITE))
        return fault.error;
    REAL(int, sqlite3_exec,
        (struct sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **))
    engine++;
    int result = sqlite3_exec_real(connection, sql, row, context, message);
    engine--;
    return result;
}

/* --- Argon2id, remembered --- */

static uint64_t mix(uint64_t state, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        state = (state ^ bytes[i]) * UINT64_C(0x100000001b3);
    return state ^ (state >> 29);
}

static bool memo_path(char *path, size_t size, const void *pwd, size_t pwd_size, const void *salt, size_t salt_size,
    const uint64_t cost[3])
{
    const char *directory = getenv("FAULT_KDF");
    if (directory == NULL || directory[0] == '\0')
        return false;
    uint64_t low = mix(mix(mix(UINT64_C(0xcbf29ce484222325), pwd, pwd_size), salt, salt_size), cost, 24);
    uint64_t high = mix(mix(mix(UINT64_C(0x9ae16a3b2f90404f), cost, 24), salt, salt_size), pwd, pwd_size);
    (void)snprintf(path, size, "%s/%016llx%016llx", directory, (unsigned long long)low, (unsigned long long)high);
    return true;
}

static bool memo_read(const char *path, void *out, size_t size)
{
    long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    bool whole = file >= 0 && syscall(SYS_read, file, out, size) == (long)size;
    if (file >= 0)
        (void)syscall(SYS_close, file);
    return whole;
}

static void memo_write(const char *path, const void *out, size_t size)
{
    char fresh[4200];
    (void)snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
    long file = syscall(SYS_openat, AT_FDCWD, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    bool whole = syscall(SYS_write, file, out, size) == (long)size;
    (void)syscall(SYS_close, file);
    (void)syscall(whole ? SYS_rename : SYS_unlink, fresh, path);
}

EXPORT int crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_size, const char *pwd,
    unsigned long long pwd_size, const unsigned char *salt, unsigned long long passes, size_t memory, int algorithm);
EXPORT int crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_size, const char *pwd,
    unsigned long long pwd_size, const unsigned char *salt, unsigned long long passes, size_t memory, int algorithm)
{
    char path[4096];
    const uint64_t cost[3] = {passes, memory, 1};
    REAL(int, crypto_pwhash_argon2id,
        (unsigned char *, unsigned long long, const char *, unsigned long long, const unsigned char *,
            unsigned long long, size_t, int))
    inside++;
    bool kept = memo_path(path, sizeof path, pwd, (size_t)pwd_size, salt, 16, cost);
    int result = kept && memo_read(path, out, (size_t)out_size) ? 0 : -2;
    inside--;
    if (result == 0)
        return 0;
    result = crypto_pwhash_argon2id_real(out, out_size, pwd, pwd_size, salt, passes, memory, algorithm);
    if (kept && result == 0)
        memo_write(path, out, (size_t)out_size);
    return result;
}
