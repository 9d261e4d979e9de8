/**
 * @file kind.h
 * What a record can be, which compartment its key belongs to, and the names of its fields.
 *
 * A record's fields are one JSON object.  Every leaf is a string (amounts, rates and quantities as plain decimal
 * text, dates as YYYY-MM-DD, periods as YYYY-MM or YYYY), but for `leaf` and `enabled` (booleans) and arrays of
 * objects.  A field that the source does not have is absent, never empty or null.  Fields of each kind:
 *
 *   client           client_no name tax_id country taxpayer_type accounting_standard industry
 *                    legal_representative{name id_no} contact phone landline email address bank bank_account
 *                    start_period accountant status remark
 *   contact          name position mobile id_no wechat email
 *   bank_account     holder nature bank account_no currency enabled
 *   ledger_account   code name parent type balance_side leaf standard_code
 *   account_balance  code name period opening_side opening debit credit closing_side closing currency quantity
 *                    scenario department
 *   voucher          type no date description attachments prepared_by reviewed_by posted_by
 *                    lines[]{line_no summary account_code account_name debit credit currency rate
 *                    original_amount quantity customer supplier department employee project item counterparty
 *                    tax_code tax_rate tax_base tax_amount document}
 *   invoice          direction(in|out) type code no issue_date due_date seller{name tax_id address phone email
 *                    bank bank_account} buyer{…} lines[]{line_no item description spec unit quantity price net
 *                    tax_code tax_rate tax gross} net tax gross due currency status refers_to check_code drawer
 *                    remark
 *   bank_transaction account_no bank_ref booking_date booking_time value_date amount (+ into the account)
 *                    currency balance_after counterparty{name account bank} summary memo type statement
 *                    end_to_end_id details[]{amount currency counterparty{…} memo summary type bank_ref
 *                    end_to_end_id} (one entry of several payments)
 *   tax_filing       tax_type period_from period_to filed_on base rate due relief paid status form_no
 *   payroll_entry    period employee{no name id_no mobile bank_card} base bonus gross
 *                    social{pension medical unemployment} housing_fund income_tax net
 *   contract         no service from to billing amount received counterparty remark
 *   party            role(customer|supplier) party_no name tax_id account_code address phone email
 *   product          code type group description number_code
 *   attachment       file_name media_type bytes sha256 description
 *   table_row        table, and one member a column under the column's own name (for tables we do not know)
 */
#ifndef VAULT_RECORDS_KIND_H
#define VAULT_RECORDS_KIND_H

#include <stdbool.h>

#include "vault/base/compartment.h"

/* The numbers are stored and bound into seals: append only. */
enum record_kind {
    KIND_CLIENT = 1,
    KIND_CONTACT,
    KIND_BANK_ACCOUNT,
    KIND_LEDGER_ACCOUNT,
    KIND_ACCOUNT_BALANCE,
    KIND_VOUCHER,
    KIND_INVOICE,
    KIND_BANK_TRANSACTION,
    KIND_TAX_FILING,
    KIND_PAYROLL_ENTRY,
    KIND_CONTRACT,
    KIND_PARTY,
    KIND_PRODUCT,
    KIND_ATTACHMENT,
    KIND_TABLE_ROW
};
#define KIND_LAST KIND_TABLE_ROW

/** "voucher", "bank_transaction", …; never NULL. */
const char *kind_name(enum record_kind kind);
bool kind_parse(struct bytes name, enum record_kind *kind);
enum compartment kind_compartment(enum record_kind kind);

#endif
