#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/encoding_detect_private.h"
#include "vault/formats/table_private.h"

/*
 * Tables that we do not know: every row is kept under the names of its columns, or their numbers where the
 * first row is data already.
 */

#define NAME_BYTES 160

struct plain_state {
    char **names;
    size_t count;
    bool headed;
};

static const char headed_choice[] = "headings";
static const char headless_choice[] = "data";

/* A heading has letters and is no number, date or amount. */
static bool reads_as_heading(struct bytes text)
{
    char plain[DECIMAL_TEXT_SIZE];
    char date[11];
    bool letters = false;
    struct bytes rest = text;
    while (rest.size > 0 && !letters) {
        uint32_t c = utf8_next(&rest);
        letters = is_word(c) && (c < '0' || c > '9');
    }
    return letters && text.size <= NAME_BYTES && value_amount(text, false, plain) == VAULT_EINPUT &&
           value_date(text, false, date) != VAULT_OK;
}

static bool is_headings(const struct row *row)
{
    size_t count = row->count;
    while (count > 0 && row_cell(row, count - 1).size == 0)
        count--;
    for (size_t i = 0; i < count; i++) {
        struct bytes text = row_cell(row, i);
        if (!reads_as_heading(text))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (bytes_equal(row_cell(row, k), text))
                return false;
        }
    }
    return count > 1;
}

/* The first row that is as wide as most; what is above it is a title. */
static int match(const struct row *rows, size_t count, size_t index, const void **choice)
{
    for (size_t i = 0; i < index; i++) {
        if (rows[i].count >= rows[index].count || rows[i].count > 1)
            return 0;
    }
    if (row_is_blank(&rows[index]))
        return 0;
    *choice = is_headings(&rows[index]) ? headed_choice : headless_choice;
    if (rows[index].count < 2)
        return index == 0 ? 5 : 0; /* a list, if nothing wider follows */
    bool even = rows_are_even(rows + index, count - index);
    return even && count - index > 2 && rows[index].count > 2 ? 30 : even ? 20 : 10;
}

static char *column_name(const struct row *row, size_t index, bool headed)
{
    char *name = NULL;
    struct bytes text = headed ? row_cell(row, index) : bytes_of("", 0);
    if (text.size > NAME_BYTES)
        text.size = utf8_whole(bytes_of(text.data, NAME_BYTES));
    /* `table` is the member that names the table. */
    bool taken = bytes_equal(text, bytes_of_text("table"));
    int size = text.size == 0
                   ? asprintf(&name, "column %zu", index + 1)
                   : asprintf(&name, "%.*s%s", (int)text.size, (const char *)text.data, taken ? " (2)" : "");
    return size < 0 ? NULL : name;
}

static int grow(struct plain_state *state, const struct row *row)
{
    if (row->count <= state->count)
        return VAULT_OK;
    char **names = reallocarray(state->names, row->count, sizeof *names);
    if (names == NULL)
        return VAULT_ENOMEM;
    state->names = names;
    for (; state->count < row->count; state->count++) {
        names[state->count] = column_name(row, state->count, state->headed);
        if (names[state->count] == NULL)
            return VAULT_ENOMEM;
    }
    return VAULT_OK;
}

static int fill(
    const struct table *table, const struct plain_state *state, const struct row *row, struct draft *draft)
{
    if (json_object_set_new(draft->fields, "table", json_string(table->name)) != 0)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < row->count; i++) {
        struct bytes text = row_cell(row, i);
        if (text.size == 0)
            continue;
        json_t *value = json_stringn_nocheck((const char *)text.data, text.size);
        if (json_object_set_new_nocheck(draft->fields, state->names[i], value) != 0)
            return VAULT_ENOMEM;
    }
    return VAULT_OK;
}

static int plain_row(struct table *table, const struct row *row)
{
    struct plain_state *state = table->state;
    struct draft draft = {.kind = KIND_TABLE_ROW, .fields = json_object()};
    bool headed = state->headed;
    state->headed = false; /* columns beyond the headings get numbers */
    int result = draft.fields == NULL ? VAULT_ENOMEM : grow(state, row);
    state->headed = headed;
    if (result == VAULT_OK)
        result = fill(table, state, row, &draft);
    table_where(table, row, draft.where);
    if (result == VAULT_OK)
        result = run_record(table->run, &draft);
    draft_reset(&draft);
    return result;
}

static int begin(struct table *table, const struct row *first)
{
    struct plain_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return VAULT_ENOMEM;
    table->state = state;
    state->headed = table->layout_choice == headed_choice;
    int result = grow(state, first);
    if (result != VAULT_OK || state->headed)
        return result;
    table->run->summary->read++;
    return plain_row(table, first);
}

static int end(struct table *table)
{
    (void)table;
    return VAULT_OK;
}

static void release(struct table *table)
{
    struct plain_state *state = table->state;
    for (size_t i = 0; i < state->count; i++)
        free(state->names[i]);
    free(state->names);
    free(state);
    table->state = NULL;
}

const struct layout layout_plain = {
    .format = "csv-table", .match = match, .begin = begin, .row = plain_row, .end = end, .release = release};
