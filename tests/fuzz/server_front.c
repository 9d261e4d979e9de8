/* A client's request as libmicrohttpd hands it over, and the keeper's answer to it, through all of the front:
 * headers, body in pieces, token, choice of form.  libmicrohttpd itself is not here: what we use of it stands
 * below, and what it would have sent is looked at.
 *
 * An input is three parts, parted by 0x1e: the head (method, path and headers, a line each; "?name=value" is
 * an argument of the address), the body (0x1d parts the pieces in which it comes), and what the keeper says
 * (a line a frame: a letter for its type, then its content). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vault/server/ask_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADERS_MAX 32
#define INPUT_MAX 65536u

static void expect(bool true_thing)
{
    if (!true_thing)
        abort();
}

/* --- What stands in for the library --- */

struct MHD_Response {
    struct buffer body;
    char type[80];
    bool ended; /* as it should */
};

struct MHD_Connection {
    const char *names[HEADERS_MAX];
    const char *values[HEADERS_MAX];
    enum MHD_ValueKind kinds[HEADERS_MAX];
    size_t count;
    unsigned status; /* 0: nothing was queued */
    bool problem;
};

const char *MHD_lookup_connection_value(
    struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key)
{
    for (size_t i = 0; i < connection->count; i++) {
        if (connection->kinds[i] == kind && strcasecmp(connection->names[i], key) == 0)
            return connection->values[i];
    }
    return NULL;
}

int MHD_get_connection_values(
    struct MHD_Connection *connection, enum MHD_ValueKind kind, MHD_KeyValueIterator iterator, void *context)
{
    for (size_t i = 0; i < connection->count; i++) {
        if (connection->kinds[i] == kind &&
            iterator(context, kind, connection->names[i], connection->values[i]) != MHD_YES)
            break;
    }
    return (int)connection->count;
}

struct MHD_Response *MHD_create_response_from_buffer(
    size_t size, void *data, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = calloc(1, sizeof *response);
    expect(mode == MHD_RESPMEM_MUST_COPY || mode == MHD_RESPMEM_PERSISTENT);
    if (response != NULL)
        buffer_put_data(&response->body, data, size);
    if (response != NULL)
        response->ended = true;
    return response;
}

struct MHD_Response *MHD_create_response_from_callback(uint64_t size, size_t block,
    MHD_ContentReaderCallback read_more, void *context, MHD_ContentReaderFreeCallback free_context)
{
    struct MHD_Response *response = calloc(1, sizeof *response);
    char space[701]; /* less than a frame, so that some are taken in parts */
    ssize_t got = 0;
    (void)size;
    (void)block;
    if (response == NULL)
        return NULL;
    do {
        got = read_more(context, response->body.size, space, sizeof space);
        expect(got <= (ssize_t)sizeof space && got != 0);
        if (got > 0)
            buffer_put_data(&response->body, space, (size_t)got);
    } while (got > 0);
    response->ended = got == MHD_CONTENT_READER_END_OF_STREAM;
    free_context(context);
    return response;
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *response, const char *name, const char *value)
{
    expect(strpbrk(name, "\r\n: ") == NULL && strpbrk(value, "\r\n") == NULL);
    if (strcmp(name, "Content-Type") == 0)
        (void)snprintf(response->type, sizeof response->type, "%s", value);
    return MHD_YES;
}

enum MHD_Result MHD_queue_response(
    struct MHD_Connection *connection, unsigned status, struct MHD_Response *response)
{
    expect(connection->status == 0 && status >= 200 && status < 600 &&
           (response->type[0] != '\0' || status == MHD_HTTP_NO_CONTENT));
    connection->status = status;
    connection->problem = strcmp(response->type, "application/problem+json") == 0;
    expect(!connection->problem || status >= 400); /* readiness is told by a status, too */
    if (connection->problem) {
        json_t *value = NULL;
        expect(json_read(buffer_bytes(&response->body), &value, NULL) == VAULT_OK &&
               json_number(value, "status", 0) == (int64_t)status && json_text(value, "detail") != NULL);
        json_decref(value);
    }
    return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *response)
{
    if (response != NULL)
        buffer_free(&response->body);
    free(response);
}

/* --- What the keeper says, and what it hears --- */

static void put_frames(int socket, char *text)
{
    static const struct {
        char letter;
        uint8_t type;
    } types[] = {{'r', TELL_ROW}, {'v', TELL_VALUE}, {'t', TELL_TEXT}, {'p', TELL_PROGRESS},
        {'f', TELL_FILES}, {'c', TELL_PIECE}, {'d', TELL_DONE}, {'e', TELL_PROBLEM}};
    struct buffer out = {0};
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        uint8_t type = (uint8_t)line[0];
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            type = line[0] == types[i].letter ? types[i].type : type;
        size_t size = line[0] == '\0' ? 0 : strlen(line + 1);
        buffer_put_u8(&out, type);
        buffer_put_u32(&out, (uint32_t)size);
        buffer_put_data(&out, line + (line[0] != '\0'), size);
    }
    (void)!send(socket, out.data, out.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(socket, SHUT_WR);
    buffer_free(&out);
}

/* Whatever a client sent, the keeper hears only what the table permits; and a token is one. */
static void hear_frames(int socket)
{
    struct channel *channel = channel_new(socket);
    struct bytes blocks[MESSAGE_BLOCKS_MAX];
    uint8_t type;
    struct bytes content;
    if (channel == NULL)
        return;
    while (channel_receive(channel, MESSAGE_BODY_MAX + 1024, &type, &content) == VAULT_OK) {
        const struct message_rule *rule = message_rule(type);
        expect(rule != NULL && message_split(rule, content, blocks) == VAULT_OK);
        bool token = rule->blocks > 0 && type != ASK_LOGIN && type != ASK_FROM && !rule->raw;
        expect(!token || blocks[0].size == 64);
        for (size_t i = 0; token && i < 64; i++)
            expect(strchr("0123456789abcdefABCDEF", blocks[0].data[i]) != NULL && blocks[0].data[i] != '\0');
    }
    channel_free(channel);
}

/* --- A request --- */

static void read_head(struct MHD_Connection *connection, char *head, const char **method, const char **path)
{
    char *rest = head;
    *method = strsep(&rest, "\n");
    *path = rest == NULL ? "" : strsep(&rest, "\n");
    for (char *line;
         rest != NULL && (line = strsep(&rest, "\n")) != NULL && connection->count < HEADERS_MAX;) {
        bool argument = line[0] == '?';
        char *value = strpbrk(line, argument ? "=" : ":");
        if (value != NULL)
            *value++ = '\0';
        while (value != NULL && *value == ' ' && !argument)
            value++;
        connection->kinds[connection->count] = argument ? MHD_GET_ARGUMENT_KIND : MHD_HEADER_KIND;
        connection->names[connection->count] = line + argument;
        connection->values[connection->count++] = value;
    }
}

/* As front.c does it. */
static void handle(struct MHD_Connection *connection, struct line *line, char *head, char *body)
{
    const char *method;
    const char *path;
    bool open = true;
    read_head(connection, head, &method, &path);
    struct asked *asked = asked_begin(connection, line, method, path);
    if (asked == NULL)
        return;
    for (char *rest = body, *piece; open && rest != NULL && (piece = strsep(&rest, "\x1d")) != NULL;) {
        size_t size = strlen(piece);
        if (size > 0)
            open = asked_body(asked, piece, &size) == MHD_YES;
    }
    if (open)
        open = asked_answer(asked, connection) == MHD_YES;
    expect(!open || connection->status != 0);
    asked_free(asked);
}

static struct front *front;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct front_options options = {.control = -1};
    struct MHD_Connection connection = {.count = 0};
    int ends[2];
    if (size > INPUT_MAX || (front == NULL && front_new(&options, &front, NULL) != VAULT_OK) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    char *rest = text;
    char *head = strsep(&rest, "\x1e");
    char *body = rest == NULL ? NULL : strsep(&rest, "\x1e");
    static struct lanes lanes;
    struct line line = {.front = front, .lanes = &lanes, .socket = -1, .source = "uid:1", .channel = channel_new(ends[0])};
    if (line.channel == NULL)
        abort();
    if (rest != NULL)
        put_frames(ends[1], rest);
    else
        (void)shutdown(ends[1], SHUT_WR);
    handle(&connection, &line, head, body);
    line_hang_up(&line);
    hear_frames(ends[1]);
    free(text);
    return 0;
}
