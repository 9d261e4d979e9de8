#include "vault/base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"

#define ARGUMENTS_MAX PROGRAM_ARGUMENTS_MAX

/* Whoever may write it decides what we run. */
static bool trusted(const char *path)
{
    struct stat status;
    return path[0] == '/' && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (status.st_uid == 0 || status.st_uid == geteuid());
}

struct running {
    pid_t pid;
    int input; /* -1 once all was told */
    struct bytes rest;
    uint64_t deadline; /* instant_monotonic() */
};

static void environment(char storage[3][256], char *list[4])
{
    static const char *const kept[] = {"PATH", "LANG", "TZ"};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        const char *value = getenv(kept[i]);
        if (value == NULL || strlen(value) > 200)
            continue;
        (void)snprintf(storage[count], 256, "%s=%s", kept[i], value);
        list[count] = storage[count];
        count++;
    }
    list[count] = NULL;
}

static int spawn(const char *path, char **arguments, char **variables, int input, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t usual;
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE);
    int bad = posix_spawn_file_actions_init(&actions);
    if (bad != 0)
        return bad;
    bad = posix_spawnattr_init(&attributes);
    if (bad == 0) {
        (void)posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        (void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
        (void)posix_spawnattr_setpgroup(&attributes, 0);
        (void)posix_spawnattr_setsigdefault(&attributes, &usual);
        bad = posix_spawn(pid, path, &actions, &attributes, arguments, variables);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return bad;
}

static bool start(const char *path, const char *const *arguments, struct running *running)
{
    union {
        const char *constant;
        char *given;
    } words[ARGUMENTS_MAX + 2] = {{.constant = path}};
    char *list[ARGUMENTS_MAX + 2] = {0};
    char storage[3][256];
    char *variables[4];
    int pair[2];
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL && i < ARGUMENTS_MAX; i++)
        words[i + 1].constant = arguments[i];
    for (size_t i = 0; words[i].given != NULL; i++)
        list[i] = words[i].given;
    environment(storage, variables);
    /* A pair of sockets, since writing to one whose reader is gone can be told to raise no signal. */
    if (!trusted(path) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    int bad = spawn(path, list, variables, pair[1], &running->pid);
    (void)close(pair[1]);
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    running->input = pair[0];
    if (bad != 0)
        (void)close(pair[0]);
    return bad == 0;
}

static void tell_more(struct running *running)
{
    ssize_t sent = running->rest.size == 0
                       ? 0
                       : send(running->input, running->rest.data, running->rest.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        running->rest = bytes_of(running->rest.data + sent, running->rest.size - (size_t)sent);
    if (running->rest.size > 0 && (sent > 0 || errno == EAGAIN || errno == EINTR))
        return;
    (void)close(running->input);
    running->input = -1;
}

static bool ended(struct running *running, int *status)
{
    return waitpid(running->pid, status, WNOHANG) == running->pid;
}

static void describe(int status, struct program_end *end)
{
    end->fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        text_copy(end->how, sizeof end->how, "not started");
    else if (WIFEXITED(status))
        (void)snprintf(end->how, sizeof end->how, "%d", WEXITSTATUS(status));
    else
        (void)snprintf(end->how, sizeof end->how, "signal %d", WTERMSIG(status));
}

static const struct program_runner *elsewhere;

void program_use(const struct program_runner *runner)
{
    elsewhere = runner;
}

void program_run(const char *path, const char *const *arguments, struct bytes input, unsigned milliseconds,
    struct program_end *end)
{
    static const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
    struct running running = {.input = -1, .rest = input, .deadline = instant_monotonic() + milliseconds * UINT64_C(1000000)};
    int status = 0;
    *end = (struct program_end){.how = "not started"};
    if (elsewhere != NULL) {
        elsewhere->run(elsewhere->context, path, arguments, input, milliseconds, end);
        return;
    }
    if (!start(path, arguments, &running))
        return;
    while (!ended(&running, &status)) {
        if (instant_monotonic() > running.deadline) {
            (void)kill(-running.pid, SIGKILL);
            (void)waitpid(running.pid, &status, 0);
            text_copy(end->how, sizeof end->how, "too long");
            break;
        }
        if (running.input >= 0)
            tell_more(&running);
        (void)nanosleep(&pause, NULL);
    }
    if (running.input >= 0)
        (void)close(running.input);
    if (strcmp(end->how, "too long") != 0)
        describe(status, end);
}
