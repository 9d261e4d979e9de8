/* Daemons, connections and their deadlines. */
#include "vault/server/front.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"
#include "vault/server/ask_private.h"

#define CONNECTIONS 512u
#define ROOM 64u                      /* beyond them, for those that are on their way out */
#define PATIENCE UINT64_C(250000000) /* nanoseconds in which a question should have come */
#define OF_ONE 64u
#define HEADER_SECONDS 75u
#define IDLE_SECONDS 90u
#define MEMORY_OF_ONE ((size_t)32 * 1024)
#define STACK_SIZE ((size_t)256 * 1024)

/* Of one listener. */
struct place {
    struct front *front;
    struct MHD_Daemon *daemon;
    unsigned lines; /* under the front's lock */
};

struct front {
    struct place places[FRONT_LISTENERS_MAX];
    size_t count;
    unsigned connections;
    int control;
    unsigned header_seconds;
    unsigned body_seconds;
    bool metrics;
    struct lanes lanes;
    pthread_mutex_t lock; /* guards the list of connections */
    struct line *first;
    unsigned lines;
    pthread_t sweeper;
    bool sweeping;
    atomic_bool stopping;
    struct buffer key;
    struct buffer certificate;
};

unsigned front_body_seconds(const struct front *front)
{
    return front->body_seconds;
}

bool front_shows_metrics(const struct front *front)
{
    return front->metrics;
}

/* --- Connections --- */

static unsigned long now_seconds(void)
{
    return (unsigned long)(instant_monotonic() / 1000000000u);
}

void line_allow(struct line *line, unsigned seconds)
{
    atomic_store(&line->deadline, seconds == 0 ? 0 : now_seconds() + seconds);
}

void line_hang_up(struct line *line)
{
    channel_free(line->channel);
    line->channel = NULL;
    line->told_lane = LANE_NONE;
}

/* One end goes to the keeper with a byte that means nothing. */
static bool hand_over(int control, int socket)
{
    char byte = 0;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } space = {.space = {0}};
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = space.space, .msg_controllen = sizeof space.space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &socket, sizeof socket);
    ssize_t sent;
    do
        sent = sendmsg(control, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

/* It leaves with the first question. */
static bool say_source(struct line *line)
{
    struct buffer content = {0};
    buffer_put_block(&content, bytes_of_text(line->source));
    bool said = buffer_error(&content) == VAULT_OK &&
                channel_send(line->channel, ASK_FROM, buffer_bytes(&content)) == VAULT_OK;
    buffer_free(&content);
    return said;
}

struct channel *line_channel(struct line *line)
{
    int ends[2];
    if (line->channel != NULL)
        return line->channel;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return NULL;
    bool handed = hand_over(line->front->control, ends[1]);
    (void)close(ends[1]);
    if (handed)
        line->channel = channel_new(ends[0]);
    else
        (void)close(ends[0]);
    if (line->channel != NULL && !say_source(line))
        line_hang_up(line);
    return line->channel;
}

/* Who it is, as far as the system says: for the pauses after failed logins, and for the log. */
static void name_source(struct line *line)
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof name;
    struct ucred peer;
    socklen_t peer_size = sizeof peer;
    char text[INET6_ADDRSTRLEN] = "?";
    if (getpeername(line->socket, (struct sockaddr *)&name, &size) != 0)
        name.ss_family = AF_UNSPEC;
    const struct sockaddr_in *four = (const void *)&name;
    const struct sockaddr_in6 *six = (const void *)&name;
    if (name.ss_family == AF_UNIX &&
        getsockopt(line->socket, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) == 0)
        (void)snprintf(text, sizeof text, "uid:%u", (unsigned)peer.uid);
    else if (name.ss_family == AF_INET)
        (void)inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
    else if (name.ss_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
    text_copy(line->source, sizeof line->source, text);
    line->local = name.ss_family == AF_UNIX;
}

void line_busy(struct line *line, bool busy)
{
    atomic_store(&line->since, instant_monotonic());
    atomic_store(&line->busy, busy);
}

void line_know(struct line *line)
{
    atomic_store(&line->known, true);
}

static bool asked_earlier(const struct line *line, const struct line *other)
{
    return other == NULL || atomic_load(&line->since) < atomic_load(&other->since);
}

/* Under the lock: of all but the newest, the one that is missed least: on which nothing was asked for
 * longest, of strangers', or, where they have less than a quarter of the places, of those of people who are
 * logged in. */
static struct line *least_missed(const struct place *place)
{
    struct line *stranger = NULL;
    struct line *known = NULL;
    unsigned strangers = 0;
    for (struct line *line = place->front->first->next; line != NULL; line = line->next) {
        bool is_known = atomic_load(&line->known);
        if (line->place != place || line->given_up)
            continue;
        strangers += !is_known;
        if (atomic_load(&line->busy))
            continue;
        if (is_known && asked_earlier(line, known))
            known = line;
        else if (!is_known && asked_earlier(line, stranger))
            stranger = line;
    }
    bool many = strangers >= place->front->connections / 4;
    return (many && stranger != NULL) || known == NULL ? stranger : known;
}

/* Under the lock.  Does the thread that accepts come too fast, for there to be time for anybody's question?
 */
static bool make_room(struct place *place)
{
    unsigned most = place->front->connections;
    struct line *line = place->lines > most ? least_missed(place) : NULL;
    bool fast = place->lines > most + ROOM / 2;
    if (line != NULL) {
        line->given_up = true;
        (void)shutdown(line->socket, SHUT_RDWR);
        fast = fast || instant_monotonic() - atomic_load(&line->since) < PATIENCE;
    }
    return fast;
}

/* Whoever floods us waits in the system's queue, and those that are here have their time. */
static void slow_down(void)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    (void)nanosleep(&moment, NULL);
}

static void line_begin(struct place *place, struct MHD_Connection *connection, void **context)
{
    struct front *front = place->front;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct line *line = calloc(1, sizeof *line);
    *context = line;
    if (line == NULL)
        return; /* the handler refuses what has no line */
    line->front = front;
    line->lanes = &front->lanes;
    line->place = place;
    atomic_store(&line->since, instant_monotonic());
    line->socket = info == NULL ? -1 : info->connect_fd;
    name_source(line);
    line_allow(line, front->header_seconds);
    (void)pthread_mutex_lock(&front->lock);
    line->next = front->first;
    if (front->first != NULL)
        front->first->previous = line;
    front->first = line;
    front->lines++;
    place->lines++;
    bool fast = make_room(place);
    (void)pthread_mutex_unlock(&front->lock);
    if (fast)
        slow_down();
}

static void line_end(struct line *line)
{
    if (line == NULL)
        return;
    struct front *front = line->front;
    (void)pthread_mutex_lock(&front->lock);
    if (line->previous != NULL)
        line->previous->next = line->next;
    else
        front->first = line->next;
    if (line->next != NULL)
        line->next->previous = line->previous;
    front->lines--;
    line->place->lines--;
    (void)pthread_mutex_unlock(&front->lock);
    channel_free(line->channel);
    free(line);
}

static void on_connection(
    void *context, struct MHD_Connection *connection, void **line, enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        line_begin(context, connection, line);
    } else {
        line_end(*line);
        *line = NULL;
    }
}

/* A client that sends a byte now and then is never idle to libmicrohttpd; here he has a deadline. */
static void sweep(struct front *front)
{
    unsigned long now = now_seconds();
    (void)pthread_mutex_lock(&front->lock);
    for (struct line *line = front->first; line != NULL; line = line->next) {
        unsigned long deadline = atomic_load(&line->deadline);
        if (deadline != 0 && now > deadline)
            (void)shutdown(line->socket, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&front->lock);
}

static void *sweep_on(void *context)
{
    static const struct timespec moment = {.tv_nsec = 500000000};
    struct front *front = context;
    while (!atomic_load(&front->stopping)) {
        (void)nanosleep(&moment, NULL);
        sweep(front);
    }
    return NULL;
}

/* --- Requests --- */

static struct line *line_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *size, void **request)
{
    struct asked *asked = *request;
    (void)context;
    (void)version;
    if (asked == NULL) {
        struct line *line = line_of(connection);
        asked = line == NULL ? NULL : asked_begin(connection, line, method, path);
        *request = asked;
        if (asked == NULL)
            return MHD_NO;
        /* Answering now closes the connection. */
        return asked_early(asked) ? asked_answer(asked, connection) : MHD_YES;
    }
    if (*size > 0)
        return asked_body(asked, data, size);
    return asked_answer(asked, connection);
}

static void on_completed(
    void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode code)
{
    struct front *front = context;
    struct asked *asked = *request;
    (void)connection;
    (void)code;
    if (asked == NULL)
        return;
    line_allow(asked_line(asked), front->header_seconds);
    line_busy(asked_line(asked), false);
    asked_free(asked);
    *request = NULL;
}

VAULT_PRINTF(2, 0) static void be_quiet(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

/* A zero would end the text, and what follows it be ignored: then no escape is one, and no path or name of
 * ours has a percent sign. */
static size_t unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

/* --- From start to end --- */

static int start(struct front *front, const struct front_options *options, size_t i, struct failure *failure)
{
    const struct front_listener *listener = &options->listeners[i];
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                     MHD_USE_ERROR_LOG | MHD_USE_ITC | (listener->tls ? MHD_USE_TLS : 0);
    char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, front->key.data},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, front->certificate.data},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->of_one != 0 ? options->of_one : OF_ONE, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    /* libmicrohttpd closes the socket that it listens on. */
    int socket = dup(listener->socket);
    front->places[i].front = front;
    /* The logger comes first: what the other options have to say goes to it. */
    front->places[i].daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, front,
        MHD_OPTION_EXTERNAL_LOGGER, be_quiet, NULL, MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_CONNECTION_LIMIT, front->connections + ROOM, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_OF_ONE, MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, front, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        &front->places[i], MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL,
        MHD_OPTION_ARRAY, listener->tls ? tls : none, MHD_OPTION_END);
    if (front->places[i].daemon != NULL)
        return VAULT_OK;
    (void)close(socket);
    return failure_set(failure, VAULT_EINPUT, "no service could be started%s",
        listener->tls ? ": the key does not fit the certificate, or cannot be used" : "");
}

int front_new(const struct front_options *options, struct front **frontp, struct failure *failure)
{
    *frontp = NULL;
    struct front *front = calloc(1, sizeof *front);
    if (front == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    (void)pthread_mutex_init(&front->lock, NULL);
    front->connections = options->connections != 0 ? options->connections : CONNECTIONS;
    front->control = options->control;
    front->metrics = options->metrics;
    front->header_seconds = options->header_seconds != 0 ? options->header_seconds : HEADER_SECONDS;
    front->body_seconds = options->body_seconds != 0 ? options->body_seconds : 30;
    buffer_put(&front->key, options->key);
    buffer_put(&front->certificate, options->certificate);
    int result = buffer_error(&front->key) == VAULT_OK && buffer_error(&front->certificate) == VAULT_OK
                     ? VAULT_OK
                     : failure_set(failure, VAULT_ENOMEM, "no memory");
    if (result == VAULT_OK) {
        front->sweeping = pthread_create(&front->sweeper, NULL, sweep_on, front) == 0;
        result =
            front->sweeping ? VAULT_OK : failure_set(failure, VAULT_ENOMEM, "no thread could be started");
    }
    for (size_t i = 0; i < options->count && result == VAULT_OK; i++) {
        front->count = i + 1;
        result = start(front, options, i, failure);
    }
    if (result != VAULT_OK) {
        front_free(front);
        return result;
    }
    *frontp = front;
    return VAULT_OK;
}

void front_quiesce(struct front *front)
{
    for (size_t i = 0; i < front->count; i++) {
        int socket = MHD_quiesce_daemon(front->places[i].daemon);
        if (socket >= 0)
            (void)close(socket);
    }
}

unsigned front_connections(struct front *front)
{
    (void)pthread_mutex_lock(&front->lock);
    unsigned count = front->lines;
    (void)pthread_mutex_unlock(&front->lock);
    return count;
}

/* What waits for the keeper would never end by itself. */
static void shut_all(struct front *front)
{
    (void)pthread_mutex_lock(&front->lock);
    for (struct line *line = front->first; line != NULL; line = line->next)
        (void)shutdown(line->socket, SHUT_RDWR);
    (void)pthread_mutex_unlock(&front->lock);
}

void front_free(struct front *front)
{
    if (front == NULL)
        return;
    atomic_store(&front->stopping, true);
    shut_all(front);
    for (size_t i = 0; i < front->count; i++) {
        if (front->places[i].daemon != NULL)
            MHD_stop_daemon(front->places[i].daemon);
    }
    if (front->sweeping)
        (void)pthread_join(front->sweeper, NULL);
    buffer_free(&front->key);
    buffer_free(&front->certificate);
    (void)pthread_mutex_destroy(&front->lock);
    free(front);
}
