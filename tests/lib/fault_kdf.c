/* Argon2id, remembered: it is pure, and hundreds of processes with one passphrase need not pay for it each.
 *
 * FAULT_KDF=DIR        remembers in files
 * FAULT_KDF_CHEAP=1    derives with 4 MiB and one pass, whatever is asked for: a few milliseconds, for
 * thousands of logins FAULT_KDF_EARLY=1    and, planted to be found, not at all for a salt that is seen for
 * the first time, as a server does that knows at once that there is no such user */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static bool memo_path(char *path, size_t size, const void *pwd, size_t pwd_size, const void *salt,
    size_t salt_size, const uint64_t cost[3])
{
    const char *directory = getenv("FAULT_KDF");
    if (directory == NULL || directory[0] == '\0')
        return false;
    uint64_t low = mix(mix(mix(UINT64_C(0xcbf29ce484222325), pwd, pwd_size), salt, salt_size), cost, 24);
    uint64_t high = mix(mix(mix(UINT64_C(0x9ae16a3b2f90404f), cost, 24), salt, salt_size), pwd, pwd_size);
    (void)snprintf(
        path, size, "%s/%016llx%016llx", directory, (unsigned long long)low, (unsigned long long)high);
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

#define SALTS_MAX 64

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] == '1';
}

/* Known users' salts are few, others' are new each time. */
static bool seen_before(const unsigned char *salt)
{
    static unsigned char salts[SALTS_MAX][16];
    static atomic_uint count;
    static atomic_uint next;
    unsigned seen = atomic_load(&count);
    for (unsigned i = 0; i < (seen < SALTS_MAX ? seen : SALTS_MAX); i++) {
        if (memcmp(salts[i], salt, 16) == 0)
            return true;
    }
    memcpy(salts[atomic_fetch_add(&next, 1) % SALTS_MAX], salt, 16);
    atomic_fetch_add(&count, 1);
    return false;
}

EXPORT int crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_size, const char *pwd,
    unsigned long long pwd_size, const unsigned char *salt, unsigned long long passes, size_t memory,
    int algorithm);
EXPORT int crypto_pwhash_argon2id(unsigned char *out, unsigned long long out_size, const char *pwd,
    unsigned long long pwd_size, const unsigned char *salt, unsigned long long passes, size_t memory,
    int algorithm)
{
    char path[4096];
    const uint64_t cost[3] = {passes, memory, 1};
    REAL(int, crypto_pwhash_argon2id,
        (unsigned char *, unsigned long long, const char *, unsigned long long, const unsigned char *,
            unsigned long long, size_t, int))
    if (is_set("FAULT_KDF_EARLY") && !seen_before(salt)) {
        memset(out, 0, (size_t)out_size);
        return 0;
    }
    if (is_set("FAULT_KDF_CHEAP")) {
        passes = 1;
        memory = (size_t)4 << 20;
    }
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
