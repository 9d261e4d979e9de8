/* Argon2id, remembered: it is pure, and hundreds of processes with one passphrase need not pay for it each. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault_private.h"

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
