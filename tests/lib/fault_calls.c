/* The calls that can be made to fail. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault_private.h"

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

static __thread int engine __attribute__((tls_model("initial-exec"))); /* within SQLite, whose own calls are its own */

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
