/**
 * @file leak.h
 * A leaked table, before it is known what its columns are or whose its rows are.
 *
 * Rows of cells come from whoever can read the file (vault/formats through vault/ops).  leak_settle() finds
 * the headings if there are any, decides which column is which field, by what the cells are and by whether
 * the source knows them, with the heading as a hint, and puts the rows into an order of their own, so that a
 * shuffled file is the same file.  The cells are wiped when the leak is freed.
 */
#ifndef VAULT_TRACE_LEAK_H
#define VAULT_TRACE_LEAK_H

#include "vault/linkage/normal.h"
#include "vault/trace/source.h"

#define LEAK_ROWS_MAX 200000u
#define LEAK_COLUMNS_MAX 64u /* further cells of a row are not looked at */
#define LEAK_BYTES_MAX ((size_t)512 << 20)

struct leak;

/** NULL only without memory. */
struct leak *leak_new(void);
/** NULL is allowed. */
void leak_free(struct leak *leak);

/**
 * Add a row; cells are copied, blank rows dropped.
 * @retval VAULT_ELIMIT  more than LEAK_ROWS_MAX rows or LEAK_BYTES_MAX bytes.
 */
int leak_add_row(
    struct leak *leak, const struct bytes *cells, size_t count, struct failure *failure) VAULT_MUST_CHECK;

/** Once, after the last row. */
int leak_settle(
    struct leak *leak, const struct trace_source *source, struct failure *failure) VAULT_MUST_CHECK;

/* After leak_settle(): */

/** Rows of data, without headings. */
size_t leak_rows(const struct leak *leak);
/** Fields that some column is. */
trace_fields leak_fields(const struct leak *leak);
/** The column of a field, or -1. */
int leak_column(const struct leak *leak, enum trace_field field);
/** The cell of a row and field, normalised; empty where there is none. */
void leak_cell(const struct leak *leak, size_t row, enum trace_field field, struct normal *cell);

#endif
