/* Clients of a server over its Unix socket, each with a connection that is kept alive, as fast as they are
 * answered.
 *
 * usage: requests SOCKET CLIENTS SECONDS METHOD PATH BODIES-FILE TOKENS-FILE
 * A body a line ("-": none), taken at random; a token a line, one a client in turn.  Prints one JSON line. */
#include <errno.h>
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

static const char *socket_path;
static const char *method;
static const char *target;
static char **bodies;
static size_t body_count;
static char **tokens;
static size_t token_count;
static atomic_bool over;

struct client {
    pthread_t thread;
    unsigned number;
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

static char **read_lines(const char *path, size_t *count)
{
    static struct buffer texts[2];
    static int used;
    struct buffer *text = &texts[used++];
    char **lines = NULL;
    if (file_read(path, (size_t)1 << 28, text, NULL) != VAULT_OK || buffer_text(text) == NULL)
        exit(1);
    for (char *line = strtok((char *)text->data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        lines = realloc(lines, (*count + 1) * sizeof *lines);
        lines[(*count)++] = line;
    }
    return lines;
}

static int connect_one(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", socket_path);
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&name, sizeof name) != 0) {
        perror(socket_path);
        exit(1);
    }
    return file;
}

/* Status of one answer, all of which has been read. */
static int read_answer(int file, char *space, size_t size)
{
    size_t had = 0;
    char *end = NULL;
    while (end == NULL && had + 1 < size) {
        ssize_t got = recv(file, space + had, size - 1 - had, 0);
        if (got <= 0)
            return 0;
        had += (size_t)got;
        space[had] = '\0';
        end = strstr(space, "\r\n\r\n");
    }
    const char *length = strcasestr(space, "\r\nContent-Length:");
    size_t rest = length == NULL ? 0 : strtoul(length + 17, NULL, 10);
    size_t body = had - (size_t)(end + 4 - space);
    while (body < rest) {
        ssize_t got = recv(file, space, rest - body < size ? rest - body : size, 0);
        if (got <= 0)
            return 0;
        body += (size_t)got;
    }
    return atoi(space + 9);
}

static void *run(void *context)
{
    struct client *client = context;
    static _Thread_local char space[65536];
    char request[4096];
    unsigned seed = client->number + 1;
    int file = connect_one();
    const char *token = tokens[client->number % token_count];
    while (!atomic_load(&over)) {
        const char *body = bodies[(size_t)rand_r(&seed) % body_count];
        body = strcmp(body, "-") == 0 ? "" : body;
        int size = snprintf(request, sizeof request,
            "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%sContent-Length: %zu\r\n\r\n%s",
            method, target, token, body[0] == '\0' ? "" : "Content-Type: application/json\r\n", strlen(body),
            body);
        double start = now();
        if (send(file, request, (size_t)size, MSG_NOSIGNAL) != size)
            exit(1);
        int status = read_answer(file, space, sizeof space);
        if (status == 0) {
            (void)fprintf(stderr, "the connection was closed\n");
            exit(1);
        }
        if (status >= 300)
            client->refused++;
        else if (client->answered < TIMES_MAX)
            client->times[client->answered++] = (uint32_t)((now() - start) * 1e6);
    }
    (void)close(file);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        (void)fprintf(stderr, "usage: requests SOCKET CLIENTS SECONDS METHOD PATH BODIES-FILE TOKENS-FILE\n");
        return 1;
    }
    size_t count = strtoul(argv[2], NULL, 10);
    double seconds = atof(argv[3]);
    socket_path = argv[1];
    method = argv[4];
    target = argv[5];
    bodies = read_lines(argv[6], &body_count);
    tokens = read_lines(argv[7], &token_count);
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
    return answered == 0;
}
