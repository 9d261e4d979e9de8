#include "vault/server/confine.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All that the front needs once it listens: memory, threads, time, and the sockets that it has or accepts.
 * What is not here fails with EPERM, so that a library that tries (a locale, a configuration) goes on
 * without. */
static const char *const allowed[] = {
    /* memory */
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "mlock", "munlock",
    /* threads and waiting */
    "set_robust_list", "rseq", "futex", "sched_yield", "sched_getaffinity", "exit", "exit_group",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigaction", "rt_sigtimedwait", "sigaltstack", "restart_syscall",
    "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "getpid",
    "gettid", "getrandom", "poll", "ppoll", "set_tid_address", "membarrier",
    /* descriptors that are there */
    "read", "write", "readv", "writev", "close", "dup", "fcntl", "fstat", "newfstatat", "lseek", "pipe2",
    "eventfd2", "sendfile",
    /* sockets */
    "accept", "accept4", "recvfrom", "recvmsg", "sendto", "sendmsg", "shutdown", "getsockname", "getpeername",
    "getsockopt", "setsockopt"};

static int allow_calls(scmp_filter_ctx rules)
{
    int code = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && code == 0; i++) {
        int call = seccomp_syscall_resolve_name(allowed[i]);
        if (call == __NR_SCMP_ERROR)
            continue; /* the library does not know it: then it stays refused */
        code = seccomp_rule_add(rules, SCMP_ACT_ALLOW, call, 0);
    }
    /* Threads, but no processes.  clone3 hides its flags from filters; told that there is none, the C library
     * uses clone. */
    if (code == 0)
        code = seccomp_rule_add(rules, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD));
    if (code == 0)
        code = seccomp_rule_add(rules, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    /* The calling thread's own processor. */
    if (code == 0)
        code = seccomp_rule_add(
            rules, SCMP_ACT_ALLOW, SCMP_SYS(sched_setaffinity), 1, SCMP_A0(SCMP_CMP_EQ, 0, 0));
    /* Pairs to talk to the keeper with; no socket that goes elsewhere. */
    if (code == 0)
        code = seccomp_rule_add(
            rules, SCMP_ACT_ALLOW, SCMP_SYS(socketpair), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)AF_UNIX, 0));
    return code;
}

/* Whatever @p fill does not name goes by @p otherwise. */
static int load_filter(
    uint32_t otherwise, int (*fill)(scmp_filter_ctx rules), const char *who, struct failure *failure)
{
    scmp_filter_ctx rules = seccomp_init(otherwise);
    int code = rules == NULL ? -ENOMEM : fill(rules);
    if (code == 0)
        code = seccomp_load(rules);
    if (rules != NULL)
        seccomp_release(rules);
    return code == 0
               ? VAULT_OK
               : failure_set(failure, VAULT_EVERSION, "the %s cannot be confined: %s", who, strerror(-code));
}

/* Every right over files is handled, and none is given. */
static bool forbid_files(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr handled = {
        .handled_access_fs =
            LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
            LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
            LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
            LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
            LANDLOCK_ACCESS_FS_MAKE_SYM};
    if (version < 1)
        return false;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    bool done = ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (ruleset >= 0)
        (void)close(ruleset);
    return done;
}

int confine_front(bool *landlock, struct failure *failure)
{
    *landlock = false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failure_set(failure, VAULT_EVERSION, "the front cannot be confined: %s", strerror(errno));
    *landlock = forbid_files();
    return load_filter(SCMP_ACT_ERRNO(EPERM), allow_calls, "front", failure);
}

/* --- The keeper --- */

static const char *const refused[] = {"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "pidfd_getfd", "kcmp", "mount", "umount2", "pivot_root", "chroot", "setns",
    "unshare", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "keyctl",
    "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "settimeofday", "clock_settime", "adjtimex", "setuid", "setgid",
    "setreuid", "setregid", "setresuid", "setresgid", "setgroups"};

static int refuse_calls(scmp_filter_ctx rules)
{
    int code = 0;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0] && code == 0; i++) {
        int call = seccomp_syscall_resolve_name(refused[i]);
        if (call != __NR_SCMP_ERROR)
            code = seccomp_rule_add(rules, SCMP_ACT_ERRNO(EPERM), call, 0);
    }
    /* Threads, but no processes. */
    if (code == 0)
        code = seccomp_rule_add(
            rules, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (code == 0)
        code = seccomp_rule_add(rules, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return code;
}

int confine_keeper(struct failure *failure)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return failure_set(failure, VAULT_EVERSION, "the keeper cannot be confined: %s", strerror(errno));
    return load_filter(SCMP_ACT_ALLOW, refuse_calls, "keeper", failure);
}
