/* PDF and DOCX of pages, by WeasyPrint and pandoc: programs that we do not trust with more than the page. */
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

#include "cli/interrupt.h"
#include "cli/render.h"
#include "cli/report.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"

#define SECONDS_MAX 120u
#define CPU_SECONDS_MAX 100u
#define MEMORY_MAX ((rlim_t)3 << 30)
#define SIZE_MAX_BYTES ((rlim_t)256 << 20)

/* Searched for as a shell would, so that what people installed is found; nothing is run through a shell. */
static bool find_program(const char *name, char *path, size_t size)
{
    const char *list = getenv("PATH");
    for (const char *at = list == NULL ? "/usr/local/bin:/usr/bin:/bin" : list; *at != '\0';) {
        size_t length = strcspn(at, ":");
        int written = snprintf(path, size, "%.*s/%s", (int)length, at, name);
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
static void become(const char *path, char *const arguments[], int in, int out)
{
    static char lang[] = "LANG=C.UTF-8";
    static char home[] = "HOME=/nonexistent";
    static char search[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    char *const environment[] = {lang, home, search, NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool ready = dup2(in, STDIN_FILENO) == STDIN_FILENO && dup2(out, STDOUT_FILENO) == STDOUT_FILENO &&
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
    while ((done = waitpid(child, &status, WNOHANG)) == 0 && instant_monotonic() < end && !interrupt_seen())
        (void)nanosleep(&pause, NULL);
    if (done == 0) {
        (void)kill(-child, SIGKILL);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        return interrupt_seen() ? _("it was stopped") : _("it took too long");
    }
    if (done == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    return done == child && WIFEXITED(status) && WEXITSTATUS(status) == 127 ? _("it could not be started")
                                                                            : _("it failed");
}

static int run(char *const arguments[], const char *from, const char *to, struct failure *failure)
{
    char program[1024];
    if (!find_program(arguments[0], program, sizeof program))
        return failure_set(failure, VAULT_ENOTFOUND, _("the program %s is not installed"), arguments[0]);
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    pid_t child = in < 0 || out < 0 ? -1 : fork();
    if (child == 0)
        become(program, arguments, in, out);
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
        (void)unlink(to);
    return failure_set(failure, VAULT_EIO, _("%s made no %s: %s"), arguments[0],
        strcmp(arguments[0], "pandoc") == 0 ? "DOCX" : "PDF", why);
}

int render_pdf(const char *html, const char *pdf, struct failure *failure)
{
    static char name[] = "weasyprint";
    static char quiet[] = "-q";
    static char encoding[] = "--encoding=utf-8";
    static char standard[] = "-";
    char *const arguments[] = {name, quiet, encoding, standard, standard, NULL};
    return run(arguments, html, pdf, failure);
}

/* --- DOCX --- */

static bool begins(struct bytes text, const char *with)
{
    return text.size >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

/* What a style sheet does to a page, said in the words of the other program. */
static const struct {
    const char *html, *plain;
} says[] = {
    {"<p class=\"ref\">", "<div data-custom-style=\"Reference\"><p>"},
    {"<p class=\"to\">", "<div data-custom-style=\"Addressee\"><p>"},
    {"<p class=\"note\">", "<div data-custom-style=\"Note\"><p>"},
    /* An empty line first, where it stands in for the room for a seal. */
    {"<div class=\"sign\">", "<div data-custom-style=\"Signature\"><p>&nbsp;</p>"},
};

/* Widths for a table's columns, which would all be the same: numbers take little, hashes much. */
static void put_columns(struct bytes table, struct buffer *out)
{
    const char *end = memmem(table.data, table.size, "</tr>", 5);
    const char *last = (const char *)table.data + table.size;
    bool hashes = memmem(table.data, table.size, "class=\"code\"", 12) != NULL;
    unsigned widths[16];
    unsigned count = 0;
    unsigned sum = 0;
    for (const char *at = (const char *)table.data; end != NULL && at < end && count < 16; at++) {
        struct bytes cell = bytes_of(at, (size_t)(last - at));
        if ((!begins(cell, "<th") && !begins(cell, "<td")) || begins(cell, "<thead"))
            continue;
        widths[count] = begins(cell, "<th class=\"n\">") ? 2 : 3;
        sum += widths[count++];
    }
    if (hashes && count > 0) {
        widths[count - 1] += 3;
        sum += 3;
    }
    buffer_put_text(out, "<colgroup>");
    for (unsigned i = 0; i < count; i++)
        buffer_put_format(out, "<col style=\"width:%u%%\">", 100 * widths[i] / sum);
    buffer_put_text(out, "</colgroup>");
}

/* Rows that are signed in have a height. */
static size_t put_room(struct bytes at, unsigned lines, struct buffer *out)
{
    static const char empty[] = "<td></td>";
    if (lines == 0 || !begins(at, empty))
        return 0;
    buffer_put_text(out, "<td>");
    for (unsigned i = 0; i < lines; i++)
        buffer_put_text(out, i == 0 ? "&nbsp;" : "<br>&nbsp;");
    buffer_put_text(out, "</td>");
    return sizeof empty - 1;
}

/* Running text; of Chinese with its first line drawn in, and the last before a signature on the same page
 * with it. */
static size_t put_words(struct bytes at, bool chinese, struct buffer *out)
{
    static const char words[] = "<p class=\"words\">";
    if (!begins(at, words))
        return 0;
    const char *end = memmem(at.data, at.size, "</p>", 4);
    const char *last = (const char *)at.data + at.size;
    for (end = end == NULL ? last : end + 4; end < last && (*end == '\n' || *end == ' ');)
        end++;
    bool signs = begins(bytes_of(end, (size_t)(last - end)), "<div class=\"sign\">");
    buffer_put_format(
        out, "<div data-custom-style=\"Words%s%s\"><p>", chinese ? " Chinese" : "", signs ? " Last" : "");
    return sizeof words - 1;
}

static size_t put_said(struct bytes at, bool chinese, bool *styled, struct buffer *out)
{
    size_t size = put_words(at, chinese, out);
    if (size > 0) {
        *styled = true;
        return size;
    }
    for (size_t i = 0; i < sizeof says / sizeof says[0]; i++) {
        if (!begins(at, says[i].html))
            continue;
        *styled = says[i].html[1] == 'p';
        buffer_put_text(out, says[i].plain);
        return strlen(says[i].html);
    }
    if (!*styled || !begins(at, "</p>"))
        return 0;
    *styled = false;
    buffer_put_text(out, "</p></div>");
    return 4;
}

void render_plain(struct bytes page, struct buffer *out)
{
    const char *body = memmem(page.data, page.size, "<body>", 6);
    const char *end = memmem(page.data, page.size, "</body>", 7);
    bool chinese = memmem(page.data, page.size, "<html lang=\"zh", 14) != NULL;
    bool styled = false;
    unsigned lines = 0;
    if (body == NULL || end == NULL || end < body)
        return;
    buffer_put_text(out, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>");
    for (struct bytes at = bytes_of(body + 6, (size_t)(end - body) - 6); at.size > 0;) {
        if (begins(at, "<tr"))
            lines = begins(at, "<tr class=\"seal\">") ? 4 : begins(at, "<tr class=\"blank\">") ? 2 : 0;
        size_t size = put_said(at, chinese, &styled, out);
        if (size == 0)
            size = put_room(at, lines, out);
        if (size == 0 && styled && at.data[0] == '\n')
            buffer_put_text(out, "<br>");
        if (size == 0 && begins(at, "<table")) {
            const char *close = memchr(at.data, '>', at.size);
            const char *last = memmem(at.data, at.size, "</table>", 8);
            size = close == NULL ? 1 : (size_t)(close - (const char *)at.data) + 1;
            buffer_put_data(out, at.data, size);
            if (last != NULL)
                put_columns(bytes_of(at.data + size, (size_t)(last - (const char *)at.data) - size), out);
        } else if (size == 0) {
            size = 1;
            buffer_put_data(out, at.data, size);
        }
        at = bytes_of(at.data + size, at.size - size);
    }
    buffer_put_text(out, "</body></html>\n");
}

int render_docx(const char *plain, const char *docx, struct failure *failure)
{
    static char name[] = "pandoc";
    static char from[] = "--from=html";
    static char to[] = "--to=docx";
    static char output[] = "--output=-";
    char beside[1024];
    char model[1100] = "--reference-doc=";
    size_t size = strlen(model);
    int written = snprintf(
        model + size, sizeof model - size, "%s/reference.docx", report_directory(beside, sizeof beside));
    bool has = written > 0 && (size_t)written < sizeof model - size && file_exists(model + size);
    char *const arguments[] = {name, from, to, output, has ? model : NULL, NULL};
    return run(arguments, plain, docx, failure);
}
