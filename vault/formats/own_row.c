#include <stdio.h>
#include <string.h>

#include "vault/formats/own_private.h"

static void copy_text(struct own *own, const struct row *row, size_t column, struct buffer *into)
{
    buffer_reset(into);
    buffer_put(into, own_text(own, row, column));
}

static void copy_field(struct own *own, const struct row *row, size_t column, char *into, size_t size)
{
    struct bytes text = own_text(own, row, column);
    if (text.size < size)
        (void)snprintf(into, size, "%.*s", (int)text.size, (const char *)text.data);
}

static const char *text_or_null(struct buffer *buffer)
{
    return buffer->size == 0 ? NULL : buffer_text(buffer);
}

/* "employee.id_no lines[].summary" */
static json_t *read_masked(struct bytes text)
{
    json_t *masked = text.size == 0 ? NULL : json_array();
    const char *at = (const char *)text.data;
    const char *end = at + text.size;
    while (masked != NULL && at < end) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        size_t size = (size_t)((space == NULL ? end : space) - at);
        if (size > 0)
            (void)json_array_append_new(masked, json_stringn(at, size));
        at += size + 1;
    }
    return masked;
}

int own_begin_record(struct own *own, const struct row *row)
{
    struct draft *draft = &own->draft;
    draft_reset(draft);
    own->open = true;
    own->refused = false;
    own->lines = NULL;
    own->rows = 0;
    draft->kind = own->kind;
    copy_text(own, row, 1, &own->record_id);
    copy_text(own, row, 2, &own->version);
    copy_field(own, row, 3, draft->period, sizeof draft->period);
    copy_field(own, row, 4, draft->date, sizeof draft->date);
    copy_text(own, row, 5, &own->client_no);
    copy_text(own, row, 6, &own->client_name);
    copy_text(own, row, 7, &own->client_tax_id);
    draft->masked = read_masked(own_text(own, row, 8));
    table_where(own->table, row, draft->where);
    draft->fields = json_object();
    return draft->fields == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static json_t *object_at(json_t *object, const char *name)
{
    json_t *found = json_object_get(object, name);
    if (found != NULL)
        return json_is_object(found) ? found : NULL;
    found = json_object();
    return json_object_set_new_nocheck(object, name, found) == 0 ? found : NULL;
}

/* The object of this row in lines[]; made, with empty ones for rows before that had no cell. */
static json_t *line_of_row(struct own *own)
{
    if (own->lines == NULL) {
        own->lines = json_array();
        if (json_object_set_new_nocheck(own->draft.fields, "lines", own->lines) != 0)
            own->lines = NULL;
    }
    while (own->lines != NULL && json_array_size(own->lines) < own->rows) {
        if (json_array_append_new(own->lines, json_object()) != 0)
            return NULL;
    }
    return json_array_get(own->lines, own->rows - 1);
}

/* Members that had no column of their own; what stands in a column wins. */
static const char *add_json(json_t *object, struct bytes text)
{
    json_t *more = NULL;
    const char *problem = NULL;
    if (json_read(text, &more, NULL) != VAULT_OK || !json_is_object(more))
        problem = "is not a JSON object";
    else if (json_object_update_missing(object, more) != 0)
        problem = "does not fit";
    else {
        const char *name;
        json_t *value;
        json_object_foreach(more, name, value)
        {
            json_t *held = json_object_get(object, name);
            if (json_is_object(value) && json_is_object(held) && held != value)
                (void)json_object_update_missing(held, value);
        }
    }
    json_decref(more);
    return problem;
}

static json_t *read_boolean(struct bytes text)
{
    if (bytes_equal(text, bytes_of_text("true")))
        return json_true();
    return bytes_equal(text, bytes_of_text("false")) ? json_false() : NULL;
}

/* What is wrong with the cell, or NULL. */
static const char *place(struct own *own, const struct export_column *column, struct bytes text)
{
    json_t *object = column->line ? line_of_row(own) : own->draft.fields;
    if (object != NULL && column->parent != NULL)
        object = object_at(object, column->parent);
    if (object == NULL)
        return "has no place";
    if (column->type == CELL_JSON)
        return add_json(object, text);
    json_t *value =
        column->type == CELL_BOOLEAN ? read_boolean(text) : json_stringn((const char *)text.data, text.size);
    if (value == NULL)
        return column->type == CELL_BOOLEAN ? "is neither true nor false" : "is no text";
    return json_object_set_new_nocheck(object, column->name, value) == 0 ? NULL : "does not fit";
}

static int refuse(struct own *own, const struct row *row, size_t column, const char *problem)
{
    char where[DRAFT_WHERE_SIZE];
    own->refused = true;
    table_where(own->table, row, where);
    return run_refuse(own->table->run, where, "%s: '%.60s' %s", own->columns[column].path,
        row->cells[EXPORT_FIXED_COLUMNS + column].data, problem);
}

/* Masked amounts and rates such as 免税 are words; another word among amounts is worth a look. */
static int look_at_amount(
    struct own *own, const struct row *row, const struct export_column *column, struct bytes text)
{
    char where[DRAFT_WHERE_SIZE];
    struct decimal decimal;
    bool rate = strcmp(column->name, "rate") == 0 || strcmp(column->name, "tax_rate") == 0;
    if (column->type != CELL_AMOUNT || rate || own->draft.masked != NULL ||
        decimal_parse(text, &decimal) == VAULT_OK)
        return VAULT_OK;
    table_where(own->table, row, where);
    return run_warn(own->table->run, where, "%s: '%.*s' is not an amount", column->path,
        (int)(text.size > 60 ? 60 : text.size), (const char *)text.data);
}

/* What belongs to the record is read off its first row only. */
int own_add_row(struct own *own, const struct row *row)
{
    int result = VAULT_OK;
    own->rows++;
    if (own->rows > 1 && line_of_row(own) == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < own->count && result == VAULT_OK && !own->refused; i++) {
        struct bytes text = own_text(own, row, EXPORT_FIXED_COLUMNS + i);
        const struct export_column *column = &own->columns[i];
        if (text.size == 0 || (own->rows > 1 && !column->line))
            continue;
        const char *problem = place(own, column, text);
        if (row->cells[EXPORT_FIXED_COLUMNS + i].flags & CELL_LOST_DIGITS)
            problem = "precision lost: the spreadsheet kept only part of the digits";
        result = problem != NULL ? refuse(own, row, i, problem) : look_at_amount(own, row, column, text);
    }
    return result;
}

int own_flush(struct own *own)
{
    if (!own->open)
        return VAULT_OK;
    own->open = false;
    if (own->refused)
        return VAULT_OK;
    own->draft.record_id = text_or_null(&own->record_id);
    own->draft.client.client_no = text_or_null(&own->client_no);
    own->draft.client.name = text_or_null(&own->client_name);
    own->draft.client.tax_id = text_or_null(&own->client_tax_id);
    return run_record(own->table->run, &own->draft);
}
