/** @file leak_private.h  The rows of a leak, for the two files that settle it. */
#ifndef VAULT_TRACE_LEAK_PRIVATE_H
#define VAULT_TRACE_LEAK_PRIVATE_H

#include "vault/trace/leak.h"

struct leak_row {
    size_t first; /* cell */
    uint32_t count;
    uint32_t number; /* in the file, from 1 */
    uint64_t hash; /* of its content, for an order that a shuffle does not change */
};

struct leak_cell {
    uint32_t start, size; /* in text */
};

struct leak {
    struct buffer text;
    struct leak_row *rows;
    size_t row_count, row_capacity;
    struct leak_cell *cells;
    size_t cell_count, cell_capacity;
    size_t columns;  /* of the longest row */
    uint32_t number; /* of the last row that was given */
    struct leak_hint hints[LEAK_HINTS_MAX];
    size_t hint_count;
    int column_of[TRACE_FIELDS];
    int64_t precision[TRACE_FIELDS]; /* of an amount's whole column, in hundredths */
};

struct bytes leak_text(const struct leak *leak, size_t row, size_t column);

/* column.c */

/** Is the first row one of headings, of any of the fields or of none? */
bool columns_have_headings(const struct leak *leak, trace_fields fields);
/** Fill in column_of; @p headings: the first row has them. */
int columns_decide(struct leak *leak, bool headings, const struct trace_source *source,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
