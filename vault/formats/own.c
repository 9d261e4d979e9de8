#include <stdlib.h>
#include <string.h>

#include "vault/formats/own_private.h"

static bool is_headings(const struct row *row)
{
    if (row->count < EXPORT_FIXED_COLUMNS)
        return false;
    for (size_t i = 0; i < EXPORT_FIXED_COLUMNS; i++) {
        if (strcmp(row->cells[i].data, export_fixed[i]) != 0)
            return false;
    }
    return true;
}

static bool is_particulars(const struct row *row)
{
    return row->count == 2 && strcmp(row->cells[0].data, "strongroom") == 0 &&
           strcmp(row->cells[1].data, "export 1") == 0;
}

static bool is_footer(const struct row *row)
{
    return row->count >= 1 && strcmp(row->cells[0].data, EXPORT_FOOTER) == 0;
}

static int match(const struct row *rows, size_t count, size_t index, const void **choice)
{
    (void)count;
    (void)choice;
    return index == 0 && (is_headings(&rows[0]) || is_particulars(&rows[0])) ? 99 : 0;
}

struct bytes own_text(const struct own *own, const struct row *row, size_t column)
{
    if (column >= row->count)
        return bytes_of("", 0);
    const struct cell *cell = &row->cells[column];
    bool apostrophe = own->table->escaped && cell->size > 1 && cell->data[0] == '\'' &&
                      strchr("=+-@\t\r'", cell->data[1]) != NULL;
    return bytes_of(cell->data + apostrophe, cell->size - apostrophe);
}

static void forget_columns(struct own *own)
{
    for (size_t i = 0; i < own->count; i++) {
        free(own->headings[i]);
        if (own->columns_known)
            export_column_free(&own->columns[i]);
    }
    free(own->headings);
    free(own->columns);
    own->headings = NULL;
    own->columns = NULL;
    own->count = 0;
    own->columns_known = false;
}

static int read_headings(struct own *own, const struct row *row)
{
    int result = own_flush(own);
    forget_columns(own);
    own->bound = true;
    size_t count = row->count - EXPORT_FIXED_COLUMNS;
    own->headings = calloc(count + 1, sizeof *own->headings);
    if (own->headings == NULL)
        return VAULT_ENOMEM;
    for (; own->count < count && result == VAULT_OK; own->count++) {
        struct bytes text = own_text(own, row, EXPORT_FIXED_COLUMNS + own->count);
        own->headings[own->count] = strndup((const char *)text.data, text.size);
        if (own->headings[own->count] == NULL)
            result = VAULT_ENOMEM;
    }
    return result;
}

static int know_columns(struct own *own, enum record_kind kind)
{
    int result = VAULT_OK;
    if (own->columns_known && own->kind == kind)
        return VAULT_OK;
    for (size_t i = 0; own->columns_known && i < own->count; i++)
        export_column_free(&own->columns[i]);
    free(own->columns);
    own->columns = calloc(own->count + 1, sizeof *own->columns);
    if (own->columns == NULL)
        return VAULT_ENOMEM;
    own->columns_known = true;
    own->kind = kind;
    for (size_t i = 0; i < own->count && result == VAULT_OK; i++)
        result = export_column_parse(kind, own->headings[i], &own->columns[i]);
    return result;
}

static int begin(struct table *table, const struct row *row)
{
    struct own *own = calloc(1, sizeof *own);
    if (own == NULL)
        return VAULT_ENOMEM;
    table->state = own;
    own->table = table;
    own->particulars = is_particulars(row);
    return own->particulars ? VAULT_OK : read_headings(own, row);
}

/* Rows of one record share its id and version. */
static bool continues(const struct own *own, const struct row *row)
{
    return own->open && own->record_id.size > 0 &&
           bytes_equal(own_text(own, row, 1), buffer_bytes(&own->record_id)) &&
           bytes_equal(own_text(own, row, 2), buffer_bytes(&own->version)) && own->rows < LIMIT_LINES;
}

static int own_row(struct table *table, const struct row *row)
{
    struct own *own = table->state;
    enum record_kind kind;
    char where[DRAFT_WHERE_SIZE];
    int result = VAULT_OK;
    if (own->particulars || is_headings(row) || is_footer(row)) {
        table->run->summary->read--;
        return own->particulars || !is_headings(row) ? VAULT_OK : read_headings(own, row);
    }
    if (!continues(own, row)) {
        result = own_flush(own);
        if (result == VAULT_OK && !kind_parse(own_text(own, row, 0), &kind)) {
            table_where(table, row, where);
            return run_refuse(table->run, where, "kind: '%.40s' is no kind of record", row->cells[0].data);
        }
        if (result == VAULT_OK)
            result = know_columns(own, kind);
        if (result == VAULT_OK)
            result = own_begin_record(own, row);
    }
    return result == VAULT_OK ? own_add_row(own, row) : result;
}

static int end(struct table *table)
{
    return own_flush(table->state);
}

static void release(struct table *table)
{
    struct own *own = table->state;
    forget_columns(own);
    draft_reset(&own->draft);
    buffer_free(&own->record_id);
    buffer_free(&own->version);
    buffer_free(&own->client_no);
    buffer_free(&own->client_name);
    buffer_free(&own->client_tax_id);
    free(own);
    table->state = NULL;
}

const struct layout layout_own = {.format = "csv-strongroom",
    .match = match,
    .begin = begin,
    .row = own_row,
    .end = end,
    .release = release};
