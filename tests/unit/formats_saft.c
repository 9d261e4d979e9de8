#include <criterion/criterion.h>
#include <string.h>

#include "tests/lib/caught.h"

#define FIELD(kind, n, path, text) cr_assert_str_eq(caught_field(&caught, kind, n, path), text)

static const char *raw(const struct caught *caught, const char *kind, size_t n, const char *path)
{
    const char *text = json_text(json_object_get(caught_record(caught, kind, n), "raw"), path);
    return text == NULL ? "" : text;
}

static void controls_agree(const struct caught *caught)
{
    size_t at;
    const json_t *control;
    json_array_foreach(caught->controls, at, control)
    {
        cr_assert(json_is_true(json_object_get(control, "ok")), "%s: %s stated, %s computed",
            json_text(control, "name"), json_text(control, "stated"), json_text(control, "computed"));
    }
}

Test(formats_saft, portugal_gives_every_kind)
{
    struct caught caught = caught_sample("saft/portugal.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.format, "saft");
    cr_assert_str_eq(caught.summary.encoding, "WINDOWS-1252");
    cr_assert_eq(caught_count(&caught, "party"), 3);
    cr_assert_eq(caught_count(&caught, "product"), 2);
    cr_assert_eq(caught_count(&caught, "ledger_account"), 2);
    cr_assert_eq(caught_count(&caught, "account_balance"), 2);
    cr_assert_eq(caught_count(&caught, "invoice"), 3);
    cr_assert_eq(caught_count(&caught, "voucher"), 4);
    cr_assert_eq(caught.summary.read, json_array_size(caught.records));
    cr_assert_eq(json_array_size(caught.refused), 0);
    controls_agree(&caught);
    cr_assert_eq(caught_controls(&caught, "SalesInvoices/TotalCredit", true), 1);
    cr_assert_eq(caught_controls(&caught, "MovementOfGoods/TotalQuantityIssued", true), 1);
    caught_free(&caught);
}

Test(formats_saft, header_says_whose_file_it_is)
{
    struct caught caught = caught_sample("saft/portugal.xml", NULL);
    size_t at;
    const json_t *record;
    json_array_foreach(caught.records, at, record)
    {
        cr_assert_str_eq(json_text(record, "client_name"), "Pomar da Conceição, Lda");
        cr_assert_str_eq(json_text(record, "client_tax_id"), "509123457");
    }
    FIELD("table_row", 0, "table", "Header");
    caught_free(&caught);
}

Test(formats_saft, invoices_have_parties_lines_and_signs)
{
    struct caught caught = caught_sample("saft/portugal.xml", NULL);
    FIELD("invoice", 0, "no", "FT A/1");
    FIELD("invoice", 0, "direction", "out");
    FIELD("invoice", 0, "status", "normal");
    FIELD("invoice", 0, "seller.tax_id", "509123457");
    FIELD("invoice", 0, "buyer.name", "Café Açoriano");
    FIELD("invoice", 0, "lines.0.net", "90.00");
    FIELD("invoice", 0, "lines.0.price", "2.22222222");
    FIELD("invoice", 0, "lines.0.quantity", "40.5");
    FIELD("invoice", 0, "gross", "123.00");
    cr_assert_str_eq(raw(&caught, "invoice", 0, "Line[1]/ProductCode"), "MA1");
    cr_assert_str_eq(raw(&caught, "invoice", 0, "Line[1]/Quantity"), "40.500");
    cr_assert_str_eq(raw(&caught, "invoice", 0, "DocumentTotals/Payment/PaymentAmount"), "83.00");
    FIELD("invoice", 1, "type", "NC");
    FIELD("invoice", 1, "lines.0.net", "10.0000"); /* a debit, and still what the note is about */
    FIELD("invoice", 1, "refers_to", "FT A/1");
    FIELD("invoice", 2, "status", "void");
    caught_free(&caught);
}

Test(formats_saft, other_documents_are_vouchers)
{
    struct caught caught = caught_sample("saft/portugal.xml", NULL);
    FIELD("voucher", 0, "type", "VND");
    FIELD("voucher", 0, "lines.0.debit", "123.00");
    FIELD("voucher", 0, "lines.2.account_code", "2433");
    FIELD("voucher", 1, "type", "GT");
    FIELD("voucher", 2, "type", "PF");
    FIELD("voucher", 3, "type", "RG");
    FIELD("voucher", 3, "lines.0.document", "FT A/1");
    FIELD("voucher", 3, "lines.0.customer", "C1");
    FIELD("account_balance", 0, "opening", "1500.00");
    FIELD("account_balance", 0, "opening_side", "debit");
    FIELD("account_balance", 1, "closing", "40.00");
    FIELD("account_balance", 1, "closing_side", "credit");
    FIELD("account_balance", 1, "period", "2023-12");
    FIELD("product", 0, "group", "Fruta");
    caught_free(&caught);
}

Test(formats_saft, norway_with_any_prefix_or_none_is_the_same)
{
    struct caught prefixed = caught_sample("saft/norway.xml", NULL);
    struct caught caught = caught_sample("saft/norway-plain.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert(json_equal(prefixed.records, caught.records));
    controls_agree(&caught);
    FIELD("voucher", 0, "type", "SALG");
    FIELD("voucher", 0, "no", "7");
    FIELD("voucher", 0, "lines.0.debit", "125.00");
    FIELD("voucher", 0, "lines.0.department", "30");
    FIELD("voucher", 0, "lines.1.tax_amount", "25.00");
    cr_assert_str_eq(json_text(caught_record(&caught, "voucher", 0), "period"), "2023-05"); /* as stated */
    cr_assert_str_eq(json_text(caught_record(&caught, "voucher", 0), "date"), "2023-06-01");
    FIELD("party", 0, "role", "customer");
    FIELD("party", 0, "address", "Storgata, 7, 8006, Bodø, NO");
    FIELD("ledger_account", 0, "standard_code", "15");
    FIELD("account_balance", 0, "closing_side", "credit");
    FIELD("account_balance", 0, "period", "2023-06");
    FIELD("table_row", 1, "AnalysisTypeDescription", "Avdeling"); /* kept, though nothing is known of it */
    caught_free(&caught);
    caught_free(&prefixed);
}

Test(formats_saft, tells_unmapped_names_once)
{
    struct caught caught = caught_sample("saft/portugal.xml", NULL);
    size_t at, again;
    const json_t *name, *other;
    bool found = false;
    json_array_foreach(caught.unmapped, at, name)
    {
        found |= strcmp(json_string_value(name), "Invoice/Line/ProductCode") == 0;
        json_array_foreach(caught.unmapped, again, other)
        {
            cr_assert(again == at || !json_equal(name, other));
        }
    }
    cr_assert(found);
    caught_free(&caught);
}

Test(formats_saft, refuses_a_record_not_the_file)
{
    struct caught caught = caught_sample("saft/hostile-amount.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(json_array_size(caught.refused), 2);
    cr_assert_eq(json_array_size(caught.records), 0);
    cr_assert_str_eq(json_text(json_array_get(caught.refused, 0), "where"), "line 3: Invoice FT 1");
    cr_assert_str_eq(json_text(json_array_get(caught.refused, 0), "reason"),
        "line 3: CreditAmount: '12,3x' is not a number");
    cr_assert_not_null(
        strstr(json_text(json_array_get(caught.refused, 1), "reason"), "'2023-02-30' is not a date"));
    cr_assert_eq(caught_controls(&caught, "SalesInvoices/NumberOfEntries", true), 1);
    caught_free(&caught);
}

Test(formats_saft, shows_totals_that_do_not_agree)
{
    struct caught caught =
        caught_text("<AuditFile><GeneralLedgerEntries><NumberOfEntries>2</NumberOfEntries>"
                    "<TotalDebit>1.01</TotalDebit><Journal><Transaction><TransactionID>1</TransactionID>"
                    "<TransactionDate>2024-01-01</TransactionDate><Line><DebitAmount>1</DebitAmount>"
                    "</Line></Transaction></Journal></GeneralLedgerEntries></AuditFile>",
            NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(caught_controls(&caught, "GeneralLedgerEntries/NumberOfEntries", false), 1);
    cr_assert_eq(caught_controls(&caught, "GeneralLedgerEntries/TotalDebit", false), 1);
    caught_free(&caught);
}
