/**
 * @file table_head_private.h
 * The first rows of a table, held while it is decided what it is.
 */
#ifndef VAULT_FORMATS_TABLE_HEAD_PRIVATE_H
#define VAULT_FORMATS_TABLE_HEAD_PRIVATE_H

#include "vault/formats/table_private.h"

/** Start with {0}. */
struct table_head {
    struct row rows[TABLE_HEAD_ROWS];
    void *blocks[TABLE_HEAD_ROWS]; /* cells and their text, one allocation a row */
    size_t count;
    size_t size;
    bool ended; /* the source has no more rows */
};

int table_head_read(
    struct table_head *head, struct row_source *source, struct failure *failure) VAULT_MUST_CHECK;
void table_head_free(struct table_head *head);

/** The layout that fits best and the row it fits; NULL if none does. */
const struct layout *table_head_choose(const struct table_head *head, const struct layout *forced,
    size_t *index, const void **choice, int *sure);

/** What the rows above the headings say: account, month of the statement, number of rows. */
void table_head_hints(const struct table_head *head, size_t headings, struct table *table);

#endif
