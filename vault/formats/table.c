#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vault/formats/csv_private.h"
#include "vault/formats/table_head_private.h"

static int tell_skipped(struct table *table, const struct table_head *head, size_t headings)
{
    char where[DRAFT_WHERE_SIZE];
    size_t filled = 0;
    for (size_t i = 0; i < headings; i++)
        filled += !row_is_blank(&head->rows[i]);
    if (filled == 0)
        return VAULT_OK;
    (void)snprintf(
        where, sizeof where, "%srows 1 to %" PRIu64, table->place, head->rows[headings - 1].number);
    return run_warn(table->run, where, "skipped: these stand above the headings");
}

static int one_row(struct table *table, const struct row *row)
{
    char where[DRAFT_WHERE_SIZE];
    if (row_is_blank(row))
        return VAULT_OK;
    table->run->summary->read++;
    if (table->layout->total == NULL || !row_is_total(row))
        return table->layout->row(table, row);
    table_where(table, row, where);
    int result = run_warn(table->run, where, "skipped: a row of totals");
    return result == VAULT_OK ? table->layout->total(table, row) : result;
}

static int all_rows(
    struct table *table, struct row_source *source, const struct table_head *head, size_t index)
{
    struct row row;
    int result = table->layout->begin(table, &head->rows[index]);
    for (size_t i = index + 1; i < head->count && result == VAULT_OK; i++)
        result = one_row(table, &head->rows[i]);
    while (result == VAULT_OK && !head->ended) {
        int more = source->next(source->context, &row, table->run->failure);
        if (more <= 0) {
            result = more;
            break;
        }
        result = one_row(table, &row);
    }
    return result == VAULT_OK ? table->layout->end(table) : result;
}

int table_read(struct import_run *run, struct row_source *source, const char *place, const char *name,
    const struct layout *forced, const struct layout **used)
{
    struct table table = {
        .run = run, .place = place, .name = name, .base_1904 = source->base_1904, .escaped = source->escaped};
    struct table_head head = {.count = 0};
    size_t index = 0;
    int sure;
    *used = NULL;

    int result = table_head_read(&head, source, run->failure);
    if (result == VAULT_OK && head.count > 0) {
        table.layout = table_head_choose(&head, forced, &index, &table.layout_choice, &sure);
        *used = table.layout;
        if (table.layout != NULL) {
            table_head_hints(&head, index, &table);
            result = tell_skipped(&table, &head, index);
            if (result == VAULT_OK)
                result = all_rows(&table, source, &head, index);
            if (table.state != NULL)
                table.layout->release(&table);
        }
    }
    table_head_free(&head);
    return result;
}

int table_read_csv(struct import_run *run, const struct layout *forced, const char *fallback_encoding)
{
    struct text_source *text = NULL;
    struct csv *csv = NULL;
    const struct layout *used = NULL;
    int result = text_open(run->path, run->options->encoding, fallback_encoding, &text, run->failure);
    if (result != VAULT_OK)
        return result;
    (void)snprintf(run->summary->encoding, sizeof run->summary->encoding, "%s", text_encoding(text));
    result = csv_open(text, &csv, run->failure);
    if (result == VAULT_OK) {
        struct row_source source = {.context = csv, .next = csv_next, .escaped = true};
        result = table_read(run, &source, "", run->name, forced, &used);
    }
    if (result == VAULT_OK && used == NULL && forced != NULL) {
        failure_set(run->failure, VAULT_EINPUT, "no headings of %s in the first %d rows", forced->format,
            TABLE_HEAD_ROWS);
        failure_remedy(run->failure, "leave out --format to have the file recognised");
        result = VAULT_EINPUT;
    } else if (used != NULL && used->format != NULL) { /* a sheet has named itself */
        run->summary->format = used->format;
    }
    csv_close(csv);
    return result;
}

const struct layout *table_probe(struct bytes bytes, int *sure)
{
    struct text_source *text = NULL;
    struct csv *csv = NULL;
    struct table_head head = {.count = 0};
    const struct layout *layout = NULL;
    const void *choice;
    size_t index;
    *sure = 0;
    if (text_open_head(bytes, &text) != VAULT_OK || csv_open(text, &csv, NULL) != VAULT_OK)
        return NULL;
    struct row_source source = {.context = csv, .next = csv_next};
    /* An error here is met again, with its place, when the file is read. */
    int result = table_head_read(&head, &source, NULL);
    if (result == VAULT_OK || head.count > 1)
        layout = table_head_choose(&head, NULL, &index, &choice, sure);
    table_head_free(&head);
    csv_close(csv);
    return layout;
}
