/* A PDF of the report, by WeasyPrint: a program that we do not trust with more than the page. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/words.h"
#include "vault/base/instant.h"

#define PROGRAM "weasyprint"
#define SECONDS_MAX 120u
#define CPU_SECONDS_MAX 100u
#define MEMORY_MAX ((rlim_t)3 << 30)
#define SIZE_MAX_BYTES ((rlim_t)256 << 20)

/* Searched for as a shell would, so that what people installed is found; nothing is run through a shell. */
static bool find_program(char *path, size_t size)
{
    const char *list = getenv("PATH");
    for (const char *at = list == NULL ? "/usr/local/bin:/usr/bin:/bin" : list; *at != '\0';) {
        size_t length = strcspn(at, ":");
        int written = snprintf(path, size, "%.*s/" PROGRAM, (int)length, at);
        if (length > 0 && at[0] == '/' && written > 0 && (size_t)written < size && access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

/* No socket can be made any more, of whatever family, by this process or what it starts.  On another machine
 * than those below the filter is left out: the page names nothing to be fetched. */
static bool forbid_sockets(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
#ifdef __x86_64__
    const unsigned machine = AUDIT_ARCH_X86_64;
#else
    const unsigned machine = AUDIT_ARCH_AARCH64;
#endif
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#else
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
#endif
}

static bool limit(int resource, rlim_t value)
{
    struct rlimit most = {.rlim_cur = value, .rlim_max = value};
    return setrlimit((unsigned)resource, &most) == 0;
}

/* Never returns.  Between fork(2) and execve(2): only calls that are safe there. */
static void become(const char *path, int html, int pdf)
{
    static char name[] = PROGRAM;
    static char quiet[] = "-q";
    static char encoding[] = "--encoding=utf-8";
    static char standard[] = "-";
    static char lang[] = "LANG=C.UTF-8";
    static char home[] = "HOME=/nonexistent";
    static char search[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char *const arguments[] = {name, quiet, encoding, standard, standard, NULL};
    char *const environment[] = {lang, home, search, NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)setpgid(0, 0);
    bool ready = dup2(html, STDIN_FILENO) == STDIN_FILENO && dup2(pdf, STDOUT_FILENO) == STDOUT_FILENO &&
                 nowhere >= 0 && dup2(nowhere, STDERR_FILENO) == STDERR_FILENO &&
                 limit(RLIMIT_CPU, CPU_SECONDS_MAX) && limit(RLIMIT_AS, MEMORY_MAX) &&
                 limit(RLIMIT_FSIZE, SIZE_MAX_BYTES) && limit(RLIMIT_CORE, 0) && chdir("/") == 0 &&
                 forbid_sockets();
    if (ready)
        (void)execve(path, arguments, environment);
    _exit(127);
}

/* How it ended, in a few words; NULL if well. */
static const char *wait_for(pid_t child)
{
    static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    uint64_t end = instant_monotonic() + (uint64_t)SECONDS_MAX * 1000000000;
    int status = 0;
    pid_t done = 0;
    while ((done = waitpid(child, &status, WNOHANG)) == 0 && instant_monotonic() < end)
        (void)nanosleep(&pause, NULL);
    if (done == 0) {
        (void)kill(-child, SIGKILL);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        return _("it took too long");
    }
    if (done == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    return done == child && WIFEXITED(status) && WEXITSTATUS(status) == 127 ? _("it could not be started")
                                                                            : _("it failed");
}

int report_pdf(const char *html, const char *pdf, struct failure *failure)
{
    char program[1024];
    if (!find_program(program, sizeof program))
        return failure_set(failure, VAULT_ENOTFOUND, _("the program %s is not installed"), PROGRAM);
    int in = open(html, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = open(pdf, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    pid_t child = in < 0 || out < 0 ? -1 : fork();
    if (child == 0)
        become(program, in, out);
    const char *why = child < 0 ? strerror(errno) : wait_for(child);
    off_t size = out < 0 ? 0 : lseek(out, 0, SEEK_END);
    if (why == NULL && size <= 0)
        why = _("it wrote nothing");
    if (why == NULL && fsync(out) != 0)
        why = strerror(errno);
    if (in >= 0)
        (void)close(in);
    if (out >= 0)
        (void)close(out);
    if (why == NULL)
        return VAULT_OK;
    if (out >= 0)
        (void)unlink(pdf);
    return failure_set(failure, VAULT_EIO, _("%s made no PDF: %s"), PROGRAM, why);
}
