/* Requests that are wrong, as many as are asked for: put together by a grammar whose every part has good
 * forms and bad ones, and then, now and then, with bytes changed.  Some go over connections that are kept for
 * as long as the server keeps them, some over one of their own.
 *
 * usage: malformed SOCKET REQUESTS CLIENTS SEED TOKEN-FILE
 * The same seed gives the same requests.  Prints one JSON line; 1 where a server said what is no HTTP, or was
 * gone. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/bytes.h"
#include "vault/base/file.h"

#define SIZE_MAX_OF_ONE ((size_t)256 * 1024)
#define PATIENCE_MS 250
#define HAND_UP_MS 5000

static const char *socket_path;
static char token[65];
static atomic_ulong left;
static atomic_ulong statuses[6]; /* by hundreds; [0]: closed without a word */
static atomic_ulong connections;
static atomic_ulong strange;
static atomic_ulong gone;

struct client {
    pthread_t thread;
    uint64_t state;
    char *text;
    size_t size;
    char first[33]; /* of the answer */
};

static uint32_t draw(struct client *client, uint32_t below)
{
    uint64_t x = client->state; /* xorshift64* */
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    client->state = x;
    return (uint32_t)((x * UINT64_C(2685821657736338717)) >> 33) % below;
}

#define COUNT(list) (uint32_t)(sizeof(list) / sizeof(list)[0])
#define ONE_OF(client, list) (list)[draw(client, COUNT(list))]

static void put_bytes(struct client *client, const void *bytes, size_t size)
{
    size_t room = SIZE_MAX_OF_ONE - client->size;
    size = size < room ? size : room;
    memcpy(client->text + client->size, bytes, size);
    client->size += size;
}

static void put(struct client *client, const char *text)
{
    put_bytes(client, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void put_format(struct client *client, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(client, text);
}

static void put_many(struct client *client, const char *text, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        put(client, text);
}

/* --- The grammar --- */

static const char *const methods[] = {"GET", "POST", "DELETE", "GET", "POST", "PUT", "HEAD", "OPTIONS",
    "TRACE", "CONNECT", "PATCH", "PRI", "get", "G\tET", "", " GET", "GET\r", "PO\x01ST",
    "GETGETGETGETGETGETGETGETGETGETGETGETGET"};
static const char *const paths[] = {"/healthz", "/v1/sessions", "/v1/operations/client.list",
    "/v1/operations/record.read", "/v1/files?name=a.csv", "/v1/files/01M8AW1D9S7GJW9MS6A19J9ES5-0",
    "/v1/sessions/01M8AW1D9S7GJW9MS6A19J9ES5", "/", "//healthz", "/%2e%2e/healthz",
    "/v1/operations/%2e%2e%2fhealthz", "/v1/files/../../etc/passwd", "/v1/./sessions", "/v1/files/%00",
    "/v1/operations/client.list%00", "/%c0%ae%c0%ae/healthz", "/\xc0\xae\xc0\xae/", "/%", "/%zz",
    "/v1/files?name", "/v1/files?name=%00", "/v1/files?name=../../x",
    "/v1/files?name=", "/v1/files?name=a&name=b", "/v1/operations/", "*", "http://x/healthz",
    "https://user:pass@x:99999/healthz", "/healthz#x", "/healthz?\xff", "\\healthz", "", "/v1/operations/a b",
    "/\x7f"};
static const char *const versions[] = {"HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9",
    "HTTP/1.10", "http/1.1", "HTTP/1", "HTTP/", "", "HTTPS/1.1", "HTTP/1.1 HTTP/1.1", "HTTP/9999999999.1",
    "ICY"};
static const char *const ends[] = {
    "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\r", "\v\r\n", ""};
static const char *const headers[] = {"Host: x", "Host: x", "Host:", "Host: a\r\nHost: b",
    "Accept: application/x-ndjson", "Accept: */*", "Expect: 100-continue", "Expect: nothing",
    "Connection: close", "Connection: keep-alive, Upgrade", "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=10.0.0.1",
    "X-Original-URL: /healthz", "X-HTTP-Method-Override: DELETE", "Proxy: http://x", "Cookie: a=b",
    " folded: x", "\tfolded", "Na me: x", "Name : x", ": x", "novalue", "X: \x01\x02\x03", "Range: bytes=0-",
    "Content-Encoding: gzip", "Trailer: X", "TE: trailers", "If-Match: \"1\"", "If-Match: *",
    "Idempotency-Key: a", "Accept-Language: zh-CN,\xff", "Authorization: Basic eDp5", "Authorization: Bearer",
    "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16",
    "Content-Type: multipart/form-data; boundary=x", "Content-Type: application/x-www-form-urlencoded"};
static const char *const lengths[] = {"Content-Length: %zu", "Content-Length: %zu", "Content-Length: %zu",
    "Content-Length: -%zu", "Content-Length: +%zu", "Content-Length: 0x%zx",
    "Content-Length:%zu\r\nContent-Length: 0", "Content-Length: %zu, %zu", "Content-Length: 1%zu",
    "Content-Length: 99999999999999999999%zu", "Content-Length: ", "Content-Length: %zu \t",
    "Content-Length: %zu\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: xchunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: \x0b"
    "chunked",
    "Transfer-Encoding\t: chunked", "transfer-encoding:\r\n chunked"};
static const char *const bodies[] = {"{}", "{\"client\":\"K0001\"}",
    "{\"user\":\"zed\",\"passphrase\":\"guess\"}", "[]", "null", "{\"a\":1e999}", "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\xff\"}", "{\"client\":{\"client\":{}}}", "{\"client\":[[[[[[[[[[]]]]]]]]]]}", "{", "\"",
    "{\"a\":1,\"a\":2}", "{\"secret\":1}", "{\"secret_base64\":\"=\"}", "{\"uploads\":[1]}",
    "{\"files\":[\"/etc/passwd\"]}", "\xef\xbb\xbf{}", "{}{}", "",
    "{\"user\":\"\\u0000\",\"passphrase\":\"\"}", "{\"user\":\"amy\",\"passphrase\":\"x\",\"more\":1}"};
static const char *const chunks[] = {"%zx\r\n", "%zX;a=b\r\n", "0%zx\r\n", "%zx \r\n", "-%zx\r\n", "%zx\n",
    "fffffffffffffffff%zx\r\n", "zz%zx\r\n", "%zx;\x01=\"\r\n"};

static void put_token(struct client *client)
{
    switch (draw(client, 6)) {
    case 0:
        put_format(client, "Authorization: Bearer %s\r\n", token);
        break;
    case 1:
        put_format(client, "Authorization: bearer  %s\r\n", token);
        break;
    case 2:
        put_format(client, "Authorization: Bearer %.63sg\r\n", token);
        break;
    case 3:
        put_format(client, "Authorization: Bearer %016x%016x%016x%016x\r\n", draw(client, 1u << 31),
            draw(client, 9), 1u, 2u);
        break;
    case 4:
        put_format(client, "Authorization: Bearer %s\r\nAuthorization: Bearer %s\r\n", token, token);
        break;
    default:
        break;
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* of the tables above */
static void put_chunks(struct client *client, const char *body, size_t size)
{
    char text[64];
    (void)snprintf(text, sizeof text, ONE_OF(client, chunks), size);
    put(client, text);
    put_bytes(client, body, size);
    put(client, draw(client, 5) == 0 ? "\n" : "\r\n");
    put(client, draw(client, 5) == 0 ? "0\r\nX: y\r\n\r\n" : "0\r\n\r\n");
}

static void put_length(struct client *client, const char *form, size_t size)
{
    char text[128];
    (void)snprintf(text, sizeof text, form, size, size);
    put(client, text);
    put(client, "\r\n");
}
#pragma GCC diagnostic pop

static void put_body(struct client *client, const char *form, const char *body, size_t size, const char *end)
{
    put(client, end);
    if (strcasestr(form, "chunked") != NULL)
        put_chunks(client, body, size);
    else
        put_bytes(client, body, size);
}

/* Well framed, and wrong otherwise: such a one does not end its connection. */
static void put_framed(struct client *client)
{
    const char *body = ONE_OF(client, bodies);
    put_format(client, "%s %s HTTP/1.1\r\nHost: x\r\n", methods[draw(client, 5)], paths[draw(client, 22)]);
    put_token(client);
    if (draw(client, 4) > 0)
        put(client, "Content-Type: application/json\r\n");
    put_format(client, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
}

static void put_wild(struct client *client)
{
    const char *end = ONE_OF(client, ends);
    const char *form = ONE_OF(client, lengths);
    const char *body = ONE_OF(client, bodies);
    put_many(client, "\r\n", draw(client, 8) == 0 ? draw(client, 40) : 0);
    put_format(client, "%s %s", ONE_OF(client, methods), ONE_OF(client, paths));
    put_many(client, "a", draw(client, 40) == 0 ? draw(client, 60000) : 0);
    put_format(client, "%s%s%s", draw(client, 10) == 0 ? "\t" : " ", ONE_OF(client, versions), end);
    for (uint32_t i = draw(client, 6); i > 0; i--) {
        put(client, ONE_OF(client, headers));
        put(client, ONE_OF(client, ends));
    }
    put_many(client, "A: b\r\n", draw(client, 40) == 0 ? draw(client, 9000) : 0);
    put_token(client);
    if (draw(client, 3) > 0)
        put(client, "Content-Type: application/json\r\n");
    if (draw(client, 4) > 0)
        put_length(client, form, strlen(body));
    put_body(client, form, body, strlen(body), end);
    if (draw(client, 6) == 0)
        put(client, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void change_bytes(struct client *client)
{
    for (uint32_t i = draw(client, 8); i > 0 && client->size > 0; i--) {
        size_t at = draw(client, (uint32_t)client->size);
        size_t some = 1 + draw(client, 16);
        some = some < client->size - at ? some : client->size - at;
        if (draw(client, 3) > 0) {
            client->text[at] = (char)draw(client, 256);
        } else {
            memmove(client->text + at, client->text + at + some, client->size - at - some);
            client->size -= some;
        }
    }
}

/* false: nothing but its own end tells where it ends. */
static bool make(struct client *client)
{
    client->size = 0;
    if (draw(client, 2) == 0) {
        put_framed(client);
        return true;
    }
    if (draw(client, 50) == 0)
        put(client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    put_wild(client);
    if (draw(client, 3) == 0)
        change_bytes(client);
    return false;
}

/* --- Sending --- */

static int connect_one(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", socket_path);
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    if (file >= 0 && connect(file, (struct sockaddr *)&name, sizeof name) == 0)
        return file;
    if (file >= 0)
        (void)close(file);
    return -1;
}

static void note(struct client *client, size_t had)
{
    if (had == 0) {
        atomic_fetch_add(&statuses[0], 1);
        return;
    }
    client->first[had < sizeof client->first - 1 ? had : sizeof client->first - 1] = '\0';
    unsigned status =
        had > 12 && strncmp(client->first, "HTTP/1.", 7) == 0 ? (unsigned)atoi(client->first + 9) : 999;
    if (status < 100 || status > 599 || status == 500) /* no request may make the server fail */
        atomic_fetch_add(&strange, 1);
    else
        atomic_fetch_add(&statuses[status / 100], 1);
}

/* Read what there is.  true: the connection goes on. */
static bool read_some(struct client *client, int file, size_t *had, int wait)
{
    char space[8192];
    struct pollfd ready = {.fd = file, .events = POLLIN};
    while (poll(&ready, 1, wait) > 0) {
        ssize_t got = recv(file, space, sizeof space, 0);
        if (got <= 0)
            return false;
        size_t room = *had < sizeof client->first - 1 ? sizeof client->first - 1 - *had : 0;
        memcpy(client->first + (sizeof client->first - 1 - room), space,
            (size_t)got < room ? (size_t)got : room);
        *had += (size_t)got;
        wait = 0;
    }
    return true;
}

/* One request.  -1: the connection is over. */
static int send_one(struct client *client, int file)
{
    bool framed = make(client);
    size_t had = 0;
    bool sent = send(file, client->text, client->size, MSG_NOSIGNAL) == (ssize_t)client->size;
    bool goes_on = sent && framed && read_some(client, file, &had, PATIENCE_MS) && had > 0;
    if (!goes_on) {
        (void)shutdown(file, SHUT_WR);
        while (read_some(client, file, &had, HAND_UP_MS) && had > 0)
            continue;
        (void)close(file);
    }
    note(client, had);
    return goes_on ? file : -1;
}

static void *run(void *context)
{
    struct client *client = context;
    int file = -1;
    for (;;) {
        unsigned long before = atomic_load(&left);
        do
            if (before == 0)
                break;
        while (!atomic_compare_exchange_weak(&left, &before, before - 1));
        if (before == 0)
            break;
        if (file < 0) {
            file = connect_one();
            atomic_fetch_add(&connections, 1);
        }
        if (file < 0) {
            atomic_fetch_add(&gone, 1);
            break;
        }
        file = send_one(client, file);
    }
    if (file >= 0)
        (void)close(file);
    return NULL;
}

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_token(const char *path)
{
    struct buffer text = {0};
    if (file_read(path, 4096, &text, NULL) != VAULT_OK || text.size < 64) {
        (void)fprintf(stderr, "%s: no token\n", path);
        exit(1);
    }
    memcpy(token, text.data, 64);
    buffer_free(&text);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        (void)fprintf(stderr, "usage: malformed SOCKET REQUESTS CLIENTS SEED TOKEN-FILE\n");
        return 1;
    }
    unsigned long count = strtoul(argv[2], NULL, 10);
    unsigned long number = strtoul(argv[3], NULL, 10);
    uint64_t seed = strtoull(argv[4], NULL, 10);
    socket_path = argv[1];
    read_token(argv[5]);
    atomic_store(&left, count);
    struct client *clients = calloc(number, sizeof *clients);
    if (clients == NULL)
        return 1;
    double start = now();
    for (unsigned long i = 0; i < number; i++) {
        clients[i].state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15) + i * UINT64_C(0xBF58476D1CE4E5B9) + 1;
        clients[i].text = malloc(SIZE_MAX_OF_ONE);
        if (clients[i].text == NULL || pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0)
            return 1;
    }
    for (unsigned long i = 0; i < number; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        free(clients[i].text);
    }
    (void)printf("{\"requests\":%lu,\"connections\":%lu,\"seconds\":%.1f,\"closed\":%lu,\"1xx\":%lu,\"2xx\":%"
                 "lu,\"4xx\":%lu,\"5xx\":%lu,"
                 "\"strange\":%lu,\"gone\":%lu}\n",
        count - atomic_load(&left), atomic_load(&connections), now() - start, atomic_load(&statuses[0]),
        atomic_load(&statuses[1]), atomic_load(&statuses[2]), atomic_load(&statuses[4]),
        atomic_load(&statuses[5]), atomic_load(&strange), atomic_load(&gone));
    free(clients);
    return atomic_load(&strange) + atomic_load(&gone) > 0;
}
