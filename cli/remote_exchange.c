/* What a server answers to an operation, line by line, into the callbacks of a reply. */
#include <string.h>

#include "cli/remote_private.h"

#define LINE_MAX_BYTES ((size_t)64 << 20)

void exchange_free(struct exchange *exchange)
{
    buffer_free(&exchange->line);
    json_decref(exchange->value);
    json_decref(exchange->files);
}

/* {"name":CONTENT} as the server writes it. */
static bool take_content(struct bytes line, const char *name, struct bytes *content)
{
    size_t size = strlen(name);
    if (line.size < size + 6 || memcmp(line.data, "{\"", 2) != 0 || memcmp(line.data + 2, name, size) != 0 ||
        memcmp(line.data + 2 + size, "\":", 2) != 0 || line.data[line.size - 1] != '}')
        return false;
    *content = bytes_of(line.data + size + 4, line.size - size - 5);
    return true;
}

static int give_row(struct exchange *exchange, struct bytes content)
{
    json_t *row = NULL;
    int result = json_read(content, &row, exchange->failure);
    exchange->told = true;
    if (result == VAULT_OK && exchange->reply->row != NULL)
        result = exchange->reply->row(exchange->reply->context, row);
    json_decref(row);
    return result;
}

static int give_text(struct exchange *exchange, struct bytes content, bool encoded)
{
    json_t *text = NULL;
    struct buffer decoded = {0};
    int result = json_read(content, &text, exchange->failure);
    if (result == VAULT_OK && !json_is_string(text))
        result = VAULT_EINPUT;
    struct bytes bytes =
        result == VAULT_OK ? bytes_of(json_string_value(text), json_string_length(text)) : (struct bytes){0};
    if (result == VAULT_OK && encoded) {
        result = base64_decode(bytes, &decoded);
        bytes = buffer_bytes(&decoded);
    }
    exchange->told = true;
    if (result == VAULT_OK && exchange->reply->text != NULL)
        result = exchange->reply->text(exchange->reply->context, bytes);
    buffer_free(&decoded);
    json_decref(text);
    return result;
}

/* A sign of life without a unit is the server's pause between two looks at a log that is followed. */
static int give_progress(struct exchange *exchange, struct bytes content)
{
    static const char *const units[] = {"rows", "entries", "bytes", "checks", "keys"};
    const struct reply *reply = exchange->reply;
    json_t *progress = NULL;
    int result = json_read(content, &progress, exchange->failure);
    const char *unit = json_string_value(json_array_get(progress, 2));
    if (result == VAULT_OK && unit != NULL && unit[0] == '\0') {
        if (reply->wait != NULL && !reply->wait(reply->context)) {
            exchange->ended = true;
            result = VAULT_EUSAGE; /* enough: the connection is closed, and that is how it was meant */
        }
    } else if (result == VAULT_OK && reply->progress != NULL && unit != NULL) {
        size_t i = 0;
        while (i + 1 < sizeof units / sizeof units[0] && strcmp(units[i], unit) != 0)
            i++;
        reply->progress(reply->context, (uint64_t)json_integer_value(json_array_get(progress, 0)),
            (uint64_t)json_integer_value(json_array_get(progress, 1)), units[i]);
    }
    json_decref(progress);
    return result;
}

static int keep_json(struct exchange *exchange, struct bytes content, json_t **place)
{
    json_decref(*place);
    *place = NULL;
    return json_read(content, place, exchange->failure);
}

static int take_line(struct exchange *exchange, struct bytes line)
{
    struct bytes content;
    if (take_content(line, "row", &content))
        return give_row(exchange, content);
    if (take_content(line, "text", &content))
        return give_text(exchange, content, false);
    if (take_content(line, "bytes", &content))
        return give_text(exchange, content, true);
    if (take_content(line, "progress", &content))
        return give_progress(exchange, content);
    if (take_content(line, "value", &content))
        return keep_json(exchange, content, &exchange->value);
    if (take_content(line, "files", &content))
        return keep_json(exchange, content, &exchange->files);
    exchange->ended = true;
    if (take_content(line, "problem", &content))
        exchange->result = remote_problem(content, 0, exchange->failure);
    else if (!take_content(line, "end", &content))
        exchange->result =
            failure_set(exchange->failure, VAULT_EINPUT, "the server's answer cannot be understood");
    return VAULT_OK;
}

int exchange_take(void *context, struct bytes piece)
{
    struct exchange *exchange = context;
    int result = VAULT_OK;
    while (piece.size > 0 && result == VAULT_OK && !exchange->ended) {
        const uint8_t *end = memchr(piece.data, '\n', piece.size);
        size_t size = end == NULL ? piece.size : (size_t)(end - piece.data);
        buffer_put_data(&exchange->line, piece.data, size);
        piece = bytes_of(piece.data + size + (end != NULL), piece.size - size - (end != NULL));
        if (exchange->line.size > LINE_MAX_BYTES)
            return failure_set(exchange->failure, VAULT_ELIMIT, "the server's answer has no end");
        result = buffer_error(&exchange->line);
        if (end == NULL || result != VAULT_OK)
            continue;
        result = take_line(exchange, buffer_bytes(&exchange->line));
        buffer_reset(&exchange->line);
    }
    return result;
}
