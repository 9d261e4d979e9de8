#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/datev_private.h"

static const char *const field_headings[DATEV_FIELDS] = {
    [FIELD_AMOUNT] = "umsatz(ohnesoll/haben-kz)|umsatz",
    [FIELD_SIDE] = "soll/haben-kennzeichen|soll-/haben-kennzeichen",
    [FIELD_CURRENCY] = "wkzumsatz",
    [FIELD_RATE] = "kurs",
    [FIELD_BASE_AMOUNT] = "basisumsatz|basis-umsatz",
    [FIELD_ACCOUNT] = "konto",
    [FIELD_CONTRA] = "gegenkonto(ohnebu-schlüssel)|gegenkonto",
    [FIELD_TAX_KEY] = "bu-schlüssel",
    [FIELD_DATE] = "belegdatum",
    [FIELD_DOCUMENT] = "belegfeld1",
    [FIELD_TEXT] = "buchungstext",
    [FIELD_ACCOUNT_NAME] = "kontenbeschriftung",
    [FIELD_COMPANY] = "name(adressatentypunternehmen)",
    [FIELD_LAST_NAME] = "name(adressatentypnatürl.person)",
    [FIELD_FIRST_NAME] = "vorname(adressatentypnatürl.person)",
    [FIELD_ANY_NAME] = "name(adressatentypkeineangabe)",
    [FIELD_VAT_COUNTRY] = "eu-land",
    [FIELD_VAT_NUMBER] = "eu-ust-idnr.",
    [FIELD_STREET] = "straße",
    [FIELD_POSTCODE] = "postleitzahl",
    [FIELD_TOWN] = "ort",
    [FIELD_COUNTRY] = "land",
    [FIELD_PHONE] = "telefon",
    [FIELD_EMAIL] = "e-mail",
    [FIELD_COST_CENTRE] = "kost1–kostenstelle|kost1-kostenstelle",
};

static int match(const struct row *rows, size_t count, size_t index, const void **choice)
{
    (void)count;
    (void)choice;
    struct bytes first = row_cell(&rows[index], 0);
    bool mark = bytes_equal(first, bytes_of_text("EXTF")) || bytes_equal(first, bytes_of_text("DTVF"));
    return index == 0 && mark && rows[index].count > 3 ? 98 : 0;
}

static long number_at(const struct row *row, size_t column)
{
    struct bytes text = row_cell(row, column);
    return text.size == 0 || text.size > 9 ? 0 : strtol((const char *)text.data, NULL, 10);
}

static int begin(struct table *table, const struct row *row)
{
    struct datev *datev = calloc(1, sizeof *datev);
    if (datev == NULL)
        return VAULT_ENOMEM;
    table->state = datev;
    datev->table = table;
    datev->category = number_at(row, 2);
    datev->year_start = (int)number_at(row, 12);
    datev->account_length = number_at(row, 13);
    struct bytes client = row_cell(row, 11);
    (void)snprintf(datev->client_no, sizeof datev->client_no, "%.*s",
        (int)(client.size > 20 ? 20 : client.size), (const char *)client.data);
    if (value_currency(row_cell(row, 21), datev->currency) == NULL)
        memcpy(datev->currency, "EUR", 4);
    if (datev->category == DATEV_BOOKINGS || datev->category == DATEV_ACCOUNTS ||
        datev->category == DATEV_PARTIES)
        return VAULT_OK;
    return failure_set(table->run->failure, VAULT_EINPUT, "row 1: DATEV category %ld is not one that we read",
        datev->category);
}

static int bind_heading(struct datev *datev, const struct row *row, size_t column)
{
    struct buffer folded = {0};
    struct bytes cell = row_cell(row, column);
    struct bytes text = bytes_of(cell.data, cell.size > 120 ? 120 : cell.size);
    heading_fold(text, &folded);
    datev->field_of[column] = -1;
    for (int i = 0; i < DATEV_FIELDS; i++) {
        if (datev->has[i] || heading_find(field_headings[i], buffer_bytes(&folded)) < 0)
            continue;
        datev->field_of[column] = i;
        datev->column_of[i] = column;
        datev->has[i] = true;
        break;
    }
    buffer_free(&folded);
    int size = text.size == 0
                   ? asprintf(&datev->headings[column], "column %zu", column + 1)
                   : asprintf(&datev->headings[column], "%.*s", (int)text.size, (const char *)text.data);
    if (size < 0)
        datev->headings[column] = NULL;
    return size < 0 ? VAULT_ENOMEM : VAULT_OK;
}

static int read_headings(struct datev *datev, const struct row *row)
{
    int result = VAULT_OK;
    datev->headed = true;
    datev->headings = calloc(row->count, sizeof *datev->headings);
    if (datev->headings == NULL)
        return VAULT_ENOMEM;
    for (size_t i = 0; i < row->count && result == VAULT_OK; i++) {
        datev->heading_count = i + 1;
        result = bind_heading(datev, row, i);
    }
    if (result == VAULT_OK && !datev->has[FIELD_ACCOUNT])
        result = failure_set(datev->table->run->failure, VAULT_EINPUT, "row 2: no column Konto");
    return result;
}

struct bytes datev_cell(const struct datev *datev, const struct row *row, enum datev_field field)
{
    return datev->has[field] ? row_cell(row, datev->column_of[field]) : bytes_of("", 0);
}

static int keep_cell(struct draft *draft, const char *heading, struct bytes text, size_t line)
{
    char key[200];
    if (draft->raw == NULL)
        draft->raw = json_object();
    if (draft->raw == NULL)
        return VAULT_ENOMEM;
    if (line > 0)
        (void)snprintf(key, sizeof key, "lines[%zu].%s", line, heading);
    else
        (void)snprintf(key, sizeof key, "%s", heading);
    json_t *value = json_stringn_nocheck((const char *)text.data, text.size);
    return json_object_set_new_nocheck(draft->raw, key, value) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

int datev_keep(struct datev *datev, const struct row *row, struct draft *draft, uint32_t changed, size_t line)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < row->count && i < datev->heading_count && result == VAULT_OK; i++) {
        struct bytes text = row_cell(row, i);
        int field = datev->field_of[i];
        if (text.size == 0 || (field >= 0 && (changed >> field & 1) == 0))
            continue;
        if (field < 0)
            result = run_unmapped(datev->table->run, datev->headings[i]);
        if (result == VAULT_OK)
            result = keep_cell(draft, datev->headings[i], text, line);
    }
    return result;
}

static int datev_row(struct table *table, const struct row *row)
{
    struct datev *datev = table->state;
    if (!datev->headed) {
        table->run->summary->read--; /* the headings were counted as a row */
        return read_headings(datev, row);
    }
    if (datev->category == DATEV_BOOKINGS)
        return datev_booking(datev, row);
    return datev->category == DATEV_ACCOUNTS ? datev_account(datev, row) : datev_party(datev, row);
}

static int end(struct table *table)
{
    struct datev *datev = table->state;
    int result = datev_flush(datev);
    if (result == VAULT_OK && datev->category == DATEV_BOOKINGS)
        result = run_control(table->run, "turnover", NULL, datev->turnover);
    return result;
}

static void release(struct table *table)
{
    struct datev *datev = table->state;
    for (size_t i = 0; datev->headings != NULL && i < datev->heading_count; i++)
        free(datev->headings[i]);
    free(datev->headings);
    draft_reset(&datev->draft);
    free(datev);
    table->state = NULL;
}

const struct layout layout_datev = {
    .format = "datev", .match = match, .begin = begin, .row = datev_row, .end = end, .release = release};
