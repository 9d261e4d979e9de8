#include <criterion/criterion.h>
#include <string.h>

#include "tests/lib/caught.h"

#define FIELD(n, path, text) cr_assert_str_eq(caught_field(&caught, "bank_transaction", n, path), text)

Test(formats_camt, statement_of_version_2)
{
    struct caught caught = caught_sample("camt/statement-v2.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.encoding, "ISO-8859-1");
    cr_assert_eq(caught_count(&caught, "bank_transaction"), 3);
    FIELD(0, "account_no", "DE46100500001234567890");
    FIELD(0, "amount", "15.00");
    FIELD(0, "bank_ref", "B-1");
    FIELD(0, "value_date", "2024-05-03");
    FIELD(0, "counterparty.name", "Mirabelle AG");
    FIELD(0, "counterparty.account", "NL91ABNA0417164300");
    FIELD(0, "counterparty.bank", "ABNANL2A");
    FIELD(0, "memo", "Rechnung\nR-2024-17");
    FIELD(0, "type", "166");
    FIELD(0, "statement", "AUSZUG-5");
    cr_assert_str_eq(
        json_text(caught_record(&caught, "bank_transaction", 0), "client_name"), "Quitte & Söhne GmbH");
    caught_free(&caught);
}

Test(formats_camt, several_transactions_are_details_of_one_entry)
{
    struct caught caught = caught_sample("camt/statement-v2.xml", NULL);
    FIELD(1, "amount", "-38.50");
    FIELD(1, "booking_date", "2024-05-04");
    FIELD(1, "booking_time", "09:30:15");
    FIELD(1, "summary", "Sammler");
    FIELD(1, "counterparty.name", "");
    FIELD(1, "details.0.amount", "-30.00");
    FIELD(1, "details.0.counterparty.name", "Gas AG");
    FIELD(1, "details.1.counterparty.name", "Wasser AG");
    caught_free(&caught);
}

Test(formats_camt, a_reversal_comes_back_from_its_creditor)
{
    struct caught caught = caught_sample("camt/statement-v2.xml", NULL);
    FIELD(2, "amount", "5.00");
    FIELD(2, "counterparty.name", "Falsch AG");
    caught_free(&caught);
}

Test(formats_camt, controls_and_the_statement_itself)
{
    struct caught caught = caught_sample("camt/statement-v2.xml", NULL);
    const char *const names[] = {
        "NbOfNtries", "Sum", "TtlCdtNtries/Sum", "TtlDbtNtries/NbOfNtries", "closing balance"};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(caught_controls(&caught, names[i], true), 1, "%s", names[i]);
    }
    cr_assert_str_eq(caught_field(&caught, "table_row", 0, "table"), "Stmt");
    const json_t *row = json_object_get(caught_record(&caught, "table_row", 0), "fields");
    cr_assert_str_eq(json_text(row, "Bal[2]/Amt"), "81.50");
    cr_assert_str_eq(json_text(row, "BkToCstmrStmt/GrpHdr/MsgId"), "M1");
    caught_free(&caught);
}

Test(formats_camt, version_8_with_a_prefix_and_bad_entries)
{
    struct caught caught = caught_sample("camt/report-v8.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(caught_count(&caught, "bank_transaction"), 1);
    FIELD(0, "amount", "7.12345");
    FIELD(0, "counterparty.name", "Mirabelle AG");
    FIELD(0, "account_no", "12345");
    cr_assert_eq(json_array_size(caught.refused), 2);
    cr_assert_str_eq(json_text(json_array_get(caught.refused, 0), "where"), "line 5: Ntry");
    cr_assert_str_eq(
        json_text(json_array_get(caught.refused, 0), "reason"), "line 5: Amt: 'x' is not a number");
    caught_free(&caught);
}

Test(formats_camt, a_message_without_a_statement_is_refused)
{
    struct caught caught = caught_sample("camt/hostile-empty.xml", NULL);
    cr_assert_eq(caught.error, VAULT_EINPUT);
    cr_assert_not_null(strstr(caught.failure.text, "no statement"));
    cr_assert_eq(json_array_size(caught.records), 0);
    caught_free(&caught);
}
