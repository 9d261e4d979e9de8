#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/encoding_detect_private.h"
#include "vault/formats/sheet_private.h"

#define MATCH_BASE 50
#define HEADING_BYTES 160

/* The headings of a row, folded once. */
struct headings {
    struct buffer text;
    struct bytes of[LIMIT_COLUMNS];
    size_t count;
};

static int fold_headings(const struct row *row, struct headings *headings)
{
    size_t starts[LIMIT_COLUMNS + 1];
    memset(&headings->text, 0, sizeof headings->text);
    headings->count = row->count;
    for (size_t i = 0; i < row->count; i++) {
        starts[i] = headings->text.size;
        if (row->cells[i].size <= 200)
            heading_fold(bytes_of(row->cells[i].data, row->cells[i].size), &headings->text);
    }
    starts[row->count] = headings->text.size;
    for (size_t i = 0; i < row->count; i++)
        headings->of[i] = starts[i + 1] == starts[i]
                              ? bytes_of("", 0)
                              : bytes_of(headings->text.data + starts[i], starts[i + 1] - starts[i]);
    return buffer_error(&headings->text);
}

/* The free column of the file that @p column goes by, the preferred name first; -1 if there is none. */
static int find_column(const struct column *column, const struct headings *headings, const bool *taken)
{
    int best = -1;
    int best_place = 0;
    for (size_t i = 0; i < headings->count; i++) {
        if (taken[i] || headings->of[i].size == 0)
            continue;
        int place = heading_find(column->headings, headings->of[i]);
        if (place >= 0 && (best < 0 || place < best_place)) {
            best = (int)i;
            best_place = place;
        }
    }
    return best;
}

/* Fill @p columns (one a column of the file) and say how many fit; 0 if a required one is missing. */
static unsigned bind(
    const struct sheet *sheet, const struct headings *headings, const struct column **columns)
{
    bool taken[LIMIT_COLUMNS] = {false};
    unsigned fits = 0;
    bool money = sheet->kind != KIND_BANK_TRANSACTION;
    for (size_t i = 0; i < sheet->column_count; i++) {
        const struct column *column = &sheet->columns[i];
        int at = find_column(column, headings, taken);
        if (at < 0 && (column->flags & COLUMN_REQUIRED) != 0)
            return 0;
        if (at < 0)
            continue;
        taken[at] = true;
        columns[at] = column;
        fits++;
        money = money || (column->type >= COLUMN_MONEY_IN && column->type <= COLUMN_MONEY_OWED);
    }
    return money && fits >= sheet->minimum ? fits : 0;
}

static int match(const struct row *rows, size_t count, size_t index, const void **choice)
{
    const struct column *columns[LIMIT_COLUMNS];
    struct headings headings;
    unsigned best = 0;
    (void)count;
    if (rows[index].count < 3)
        return 0;
    if (fold_headings(&rows[index], &headings) == VAULT_OK) {
        for (size_t i = 0; i < sheet_count; i++) {
            unsigned fits = bind(sheets[i], &headings, columns);
            if (fits > best) {
                best = fits;
                *choice = sheets[i];
            }
        }
    }
    buffer_free(&headings.text);
    return best == 0 ? 0 : MATCH_BASE + (int)(best > 40 ? 40 : best);
}

/* "科目编码", or "列 3" where there is none, or "备注 (2)" for a second one. */
static char *heading_name(const struct row *headings, size_t index)
{
    char *name = NULL;
    struct bytes text = row_cell(headings, index);
    unsigned same = 1;
    if (text.size > HEADING_BYTES)
        text.size = utf8_whole(bytes_of(text.data, HEADING_BYTES));
    for (size_t i = 0; i < index; i++)
        same += text.size > 0 && bytes_equal(row_cell(headings, i), text);
    int size = text.size == 0 ? asprintf(&name, "column %zu", index + 1)
               : same == 1    ? asprintf(&name, "%.*s", (int)text.size, (const char *)text.data)
                              : asprintf(&name, "%.*s (%u)", (int)text.size, (const char *)text.data, same);
    return size < 0 ? NULL : name;
}

static const char *const parents[] = {
    "lines", "seller", "buyer", "employee", "social", "counterparty", "legal_representative"};

static void split_path(struct bound *bound)
{
    const char *path = bound->column->path;
    const char *dot = path == NULL ? NULL : strchr(path, '.');
    bound->name = dot == NULL ? path : dot + 1;
    for (size_t i = 0; dot != NULL && i < sizeof parents / sizeof *parents; i++) {
        if (strncmp(parents[i], path, (size_t)(dot - path)) == 0 && parents[i][dot - path] == '\0')
            bound->parent = parents[i];
    }
    bound->line = bound->parent == parents[0];
}

static int bind_column(
    struct sheet_state *state, const struct row *headings, size_t index, const struct column *column)
{
    struct bound *bound = &state->bound[index];
    bound->column = column;
    bound->heading = heading_name(headings, index);
    if (bound->heading == NULL)
        return VAULT_ENOMEM;
    if (column == NULL)
        return row_cell(headings, index).size == 0 ? VAULT_OK
                                                   : run_unmapped(state->table->run, bound->heading);
    split_path(bound);
    bound->sums = column->type == COLUMN_AMOUNT || column->type == COLUMN_MONEY_IN ||
                  column->type == COLUMN_MONEY_OUT || column->type == COLUMN_MONEY;
    state->sided = state->sided || column->type == COLUMN_MONEY_SIDE;
    state->keyed = state->keyed || (state->sheet->lines && (column->flags & COLUMN_KEY) != 0);
    return VAULT_OK;
}

static int begin(struct table *table, const struct row *headings)
{
    const struct column *columns[LIMIT_COLUMNS] = {NULL};
    struct headings folded;
    struct sheet_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return VAULT_ENOMEM;
    table->state = state;
    state->table = table;
    state->sheet = table->layout_choice;
    state->bound_count = headings->count;
    state->bound = calloc(headings->count, sizeof *state->bound);
    table->run->summary->format = state->sheet->format;
    int result = fold_headings(headings, &folded);
    if (result == VAULT_OK)
        (void)bind(state->sheet, &folded, columns);
    if (state->bound == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < headings->count && result == VAULT_OK; i++)
        result = bind_column(state, headings, i, columns[i]);
    buffer_free(&folded.text);
    return result;
}

/* 合计 and 总计 are the whole file's sums; of months and pages we hold none to compare. */
static bool is_grand_total(const struct row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        const char *text = row->cells[i].data;
        if (strstr(text, "本月") != NULL || strstr(text, "本年") != NULL || strstr(text, "小计") != NULL ||
            strstr(text, "累计") != NULL || strstr(text, "本页") != NULL || strstr(text, "本日") != NULL)
            return false;
    }
    return true;
}

static int total(struct table *table, const struct row *row)
{
    struct sheet_state *state = table->state;
    char plain[DECIMAL_TEXT_SIZE];
    char name[160];
    int result = VAULT_OK;
    for (size_t i = 0; i < state->bound_count && result == VAULT_OK && is_grand_total(row); i++) {
        struct bytes text = row_cell(row, i);
        if (!state->bound[i].sums || text.size == 0 || value_amount(text, false, plain) != VAULT_OK)
            continue;
        (void)snprintf(name, sizeof name, "%s合计 %.100s", table->place, state->bound[i].heading);
        result = run_control(table->run, name, plain, state->bound[i].sum);
    }
    return result;
}

static int end(struct table *table)
{
    struct sheet_state *state = table->state;
    char name[160];
    char stated[DECIMAL_TEXT_SIZE];
    int result = sheet_flush(state);
    if (result == VAULT_OK && state->sheet->kind == KIND_VOUCHER) {
        decimal_format(state->total_debit, stated);
        (void)snprintf(name, sizeof name, "%sdebit = credit", table->place);
        result = run_control(table->run, name, stated, state->total_credit);
    }
    if (result == VAULT_OK && table->stated_rows[0] != '\0') {
        (void)snprintf(name, sizeof name, "%s共…笔", table->place);
        result = run_control_count(table->run, name, table->stated_rows, state->delivered);
    }
    return result;
}

static void release(struct table *table)
{
    struct sheet_state *state = table->state;
    for (size_t i = 0; state->bound != NULL && i < state->bound_count; i++)
        free(state->bound[i].heading);
    free(state->bound);
    draft_reset(&state->draft);
    buffer_free(&state->client_no);
    buffer_free(&state->client_tax_id);
    buffer_free(&state->client_name);
    buffer_free(&state->key);
    buffer_free(&state->row_key);
    free(state);
    table->state = NULL;
}

const struct layout layout_sheet = {
    .match = match, .begin = begin, .row = sheet_row, .end = end, .release = release, .total = total};
