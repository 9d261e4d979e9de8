/**
 * @file datev_private.h
 * DATEV EXTF: a line about the file, a line of headings, then bookings, account names or addresses.
 */
#ifndef VAULT_FORMATS_DATEV_PRIVATE_H
#define VAULT_FORMATS_DATEV_PRIVATE_H

#include "vault/formats/table_private.h"

enum datev_category { DATEV_PARTIES = 16, DATEV_ACCOUNTS = 20, DATEV_BOOKINGS = 21 };

/** Headings that have a meaning for us; all others stay raw. */
enum datev_field {
    FIELD_AMOUNT,
    FIELD_SIDE,
    FIELD_CURRENCY,
    FIELD_RATE,
    FIELD_BASE_AMOUNT,
    FIELD_ACCOUNT,
    FIELD_CONTRA,
    FIELD_TAX_KEY,
    FIELD_DATE,
    FIELD_DOCUMENT,
    FIELD_TEXT,
    FIELD_ACCOUNT_NAME,
    FIELD_COMPANY,
    FIELD_LAST_NAME,
    FIELD_FIRST_NAME,
    FIELD_ANY_NAME,
    FIELD_VAT_COUNTRY,
    FIELD_VAT_NUMBER,
    FIELD_STREET,
    FIELD_POSTCODE,
    FIELD_TOWN,
    FIELD_COUNTRY,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_COST_CENTRE
};
#define DATEV_FIELDS (FIELD_COST_CENTRE + 1)

struct datev {
    struct table *table;
    long category;
    int year_start; /* yyyymmdd of the financial year */
    char client_no[24];
    char currency[4];
    long account_length;

    bool headed;
    char **headings;
    size_t heading_count;
    int field_of[LIMIT_COLUMNS]; /* datev_field or -1 */
    size_t column_of[DATEV_FIELDS];
    bool has[DATEV_FIELDS];

    bool open; /* a voucher under way */
    struct draft draft;
    json_t *lines;
    char document[64];
    struct decimal turnover;
    uint64_t bookings;
};

/** The cell of @p field, trimmed. */
struct bytes datev_cell(const struct datev *datev, const struct row *row, enum datev_field field);

/** Keep cells verbatim in @p draft: those of no known field, and those of @p changed (a bit a field). */
int datev_keep(
    struct datev *datev, const struct row *row, struct draft *draft, uint32_t changed, size_t line);

/* datev_booking.c */
int datev_booking(struct datev *datev, const struct row *row);
int datev_flush(struct datev *datev);
/* datev_party.c */
int datev_account(struct datev *datev, const struct row *row);
int datev_party(struct datev *datev, const struct row *row);

#endif
