/**
 * @file sheet_private.h
 * Sheets with headings: which column is which canonical field, as tables.
 *
 * A sheet is a list of columns; a column has the headings it goes by (folded, "a|b|c", the preferred first),
 * the path of its field and how its text is read.  Where a record spans rows (a voucher, an invoice), rows
 * that share the key columns, or leave them blank, belong together.
 */
#ifndef VAULT_FORMATS_SHEET_PRIVATE_H
#define VAULT_FORMATS_SHEET_PRIVATE_H

#include "vault/formats/table_private.h"

enum column_type {
    COLUMN_TEXT,
    COLUMN_DIGITS,      /* a number that is a name: account, document, phone */
    COLUMN_TAX_ID,      /* check digit looked at */
    COLUMN_PERSON_ID,   /* likewise */
    COLUMN_AMOUNT,      /* the row is refused if it is none */
    COLUMN_SOFT_AMOUNT, /* kept raw with a warning if it is none */
    COLUMN_RATE,        /* "6%" or words such as 免税 */
    COLUMN_DATE,
    COLUMN_SOFT_DATE,
    COLUMN_DAY_FIRST,
    COLUMN_MOMENT, /* date, and the time into booking_time */
    COLUMN_TIME,
    COLUMN_PERIOD,
    COLUMN_YEAR,
    COLUMN_MONTH,
    COLUMN_BOOLEAN,
    COLUMN_WORD, /* one of `words` */
    COLUMN_CURRENCY,
    COLUMN_VOUCHER_ID, /* "记-12" */
    COLUMN_CLIENT_NO,
    COLUMN_CLIENT_NAME,
    COLUMN_CLIENT_TAX_ID,
    COLUMN_MONEY_IN,
    COLUMN_MONEY_OUT,
    COLUMN_MONEY,      /* signed, or with COLUMN_MONEY_SIDE */
    COLUMN_MONEY_OWED, /* of a credit card: what is spent is positive; "CNY 12.30": the side is in the summary
                        */
    COLUMN_MONEY_SIDE,
    COLUMN_IGNORED /* known and said elsewhere: row numbers */
};
#define COLUMN_TYPES (COLUMN_IGNORED + 1)

enum column_flag {
    COLUMN_KEY = 1,      /* rows that share it are one record */
    COLUMN_REQUIRED = 2, /* without it this is another sheet */
    COLUMN_DEBIT = 4,
    COLUMN_CREDIT = 8
};

/** A word of people and the code it stands for; the first of a code says the same to the letter. */
struct word {
    const char *text;
    const char *code;
};

struct column {
    const char *headings;
    const char *path; /* "name", "seller.name", "lines.debit"; NULL for what goes elsewhere */
    enum column_type type;
    unsigned flags;
    const struct word *words;
};

struct sheet_state;

struct sheet {
    const char *name;
    const char *format;
    enum record_kind kind;
    const struct column *columns;
    size_t column_count;
    unsigned minimum; /* columns that must be there */
    bool lines;       /* several rows may be one record */
    bool dashes;      /* "-", "--", "/" mean nothing */
    const char *date; /* field that dates the record, and the one that gives its period; NULL if none */
    const char *period;
    /** The whole record is read: sums, signs, checks.  Refuses it by setting state->reason. */
    int (*finish)(struct sheet_state *state);
};

extern const struct sheet *const sheets[];
extern const size_t sheet_count;
extern const struct sheet sheet_agency_bank, sheet_bank, sheet_card_statement,
    sheet_bank_day_first; /* bank_sheets.c */

/** A column of the file at hand. */
struct bound {
    const struct column *column; /* NULL: kept raw */
    const char *parent;          /* "seller", "lines" or NULL */
    const char *name;
    char *heading; /* as in the file, made unique; owned */
    bool line;
    bool sums;
    struct decimal sum; /* of all cells so far, for rows of totals */
};

/** A cell as read. */
struct value {
    struct bytes text;   /* what goes into the field; empty if nothing does */
    bool same;           /* the field says the cell to the letter */
    int boolean;         /* -1, or what to store instead of text */
    const char *problem; /* why there is no text */
    bool fatal;          /* the row is refused for it */
    bool number;         /* `decimal` is what the cell says */
    struct decimal decimal;
    char buffer[64];
};

/** What columns of a row leave for the record's end, where one field comes of several. */
struct slots {
    struct decimal in, out, money, owed;
    bool has_in, has_out, has_money, has_owed;
    char owed_currency[4]; /* as in "CNY 12.30"; "" if the amount is signed */
    int side;              /* +1 in, -1 out, 0 not said */
    bool side_unclear;
    char year[5];
    char month[3];
    char time[9];
};

struct sheet_state {
    struct table *table;
    const struct sheet *sheet;
    struct bound *bound;
    size_t bound_count;
    bool keyed; /* a key column is bound */
    bool sided; /* so is one that says money in or out */

    bool open;    /* a record is under way */
    bool refused; /* and will not be delivered */
    struct draft draft;
    struct buffer client_no, client_tax_id, client_name; /* of that record; copies */
    struct buffer key, row_key;
    json_t *lines; /* borrowed from draft.fields */
    json_t *line;  /* borrowed from lines */
    size_t line_count;
    size_t record_bytes;
    struct slots slots;

    struct decimal debit, credit; /* of the record */
    struct decimal total_debit, total_credit;
    uint64_t delivered;
    int stopped;        /* what a callback returned that wants no more */
    const char *reason; /* set by finish: why the record is refused */
};

/* sheet_value.c */
int sheet_convert(struct sheet_state *state, const struct bound *bound, const struct cell *cell,
    struct value *value) VAULT_MUST_CHECK;

/* sheet_row.c */
int sheet_row(struct table *table, const struct row *row);
int sheet_flush(struct sheet_state *state);

/* sheet_finish.c */
int finish_plain(struct sheet_state *state);
int finish_client(struct sheet_state *state);
int finish_balance(struct sheet_state *state);
int finish_voucher(struct sheet_state *state);
int finish_invoice(struct sheet_state *state);
int finish_bank(struct sheet_state *state);

#endif
