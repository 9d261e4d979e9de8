#include "vault/witness/door.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/base/memory.h"
#include "vault/crypto/certificate.h"
#include "vault/http/listen.h"
#include "vault/witness/door_private.h"

#define CONNECTIONS 256u
#define IDLE_SECONDS 90u
#define REQUEST_SECONDS 20u
#define SPILL_MAX \
    ((size_t)1024 * 1024) /* of a body that is too long, read so that the answer can be read \
                           */
#define STACK_SIZE ((size_t)512 * 1024)

struct door {
    struct witness *witness;
    struct MHD_Daemon *daemon;
    struct listener listener;
    bool tls;
    struct buffer key; /* PEM with a NUL, as libmicrohttpd wants it */
    struct buffer certificate;
    struct hash pin;
    char url[LISTEN_URL_SIZE + 10];
};

/* --- One request --- */

struct asked {
    const struct route *route;
    struct bytes rest;
    unsigned status; /* of a refusal that is certain before the body has come; 0 */
    uint64_t started;
    size_t spilled;
    struct buffer body;
};

static const char *text_of(unsigned status)
{
    return status == 404   ? "there is nothing here\n"
           : status == 405 ? "not by this method\n"
           : status == 413 ? "the body is too long\n"
                           : "no memory\n";
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct witness_answer *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.size, answer->body.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result =
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    if (result == MHD_YES && answer->status == 405)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, POST");
    if (result == MHD_YES)
        result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
    struct witness_answer answer = {.status = status, .content_type = "text/plain; charset=utf-8"};
    buffer_put_text(&answer.body, text_of(status));
    enum MHD_Result result = send_answer(connection, &answer);
    buffer_free(&answer.body);
    return result;
}

static enum MHD_Result begin(const char *method, const char *path, void **context)
{
    struct asked *asked = calloc(1, sizeof *asked);
    *context = asked;
    if (asked == NULL)
        return MHD_NO;
    asked->started = instant_monotonic();
    asked->route = route_find(method, path, &asked->rest, &asked->status);
    if (asked->route != NULL)
        asked->status = 0;
    return MHD_YES; /* answering now would close the connection */
}

static enum MHD_Result gather(struct asked *asked, const char *data, size_t *size)
{
    size_t limit = asked->route == NULL ? 0 : asked->route->body_max;
    bool slow = instant_monotonic() - asked->started > (uint64_t)REQUEST_SECONDS * 1000000000u;
    if (asked->status == 0 && *size > limit - asked->body.size) {
        asked->status = 413;
        buffer_free(&asked->body);
    }
    if (asked->status == 0)
        buffer_put_data(&asked->body, data, *size);
    else
        asked->spilled += *size;
    *size = 0;
    return slow || asked->spilled > SPILL_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *data, size_t *size, void **request)
{
    struct door *door = context;
    struct asked *asked = *request;
    (void)version;
    if (asked == NULL)
        return begin(method, path, request);
    if (*size > 0)
        return gather(asked, data, size);
    if (asked->status != 0 || buffer_error(&asked->body) != VAULT_OK)
        return refuse(connection, asked->status != 0 ? asked->status : 500);
    struct witness_answer answer = {0};
    memory_reset(); /* of the connection that this thread served before */
    asked->route->handle(door->witness, asked->rest, buffer_bytes(&asked->body), &answer);
    enum MHD_Result result =
        buffer_error(&answer.body) == VAULT_OK ? send_answer(connection, &answer) : MHD_NO;
    buffer_free(&answer.body);
    return result;
}

static void finish(
    void *context, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode code)
{
    struct asked *asked = *request;
    (void)context;
    (void)connection;
    (void)code;
    if (asked == NULL)
        return;
    buffer_free(&asked->body);
    free(asked);
    *request = NULL;
}

/* Scanners and broken clients are not worth a line each. */
VAULT_PRINTF(2, 0) static void be_quiet(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

/* --- Opening and closing --- */

static int start(struct door *door, const struct door_options *options, struct failure *failure)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                     MHD_USE_ERROR_LOG | (door->tls ? MHD_USE_TLS : 0);
    unsigned connections = options->connections != 0 ? options->connections : CONNECTIONS;
    unsigned idle = options->idle_seconds != 0 ? options->idle_seconds : IDLE_SECONDS;
    char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, door->key.data},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, door->certificate.data},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    /* The logger comes first: what the other options have to say goes to it. */
    door->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, door, MHD_OPTION_EXTERNAL_LOGGER, be_quiet,
        NULL, MHD_OPTION_LISTEN_SOCKET, door->listener.socket, MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_CONNECTION_TIMEOUT, idle, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * 1024,
        MHD_OPTION_THREAD_STACK_SIZE, STACK_SIZE, MHD_OPTION_NOTIFY_COMPLETED, finish, NULL,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, door->tls ? tls : none, MHD_OPTION_END);
    if (door->daemon == NULL)
        return failure_set(failure, VAULT_EINPUT, "%s: no service could be started there%s",
            door->listener.address,
            door->tls ? ": the key does not fit the certificate, or cannot be used" : "");
    door->listener.socket = -1; /* transferred */
    return VAULT_OK;
}

int door_open(struct witness *witness, const char *directory, const struct door_options *options,
    struct door **doorp, struct failure *failure)
{
    *doorp = NULL;
    struct door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    door->witness = witness;
    int result = listen_on(options->listen, &door->listener, failure);
    door->tls = !options->plain && !door->listener.unix_socket;
    if (result == VAULT_OK && !door->tls && !door->listener.local)
        result = failure_set(
            failure, VAULT_EUSAGE, "%s: without TLS only this machine may be listened to", options->listen);
    if (result == VAULT_OK && door->tls)
        result = certificate_load(&(struct certificate_source){directory, "strongroom-witness", options->certificate,
                                      options->key},
            &door->key, &door->certificate, &door->pin, failure);
    if (result == VAULT_OK)
        result = start(door, options, failure);
    if (result != VAULT_OK) {
        door_free(door);
        return failure_set(failure, result, "%s: %s", options->listen, vault_error_text(result));
    }
    (void)snprintf(door->url, sizeof door->url, "%s%s",
        door->listener.unix_socket ? "unix:"
        : door->tls                ? "https://"
                                   : "http://",
        door->listener.address);
    *doorp = door;
    return VAULT_OK;
}

void door_free(struct door *door)
{
    if (door == NULL)
        return;
    if (door->daemon != NULL)
        MHD_stop_daemon(door->daemon);
    if (door->listener.socket >= 0)
        (void)close(door->listener.socket);
    if (door->listener.unix_socket)
        (void)unlink(door->listener.address);
    buffer_free(&door->key);
    buffer_free(&door->certificate);
    free(door);
}

const char *door_url(const struct door *door)
{
    return door->url;
}

const struct hash *door_pin(const struct door *door)
{
    return door->tls ? &door->pin : NULL;
}
