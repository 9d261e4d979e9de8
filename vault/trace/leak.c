#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/trace/leak_private.h"
#include "vault/linkage/term.h"

struct leak *leak_new(void)
{
    return calloc(1, sizeof(struct leak));
}

void leak_free(struct leak *leak)
{
    if (leak == NULL)
        return;
    buffer_free(&leak->text);
    free(leak->rows);
    free(leak->cells);
    free(leak);
}

static bool room(struct leak *leak, size_t cells)
{
    if (leak->row_count == leak->row_capacity) {
        size_t capacity = leak->row_capacity == 0 ? 64 : leak->row_capacity * 2;
        struct leak_row *rows = reallocarray(leak->rows, capacity, sizeof *rows);
        if (rows == NULL)
            return false;
        leak->rows = rows;
        leak->row_capacity = capacity;
    }
    if (leak->cell_capacity - leak->cell_count < cells) {
        size_t capacity = leak->cell_capacity * 2 + cells + 256;
        struct leak_cell *fresh = reallocarray(leak->cells, capacity, sizeof *fresh);
        if (fresh == NULL)
            return false;
        leak->cells = fresh;
        leak->cell_capacity = capacity;
    }
    return true;
}

static bool is_blank(const struct bytes *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_trim(cells[i]).size > 0)
            return false;
    return true;
}

int leak_add_row(struct leak *leak, const struct bytes *cells, size_t count, struct failure *failure)
{
    if (count > LEAK_COLUMNS_MAX)
        count = LEAK_COLUMNS_MAX;
    leak->number++;
    if (is_blank(cells, count))
        return VAULT_OK;
    if (leak->row_count >= LEAK_ROWS_MAX)
        return failure_set(failure, VAULT_ELIMIT, "more than %u rows", LEAK_ROWS_MAX);
    if (!room(leak, count))
        return failure_set(failure, VAULT_ENOMEM, "no memory for the leaked rows");
    struct leak_row row = {.first = leak->cell_count, .count = (uint32_t)count, .number = leak->number};
    for (size_t i = 0; i < count; i++) {
        struct bytes text = text_trim(cells[i]);
        if (leak->text.size + text.size > LEAK_BYTES_MAX)
            return failure_set(failure, VAULT_ELIMIT, "more than %zu MiB of cells", LEAK_BYTES_MAX >> 20);
        leak->cells[leak->cell_count++] = (struct leak_cell){(uint32_t)leak->text.size, (uint32_t)text.size};
        buffer_put(&leak->text, text);
        struct trace_term term = {.kind = TRACE_TERM_EXACT, .field = TRACE_NAME, .text = text};
        row.hash = row.hash * 31 + term_hash(&term);
    }
    if (buffer_error(&leak->text) != VAULT_OK)
        return failure_set(failure, VAULT_ENOMEM, "no memory for the leaked rows");
    if (count > leak->columns)
        leak->columns = count;
    leak->rows[leak->row_count++] = row;
    return VAULT_OK;
}

int leak_add_hint(struct leak *leak, const struct leak_hint *hint)
{
    if (leak->hint_count == LEAK_HINTS_MAX)
        return VAULT_ELIMIT;
    leak->hints[leak->hint_count++] = *hint;
    return VAULT_OK;
}

const struct leak_hint *leak_hints(const struct leak *leak, size_t *count)
{
    *count = leak->hint_count;
    return leak->hints;
}

struct bytes leak_text(const struct leak *leak, size_t row, size_t column)
{
    if (row >= leak->row_count || column >= leak->rows[row].count)
        return bytes_of(NULL, 0);
    const struct leak_cell *cell = &leak->cells[leak->rows[row].first + column];
    return bytes_of(leak->text.data + cell->start, cell->size);
}

static int compare_rows(const void *a, const void *b)
{
    const struct leak_row *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Numbers rounded to the hundred are written without a sign of it: the whole column shows it. */
static int64_t column_precision(const struct leak *leak, enum trace_field field)
{
    static const int64_t steps[] = {100000, 10000, 1000, 100, 10};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        bool all = true;
        for (size_t row = 0; row < leak->row_count && all; row++) {
            struct normal cell;
            normal_make(TRACE_FORM_AMOUNT, leak_text(leak, row, (size_t)leak->column_of[field]), &cell);
            all = !cell.number || cell.cents % steps[s] == 0;
        }
        if (all)
            return steps[s];
    }
    return 1;
}

int leak_settle(struct leak *leak, const struct trace_source *source, struct failure *failure)
{
    if (leak->row_count == 0)
        return failure_set(failure, VAULT_EINPUT, "there are no rows in it");
    bool headings = columns_have_headings(leak, source->fields);
    int result = columns_decide(leak, headings, source, failure);
    if (result != VAULT_OK)
        return result;
    if (headings)
        memmove(leak->rows, leak->rows + 1, --leak->row_count * sizeof *leak->rows);
    if (leak->row_count > 1)
        qsort(leak->rows, leak->row_count, sizeof *leak->rows, compare_rows);
    for (int i = 0; i < TRACE_FIELDS; i++)
        if (leak->column_of[i] >= 0 && trace_field_facts[i].form == TRACE_FORM_AMOUNT && i != TRACE_FEE)
            leak->precision[i] = column_precision(leak, (enum trace_field)i);
    return VAULT_OK;
}

size_t leak_rows(const struct leak *leak)
{
    return leak->row_count;
}

uint32_t leak_number(const struct leak *leak, size_t row)
{
    return row < leak->row_count ? leak->rows[row].number : 0;
}

trace_fields leak_fields(const struct leak *leak)
{
    trace_fields fields = 0;
    for (int i = 0; i < TRACE_FIELDS; i++)
        if (leak->column_of[i] >= 0)
            fields |= TRACE_BIT(i);
    return fields;
}

int leak_column(const struct leak *leak, enum trace_field field)
{
    return leak->column_of[field];
}

void leak_cell(const struct leak *leak, size_t row, enum trace_field field, struct normal *cell)
{
    struct bytes text = bytes_of(NULL, 0);
    if (leak->column_of[field] >= 0)
        text = leak_text(leak, row, (size_t)leak->column_of[field]);
    normal_make(trace_field_facts[field].form, text, cell);
    if (cell->number && cell->precision < leak->precision[field])
        cell->precision = leak->precision[field];
}
