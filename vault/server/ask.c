#include "vault/server/ask_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vault/base/instant.h"
#include "vault/base/text.h"

#define SMALL_BODY ((size_t)64 * 1024)  /* more only for who is logged in */
#define SPILL_MAX ((size_t)1024 * 1024) /* of a body that is refused, read so that the answer can be read */

struct asked {
    struct line *line;
    const struct route *route;
    char name[200]; /* behind the path, or in it */
    char file[256]; /* of an upload */
    char token[65];
    char methods[ROUTE_METHODS_SIZE]; /* that the path takes, where the answer is no other */
    bool lines;                       /* the answer as it comes */
    unsigned status;                  /* of a refusal that is certain before the body has come; 0 */
    bool long_body;                   /* too long to be read only to be dropped */
    bool told; /* the keeper has answered with a refusal before the end: it is still to be read */
    size_t body_max;
    size_t spilled;
    uint64_t sent; /* of an upload */
    unsigned lane;  /* that it goes by */
    uint64_t began; /* monotonic; in the lane */
    struct buffer body;
};

struct line *asked_line(const struct asked *asked)
{
    return asked->line;
}

static void leave_lane(struct asked *asked)
{
    struct line *line = asked->line;
    lanes_give(line->lanes, &line->choice, asked->lane, instant_monotonic() - asked->began);
    asked->lane = LANE_NONE;
}

void asked_free(struct asked *asked)
{
    leave_lane(asked);
    wipe(asked->token, sizeof asked->token);
    buffer_free(&asked->body);
    free(asked);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* --- To the keeper --- */

static int send_blocks(struct line *line, uint8_t type, const struct bytes *blocks, size_t count)
{
    struct buffer content = {0};
    struct channel *channel = line_channel(line);
    for (size_t i = 0; i < count; i++)
        buffer_put_block(&content, blocks[i]);
    int result = channel == NULL ? VAULT_EIO : buffer_error(&content);
    if (result == VAULT_OK)
        result = channel_send(channel, type, buffer_bytes(&content));
    if (result == VAULT_OK)
        result = channel_flush(channel);
    buffer_free(&content);
    if (result != VAULT_OK)
        line_hang_up(line);
    return result;
}

/* Before a body that costs memory is taken: is anybody there who may send one? */
static unsigned check_token(struct asked *asked)
{
    uint8_t type = 0;
    struct bytes content;
    struct bytes token = bytes_of_text(asked->token);
    if (send_blocks(asked->line, ASK_CHECK, &token, 1) != VAULT_OK ||
        channel_receive(asked->line->channel, MESSAGE_ANSWER_MAX, &type, &content) != VAULT_OK) {
        line_hang_up(asked->line);
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    return type == TELL_DONE ? 0 : MHD_HTTP_UNAUTHORIZED;
}

/* The keeper says whether it takes a file of this name; if not, its answer is told at the end. */
static unsigned begin_upload(struct asked *asked)
{
    uint8_t type = 0;
    struct bytes content;
    struct bytes blocks[2] = {bytes_of_text(asked->token), bytes_of_text(asked->file)};
    if (send_blocks(asked->line, ASK_UPLOAD, blocks, 2) != VAULT_OK ||
        channel_receive(asked->line->channel, MESSAGE_ANSWER_MAX, &type, &content) != VAULT_OK) {
        line_hang_up(asked->line);
        return MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    if (type == TELL_PROGRESS) {
        line_know(asked->line);
        line_busy(asked->line, true);
        return 0;
    }
    buffer_put(&asked->body, content);
    asked->told = true;
    return 0;
}

/* --- The headers --- */

/* Two lengths, or a length and chunks, are how one request is smuggled in another. */
struct framing {
    unsigned lengths;
    unsigned encodings;
};

static enum MHD_Result count_framing(
    void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct framing *framing = context;
    (void)kind;
    (void)value;
    framing->lengths += strcasecmp(name, "Content-Length") == 0;
    framing->encodings += strcasecmp(name, "Transfer-Encoding") == 0;
    return MHD_YES;
}

static unsigned check_body(struct asked *asked, struct MHD_Connection *connection)
{
    struct framing framing = {0};
    const char *length = header(connection, "Content-Length");
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, count_framing, &framing);
    if (framing.lengths + framing.encodings > 1)
        return MHD_HTTP_BAD_REQUEST;
    unsigned long long size = length == NULL ? 0 : strtoull(length, NULL, 10);
    if (asked->route->body_max > 0 && framing.lengths + framing.encodings == 0)
        return MHD_HTTP_LENGTH_REQUIRED;
    if (size > asked->route->body_max || (framing.encodings > 0 && asked->route->body_max == 0))
        return 413;
    if (asked->route->json && !route_is_json(header(connection, "Content-Type")))
        return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    if (!route_acceptable(header(connection, "Accept")))
        return MHD_HTTP_NOT_ACCEPTABLE;
    return 0;
}

static unsigned check(struct asked *asked, struct MHD_Connection *connection)
{
    struct bytes token = route_token(header(connection, "Authorization"));
    unsigned status = check_body(asked, connection);
    if (status != 0)
        return status;
    if (asked->route->token && token.size == 0)
        return MHD_HTTP_UNAUTHORIZED;
    if (token.size > 0)
        memcpy(asked->token, token.data, token.size);
    asked->lines = route_wants_lines(header(connection, "Accept"));
    if (asked->route->ask != ASK_UPLOAD)
        return 0;
    const char *file = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "name");
    if (file == NULL || strlen(file) >= sizeof asked->file)
        return MHD_HTTP_BAD_REQUEST;
    text_copy(asked->file, sizeof asked->file, file);
    return begin_upload(asked);
}

struct asked *asked_begin(
    struct MHD_Connection *connection, struct line *line, const char *method, const char *path)
{
    const char *rest = "";
    struct asked *asked = calloc(1, sizeof *asked);
    if (asked == NULL)
        return NULL;
    const char *length = header(connection, "Content-Length");
    asked->long_body = length != NULL && strtoull(length, NULL, 10) > SPILL_MAX;
    asked->line = line;
    asked->route = route_find(method, path, &rest, &asked->status);
    /* Who may know how busy the firm is, is the host's to say: people on it, and others if it was told so. */
    if (asked->route != NULL && asked->route->ask == ASK_METRICS && !line->local &&
        !front_shows_metrics(line->front)) {
        asked->route = NULL;
        asked->status = MHD_HTTP_NOT_FOUND;
    }
    if (asked->route == NULL && asked->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        route_methods(path, asked->methods);
        if (strcmp(method, "OPTIONS") == 0)
            asked->status = MHD_HTTP_NO_CONTENT;
    }
    if (asked->route != NULL) {
        asked->status = check(asked, connection);
        asked->body_max = asked->route->body_max;
        text_copy(asked->name, sizeof asked->name, rest);
    }
    /* A file may take its time, as long as it moves: then libmicrohttpd's idle limit holds. */
    bool file = asked->route != NULL && asked->route->ask == ASK_UPLOAD;
    line_allow(line, file ? 0 : front_body_seconds(line->front));
    return asked;
}

bool asked_early(const struct asked *asked)
{
    return asked->status != 0 && asked->long_body;
}

/* --- The body --- */

static void take_piece(struct asked *asked, const char *data, size_t size)
{
    asked->sent += size;
    if (asked->sent > asked->route->body_max)
        asked->status = 413;
    while (size > 0 && asked->status == 0) {
        size_t piece = size < MESSAGE_PIECE_MAX ? size : MESSAGE_PIECE_MAX;
        if (asked->line->channel == NULL ||
            channel_send(asked->line->channel, SEND_PIECE, bytes_of(data, piece)) != VAULT_OK)
            asked->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        data += piece;
        size -= piece;
    }
    if (asked->status != 0)
        line_hang_up(asked->line); /* what has come so far is dropped with it */
}

static void gather(struct asked *asked, const char *data, size_t size)
{
    size_t had = asked->body.size;
    if (size > asked->body_max - had)
        asked->status = 413;
    else if (asked->route->token && had <= SMALL_BODY && had + size > SMALL_BODY)
        asked->status = check_token(asked);
    if (asked->status == 0)
        buffer_put_data(&asked->body, data, size);
    else
        buffer_free(&asked->body);
}

enum MHD_Result asked_body(struct asked *asked, const char *data, size_t *size)
{
    bool refused = asked->status != 0 || asked->told;
    if (refused)
        asked->spilled += *size;
    else if (asked->route->ask == ASK_UPLOAD)
        take_piece(asked, data, *size);
    else
        gather(asked, data, *size);
    *size = 0;
    return asked->spilled > SPILL_MAX ? MHD_NO : MHD_YES;
}

/* --- The question --- */

static int ask_login(struct asked *asked, unsigned *status)
{
    json_t *body = NULL;
    int result = json_read(buffer_bytes(&asked->body), &body, NULL);
    const json_t *user = json_object_get(body, "user");
    const json_t *passphrase = json_object_get(body, "passphrase");
    const json_t *code = json_object_get(body, "code");
    if (result != VAULT_OK || !json_is_string(user) || !json_is_string(passphrase) ||
        (code != NULL && !json_is_string(code)) || json_object_size(body) != 2u + (code != NULL)) {
        *status = MHD_HTTP_BAD_REQUEST;
        json_decref(body);
        return VAULT_EINPUT;
    }
    struct bytes secret = bytes_of(json_string_value(passphrase), json_string_length(passphrase));
    struct bytes blocks[3] = {bytes_of(json_string_value(user), json_string_length(user)), secret,
        bytes_of(json_string_value(code), code == NULL ? 0 : json_string_length(code))};
    if (blocks[0].size > 256 || secret.size > 1024 || blocks[2].size > 64)
        *status = MHD_HTTP_BAD_REQUEST;
    else
        result = send_blocks(asked->line, ASK_LOGIN, blocks, 3);
    union {
        const uint8_t *constant;
        uint8_t *data;
    } same = {.constant = secret.data};
    wipe(same.data, secret.size);
    json_decref(body);
    return result;
}

static struct bytes condition(struct MHD_Connection *connection, const char *name)
{
    const char *value = header(connection, name);
    return value == NULL ? (struct bytes){0} : bytes_of_text(value);
}

/* Here and in the keeper, by one processor; where it is not, nothing else changes. */
static void choose_lane(struct asked *asked, const char *operation)
{
    struct line *line = asked->line;
    bool suits = lane_suits(operation);
    asked->began = instant_monotonic();
    if (suits)
        asked->lane = lanes_take(line->lanes, &line->choice, asked->began);
    lane_enter(asked->lane);
    uint8_t lane = (uint8_t)asked->lane;
    if (!suits || asked->lane == line->told_lane || line_channel(line) == NULL)
        return;
    if (channel_send(line->channel, ASK_LANE, bytes_of(&lane, 1)) == VAULT_OK)
        line->told_lane = asked->lane;
    else
        line_hang_up(line);
}

/* What holds for what is read by POST?  RFC 9110 has only GET answer that nothing has changed. */
static int ask_run(struct asked *asked, struct MHD_Connection *connection, unsigned *status)
{
    const struct route *route = asked->route;
    struct buffer arguments = {0};
    struct bytes blocks[6] = {bytes_of_text(asked->token), bytes_of_text(asked->name),
        buffer_bytes(&asked->body), condition(connection, "If-Match"), condition(connection, "If-None-Match"),
        condition(connection, "Idempotency-Key")};
    int result = VAULT_OK;
    if (route->operation != NULL) {
        result = route_arguments(route, asked->name, connection, buffer_bytes(&asked->body), &arguments);
        blocks[1] = bytes_of_text(route->operation);
        blocks[2] = buffer_bytes(&arguments);
    }
    bool unread = blocks[4].size > 0 && strcmp(route->method, "GET") != 0;
    if (result == VAULT_EINPUT)
        *status = 422;
    else if (result != VAULT_OK || unread || blocks[3].size > 1024 || blocks[4].size > 1024 ||
             blocks[5].size > 256)
        *status = MHD_HTTP_BAD_REQUEST;
    if (*status == 0) {
        choose_lane(asked, (const char *)blocks[1].data);
        result = send_blocks(asked->line, ASK_RUN, blocks, 6);
    }
    buffer_free(&arguments);
    return *status == 0 ? result : VAULT_EINPUT;
}

static int ask(struct asked *asked, struct MHD_Connection *connection, unsigned *status)
{
    struct bytes blocks[2] = {bytes_of_text(asked->token), bytes_of_text(asked->name)};
    switch (asked->route->ask) {
    case ASK_LOGIN:
        return ask_login(asked, status);
    case ASK_RUN:
        return ask_run(asked, connection, status);
    case ASK_END:
    case ASK_FETCH:
    case ASK_CHECKPOINT:
        return send_blocks(asked->line, asked->route->ask, blocks, 2);
    case ASK_UPLOAD:
        return send_blocks(asked->line, SEND_DONE, NULL, 0);
    case ASK_HEALTH:
    case ASK_READY:
    case ASK_METRICS:
        return send_blocks(asked->line, asked->route->ask, NULL, 0);
    default:
        return send_blocks(asked->line, asked->route->ask, blocks, 1);
    }
}

enum MHD_Result asked_answer(struct asked *asked, struct MHD_Connection *connection)
{
    unsigned status = asked->status;
    if (asked->methods[0] != '\0')
        return respond_methods(connection, status, asked->methods);
    if (status == 0 && asked->told)
        return respond_told(connection, buffer_bytes(&asked->body));
    if (status == 0 && buffer_error(&asked->body) != VAULT_OK)
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
    line_allow(asked->line, 0);
    if (status == 0 && asked->route->ask == ASK_NOBODY)
        return respond_document(connection);
    line_busy(asked->line, true);
    if (status == 0 && ask(asked, connection, &status) != VAULT_OK && status == 0)
        status = MHD_HTTP_SERVICE_UNAVAILABLE;
    buffer_free(&asked->body);
    enum MHD_Result result = status != 0 ? respond_problem(connection, status)
                                         : respond(connection, asked->line, asked->route, asked->lines);
    leave_lane(asked); /* however long the client takes to read it */
    return result;
}
