#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "vault/formats/xlsx_private.h"

static bool named_as_workbook(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcasecmp(dot, ".xlsx") == 0 || strcasecmp(dot, ".xlsm") == 0);
}

static int recognise(struct bytes head, const char *name)
{
    if (head.size < 4 || memcmp(head.data, "PK\3\4", 4) != 0)
        return 0;
    if (memmem(head.data, head.size, "xl/workbook.xml", 15) != NULL ||
        memmem(head.data, head.size, "xl/worksheets/", 14) != NULL)
        return 92;
    return named_as_workbook(name) ? 80 : 0;
}

static int read_sheet(struct import_run *run, struct book *book, size_t index, size_t *tables)
{
    struct sheet_reader *reader = NULL;
    const struct layout *used = NULL;
    const struct sheet_entry *sheet = &book->sheets[index];
    char place[48];
    int result = VAULT_OK;
    (void)snprintf(place, sizeof place, "sheet %zu, ", index + 1);
    if (sheet->part[0] == '\0' || strstr(sheet->part, "worksheets/") == NULL)
        return VAULT_OK; /* charts and dialogs have no rows */
    if (sheet->hidden)
        result = run_warn(run, sheet->name, "this sheet is hidden");
    if (result == VAULT_OK)
        result = sheet_reader_open(book, sheet->part, &reader, run->failure);
    if (result == VAULT_OK) {
        struct row_source source = {
            .context = reader, .next = sheet_reader_next, .base_1904 = book->base_1904};
        result = table_read(run, &source, place, sheet->name, NULL, &used);
    }
    *tables += used != NULL;
    sheet_reader_close(reader);
    return result;
}

static int read_xlsx(struct import_run *run)
{
    struct book book;
    size_t tables = 0;
    int result = book_open(run->path, &book, run->failure);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < book.sheet_count && result == VAULT_OK; i++)
        result = read_sheet(run, &book, i, &tables);
    run->summary->format = "xlsx";
    if (result == VAULT_OK && tables == 0)
        result = run_warn(run, "whole file", "no sheet has a table in it");
    book_close(&book);
    return result;
}

const struct import_format format_xlsx = {
    "xlsx", "Excel workbooks: the same sheets as CSV, and our own exports", recognise, read_xlsx};
