#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "vault/base/json.h"
#include "vault/formats/export_private.h"

/* One object a line, its members in the order of RFC 8785. */

static int open_file(struct export_writer *writer, struct failure *failure)
{
    struct export_file *file = malloc(sizeof *file);
    if (file == NULL)
        return VAULT_ENOMEM;
    int result = export_file_create(file, writer, failure);
    writer->state = file;
    if (result != VAULT_OK)
        free(file);
    return result;
}

static void put_member(struct buffer *out, const char *before, const char *text)
{
    buffer_put_text(out, before);
    json_write_string(bytes_of_text(text), out);
}

static void put_name(struct export_writer *writer, const char *before, const char *name)
{
    struct export_file *file = writer->state;
    struct buffer room = {0};
    struct bytes text = bytes_of_text(name);
    if (writer->options.marks != NULL) {
        marker_put(writer->options.marks, WRITING_NAME, text, &room);
        text = buffer_bytes(&room);
    }
    buffer_put_text(&file->pending, before);
    json_write_string(text, &file->pending);
    if (buffer_error(&room) != VAULT_OK)
        file->pending.error = room.error;
    buffer_free(&room);
}

static int put_fields(struct export_writer *writer, const struct export_row *row, struct buffer *out)
{
    struct buffer json = {0};
    if (writer->options.marks == NULL)
        return json_write_canonical(row->fields, out);
    int result = json_write_canonical(row->fields, &json);
    if (result == VAULT_OK)
        result = buffer_error(&json);
    if (result == VAULT_OK)
        marker_put_json(writer->options.marks, row->kind, buffer_bytes(&json), out);
    buffer_free(&json);
    return result;
}

static int put(struct export_writer *writer, const struct export_row *row, struct failure *failure)
{
    struct export_file *file = writer->state;
    struct buffer *out = &file->pending;
    put_member(out, "{\"client\":{\"client_no\":", row->client_no);
    put_name(writer, ",\"name\":", row->client_name);
    put_member(out, ",\"tax_id\":", row->client_tax_id);
    put_member(out, "},\"date\":", row->date);
    buffer_put_text(out, ",\"fields\":");
    int result = VAULT_OK;
    if (row->fields == NULL)
        marker_put_json(writer->options.marks, row->kind, row->fields_json, out);
    else
        result = put_fields(writer, row, out);
    put_member(out, ",\"kind\":", kind_name(row->kind));
    if (result == VAULT_OK && json_array_size(row->masked) > 0) {
        buffer_put_text(out, ",\"masked\":");
        result = json_write_canonical(row->masked, out);
    }
    put_member(out, ",\"period\":", row->period);
    put_member(out, ",\"record_id\":", row->record_id);
    buffer_put_format(out, ",\"version\":%" PRId64 "}\n", row->version);
    if (result != VAULT_OK)
        return failure_set(failure, VAULT_EINTERNAL, "record %s cannot be written as JSON", row->record_id);
    return export_file_flush(file, failure);
}

static int close_file(struct export_writer *writer, struct hash *hash, struct failure *failure)
{
    int result = export_file_finish(writer->state, writer->path, hash, failure);
    free(writer->state);
    return result;
}

static void abandon(struct export_writer *writer)
{
    export_file_abandon(writer->state);
    free(writer->state);
}

const struct export_format export_jsonl = {"jsonl", open_file, put, close_file, abandon};
