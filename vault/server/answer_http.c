/* The keeper's answer, frame by frame, as HTTP: one JSON value, or lines as they come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/server/etag.h"
#include "vault/server/front_private.h"

#define GATHERED_MAX ((size_t)8 << 20) /* of an answer that is not read as lines */
#define LINES_AT_ONCE ((size_t)16 * 1024)

/* --- Queueing --- */

struct headers {
    const char *type;
    unsigned retry_after;
    const char *file;
    const char *methods;
    const char *tag;
    bool close; /* where a request ends is in doubt: what follows is not read as another */
};

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
    struct MHD_Response *response, const struct headers *headers)
{
    char seconds[16];
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result result = MHD_add_response_header(response, "Cache-Control", "no-store");
    if (result == MHD_YES && headers->type != NULL)
        result = MHD_add_response_header(response, "Content-Type", headers->type);
    if (result == MHD_YES)
        result = MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (result == MHD_YES && headers->tag != NULL && headers->tag[0] != '\0')
        result = MHD_add_response_header(response, "ETag", headers->tag);
    if (result == MHD_YES && headers->methods != NULL)
        result = MHD_add_response_header(response, "Allow", headers->methods);
    if (result == MHD_YES && status == MHD_HTTP_UNAUTHORIZED)
        result = MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    (void)snprintf(seconds, sizeof seconds, "%u", headers->retry_after);
    if (result == MHD_YES && headers->retry_after > 0)
        result = MHD_add_response_header(response, "Retry-After", seconds);
    if (result == MHD_YES && headers->close)
        result = MHD_add_response_header(response, "Connection", "close");
    if (result == MHD_YES && headers->file != NULL)
        result = MHD_add_response_header(response, "Strongroom-File", headers->file);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result queue_body(
    struct MHD_Connection *connection, unsigned status, struct bytes body, const struct headers *headers)
{
    union {
        const void *constant;
        void *data;
    } same = {.constant = body.size == 0 ? "" : (const void *)body.data};
    return queue(connection, status,
        MHD_create_response_from_buffer(body.size, same.data, MHD_RESPMEM_MUST_COPY), headers);
}

#define PROBLEM_TYPE "application/problem+json"

enum MHD_Result respond_problem(struct MHD_Connection *connection, unsigned status)
{
    struct buffer body = {0};
    struct headers headers = {
        .type = PROBLEM_TYPE, .retry_after = status == MHD_HTTP_SERVICE_UNAVAILABLE ? 1 : 0};
    headers.close = status == MHD_HTTP_BAD_REQUEST || status == MHD_HTTP_LENGTH_REQUIRED;
    problem_of_status(status, &body);
    enum MHD_Result result = queue_body(connection, status, buffer_bytes(&body), &headers);
    buffer_free(&body);
    return result;
}

enum MHD_Result respond_methods(struct MHD_Connection *connection, unsigned status, const char *methods)
{
    struct buffer body = {0};
    bool problem = status != MHD_HTTP_NO_CONTENT;
    struct headers headers = {.type = problem ? PROBLEM_TYPE : NULL, .methods = methods};
    if (problem)
        problem_of_status(status, &body);
    enum MHD_Result result = queue_body(connection, status, buffer_bytes(&body), &headers);
    buffer_free(&body);
    return result;
}

enum MHD_Result respond_document(struct MHD_Connection *connection)
{
    struct headers headers = {.type = "application/json"};
    struct bytes document = openapi_document();
    union {
        const void *constant;
        void *data;
    } same = {.constant = document.data};
    /* It is long, and anybody may ask for it: it is sent from where it is. */
    return queue(connection, MHD_HTTP_OK,
        MHD_create_response_from_buffer(document.size, same.data, MHD_RESPMEM_PERSISTENT), &headers);
}

enum MHD_Result respond_told(struct MHD_Connection *connection, struct bytes told)
{
    struct buffer body = {0};
    struct headers headers = {.type = PROBLEM_TYPE};
    unsigned status = problem_write(told, &body, &headers.retry_after);
    enum MHD_Result result = queue_body(connection, status, buffer_bytes(&body), &headers);
    buffer_free(&body);
    return result;
}

/* --- Gathered: one value, an array of rows, or a text --- */

struct gathered {
    char tag[ETAG_SIZE];
    bool unchanged;
    struct buffer rows; /* "[a,b" */
    struct buffer value;
    struct buffer text;
    char file[64];
    bool row;
    bool told_text;
};

static void gather(struct gathered *gathered, uint8_t type, struct bytes content)
{
    json_t *files = NULL;
    if (type == TELL_ROW) {
        buffer_put_u8(&gathered->rows, gathered->row ? ',' : '[');
        buffer_put(&gathered->rows, content);
        gathered->row = true;
    } else if (type == TELL_VALUE) {
        buffer_put(&gathered->value, content);
    } else if (type == TELL_UNCHANGED) {
        gathered->unchanged = true;
    } else if (type == TELL_TEXT) {
        buffer_put(&gathered->text, content);
        gathered->told_text = true;
    } else if (type == TELL_FILES && json_read(content, &files, NULL) == VAULT_OK &&
               json_array_size(files) == 1) {
        const char *id = json_text(json_array_get(files, 0), "id");
        text_copy(gathered->file, sizeof gathered->file, id == NULL ? "" : id);
    }
    json_decref(files);
}

static enum MHD_Result queue_gathered(
    struct MHD_Connection *connection, struct gathered *gathered, const struct route *route)
{
    struct headers headers = {.type = "application/json",
        .tag = gathered->tag,
        .file = gathered->file[0] != '\0' ? gathered->file : NULL};
    unsigned status = route->ask == ASK_LOGIN || route->ask == ASK_UPLOAD ? MHD_HTTP_CREATED : MHD_HTTP_OK;
    if (gathered->unchanged) {
        headers.type = NULL;
        return queue_body(connection, MHD_HTTP_NOT_MODIFIED, (struct bytes){0}, &headers);
    }
    if (gathered->value.size > 0)
        return queue_body(connection, status, buffer_bytes(&gathered->value), &headers);
    if (gathered->told_text) {
        headers.type = route->ask == ASK_METRICS ? "text/plain; version=0.0.4; charset=utf-8"
                                                 : "text/plain; charset=utf-8";
        return queue_body(connection, status, buffer_bytes(&gathered->text), &headers);
    }
    headers.type = route->ask == ASK_LOGOUT || route->ask == ASK_END ? NULL : headers.type;
    if (headers.type == NULL)
        return queue_body(connection, MHD_HTTP_NO_CONTENT, (struct bytes){0}, &headers);
    buffer_put_text(&gathered->rows, gathered->row ? "]" : "[]");
    return buffer_error(&gathered->rows) == VAULT_OK
               ? queue_body(connection, status, buffer_bytes(&gathered->rows), &headers)
               : MHD_NO;
}

static size_t gathered_size(const struct gathered *gathered)
{
    return gathered->rows.size + gathered->value.size + gathered->text.size;
}

static enum MHD_Result respond_gathered(struct MHD_Connection *connection, struct line *line,
    const struct route *route, const char *tag, uint8_t type, struct bytes content)
{
    struct gathered gathered = {.row = false};
    text_copy(gathered.tag, sizeof gathered.tag, tag);
    enum MHD_Result result = MHD_NO;
    while (type != TELL_DONE && type != TELL_PROBLEM && gathered_size(&gathered) <= GATHERED_MAX) {
        gather(&gathered, type, content);
        if (channel_receive(line->channel, MESSAGE_ANSWER_MAX, &type, &content) != VAULT_OK)
            type = 0;
        if (type == 0)
            break;
    }
    if (type == TELL_DONE) {
        result = queue_gathered(connection, &gathered, route);
    } else if (type == TELL_PROBLEM) {
        result = respond_told(connection, content);
    } else {
        line_hang_up(line);
        /* Too long to be gathered: to be asked for as lines. */
        result =
            respond_problem(connection, type == 0 ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_NOT_ACCEPTABLE);
    }
    buffer_free(&gathered.rows);
    buffer_free(&gathered.value);
    buffer_free(&gathered.text);
    return result;
}

/* --- As it comes --- */

struct stream {
    struct line *line;
    bool raw; /* a file's bytes */
    struct buffer pending;
    size_t at;
    bool over;
    bool broken;
};

static void put_text(struct buffer *out, struct bytes text)
{
    bool valid = utf8_valid(text);
    buffer_put_text(out, valid ? "{\"text\":" : "{\"bytes\":\"");
    if (valid)
        json_write_string(text, out);
    else
        base64_encode(text, out);
    buffer_put_text(out, valid ? "}\n" : "\"}\n");
}

static void put_line(struct buffer *out, const char *name, struct bytes content)
{
    buffer_put_format(out, "{\"%s\":", name);
    buffer_put(out, content);
    buffer_put_text(out, "}\n");
}

static void put_frame(struct stream *stream, uint8_t type, struct bytes content)
{
    struct buffer problem = {0};
    unsigned unused;
    switch (type) {
    case TELL_ROW:
        put_line(&stream->pending, "row", content);
        break;
    case TELL_VALUE:
        put_line(&stream->pending, "value", content);
        break;
    case TELL_PROGRESS:
        put_line(&stream->pending, "progress", content);
        break;
    case TELL_FILES:
        put_line(&stream->pending, "files", content);
        break;
    case TELL_TEXT:
        put_text(&stream->pending, content);
        break;
    case TELL_PIECE:
        buffer_put(&stream->pending, content);
        break;
    case TELL_DONE:
        buffer_put_text(&stream->pending, stream->raw ? "" : "{\"end\":{}}\n");
        stream->over = true;
        break;
    case TELL_PROBLEM:
        (void)problem_write(content, &problem, &unused);
        put_line(&stream->pending, "problem", buffer_bytes(&problem));
        buffer_free(&problem);
        stream->over = true;
        stream->broken = stream->raw; /* a file's end must not look like one */
        break;
    default:
        stream->over = stream->broken = true;
        line_hang_up(stream->line);
    }
}

/* At least one frame, and what else is here already. */
static void refill(struct stream *stream)
{
    uint8_t type;
    struct bytes content;
    buffer_reset(&stream->pending);
    stream->at = 0;
    do {
        struct channel *channel = stream->line->channel;
        if (channel == NULL || channel_receive(channel, MESSAGE_ANSWER_MAX, &type, &content) != VAULT_OK) {
            line_hang_up(stream->line);
            stream->over = stream->broken = true;
            return;
        }
        put_frame(stream, type, content);
    } while (!stream->over && stream->pending.size < LINES_AT_ONCE && channel_ready(stream->line->channel));
}

static ssize_t read_stream(void *context, uint64_t position, char *data, size_t max)
{
    struct stream *stream = context;
    (void)position;
    while (stream->at == stream->pending.size && !stream->over)
        refill(stream);
    if (buffer_error(&stream->pending) != VAULT_OK || (stream->broken && stream->at == stream->pending.size))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (stream->at == stream->pending.size)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t size = stream->pending.size - stream->at < max ? stream->pending.size - stream->at : max;
    memcpy(data, stream->pending.data + stream->at, size);
    stream->at += size;
    return (ssize_t)size;
}

static void free_stream(void *context)
{
    struct stream *stream = context;
    if (!stream->over)
        line_hang_up(stream->line); /* which stops what was asked for */
    buffer_free(&stream->pending);
    free(stream);
}

static enum MHD_Result respond_stream(struct MHD_Connection *connection, struct line *line, bool raw,
    const char *tag, uint8_t type, struct bytes content)
{
    struct headers headers = {.type = raw ? "application/octet-stream" : "application/x-ndjson", .tag = tag};
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        line_hang_up(line);
        return MHD_NO;
    }
    stream->line = line;
    stream->raw = raw;
    put_frame(stream, type, content);
    line_allow(line, 0); /* as long as it takes; a client that does not read meets the idle limit */
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, LINES_AT_ONCE, read_stream, stream, free_stream);
    if (response == NULL)
        free_stream(stream);
    return queue(connection, MHD_HTTP_OK, response, &headers);
}

enum MHD_Result respond(
    struct MHD_Connection *connection, struct line *line, const struct route *route, bool lines)
{
    uint8_t type = 0;
    char tag[ETAG_SIZE] = "";
    struct bytes content = {0};
    int result = line->channel == NULL ? VAULT_EIO
                                       : channel_receive(line->channel, MESSAGE_ANSWER_MAX, &type, &content);
    if (result == VAULT_OK && type == TELL_TAG && content.size < sizeof tag) {
        memcpy(tag, content.data, content.size);
        result = channel_receive(line->channel, MESSAGE_ANSWER_MAX, &type, &content);
    }
    if (result != VAULT_OK) {
        line_hang_up(line);
        return respond_problem(connection, MHD_HTTP_SERVICE_UNAVAILABLE);
    }
    if (type == TELL_PROBLEM)
        return respond_told(connection, content);
    if (route->token || route->ask == ASK_LOGIN)
        line_know(line);
    bool raw = route->ask == ASK_FETCH;
    lines = lines && type != TELL_UNCHANGED;
    return raw || (lines && route->ask == ASK_RUN)
               ? respond_stream(connection, line, raw, tag, type, content)
               : respond_gathered(connection, line, route, tag, type, content);
}
