#include <string.h>
#include <strings.h>

#include "vault/formats/table_private.h"

/* The rows of import.c's table that are read by table.c. */

static const struct layout *probe(struct bytes head, int *sure)
{
    /* Anything with a NUL in front is binary, unless it is UTF-16. */
    bool wide =
        head.size >= 2 && (memcmp(head.data, "\xff\xfe", 2) == 0 || memcmp(head.data, "\xfe\xff", 2) == 0);
    *sure = 0;
    if (head.size == 0 || (!wide && memchr(head.data, 0, head.size < 512 ? head.size : 512) != NULL))
        return NULL;
    return table_probe(head, sure);
}

static bool named_as_table(const char *name)
{
    static const char *const endings[] = {".csv", ".tsv", ".tab"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    }
    return false;
}

static int recognise_sheet(struct bytes head, const char *name)
{
    int sure;
    (void)name;
    return probe(head, &sure) == &layout_sheet ? sure : 0;
}

static int recognise_own(struct bytes head, const char *name)
{
    int sure;
    (void)name;
    return probe(head, &sure) == &layout_own ? sure : 0;
}

static int recognise_datev(struct bytes head, const char *name)
{
    size_t mark = head.size >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    (void)name;
    if (head.size < mark + 8)
        return 0;
    const uint8_t *at = head.data + mark + (head.data[mark] == '"');
    return memcmp(at, "EXTF", 4) == 0 || memcmp(at, "DTVF", 4) == 0 ? 98 : 0;
}

/* Prose and ledgers have separators too: only a name or even columns make them a table. */
static int recognise_table(struct bytes head, const char *name)
{
    int sure;
    bool found = probe(head, &sure) != NULL;
    if (named_as_table(name))
        return head.size > 0 ? 25 : 0;
    return found && sure >= 30 ? 25 : 0;
}

/* A format asked for by name must be it; a recognised one was judged by the first bytes only. */
static const struct layout *forced(const struct import_run *run, const struct layout *layout)
{
    return run->options->format != NULL ? layout : NULL;
}

static int read_sheet(struct import_run *run)
{
    return table_read_csv(run, forced(run, &layout_sheet), NULL);
}

static int read_own(struct import_run *run)
{
    return table_read_csv(run, forced(run, &layout_own), NULL);
}

static int read_datev(struct import_run *run)
{
    return table_read_csv(run, &layout_datev, "CP1252");
}

static int read_table(struct import_run *run)
{
    return table_read_csv(run, forced(run, &layout_plain), NULL);
}

const struct import_format format_own_csv = {
    "csv-strongroom", "CSV as exported by this program", recognise_own, read_own};
const struct import_format format_agency_csv = {"csv-agency",
    "CSV of Chinese bookkeeping software: clients, vouchers, balances, invoices, payroll, …", recognise_sheet,
    read_sheet};
const struct import_format format_bank_csv = {
    "csv-bank", "CSV of Chinese banks and payment services", recognise_sheet, read_sheet};
const struct import_format format_datev = {
    "datev", "DATEV EXTF: bookings, account names, customers and suppliers", recognise_datev, read_datev};
const struct import_format format_table_csv = {
    "csv-table", "any other table of separated values, kept row by row", recognise_table, read_table};
