/**
 * @file table.h
 * Rows of JSON as an aligned table on standard output.
 *
 * Columns are as wide as the first TABLE_WINDOW rows need, so that a table of any length starts soon and
 * takes little memory; wide (Chinese) characters count two.  On a terminal too wide a table is cut to fit,
 * with "…"; in a pipe everything is written.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "cli/output.h"
#include "vault/base/json.h"

#define TABLE_WINDOW 400u
#define TABLE_COLUMNS_MAX 64u

enum column_form {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* right aligned, never cut */
    COLUMN_ID      /* never cut: half an id is none */
};

struct column {
    const char *member; /* of the row; NULL ends an array of columns */
    const char *title;  /* marked by N_() */
    enum column_form form;
};

struct table;

/**
 * @param columns  kept; must outlive the table.
 * @param width    columns of the terminal, or 0 to cut nothing.
 * NULL without memory.
 */
struct table *table_new(struct output *output, const struct column *columns, int width);
/** What is not flushed is lost; NULL is allowed. */
void table_free(struct table *table);

/** No line of titles, and @p indent blanks before each line. */
void table_plain(struct table *table, bool titles, int indent);

/** Add a row: members that it lacks are empty cells. */
int table_row(struct table *table, const json_t *row) VAULT_MUST_CHECK;
/** Write the rows that wait; the widths are then settled. */
void table_flush(struct table *table);
/** Write what waits. @return how many rows there were. */
size_t table_end(struct table *table);

/** A value as it stands in a cell: lists with commas, "yes" and "no", objects as "name value". */
void table_cell(const json_t *value, struct buffer *out);

#endif
