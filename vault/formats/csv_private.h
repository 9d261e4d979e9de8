/**
 * @file csv_private.h
 * Separated values (RFC 4180 and what is in use beside it): a state machine over pieces of text.
 *
 * Separators are found out of `,` `;` TAB and `|`.  Quoted cells may hold separators, quotes ("") and line
 * ends; a quote inside an unquoted cell is text; `="0123"` (text for Excel) loses its wrapping.  Memory is
 * one row.
 */
#ifndef VAULT_FORMATS_CSV_PRIVATE_H
#define VAULT_FORMATS_CSV_PRIVATE_H

#include "vault/formats/encoding_private.h"
#include "vault/formats/table_private.h"

struct csv;

/** Takes over @p text, also on failure. */
int csv_open(struct text_source *text, struct csv **csv, struct failure *failure) VAULT_MUST_CHECK;

/** As row_source.next: 1, 0, VAULT_EINPUT (NUL, open quote), VAULT_ELIMIT; @p context is the struct csv. */
int csv_next(void *context, struct row *row, struct failure *failure);

void csv_close(struct csv *csv);

#endif
