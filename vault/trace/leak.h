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

/** What else speaks of a person than what he saw, such as the mark of an export that the file still shows. */
struct leak_hint {
    uint32_t person;
    double log_ratio; /* natural logarithm: how much likelier is this file from him than from anybody else? */
};
#define LEAK_HINTS_MAX 256u
/** From here on a hint satisfies the guards, as a decoy does that only his export held. */
#define LEAK_HINT_SURE 9.2

/** Before the trace. VAULT_ELIMIT. */
int leak_add_hint(struct leak *leak, const struct leak_hint *hint) VAULT_MUST_CHECK;
const struct leak_hint *leak_hints(const struct leak *leak, size_t *count);

/** Once, after the last row. */
int leak_settle(
    struct leak *leak, const struct trace_source *source, struct failure *failure) VAULT_MUST_CHECK;

/* After leak_settle(): */

/** Rows of data, without headings. */
size_t leak_rows(const struct leak *leak);
/** Where a row stood in the file, from 1, headings and blank rows counted. */
uint32_t leak_number(const struct leak *leak, size_t row);
/** Fields that some column is. */
trace_fields leak_fields(const struct leak *leak);
/** The column of a field, or -1. */
int leak_column(const struct leak *leak, enum trace_field field);
/** The cell of a row and field, normalised; empty where there is none. */
void leak_cell(const struct leak *leak, size_t row, enum trace_field field, struct normal *cell);

#endif
