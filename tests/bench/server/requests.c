/* Clients of a server over its Unix socket or TLS, each one person with a connection that is kept alive, as
 * fast as they are answered.
 *
 * usage: requests PLACE CLIENTS SECONDS METHOD PATH QUESTIONS-FILE
 * PLACE is a path, or host:port for TLS 1.3.  A line of the file is a token, a blank and a body ("-": none);
 * the lines of one token stand together, a client keeps to one token's in turn, and asks what it takes at
 * random.  One JSON line. */
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/bytes.h"
#include "vault/base/file.h"

#define TIMES_MAX ((size_t)1 << 20)

struct person {
    const char *token;
    char **bodies;
    size_t count;
};

static const char *place;
static const char *method;
static const char *target;
static struct person *people;
static size_t person_count;
static SSL_CTX *tls;
static atomic_bool over;

struct client {
    pthread_t thread;
    unsigned number;
    int file;
    SSL *line; /* NULL: in the clear */
    size_t answered;
    size_t refused;
    uint32_t *times; /* microseconds */
};

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_questions(const char *path)
{
    static struct buffer text;
    if (file_read(path, (size_t)1 << 28, &text, NULL) != VAULT_OK || buffer_text(&text) == NULL)
        exit(1);
    for (char *line = strtok((char *)text.data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *body = strchr(line, ' ');
        if (body == NULL)
            exit(1);
        *body++ = '\0';
        if (person_count == 0 || strcmp(people[person_count - 1].token, line) != 0) {
            people = realloc(people, (person_count + 1) * sizeof *people);
            people[person_count++] = (struct person){.token = line};
        }
        struct person *person = &people[person_count - 1];
        if ((person->count & (person->count - 1)) == 0)
            person->bodies = realloc(
                person->bodies, (person->count == 0 ? 1 : 2 * person->count) * sizeof *person->bodies);
        person->bodies[person->count++] = body;
    }
}

static int connect_unix(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", place);
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    return file >= 0 && connect(file, (struct sockaddr *)&name, sizeof name) == 0 ? file : -1;
}

static int connect_tcp(void)
{
    char host[256];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    (void)snprintf(host, sizeof host, "%s", place);
    char *port = strrchr(host, ':');
    *port++ = '\0';
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int file = socket(found->ai_family, SOCK_STREAM, 0);
    int result = file < 0 ? -1 : connect(file, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return result == 0 ? file : -1;
}

static void connect_one(struct client *client)
{
    client->file = tls == NULL ? connect_unix() : connect_tcp();
    if (client->file >= 0 && tls != NULL) {
        client->line = SSL_new(tls);
        if (client->line == NULL || SSL_set_fd(client->line, client->file) != 1 ||
            SSL_connect(client->line) != 1)
            client->file = -1;
    }
    if (client->file < 0) {
        (void)fprintf(stderr, "%s: no connection: %s\n", place, strerror(errno));
        exit(1);
    }
}

/* Waiting in poll(), as the peer's library does: a thread that sleeps in recv() is woken when the other end
 * takes what was sent, too. */
static ssize_t take(struct client *client, char *space, size_t size)
{
    struct pollfd answer = {.fd = client->file, .events = POLLIN};
    if (client->line == NULL || SSL_pending(client->line) == 0)
        (void)poll(&answer, 1, -1);
    return client->line == NULL ? recv(client->file, space, size, 0)
                                : SSL_read(client->line, space, (int)size);
}

static ssize_t put(struct client *client, const char *data, size_t size)
{
    return client->line == NULL ? send(client->file, data, size, MSG_NOSIGNAL)
                                : SSL_write(client->line, data, (int)size);
}

/* Status of one answer, all of which has been read; 0: the connection was closed. */
static int read_answer(struct client *client, char *space, size_t size)
{
    size_t had = 0;
    char *end = NULL;
    while (end == NULL && had + 1 < size) {
        ssize_t got = take(client, space + had, size - 1 - had);
        if (got <= 0)
            return 0;
        had += (size_t)got;
        space[had] = '\0';
        end = strstr(space, "\r\n\r\n");
    }
    const char *length = strcasestr(space, "\r\nContent-Length:");
    size_t rest = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
    int status = atoi(space + 9);
    size_t body = had - (size_t)(end + 4 - space);
    while (body < rest) {
        ssize_t got = take(client, space, rest - body < size ? rest - body : size);
        if (got <= 0)
            return 0;
        body += (size_t)got;
    }
    return status;
}

static void *run(void *context)
{
    struct client *client = context;
    static _Thread_local char space[65536];
    char request[4096];
    unsigned seed = client->number + 1;
    const struct person *person = &people[client->number % person_count];
    connect_one(client);
    while (!atomic_load(&over)) {
        const char *body = person->bodies[(size_t)rand_r(&seed) % person->count];
        body = strcmp(body, "-") == 0 ? "" : body;
        int size = snprintf(request, sizeof request,
            "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%sContent-Length: %zu\r\n\r\n%s",
            method, target, person->token, body[0] == '\0' ? "" : "Content-Type: application/json\r\n",
            strlen(body), body);
        double start = now();
        if (put(client, request, (size_t)size) != size)
            exit(1);
        int status = read_answer(client, space, sizeof space);
        if (status == 0) {
            (void)fprintf(stderr, "the connection was closed\n");
            exit(1);
        }
        if (status >= 300 && client->refused++ == 0 && getenv("REQUESTS_SHOW") != NULL)
            (void)fprintf(stderr, "%.400s\n", space);
        if (status < 300 && client->answered < TIMES_MAX)
            client->times[client->answered++] = (uint32_t)((now() - start) * 1e6);
    }
    SSL_free(client->line);
    (void)close(client->file);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* What it is measured against is its own machine: whose certificate it is does not matter here. */
static void start_tls(void)
{
    if (place[0] == '/' || strchr(place, ':') == NULL)
        return;
    tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1)
        exit(1);
    SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        (void)fprintf(stderr, "usage: requests PLACE CLIENTS SECONDS METHOD PATH QUESTIONS-FILE\n");
        return 1;
    }
    size_t count = strtoul(argv[2], NULL, 10);
    double seconds = atof(argv[3]);
    place = argv[1];
    method = argv[4];
    target = argv[5];
    read_questions(argv[6]);
    start_tls();
    struct client *clients = calloc(count, sizeof *clients);
    for (size_t i = 0; i < count; i++) {
        clients[i].number = (unsigned)i;
        clients[i].times = malloc(TIMES_MAX * sizeof(uint32_t));
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0)
            return 1;
    }
    double start = now();
    (void)usleep((useconds_t)(seconds * 1e6));
    atomic_store(&over, true);
    size_t answered = 0;
    size_t refused = 0;
    for (size_t i = 0; i < count; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        answered += clients[i].answered;
        refused += clients[i].refused;
    }
    double took = now() - start;
    uint32_t *all = malloc((answered + 1) * sizeof *all);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(all + at, clients[i].times, clients[i].answered * sizeof *all);
        at += clients[i].answered;
    }
    qsort(all, answered, sizeof *all, compare);
    (void)printf("{\"clients\":%zu,\"per_second\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"refused\":%zu}\n", count,
        (double)answered / took, answered == 0 ? 0 : all[answered / 2],
        answered == 0 ? 0 : all[answered * 99 / 100], refused);
    return answered == 0 && refused == 0;
}
