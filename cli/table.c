#include "cli/table.h"

#include <stdlib.h>

#include "cli/clean.h"
#include "cli/json_out.h"
#include "cli/words.h"
#include "vault/base/text.h"

#define GAP 2
#define NARROWEST 6

struct cell {
    size_t offset; /* in the pool */
    size_t size;
};

struct table {
    struct output *output;
    const struct column *columns;
    size_t count;
    int limit;
    int indent;
    bool titles;
    bool started; /* widths are settled, titles are written */
    size_t rows;
    size_t waiting;
    int widths[TABLE_COLUMNS_MAX];
    struct cell *cells; /* TABLE_WINDOW * count */
    struct buffer pool;
    struct buffer line;
};

struct table *table_new(struct output *output, const struct column *columns, int width)
{
    struct table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->output = output;
    table->columns = columns;
    table->limit = width;
    table->titles = true;
    while (table->count < TABLE_COLUMNS_MAX && columns[table->count].member != NULL)
        table->count++;
    table->cells = calloc(TABLE_WINDOW * (table->count + 1), sizeof *table->cells);
    if (table->cells == NULL) {
        free(table);
        return NULL;
    }
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL)
        return;
    buffer_free(&table->pool);
    buffer_free(&table->line);
    free(table->cells);
    free(table);
}

void table_plain(struct table *table, bool titles, int indent)
{
    table->titles = titles;
    table->indent = indent;
}

/* --- Cells --- */

static void cell_list(const json_t *list, struct buffer *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i > 0)
            buffer_put_text(out, ", ");
        table_cell(json_array_get(list, i), out);
    }
}

static void cell_object(const json_t *object, struct buffer *out)
{
    const char *name;
    json_t *value;
    bool first = true;
    json_object_foreach(json_out_loose(object), name, value)
    {
        buffer_put_text(out, first ? "" : ", ");
        clean_line(bytes_of_text(name), out);
        buffer_put_u8(out, ' ');
        table_cell(value, out);
        first = false;
    }
}

void table_cell(const json_t *value, struct buffer *out)
{
    if (value == NULL)
        return;
    switch (json_typeof(value)) {
    case JSON_STRING:
        clean_line(bytes_of(json_string_value(value), json_string_length(value)), out);
        return;
    case JSON_INTEGER:
        buffer_put_format(out, "%lld", (long long)json_integer_value(value));
        return;
    case JSON_TRUE:
        buffer_put_text(out, _("yes"));
        return;
    case JSON_FALSE:
        buffer_put_text(out, _("no"));
        return;
    case JSON_ARRAY:
        cell_list(value, out);
        return;
    case JSON_OBJECT:
        cell_object(value, out);
        return;
    case JSON_REAL:
        buffer_put_format(out, "%.17g", json_real_value(value));
        return;
    case JSON_NULL:
        return;
    }
}

/* --- Widths --- */

static int width_of_cell(const struct table *table, size_t index)
{
    const struct cell *cell = &table->cells[index];
    return cell->size == 0 ? 0 : text_width(bytes_of(table->pool.data + cell->offset, cell->size));
}

static int total_width(const struct table *table)
{
    int total = table->indent + GAP * ((int)table->count - 1);
    for (size_t c = 0; c < table->count; c++)
        total += table->widths[c];
    return total;
}

/* Take from the widest column of text, one at a time, until the table fits or nothing can be taken. */
static void fit(struct table *table)
{
    while (table->limit > 0 && total_width(table) > table->limit) {
        size_t widest = table->count;
        for (size_t c = 0; c < table->count; c++) {
            bool candidate = table->columns[c].form == COLUMN_TEXT && table->widths[c] > NARROWEST;
            if (candidate && (widest == table->count || table->widths[c] > table->widths[widest]))
                widest = c;
        }
        if (widest == table->count)
            return;
        table->widths[widest]--;
    }
}

static void settle(struct table *table)
{
    for (size_t c = 0; c < table->count; c++) {
        if (table->titles)
            table->widths[c] = text_width(bytes_of_text(_(table->columns[c].title)));
        for (size_t r = 0; r < table->waiting; r++) {
            int width = width_of_cell(table, r * table->count + c);
            if (width > table->widths[c])
                table->widths[c] = width;
        }
    }
    fit(table);
}

/* --- Lines --- */

static void put_blanks(struct buffer *line, int count)
{
    for (int i = 0; i < count; i++)
        buffer_put_u8(line, ' ');
}

/* A cell that was cut may be a column narrower than its room: a wide character did not fit. */
static void put_cell(struct table *table, size_t column, struct bytes text)
{
    struct buffer cut = {0};
    int room = table->widths[column];
    bool number = table->columns[column].form == COLUMN_NUMBER;
    if (table->limit > 0 && text_width(text) > room) {
        clean_cut(text, room, &cut);
        text = buffer_bytes(&cut);
    }
    int blanks = room - text_width(text);
    if (number)
        put_blanks(&table->line, blanks);
    buffer_put(&table->line, text);
    if (column + 1 < table->count)
        put_blanks(&table->line, (number ? 0 : blanks > 0 ? blanks : 0) + GAP);
    buffer_free(&cut);
}

static void put_line(struct table *table)
{
    size_t size = table->line.size;
    while (size > 0 && table->line.data[size - 1] == ' ')
        size--;
    output_put(table->output, bytes_of(table->line.data, size));
    output_put_text(table->output, "\n");
    buffer_reset(&table->line);
}

static void put_titles(struct table *table)
{
    put_blanks(&table->line, table->indent);
    for (size_t c = 0; c < table->count; c++)
        put_cell(table, c, bytes_of_text(_(table->columns[c].title)));
    put_line(table);
}

static void put_waiting(struct table *table)
{
    if (!table->started) {
        settle(table);
        if (table->titles)
            put_titles(table);
        table->started = true;
    }
    for (size_t r = 0; r < table->waiting; r++) {
        put_blanks(&table->line, table->indent);
        for (size_t c = 0; c < table->count; c++) {
            const struct cell *cell = &table->cells[r * table->count + c];
            put_cell(table, c,
                cell->size == 0 ? bytes_of("", 0) : bytes_of(table->pool.data + cell->offset, cell->size));
        }
        put_line(table);
    }
    table->waiting = 0;
    buffer_reset(&table->pool);
}

int table_row(struct table *table, const json_t *row)
{
    for (size_t c = 0; c < table->count; c++) {
        struct cell *cell = &table->cells[table->waiting * table->count + c];
        cell->offset = table->pool.size;
        table_cell(json_object_get(row, table->columns[c].member), &table->pool);
        cell->size = table->pool.size - cell->offset;
    }
    if (buffer_error(&table->pool) != VAULT_OK)
        return VAULT_ENOMEM;
    table->rows++;
    if (++table->waiting == TABLE_WINDOW)
        put_waiting(table);
    return output_failed(table->output) ? VAULT_EIO : VAULT_OK;
}

void table_flush(struct table *table)
{
    if (table->waiting > 0)
        put_waiting(table);
}

size_t table_end(struct table *table)
{
    if (table->waiting > 0)
        put_waiting(table);
    return table->rows;
}
