/**
 * @file ahead_private.h
 * Rows of a scan, read ahead.  A thread steps the statement and does what needs the store: it checks that the
 * permit covers a row and that the row is the version written last, and lays it aside with its client's key.
 * Meanwhile the caller opens the rows before it.  Only what is sealed lies aside, in bounded memory, and in
 * the statement's order.
 *
 * A scan that fits into one batch has no thread.  While there is one, it alone uses the store and the
 * keyring; the caller uses the rest of `struct records`.
 */
#ifndef VAULT_RECORDS_AHEAD_PRIVATE_H
#define VAULT_RECORDS_AHEAD_PRIVATE_H

#include "vault/records/records_private.h"

struct ahead;

/** @p statement is bound and not stepped yet; all is borrowed until ahead_free(). VAULT_ENOMEM. */
int ahead_new(struct records *records, const struct permit *permit, struct statement *statement,
    struct ahead **ahead) VAULT_MUST_CHECK;
/** Ends the thread; the statement is then the caller's again.  NULL is allowed. */
void ahead_free(struct ahead *ahead);

/**
 * The next row that the permit covers, borrowed until the next call, and the key that opens its record key.
 * @p row is NULL at the end and on error, which comes after the rows before it.
 */
int ahead_next(struct ahead *ahead, struct row **row, const struct secret **key,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
