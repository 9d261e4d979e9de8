#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/json.h"
#include "vault/formats/export_private.h"

/* A record on its way into rows. */
struct layer {
    const struct export_section *section;
    const struct export_row *row;
    struct export_cell *cells;
    const json_t *lines; /* array of at least one object that is not empty, or NULL */
    char version[24];
    char *masked;
    char *more;
    char *line_more;
};

/* Only these can be a cell and come back the same. */
static const char *cell_text(const json_t *value, enum cell_type type)
{
    if (type == CELL_BOOLEAN)
        return json_is_boolean(value) ? (json_is_true(value) ? "true" : "false") : NULL;
    return json_is_string(value) && json_string_length(value) > 0 ? json_string_value(value) : NULL;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static const json_t *usable_lines(const json_t *fields)
{
    const json_t *lines = json_object_get(fields, "lines");
    if (!json_is_array(lines) || json_array_size(lines) == 0)
        return NULL;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        if (!json_is_object(json_array_get(lines, i)))
            return NULL;
    }
    /* A single empty line would leave no cell behind. */
    return json_array_size(lines) == 1 && json_object_size(json_array_get(lines, 0)) == 0 ? NULL : lines;
}

static char *masked_text(const json_t *masked)
{
    struct buffer text = {0};
    char *copy = NULL;
    for (size_t i = 0; i < json_array_size(masked); i++) {
        if (i > 0)
            buffer_put_u8(&text, ' ');
        buffer_put_text(&text, or_empty(json_string_value(json_array_get(masked, i))));
    }
    const char *whole = buffer_text(&text);
    if (whole != NULL && buffer_error(&text) == VAULT_OK)
        copy = strdup(whole);
    buffer_free(&text);
    return copy;
}

static void fixed_cells(struct layer *layer)
{
    const struct export_row *row = layer->row;
    (void)snprintf(layer->version, sizeof layer->version, "%" PRId64, row->version);
    const char *texts[EXPORT_FIXED_COLUMNS] = {kind_name(row->kind), row->record_id, layer->version,
        row->period, row->date, row->client_no, row->client_name, row->client_tax_id, layer->masked};
    for (size_t i = 0; i < EXPORT_FIXED_COLUMNS; i++)
        layer->cells[i] = (struct export_cell){.text = or_empty(texts[i]), .type = CELL_TEXT};
    layer->cells[EXPORT_CLIENT_NAME].slots = WRITING_NAME;
}

/* Members of @p object that stand in no column, as JSON text; NULL if there are none or no memory (*result).
 */
static char *left_over(const struct layer *layer, const json_t *object, bool line, size_t taken, int *result)
{
    if (object == NULL || taken == 0)
        return NULL;
    json_t *rest = json_deep_copy(object);
    for (size_t i = 0; rest != NULL && i < layer->section->count; i++) {
        const struct export_column *column = &layer->section->columns[i];
        if (column->line != line || column->type == CELL_JSON)
            continue;
        json_t *holder = column->parent == NULL ? rest : json_object_get(rest, column->parent);
        if (cell_text(json_object_get(holder, column->name), column->type) == NULL)
            continue;
        (void)json_object_del(holder, column->name);
        if (column->parent != NULL && json_object_size(holder) == 0)
            (void)json_object_del(rest, column->parent);
    }
    if (rest != NULL && !line && layer->lines != NULL)
        (void)json_object_del(rest, "lines");
    char *text = rest == NULL ? NULL : json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS);
    bool empty = rest != NULL && json_object_size(rest) == 0;
    json_decref(rest);
    if (text == NULL)
        *result = VAULT_ENOMEM;
    if (empty) {
        free(text);
        return NULL;
    }
    return text;
}

/* How many leaves there are, to see at once whether columns took them all. */
static size_t leaves(const json_t *object, bool without_lines)
{
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (without_lines && strcmp(name, "lines") == 0)
            continue;
        count += json_is_object(value) && json_object_size(value) > 0 ? leaves(value, false) : 1;
    }
    return count;
}

/* Fill the cells of the record (or of one line) and say how many leaves found no cell. */
static size_t fill(struct layer *layer, const json_t *object, bool line)
{
    size_t placed = 0;
    for (size_t i = 0; i < layer->section->count; i++) {
        const struct export_column *column = &layer->section->columns[i];
        struct export_cell *cell = &layer->cells[EXPORT_FIXED_COLUMNS + i];
        if (column->line != line)
            continue;
        *cell = (struct export_cell){.text = "", .type = column->type, .slots = column->slots};
        if (column->type == CELL_JSON || object == NULL)
            continue;
        const json_t *holder = column->parent == NULL ? object : json_object_get(object, column->parent);
        const char *text = cell_text(json_object_get(holder, column->name), column->type);
        placed += text != NULL;
        cell->text = or_empty(text);
    }
    return object == NULL ? 0 : leaves(object, !line && layer->lines != NULL) - placed;
}

static void set_json(struct layer *layer, const char *path, const char *text)
{
    for (size_t i = 0; i < layer->section->count; i++) {
        if (strcmp(layer->section->columns[i].path, path) == 0)
            layer->cells[EXPORT_FIXED_COLUMNS + i] =
                (struct export_cell){.text = or_empty(text), .type = CELL_JSON};
    }
}

static int one_row(
    struct layer *layer, size_t index, export_row_sink sink, void *context, struct failure *failure)
{
    int result = VAULT_OK;
    const json_t *line = layer->lines == NULL ? NULL : json_array_get(layer->lines, index);
    size_t missed = fill(layer, line, true);
    free(layer->line_more);
    layer->line_more = left_over(layer, line, true, missed, &result);
    set_json(layer, EXPORT_LINE_MORE, layer->line_more);
    if (result == VAULT_OK)
        result = sink(context, layer->cells, EXPORT_FIXED_COLUMNS + layer->section->count, failure);
    return result;
}

const char *export_cell_text(const struct export_writer *writer, const struct export_cell *cell, struct buffer *room)
{
    const struct export_marks *marks = writer->options.marks;
    if (marks == NULL || cell->slots == 0 || cell->text[0] == '\0')
        return cell->text;
    buffer_reset(room);
    marker_put(marks, cell->slots, bytes_of_text(cell->text), room);
    return buffer_text(room);
}

int export_rows(const struct export_section *section, const struct export_row *row, export_row_sink sink,
    void *context, struct failure *failure)
{
    struct layer layer = {.section = section, .row = row, .lines = usable_lines(row->fields)};
    int result = VAULT_OK;
    size_t rows = layer.lines == NULL ? 1 : json_array_size(layer.lines);

    layer.cells = calloc(EXPORT_FIXED_COLUMNS + section->count, sizeof *layer.cells);
    layer.masked = masked_text(row->masked);
    if (layer.cells == NULL || layer.masked == NULL) {
        result = VAULT_ENOMEM;
    } else {
        fixed_cells(&layer);
        size_t missed = fill(&layer, row->fields, false);
        layer.more = left_over(&layer, row->fields, false, missed, &result);
        set_json(&layer, EXPORT_MORE, layer.more);
    }
    for (size_t i = 0; i < rows && result == VAULT_OK; i++)
        result = one_row(&layer, i, sink, context, failure);
    free(layer.cells);
    free(layer.masked);
    free(layer.more);
    free(layer.line_more);
    return result;
}
