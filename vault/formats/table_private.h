/**
 * @file table_private.h
 * Rows of cells, wherever they come from, and what can be made of them.
 *
 * CSV, workbooks and old Excel files are sources of rows.  table_read() looks at the first rows, asks every
 * layout (our own exports, DATEV, the sheets of bookkeeping firms and banks, plain tables) how well they fit,
 * and hands all further rows to the best.  Rows are borrowed until the source's next one.
 */
#ifndef VAULT_FORMATS_TABLE_PRIVATE_H
#define VAULT_FORMATS_TABLE_PRIVATE_H

#include "vault/formats/format_private.h"

#define TABLE_HEAD_ROWS 40      /* the headings are among these, or there are none */
#define TABLE_HEAD_BYTES 262144 /* or among these bytes */

enum cell_flag {
    CELL_NUMBER = 1,      /* a number to the workbook, not text that looks like one */
    CELL_LOST_DIGITS = 2, /* more digits than a spreadsheet keeps: what it was before is unknown */
    CELL_FORMULA = 4      /* the text is a formula's last result */
};

struct cell {
    const char *data; /* valid UTF-8, NUL-terminated */
    size_t size;
    unsigned flags;
};

struct row {
    const struct cell *cells;
    size_t count;
    uint64_t number; /* from 1, as a spreadsheet counts */
};

/** Rows one after another. */
struct row_source {
    void *context;
    /** @return 1, 0 at the end, or an error whose place is in @p failure. */
    int (*next)(void *context, struct row *row, struct failure *failure);
    bool base_1904; /* serial dates count from 1904 */
    bool escaped;   /* CSV: an apostrophe may stand before what looks like a formula */
};

struct layout;

/** One table under way: a CSV file or one sheet of a workbook. */
struct table {
    struct import_run *run;
    const char *place; /* "" or "sheet 2, " */
    const char *name;  /* of the sheet or file */
    bool base_1904;
    bool escaped;
    const struct layout *layout;
    const void *layout_choice;           /* what match() found, for begin() */
    void *state;                         /* the layout's own */
    int statement_year, statement_month; /* from the lines above the headings; 0 if they do not say */
    char statement_account[64];
    char stated_rows[24]; /* "共43笔记录" above the headings; "" if not said */
};

/** One way to read rows. */
struct layout {
    const char *format; /* its name in import_formats() */
    /** How well row @p index of the first @p count fits as the headings (or first row of data, see below): 0
     * to 100; @p choice is passed on to begin() as table.layout_choice. */
    int (*match)(const struct row *rows, size_t count, size_t index, const void **choice);
    int (*begin)(struct table *table, const struct row *headings);
    int (*row)(struct table *table, const struct row *row);
    /** All rows were read: deliver what is held and the controls.  Not called after an error. */
    int (*end)(struct table *table);
    void (*release)(struct table *table);
    /** A row of sums (合计), which is not data; NULL if this layout knows none. */
    int (*total)(struct table *table, const struct row *row);
};

extern const struct layout layout_own, layout_datev, layout_sheet, layout_plain;

/** Read all rows of @p source; NULL @p forced chooses.  @p used is the layout taken, NULL if there were no
 * rows. */
int table_read(struct import_run *run, struct row_source *source, const char *place, const char *name,
    const struct layout *forced, const struct layout **used) VAULT_MUST_CHECK;

/** The layout for the first bytes of a text file and how sure that is (0: not a table). */
const struct layout *table_probe(struct bytes head, int *sure);

/** The first rows are cut evenly enough to be a table. */
bool rows_are_even(const struct row *rows, size_t count);

/** Read a CSV file with @p forced or whatever fits. */
int table_read_csv(
    struct import_run *run, const struct layout *forced, const char *fallback_encoding) VAULT_MUST_CHECK;

/** "sheet 2, row 12" */
void table_where(const struct table *table, const struct row *row, char where[DRAFT_WHERE_SIZE]);

/** The cell, trimmed; empty beyond the row's end. */
struct bytes row_cell(const struct row *row, size_t column);

/** A heading as it is compared: no blanks, full-width forms narrowed, ASCII in lower case; appended to @p
 * out. */
void heading_fold(struct bytes heading, struct buffer *out);

/** Does the folded @p heading equal one of @p names ("a|b|c", folded already)?  Its place from 0, or -1. */
int heading_find(const char *names, struct bytes heading);

/** A row of sums: its first text says 合计, 总计, 小计 or 累计. */
bool row_is_total(const struct row *row);
bool row_is_blank(const struct row *row);

#endif
