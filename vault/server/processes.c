#include "vault/server/processes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GAP 1024 /* descriptors that are free one after another: then there are no more */

static size_t read_text(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, size - 1);
    if (file >= 0)
        (void)close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* proc(5): "pid (name) state ppid …", utime and stime are the 14th and 15th, rss in pages the 24th. */
static bool look_at(long pid, const char *name, struct process_use *use)
{
    char path[64];
    char text[1024];
    unsigned long long fields[25] = {0};
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    const char *at = read_text(path, text, sizeof text) == 0 ? NULL : strrchr(text, ')');
    if (at == NULL || strlen(at) < 4)
        return false;
    at += 3; /* behind the state's letter */
    for (int i = 4; i <= 24; i++) {
        char *end;
        fields[i] = strtoull(at, &end, 10);
        at = end;
    }
    (void)snprintf(use->name, sizeof use->name, "%s", name);
    use->memory = fields[24] * (uint64_t)sysconf(_SC_PAGESIZE);
    use->processor = (double)(fields[14] + fields[15]) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

/* "strongroom-fron": the second word, of which the system keeps fifteen bytes in all. */
static void name_of(long pid, char *name, size_t size)
{
    char path[64];
    char text[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    (void)read_text(path, text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    const char *dash = strchr(text, '-');
    (void)snprintf(name, size, "%s",
        dash == NULL                     ? "other"
        : strncmp(dash, "-fron", 5) == 0 ? "front"
                                         : dash + 1);
}

size_t processes_look(struct process_use uses[PROCESSES_MAX])
{
    char path[64];
    char children[512];
    char name[24];
    long parent = (long)getppid();
    size_t count = look_at((long)getpid(), "keeper", &uses[0]);
    count += look_at(parent, "server", &uses[count]);
    (void)snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", parent, parent);
    (void)read_text(path, children, sizeof children);
    for (const char *at = children; *at != '\0' && count < PROCESSES_MAX;) {
        char *end;
        long pid = strtol(at, &end, 10);
        if (end == at)
            break;
        at = end + strspn(end, " ");
        if (pid == (long)getpid())
            continue;
        name_of(pid, name, sizeof name);
        /* Two fronts, while one takes over from the other: the labels must differ. */
        for (size_t i = 0; i < count; i++) {
            if (strcmp(uses[i].name, name) == 0)
                (void)snprintf(name, sizeof name, "%.15s-old", uses[i].name);
        }
        count += look_at(pid, name, &uses[count]);
    }
    return count;
}

uint64_t processes_descriptors(void)
{
    struct stat status;
    uint64_t count = 0;
    /* Newer kernels say it; this process may not list its own directory there, since it cannot be debugged.
     */
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return (uint64_t)status.st_size;
    for (int i = 0, gap = 0; gap < GAP; i++) {
        bool there = fcntl(i, F_GETFD) >= 0;
        count += there;
        gap = there ? 0 : gap + 1;
    }
    return count;
}
