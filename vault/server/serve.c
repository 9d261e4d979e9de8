#include "vault/server/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/crypto/certificate.h"
#include "vault/http/listen.h"
#include "vault/server/confine.h"
#include "vault/server/front.h"
#include "vault/server/keeper.h"
#include "vault/server/messenger.h"
#include "vault/server/notify.h"

#define SECOND UINT64_C(1000000000)
#define DRAIN_SECONDS 30u /* that an old front goes on for the connections it has */
#define RESTARTS_MAX 5u   /* of the front, in RESTART_SECONDS */
#define RESTART_SECONDS 60u
#define FIRST_SOCKET 3
#define HEARTBEAT_MAX (10 * SECOND) /* a keeper that is silent for longer hangs */
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct server {
    const struct serve_options *options;
    struct server_board *board;
    struct listener listeners[SERVE_LISTENERS_MAX];
    size_t count;
    bool tls;
    struct buffer key;
    struct buffer certificate;
    struct hash pin;
    int control[2]; /* [0] is the keeper's end, [1] the fronts' */
    int errands[2]; /* [0] is the keeper's end, [1] the messenger's */
    pid_t messenger;
    pid_t keeper;
    pid_t front; /* the one that takes connections */
    bool confined;
    uint64_t restarts[RESTARTS_MAX];
    void (*warn)(void *context, const struct failure *failure);
    void *context;
};

/* --- A child says how its start went --- */

struct report {
    int result;
    bool confined;
    struct failure failure;
};

static void tell_parent(int pipe_, int result, bool confined, const struct failure *failure)
{
    struct report report = {.result = result, .confined = confined, .failure = *failure};
    (void)!write(pipe_, &report, sizeof report); /* below PIPE_BUF: whole; who does not hear it sees us end */
    (void)close(pipe_);
}

static int hear_child(int pipe_, struct report *report, struct failure *failure)
{
    ssize_t got;
    do
        got = read(pipe_, report, sizeof *report);
    while (got < 0 && errno == EINTR);
    (void)close(pipe_);
    if (got != (ssize_t)sizeof *report)
        return failure_set(failure, VAULT_EINTERNAL, "a process of the server ended before it began");
    if (report->result != VAULT_OK) {
        (void)failure_set(failure, report->result, "%s", report->failure.text);
        if (report->failure.remedy[0] != '\0')
            failure_remedy(failure, "%s", report->failure.remedy);
    }
    return report->result;
}

static volatile int stop_wanted;

static void want_stop(int number)
{
    (void)number;
    stop_wanted = 1;
}

/* A child of ours: ends with us, and hears signals again as everybody does. */
static void begin_child(const char *name, pid_t parent)
{
    struct sigaction action = {.sa_handler = want_stop};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    (void)prctl(PR_SET_NAME, name);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &ignore, NULL); /* of a terminal: the first process tells us */
    (void)sigaction(SIGHUP, &ignore, NULL);
    (void)sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As much as the system allows: descriptors for connections, locked memory for keys. */
static void raise_limit(enum __rlimit_resource what)
{
    struct rlimit limit;
    if (getrlimit(what, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(what, &limit);
    }
}

static void close_listeners(struct server *server)
{
    for (size_t i = 0; i < server->count; i++)
        (void)close(server->listeners[i].socket);
}

/* --- The messenger: starts the firm's programs for the keeper, which may start none --- */

static void be_messenger(struct server *server, pid_t parent)
{
    begin_child("strongroom-mail", parent);
    /* It waits where a signal does not wake it for good, and holds nothing to be put away. */
    (void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    close_listeners(server);
    (void)close(server->control[0]);
    (void)close(server->control[1]);
    (void)close(server->errands[0]);
    buffer_free(&server->key);
    (void)munmap(server->board, sizeof *server->board);
    messenger_serve(server->errands[1], server->options->programs);
    _exit(0);
}

static int start_messenger(struct server *server, struct failure *failure)
{
    pid_t parent = getpid();
    server->messenger = fork();
    if (server->messenger == 0)
        be_messenger(server, parent);
    return server->messenger > 0
               ? VAULT_OK
               : failure_set(failure, VAULT_EIO, "no process could be started: %s", strerror(errno));
}

/* --- The keeper --- */

static void be_keeper(struct server *server, int told, pid_t parent)
{
    struct failure failure = {0};
    struct keeper *keeper = NULL;
    struct logins_options logins = server->options->logins;
    logins.board = server->board;
    begin_child("strongroom-keep", parent);
    raise_limit(RLIMIT_NOFILE);
    raise_limit(RLIMIT_MEMLOCK);
    (void)close(server->control[1]);
    (void)close(server->errands[1]);
    close_listeners(server);
    buffer_free(&server->key);
    messenger_use(server->errands[0]);
    int result = confine_keeper(&failure);
    if (result == VAULT_OK)
        result = keeper_new(&logins, &keeper, &failure);
    tell_parent(told, result, true, &failure);
    if (result == VAULT_OK)
        result = keeper_run(keeper, server->control[0], &stop_wanted, &failure);
    keeper_free(keeper);
    _exit(result == VAULT_OK ? 0 : 1);
}

static int start_keeper(struct server *server, struct failure *failure)
{
    int ends[2];
    struct report report;
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failure_set(failure, VAULT_EIO, "no pipe: %s", strerror(errno));
    server->keeper = fork();
    if (server->keeper == 0) {
        (void)close(ends[0]);
        be_keeper(server, ends[1], parent);
    }
    (void)close(ends[1]);
    if (server->keeper < 0) {
        (void)close(ends[0]);
        return failure_set(failure, VAULT_EIO, "no process could be started: %s", strerror(errno));
    }
    return hear_child(ends[0], &report, failure);
}

/* --- The front --- */

/* Until nobody takes connections from us any more, and those that we have are done or out of time. */
static void serve_until_told(struct front *front)
{
    static const struct timespec moment = {.tv_nsec = 100000000};
    while (stop_wanted == 0)
        (void)nanosleep(&moment, NULL);
    front_quiesce(front);
    uint64_t start = instant_monotonic();
    while (front_connections(front) > 0 && instant_monotonic() - start < DRAIN_SECONDS * SECOND)
        (void)nanosleep(&moment, NULL);
}

static void be_front(struct server *server, int told, pid_t parent)
{
    struct failure failure = {0};
    struct front *front = NULL;
    bool landlock = false;
    struct front_options options = {.key = buffer_bytes(&server->key),
        .certificate = buffer_bytes(&server->certificate),
        .control = server->control[1],
        .connections = server->options->connections,
        .metrics = server->options->metrics,
        .count = server->count};
    begin_child("strongroom-front", parent);
    (void)munmap(server->board, sizeof *server->board);
    raise_limit(RLIMIT_NOFILE);
    (void)close(server->control[0]);
    (void)close(server->errands[0]);
    (void)close(server->errands[1]);
    for (size_t i = 0; i < server->count; i++)
        options.listeners[i] =
            (struct front_listener){server->listeners[i].socket, !server->listeners[i].unix_socket};
    /* PEM is handed to a C interface: with its NUL. */
    options.key.size += options.key.data != NULL;
    options.certificate.size += options.certificate.data != NULL;
    int result = confine_front(&landlock, &failure);
    if (result == VAULT_OK)
        result = front_new(&options, &front, &failure);
    buffer_free(&server->key); /* the library has its own */
    tell_parent(told, result, landlock, &failure);
    if (result == VAULT_OK)
        serve_until_told(front);
    front_free(front);
    _exit(result == VAULT_OK ? 0 : 1);
}

static int start_front(struct server *server, struct failure *failure)
{
    int ends[2];
    struct report report = {.confined = false};
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failure_set(failure, VAULT_EIO, "no pipe: %s", strerror(errno));
    pid_t front = fork();
    if (front == 0) {
        (void)close(ends[0]);
        be_front(server, ends[1], parent);
    }
    (void)close(ends[1]);
    if (front < 0) {
        (void)close(ends[0]);
        return failure_set(failure, VAULT_EIO, "no process could be started: %s", strerror(errno));
    }
    int result = hear_child(ends[0], &report, failure);
    if (result == VAULT_OK) {
        server->front = front;
        server->confined = report.confined;
    }
    return result;
}

/* --- Places and certificates --- */

static int take_socket(struct server *server, int socket_, struct failure *failure)
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof name;
    struct listener *listener = &server->listeners[server->count];
    if (getsockname(socket_, (struct sockaddr *)&name, &size) != 0)
        return failure_set(
            failure, VAULT_EUSAGE, "descriptor %d: no socket was handed over: %s", socket_, strerror(errno));
    *listener = (struct listener){.socket = socket_, .unix_socket = name.ss_family == AF_UNIX};
    const struct sockaddr_un *path = (const void *)&name;
    const struct sockaddr_in *four = (const void *)&name;
    if (listener->unix_socket)
        text_copy(listener->address, sizeof listener->address, path->sun_path);
    else
        (void)snprintf(listener->address, sizeof listener->address, "*:%u", (unsigned)ntohs(four->sin_port));
    server->count++;
    return VAULT_OK;
}

static int listen_all(struct server *server, struct failure *failure)
{
    const struct serve_options *options = server->options;
    size_t handed = notify_sockets();
    int result = VAULT_OK;
    if (handed + options->listen_count > SERVE_LISTENERS_MAX || handed + options->listen_count == 0) {
        failure_remedy(failure, "give --socket PATH or --listen HOST:PORT");
        return failure_set(
            failure, VAULT_EUSAGE, "1 to %d places to listen on must be named", SERVE_LISTENERS_MAX);
    }
    for (size_t i = 0; i < handed && result == VAULT_OK; i++)
        result = take_socket(server, FIRST_SOCKET + (int)i, failure);
    for (size_t i = 0; i < options->listen_count && result == VAULT_OK; i++) {
        struct listener *listener = &server->listeners[server->count];
        listener->socket = -1;
        result = listen_on(options->listen[i], listener, failure);
        if (result == VAULT_OK)
            server->count++;
    }
    for (size_t i = 0; i < server->count; i++)
        server->tls = server->tls || !server->listeners[i].unix_socket;
    return result;
}

#define SOON_DAYS 30

static void warn(struct server *server, const struct failure *failure)
{
    if (server->warn != NULL)
        server->warn(server->context, failure);
}

static void warn_of_end(struct server *server, int64_t end)
{
    struct failure why = {0};
    int64_t days = (end - instant_now()) / DAY_MS;
    if (end - instant_now() > SOON_DAYS * DAY_MS)
        return;
    if (end < instant_now())
        (void)failure_set(&why, VAULT_EINPUT, "the certificate has ended; replace it, then send SIGHUP");
    else
        (void)failure_set(&why, VAULT_EINPUT,
            "the certificate ends in %lld days; replace it, then send SIGHUP", (long long)days);
    warn(server, &why);
}

static int load_certificate(struct server *server, struct failure *failure)
{
    struct buffer key = {0};
    struct buffer certificate = {0};
    struct certificate_source source = {
        server->options->logins.directory, "strongroom", server->options->certificate, server->options->key};
    if (!server->tls)
        return VAULT_OK;
    int result = certificate_load(&source, &key, &certificate, &server->pin, failure);
    if (result != VAULT_OK) {
        buffer_free(&key);
        buffer_free(&certificate);
        return result;
    }
    buffer_free(&server->key);
    buffer_free(&server->certificate);
    server->key = key;
    server->certificate = certificate;
    int64_t end = 0;
    (void)!certificate_end(buffer_bytes(&certificate), &end); /* one that was pinned is one */
    atomic_store(&server->board->certificate_end, end);
    warn_of_end(server, end);
    return VAULT_OK;
}

static void describe(const struct server *server, struct serve_places *places)
{
    *places = (struct serve_places){
        .count = server->count, .tls = server->tls, .pin = server->pin, .confined = server->confined};
    for (size_t i = 0; i < server->count; i++)
        (void)snprintf(places->urls[i], sizeof places->urls[i], "%s%s",
            server->listeners[i].unix_socket ? "unix:" : "https://", server->listeners[i].address);
}

/* --- While it runs --- */

/* A new front takes over with the new certificate; the old one ends when its connections have. */
static void reload(struct server *server)
{
    struct failure failure = {0};
    pid_t old = server->front;
    notify_reloading();
    int result = load_certificate(server, &failure);
    if (result == VAULT_OK)
        result = start_front(server, &failure);
    if (result == VAULT_OK && old > 0)
        (void)kill(old, SIGTERM);
    else if (result != VAULT_OK)
        warn(server, &failure); /* and the old one goes on */
    notify_state("READY=1");
}

static bool may_restart(struct server *server)
{
    uint64_t now = instant_monotonic();
    uint64_t oldest = server->restarts[0];
    memmove(server->restarts, server->restarts + 1, sizeof server->restarts - sizeof server->restarts[0]);
    server->restarts[RESTARTS_MAX - 1] = now;
    return oldest == 0 || now - oldest > RESTART_SECONDS * SECOND;
}

/* Somebody has ended.  VAULT_OK: it goes on. */
static int see_children(struct server *server, struct failure *failure)
{
    pid_t ended;
    int status;
    int result = VAULT_OK;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0 && result == VAULT_OK) {
        struct failure why = {0};
        if (ended == server->keeper) {
            server->keeper = 0;
            result = failure_set(failure, VAULT_EINTERNAL, "the keeper has ended; start the server again");
        } else if (ended == server->messenger) {
            (void)failure_set(&why, VAULT_EINTERNAL, "the messenger has ended; another one is started");
            warn(server, &why);
            result = may_restart(server)
                         ? start_messenger(server, failure)
                         : failure_set(failure, VAULT_EINTERNAL, "the messenger ends again and again");
        } else if (ended == server->front) {
            server->front = 0;
            (void)failure_set(&why, VAULT_EINTERNAL, "the front has ended (%s %d); another one is started",
                WIFSIGNALED(status) ? "signal" : "status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            warn(server, &why);
            result = may_restart(server)
                         ? start_front(server, failure)
                         : failure_set(failure, VAULT_EINTERNAL, "the front ends again and again");
        }
    }
    return result;
}

static int run(struct server *server, const sigset_t *signals, struct failure *failure)
{
    int result = VAULT_OK;
    uint64_t period = notify_watchdog() / 4;
    while (result == VAULT_OK) {
        struct timespec pause = {.tv_sec = (time_t)(period / SECOND), .tv_nsec = (long)(period % SECOND)};
        int signal = period == 0 ? sigwaitinfo(signals, NULL) : sigtimedwait(signals, NULL, &pause);
        if (period != 0 && instant_monotonic() - atomic_load(&server->board->heartbeat) < HEARTBEAT_MAX)
            notify_state("WATCHDOG=1");
        if (signal == SIGTERM || signal == SIGINT)
            break;
        if (signal == SIGHUP)
            reload(server);
        if (signal == SIGCHLD)
            result = see_children(server, failure);
    }
    notify_state("STOPPING=1");
    return result;
}

static void end_child(pid_t child, int signal)
{
    if (child <= 0 || kill(child, signal) != 0)
        return;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

/* The keeper first: what it is at comes to an end, and its answers still leave through the front. */
static void stop(struct server *server)
{
    static const struct timespec moment = {.tv_nsec = 200000000};
    bool served = server->keeper > 0 && server->front > 0;
    end_child(server->keeper, SIGTERM);
    if (served)
        (void)nanosleep(&moment, NULL);
    end_child(server->front, SIGKILL); /* it holds nothing that could be lost */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
    for (size_t i = 0; i < server->count; i++) {
        (void)close(server->listeners[i].socket);
        if (server->listeners[i].unix_socket && i >= server->count - server->options->listen_count)
            (void)unlink(server->listeners[i].address);
    }
    for (size_t i = 0; i < 2; i++) {
        if (server->errands[i] >= 0)
            (void)close(server->errands[i]);
        if (server->control[i] >= 0)
            (void)close(server->control[i]);
    }
    buffer_free(&server->key);
    buffer_free(&server->certificate);
}

static void block_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGHUP);
    (void)sigaddset(signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, signals, NULL);
}

int serve(const struct serve_options *options,
    void (*ready)(void *context, const struct serve_places *places),
    void (*warning)(void *context, const struct failure *failure), void *context, struct failure *failure)
{
    struct server server = {.options = options, .control = {-1, -1}, .errands = {-1, -1}, .warn = warning, .context = context};
    struct serve_places places;
    sigset_t signals;
    block_signals(&signals);
    server.board =
        mmap(NULL, sizeof *server.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (server.board == MAP_FAILED)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    int result = listen_all(&server, failure);
    if (result == VAULT_OK && (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, server.control) != 0 ||
                                  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, server.errands) != 0))
        result = failure_set(failure, VAULT_EIO, "no sockets: %s", strerror(errno));
    if (result == VAULT_OK)
        result = start_messenger(&server, failure);
    if (result == VAULT_OK)
        result = start_keeper(&server, failure);
    if (result == VAULT_OK)
        result = load_certificate(&server, failure);
    if (result == VAULT_OK)
        result = start_front(&server, failure);
    if (result == VAULT_OK) {
        describe(&server, &places);
        ready(context, &places);
        notify_state("READY=1");
        result = run(&server, &signals, failure);
    }
    stop(&server);
    (void)munmap(server.board, sizeof *server.board);
    return result;
}
