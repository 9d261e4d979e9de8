#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/formats/datev_private.h"

/*
 * A booking is one amount on an account and its contra account: two lines of a voucher.  Bookings that follow
 * each other with the same document number and day are one voucher.
 */

struct booking {
    char amount[DECIMAL_TEXT_SIZE];
    char date[11];
    bool debit; /* the account's side; the contra account has the other */
    struct decimal value;
};

/* ddmm or dmm; the year is the financial year's, or the next where that starts later in the calendar. */
static int booking_date(const struct datev *datev, struct bytes text, char date[11])
{
    char whole[24];
    if (text.size < 3 || text.size > 4 || strspn((const char *)text.data, "0123456789") != text.size)
        return VAULT_EINPUT;
    int day_month = atoi((const char *)text.data);
    int month = day_month % 100;
    int year = datev->year_start / 10000 + (month < datev->year_start / 100 % 100);
    (void)snprintf(whole, sizeof whole, "%04d-%02d-%02d", year, month, day_month / 100);
    return value_date(bytes_of_text(whole), false, date);
}

/* What is wrong with the row, or NULL. */
static const char *read_booking(const struct datev *datev, const struct row *row, struct booking *booking)
{
    struct bytes side = datev_cell(datev, row, FIELD_SIDE);
    bool s = bytes_equal(side, bytes_of_text("S"));
    if (value_amount(datev_cell(datev, row, FIELD_AMOUNT), true, booking->amount) != VAULT_OK ||
        decimal_parse(bytes_of_text(booking->amount), &booking->value) != VAULT_OK)
        return "Umsatz: not an amount";
    if (!s && !bytes_equal(side, bytes_of_text("H")))
        return "Soll/Haben-Kennzeichen: neither S nor H";
    if (booking_date(datev, datev_cell(datev, row, FIELD_DATE), booking->date) != VAULT_OK)
        return "Belegdatum: not a day and month";
    if (datev_cell(datev, row, FIELD_ACCOUNT).size == 0 || datev_cell(datev, row, FIELD_CONTRA).size == 0)
        return "Konto or Gegenkonto: empty";
    booking->debit = s;
    return NULL;
}

static int add_line(struct datev *datev, const struct row *row, const struct booking *booking, bool contra)
{
    char currency[4];
    json_t *line = json_object();
    if (json_array_append_new(datev->lines, line) != 0)
        return VAULT_ENOMEM;
    struct bytes account = datev_cell(datev, row, contra ? FIELD_CONTRA : FIELD_ACCOUNT);
    const char *code = value_currency(datev_cell(datev, row, FIELD_CURRENCY), currency);
    int result = value_set(line, "account_code", account);
    if (result == VAULT_OK)
        result = value_set(line, "summary", datev_cell(datev, row, FIELD_TEXT));
    if (result == VAULT_OK)
        result =
            value_set(line, booking->debit != contra ? "debit" : "credit", bytes_of_text(booking->amount));
    if (result == VAULT_OK)
        result = value_set(line, "currency", bytes_of_text(code == NULL ? datev->currency : code));
    if (result == VAULT_OK && !contra)
        result = value_set(line, "department", datev_cell(datev, row, FIELD_COST_CENTRE));
    if (result == VAULT_OK && contra)
        result = value_set(line, "tax_code", datev_cell(datev, row, FIELD_TAX_KEY));
    return result;
}

static int begin_voucher(struct datev *datev, const struct row *row, const struct booking *booking)
{
    struct draft *draft = &datev->draft;
    struct bytes document = datev_cell(datev, row, FIELD_DOCUMENT);
    draft_reset(draft);
    draft->kind = KIND_VOUCHER;
    draft->client.client_no = datev->client_no[0] == '\0' ? NULL : datev->client_no;
    memcpy(draft->date, booking->date, sizeof draft->date);
    memcpy(draft->period, booking->date, 7);
    table_where(datev->table, row, draft->where);
    draft->fields = json_object();
    datev->lines = json_array();
    datev->open = true;
    (void)snprintf(datev->document, sizeof datev->document, "%.*s",
        (int)(document.size > 60 ? 60 : document.size), (const char *)document.data);
    if (draft->fields == NULL || json_object_set_new(draft->fields, "lines", datev->lines) != 0)
        return VAULT_ENOMEM;
    int result = value_set(draft->fields, "no", document);
    if (result == VAULT_OK)
        result = value_set(draft->fields, "description", datev_cell(datev, row, FIELD_TEXT));
    return result == VAULT_OK ? value_set(draft->fields, "date", bytes_of_text(booking->date)) : result;
}

static bool continues(const struct datev *datev, const struct row *row, const struct booking *booking)
{
    return datev->open && datev->document[0] != '\0' && strcmp(datev->draft.date, booking->date) == 0 &&
           bytes_equal(datev_cell(datev, row, FIELD_DOCUMENT), bytes_of_text(datev->document)) &&
           json_array_size(datev->lines) + 2 <= LIMIT_LINES;
}

int datev_flush(struct datev *datev)
{
    if (!datev->open)
        return VAULT_OK;
    datev->open = false;
    return run_record(datev->table->run, &datev->draft);
}

int datev_booking(struct datev *datev, const struct row *row)
{
    struct booking booking;
    char where[DRAFT_WHERE_SIZE];
    int result = VAULT_OK;
    const char *problem = read_booking(datev, row, &booking);
    if (problem == NULL && decimal_add(&datev->turnover, booking.value) != VAULT_OK)
        problem = "Umsatz: the sum is too large";
    if (problem != NULL) {
        table_where(datev->table, row, where);
        return run_refuse(datev->table->run, where, "%s", problem);
    }
    if (!continues(datev, row, &booking)) {
        result = datev_flush(datev);
        if (result == VAULT_OK)
            result = begin_voucher(datev, row, &booking);
    }
    size_t line = result == VAULT_OK ? json_array_size(datev->lines) : 0;
    if (result == VAULT_OK)
        result = add_line(datev, row, &booking, false);
    if (result == VAULT_OK)
        result = add_line(datev, row, &booking, true);
    /* The comma of an amount and the missing year of a date are not in the fields. */
    uint32_t changed = 1u << FIELD_AMOUNT | 1u << FIELD_DATE | 1u << FIELD_RATE | 1u << FIELD_BASE_AMOUNT;
    return result == VAULT_OK ? datev_keep(datev, row, &datev->draft, changed, line) : result;
}
