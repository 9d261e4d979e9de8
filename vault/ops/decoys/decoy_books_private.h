/**
 * @file decoy_books_private.h
 * Inside the room: the books of a made-up company, pure: no vault, no files.
 *
 * Vouchers that balance, invoices whose net and tax are their gross, bank lines whose balance runs on,
 * payroll whose deductions leave the net, tax filings of a rate and base.  Codes of accounts are those of the
 * small enterprises' or the enterprises' standard, whichever the company keeps.  Personal ids have a fitting
 * check digit (GB 11643) but an administrative division that nobody was ever born in, so that they are
 * nobody's.
 *
 * How many records there are of which kind and period is the caller's, who takes it from a real client;
 * amounts, days, accounts and words are as habits have them, where there are any.
 */
#ifndef VAULT_OPS_DECOYS_DECOY_BOOKS_PRIVATE_H
#define VAULT_OPS_DECOYS_DECOY_BOOKS_PRIVATE_H

#include "vault/ops/decoys/decoy_company_private.h"
#include "vault/ops/decoys/decoy_habits_private.h"
#include "vault/records/draft.h"

struct books;

/**
 * @param fields   of the company, as company_fields() makes them, with what the firm's own cards say besides.
 * @param samples  to make up others that it deals with; borrowed for the call.
 * @param habits   of the clients that it is to be like, borrowed as long as the books live; NULL: none, and
 * amounts are spread evenly over orders of magnitude around a size that the company has. NULL without memory.
 */
struct books *books_new(const json_t *fields, struct company_samples *samples, const struct habits *habits);
void books_free(struct books *books);

/** Is there something to say of this kind in this period? */
bool books_has(enum record_kind kind, const char *period);

/**
 * The @p i -th of @p count records of the kind in a period (YYYY-MM, or YYYY for tax filings), in order.
 * @param draft  draft_reset() in every case.
 * @retval VAULT_ENOMEM
 */
int books_draft(struct books *books, enum record_kind kind, const char *period, size_t i, size_t count,
    struct draft *draft) VAULT_MUST_CHECK;

#endif
