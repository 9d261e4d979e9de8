#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vault/formats/encoding_private.h"
#include "vault/formats/format_private.h"

/* JSON lines as we export them: one object a line, with kind, record_id and fields. */

static bool names_us(struct bytes line)
{
    return memmem(line.data, line.size, "\"record_id\":", 12) != NULL &&
           memmem(line.data, line.size, "\"fields\":", 9) != NULL &&
           memmem(line.data, line.size, "\"kind\":", 7) != NULL;
}

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    if (head.size < 2 || head.data[0] != '{')
        return 0;
    return names_us(head) ? 96 : 0;
}

static void copy_text(const json_t *object, const char *name, char *into, size_t size)
{
    const char *text = json_text(object, name);
    if (text != NULL && strlen(text) < size)
        memcpy(into, text, strlen(text) + 1);
}

static const char *filled(const json_t *object, const char *name)
{
    const char *text = json_text(object, name);
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static int deliver(struct import_run *run, const json_t *line, struct draft *draft)
{
    const json_t *client = json_object_get(line, "client");
    const char *kind = json_text(line, "kind");
    json_t *fields = json_object_get(line, "fields");
    if (kind == NULL || !kind_parse(bytes_of_text(kind), &draft->kind))
        return run_refuse(run, draft->where, "kind: missing or unknown");
    if (!json_is_object(fields))
        return run_refuse(run, draft->where, "fields: not an object");
    draft->fields = json_incref(fields);
    draft->client.client_no = filled(client, "client_no");
    draft->client.name = filled(client, "name");
    draft->client.tax_id = filled(client, "tax_id");
    draft->record_id = filled(line, "record_id");
    if (json_is_array(json_object_get(line, "masked")))
        draft->masked = json_incref(json_object_get(line, "masked"));
    copy_text(line, "period", draft->period, sizeof draft->period);
    copy_text(line, "date", draft->date, sizeof draft->date);
    return run_record(run, draft);
}

static int one_line(struct import_run *run, struct bytes text, uint64_t number)
{
    json_t *line = NULL;
    struct failure failure = {0};
    struct draft draft;
    int result = VAULT_OK;
    memset(&draft, 0, sizeof draft);
    (void)snprintf(draft.where, sizeof draft.where, "row %" PRIu64, number);
    if (text.size > 0 && text.data[text.size - 1] == '\r')
        text.size--;
    if (text.size == 0)
        return VAULT_OK;
    run->summary->read++;
    if (memchr(text.data, 0, text.size) != NULL || memmem(text.data, text.size, "\\u0000", 6) != NULL)
        result = run_refuse(run, draft.where, "a NUL in the text");
    else if (json_read(text, &line, &failure) != VAULT_OK)
        result = run_refuse(run, draft.where, "%s", failure.text);
    else
        result = deliver(run, line, &draft);
    draft_reset(&draft);
    json_decref(line);
    return result;
}

/* Lines out of pieces; the start of a line waits for its end in @p held. */
static int take_piece(struct import_run *run, struct bytes piece, struct buffer *held, uint64_t *number)
{
    int result = VAULT_OK;
    while (piece.size > 0 && result == VAULT_OK) {
        const uint8_t *end = memchr(piece.data, '\n', piece.size);
        size_t size = end == NULL ? piece.size : (size_t)(end - piece.data);
        if (held->size + size > LIMIT_ROW_BYTES)
            return failure_set(run->failure, VAULT_ELIMIT, "row %" PRIu64 ": larger than %u bytes", *number,
                LIMIT_ROW_BYTES);
        if (held->size > 0 || end == NULL)
            buffer_put(held, bytes_of(piece.data, size));
        if (end != NULL) {
            result = one_line(run, held->size > 0 ? buffer_bytes(held) : bytes_of(piece.data, size), *number);
            buffer_reset(held);
            (*number)++;
            size++;
        }
        piece = bytes_of(piece.data + size, piece.size - size);
    }
    return result == VAULT_OK ? buffer_error(held) : result;
}

static int read_jsonl(struct import_run *run)
{
    struct text_source *source = NULL;
    struct buffer held = {0};
    struct bytes piece;
    uint64_t number = 1;
    int result = text_open(run->path, run->options->encoding, "UTF-8", &source, run->failure);
    if (result != VAULT_OK)
        return result;
    (void)snprintf(run->summary->encoding, sizeof run->summary->encoding, "%s", text_encoding(source));
    while (result == VAULT_OK) {
        int more = text_next(source, &piece, run->failure);
        if (more <= 0) {
            result = more;
            break;
        }
        result = take_piece(run, piece, &held, &number);
    }
    if (result == VAULT_OK && held.size > 0)
        result = one_line(run, buffer_bytes(&held), number);
    buffer_free(&held);
    text_close(source);
    return result;
}

const struct import_format format_own_jsonl = {
    "jsonl", "JSON lines as exported by this program", recognise, read_jsonl};
