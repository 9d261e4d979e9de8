#include "vault/formats/pdf_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/instant.h"

#ifndef O_PATH
#define O_PATH 010000000
#endif

/* Where distributions put it; the person's PATH says nothing. */
static const char *const programs[] = {"/usr/bin/pdftotext", "/usr/local/bin/pdftotext"};

/* --- The other process.  Between fork and exec: only what a signal handler may call. --- */

static void limit(enum __rlimit_resource resource, rlim_t value)
{
    struct rlimit bound = {value, value};
    (void)setrlimit(resource, &bound);
}

#define READS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* The program, its libraries, its tables of characters.  A kernel without Landlock goes on without. */
static void keep_to_the_system(void)
{
    static const char *const places[] = {"/usr", "/lib", "/lib64", "/etc"};
    struct landlock_ruleset_attr handled = {
        .handled_access_fs = READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                             LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM};
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (rules < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct landlock_path_beneath_attr place = {
            .allowed_access = READS, .parent_fd = open(places[i], O_PATH | O_CLOEXEC)};
        if (place.parent_fd >= 0)
            (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &place, 0);
    }
    (void)syscall(SYS_landlock_restrict_self, rules, 0);
}

static void become_reader(int file, int out)
{
    static const char *const arguments[] = {"pdftotext", "-layout", "-enc", "UTF-8", "-q", "-", "-", NULL};
    static const char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
    /* Through high numbers, so that neither is written over. */
    int high_file = fcntl(file, F_DUPFD_CLOEXEC, 16), high_out = fcntl(out, F_DUPFD_CLOEXEC, 16);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (high_file < 0 || high_out < 0 || null < 0 || dup2(high_file, STDIN_FILENO) < 0 ||
        dup2(null, STDERR_FILENO) < 0 || dup2(high_out, STDOUT_FILENO) < 0)
        _exit(126);
    limit(RLIMIT_CPU, PDF_SECONDS);
    limit(RLIMIT_AS, PDF_MEMORY);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, 0);
    keep_to_the_system();
    (void)signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        (void)execve(programs[i], (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
    _exit(errno == ENOENT ? 127 : 126);
}

/* --- This process --- */

static const struct pdf_runner *elsewhere;

void pdf_program_use(const struct pdf_runner *runner)
{
    elsewhere = runner;
}

bool pdf_program_start(struct pdf_program *program, int file, int out)
{
    *program = (struct pdf_program){.pid = -1, .elsewhere = elsewhere != NULL};
    if (elsewhere != NULL)
        return elsewhere->start(elsewhere->context, file, out);
    program->pid = fork();
    if (program->pid == 0)
        become_reader(file, out);
    return program->pid > 0;
}

static bool ended(int pid, int *status, bool *lost)
{
    pid_t got = waitpid(pid, status, WNOHANG);
    *lost = got < 0 && errno != EINTR;
    return got == pid || *lost;
}

enum pdf_end pdf_program_end(struct pdf_program *program, bool stop)
{
    static const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
    uint64_t end = instant_monotonic() + (uint64_t)PDF_SECONDS * 1000000000u;
    int status = 0;
    bool lost = false;
    if (program->elsewhere)
        return elsewhere->end(elsewhere->context);
    while (!ended(program->pid, &status, &lost)) {
        if (stop || instant_monotonic() > end)
            (void)kill(program->pid, SIGKILL);
        (void)nanosleep(&pause, NULL);
    }
    if (lost || (WIFEXITED(status) && WEXITSTATUS(status) == 126))
        return PDF_UNKNOWN;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return PDF_ABSENT;
    if (WIFSIGNALED(status))
        return PDF_STOPPED;
    return WEXITSTATUS(status) == 0 ? PDF_READ : PDF_UNREADABLE;
}
