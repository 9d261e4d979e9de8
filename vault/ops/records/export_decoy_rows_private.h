/**
 * @file export_decoy_rows_private.h
 * Inside the room: records of made-up clients for one export, made after samples of the rows that they are to
 * lie among.  Each function is false where the sample does not fit, or without memory; what it made so far is
 * then freed by the caller with made_record_free().
 *
 * A pair is of one period and account, and what the first says in numbers the second takes back.
 */
#ifndef VAULT_OPS_RECORDS_EXPORT_DECOY_ROWS_PRIVATE_H
#define VAULT_OPS_RECORDS_EXPORT_DECOY_ROWS_PRIVATE_H

#include "vault/ops/records/export_decoys_private.h"

#define MADE_AMOUNT_MAX (INT64_C(1) << 50) /* hundredths */

/* --- export_decoy_rows.c --- */

/** The card, with @p fields of company_fields() and the numbers of client @p i. */
bool made_card(struct made_record *record, const struct made_record *sample, const json_t *fields,
    const struct company *company, const struct fingerprint_word *word, uint32_t i);

/** A record like the sample, with an id of its time. */
bool made_start(struct made_record *record, const struct made_record *sample);
bool made_set_text(json_t *object, const char *name, const char *text);
bool made_set_amount(json_t *fields, const char *name, int64_t hundredths);
/** Hundredths; 0 for none, and for what has more places or is out of all bounds. */
int64_t made_read_amount(const json_t *fields, const char *name);
/** The largest power of ten that divides the amount: how far it is rounded. */
int64_t made_grain(int64_t amount);
/** Other digits for the digits, but for the first @p keep characters. */
void made_vary_digits(char *text, size_t keep);
bool made_vary_field(json_t *fields, const char *name, size_t keep);
/** Put a word before a text in Chinese; others stay. */
bool made_prefix_text(json_t *fields, const char *name, const char *chinese);

/* --- Pairs --- */

/** What the amount of a sample's pair is to be like, in hundredths; 0: it gives no pair.  A voucher's debit,
 * an invoice's gross, what a bank line moves, what a payroll entry pays out. */
int64_t made_amount_of(const struct made_record *sample);

/** export_decoy_money.c */
bool made_vouchers(struct made_record pair[2], const struct made_record *sample, int64_t amount);
/** On the account @p client of the export. */
bool made_transfers(struct made_record pair[2], const struct made_record *sample, int64_t amount,
    const struct fingerprint_word *word, uint32_t client);
int64_t made_voucher_amount(const json_t *fields);

/** export_decoy_documents.c: an invoice between @p own and @p other (company_fields() of both), and the red
 * one. */
bool made_invoices(struct made_record pair[2], const struct made_record *sample, int64_t gross,
    const json_t *own, const json_t *other);
int64_t made_invoice_amount(const json_t *fields);

/** export_decoy_payroll.c: what an employee of the company with @p tax_id ("" for none) was paid. */
bool made_payroll(
    struct made_record pair[2], const struct made_record *sample, int64_t net, const char *tax_id);
int64_t made_payroll_amount(const json_t *fields);

#endif
