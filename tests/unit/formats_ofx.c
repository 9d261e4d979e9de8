#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/caught.h"

#define FIELD(n, path, text) cr_assert_str_eq(caught_field(&caught, "bank_transaction", n, path), text)

Test(formats_ofx, sgml_in_windows_1252)
{
    struct caught caught = caught_sample("ofx/bank-sgml.ofx", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.encoding, "WINDOWS-1252");
    cr_assert_eq(caught_count(&caught, "bank_transaction"), 2);
    FIELD(0, "account_no", "000123-4");
    FIELD(0, "currency", "CAD");
    FIELD(0, "amount", "-12.50");
    FIELD(0, "booking_date", "2024-05-03");
    FIELD(0, "booking_time", "10:15:00");
    FIELD(0, "counterparty.name", "Café Crème"); /* behind an empty leaf without an end tag */
    FIELD(0, "memo", "AT&T & tea");
    FIELD(1, "amount", "100.25"); /* +0100,25, in a transaction without an end tag */
    FIELD(1, "counterparty.name", "Érable Inc");
    caught_free(&caught);
}

Test(formats_ofx, refuses_rows_not_the_file)
{
    struct caught caught = caught_sample("ofx/bank-sgml.ofx", NULL);
    cr_assert_eq(json_array_size(caught.refused), 2);
    cr_assert_str_eq(json_text(json_array_get(caught.refused, 0), "where"), "line 17: STMTTRN F3");
    cr_assert_not_null(
        strstr(json_text(json_array_get(caught.refused, 0), "reason"), "'20240230' is not a date"));
    cr_assert_not_null(
        strstr(json_text(json_array_get(caught.refused, 1), "reason"), "'$1.00' is not a number"));
    cr_assert_eq(caught_controls(&caught, "LEDGERBAL", true), 1);
    caught_free(&caught);
}

Test(formats_ofx, xml_card)
{
    struct caught caught = caught_sample("ofx/card-xml.ofx", NULL);
    cr_assert_str_eq(caught.summary.encoding, "UTF-8");
    FIELD(0, "account_no", "4000000000000002");
    FIELD(0, "counterparty.name", "Pâtisserie <Nord>");
    FIELD(0, "amount", "-3.20");
    cr_assert_str_eq(caught_field(&caught, "table_row", 0, "table"), "CCSTMTRS");
    caught_free(&caught);
}

Test(formats_ofx, an_answer_with_an_error_gives_nothing_and_says_so)
{
    struct caught caught = caught_sample("ofx/error.ofx", NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(json_array_size(caught.records), 0);
    cr_assert_eq(json_array_size(caught.warned), 2);
    cr_assert_not_null(
        strstr(json_text(json_array_get(caught.warned, 0), "reason"), "error 2000: General error"));
    caught_free(&caught);
}

static void refused(const char *text, int error, const char *part)
{
    struct caught caught = caught_text(text, "ofx");
    cr_assert_eq(caught.error, error, "%s", caught.failure.text);
    cr_assert_not_null(strstr(caught.failure.text, part), "%s", caught.failure.text);
    caught_free(&caught);
}

Test(formats_ofx, hostile)
{
    refused("<OFX>\n<!DOCTYPE OFX [<!ENTITY a \"b\">]>\n</OFX>", VAULT_EINPUT, "line 2: a DOCTYPE");
    refused("<OFX><STMTRS><CURDEF>EUR", VAULT_EINPUT, "before </OFX>");
    refused("<OFX><A", VAULT_EINPUT, "within a tag");
    refused("nothing", VAULT_EINPUT, "no OFX");
    refused("<OFX>< ></OFX>", VAULT_EINPUT, "without a usable name");
    char *text = malloc(400000), *at = stpcpy(text, "<OFX>");
    for (int i = 0; i < 100000; i++) {
        at = stpcpy(at, "<A>");
    }
    refused(text, VAULT_ELIMIT, "nested too deeply");
    free(text);
    text = malloc(3000000);
    memset(text, 'x', 3000000);
    memcpy(text, "<OFX><A>", 8);
    text[2999999] = 0;
    refused(text, VAULT_ELIMIT, "line 1: a tag or text of more than");
    free(text);
}
