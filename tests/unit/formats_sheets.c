#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drafts.h"

#define VOUCHER "日期,凭证字,凭证号,摘要,科目代码,科目名称,借方金额,贷方金额\n"

static struct drafts sample(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", samples_directory(), name);
    struct drafts d = drafts_read(path, NULL);
    cr_assert_eq(d.result, VAULT_OK, "%s", d.failure.text);
    return d;
}

static const char *text_at(const json_t *array, size_t index)
{
    const char *text = json_string_value(json_array_get(array, index));
    return text == NULL ? "" : text;
}

static const char *raw(const struct drafts *d, size_t index, const char *name)
{
    return json_text(json_object_get(drafts_record(d, index), "raw"), name);
}

Test(formats_sheets, every_agency_sheet_reads_the_same_in_both_encodings)
{
    static const struct {
        const char *name;
        const char *kind;
        size_t records;
    } cases[] = {{"clients", "client", 3}, {"contacts", "contact", 3}, {"bank_accounts", "bank_account", 3},
        {"chart_of_accounts", "ledger_account", 5}, {"vouchers", "voucher", 5},
        {"balances", "account_balance", 2}, {"invoices", "invoice", 2}, {"bank_lines", "bank_transaction", 2},
        {"payroll", "payroll_entry", 1}, {"tax_filings", "tax_filing", 1}, {"contracts", "contract", 1}};
    char path[200];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)snprintf(path, sizeof path, "agency/utf8/%s.csv", cases[i].name);
        struct drafts a = sample(path);
        (void)snprintf(path, sizeof path, "agency/gbk/%s.csv", cases[i].name);
        struct drafts b = sample(path);
        cr_expect_eq(json_array_size(a.records), cases[i].records, "%s", cases[i].name);
        cr_expect_str_eq(json_text(drafts_record(&a, 0), "kind"), cases[i].kind);
        cr_expect_str_eq(a.summary.format, "csv-agency");
        cr_expect_str_eq(b.summary.encoding, "GB18030");
        cr_expect(json_equal(a.records, b.records), "%s", cases[i].name);
        cr_expect_eq(json_array_size(a.unmapped), 0, "%s", cases[i].name);
        drafts_free(&a);
        drafts_free(&b);
    }
}

Test(formats_sheets, vouchers_gather_lines_and_are_summed)
{
    struct drafts d = sample("agency/utf8/vouchers.csv");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.2.credit"), "30.00");
    cr_expect_str_eq(drafts_field(&d, 1, "lines.0.debit"), "-88.80", "red letters stay on their side");
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "period"), "2025-01");
    cr_expect_str_eq(json_text(drafts_record(&d, 2), "client_no"), "K0002");
    cr_expect(strstr(text_at(d.warned, 0), "difference 0.10") != NULL, "%s", text_at(d.warned, 0));
    cr_expect_str_eq(json_text(json_array_get(d.controls, 0), "computed"), "1892.30");
    cr_expect(json_is_false(json_object_get(json_array_get(d.controls, 0), "ok")));
    drafts_free(&d);
}

Test(formats_sheets, blank_keys_mean_the_row_above)
{
    struct drafts d = drafts_of_text("t.csv", VOUCHER
        "2024/1/5,记,12,货款,1002,银行,5,\n,,,货款,5001,收入,,5\n2024/1/5,记,13,x,1,y,1,\n,,,,2,z,,1\n");
    cr_assert_eq(json_array_size(d.records), 2);
    cr_expect_str_eq(drafts_field(&d, 0, "lines.1.account_code"), "5001");
    cr_expect_str_eq(drafts_field(&d, 0, "date"), "2024-01-05");
    cr_expect_str_eq(raw(&d, 0, "日期"), "2024/1/5", "the cell as it was, since the field says it otherwise");
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "period"), "2024-01");
    cr_expect_eq(json_array_size(d.warned), 0);
    drafts_free(&d);
}

Test(formats_sheets, a_bad_line_refuses_its_voucher_only)
{
    struct drafts d =
        drafts_of_text("t.csv", VOUCHER "2024-01-05,记,1,a,1,b,5,\n2024-01-05,记,1,a,2,b,,\"12,3x\"\n2024-01-"
                                        "05,记,2,a,1,b,1,\n2024-01-05,记,2,a,2,b,,1\n");
    cr_expect_eq(json_array_size(d.records), 1);
    cr_expect_eq(json_array_size(d.refused), 1);
    cr_expect_str_eq(text_at(d.refused, 0), "row 3: 贷方金额: '12,3x' is not an amount");
    drafts_free(&d);
}

Test(formats_sheets, totals_are_skipped_told_and_compared)
{
    struct drafts d =
        drafts_of_text("t.csv", VOUCHER "2024-01-05,记,1,a,1,b,5,\n,,,a,2,b,,5\n合 计,,,,,,5.00,6.00\n");
    cr_expect_eq(json_array_size(d.records), 1);
    cr_expect_str_eq(text_at(d.warned, 0), "row 4: skipped: a row of totals");
    cr_expect(json_is_true(json_object_get(json_array_get(d.controls, 0), "ok")));
    cr_expect(json_is_false(json_object_get(json_array_get(d.controls, 1), "ok")));
    drafts_free(&d);
}

Test(formats_sheets, voucher_numbers_in_one_cell)
{
    struct drafts d = drafts_of_text("t.csv",
        "日期,凭证字号,摘要,科目编码,借方金额,贷方金额\n2024-01-05,记-12,a,1,5,\n2024-01-05,记-12,a,2,,5\n");
    cr_expect_str_eq(drafts_field(&d, 0, "type"), "记");
    cr_expect_str_eq(drafts_field(&d, 0, "no"), "12");
    cr_expect_eq(json_array_size(d.records), 1);
    drafts_free(&d);
}

Test(formats_sheets, invoices_add_up_and_keep_words_of_rates)
{
    struct drafts d = sample("agency/utf8/invoices.csv");
    cr_expect_str_eq(drafts_field(&d, 0, "gross"), "1590.00");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.1.net"), "500.00");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.0.tax_rate"), "6");
    cr_expect_str_eq(drafts_field(&d, 1, "lines.0.tax_rate"), "免税");
    cr_expect_str_eq(drafts_field(&d, 1, "status"), "red");
    cr_expect_str_eq(drafts_field(&d, 1, "direction"), "in");
    cr_expect(strstr(text_at(d.warned, 0), "check digit") != NULL);
    drafts_free(&d);
}

Test(formats_sheets, formulas_and_leading_zeros_are_text)
{
    struct drafts d = sample("agency/utf8/clients.csv");
    cr_expect_str_eq(drafts_field(&d, 0, "remark"), "=1+1");
    cr_expect_str_eq(drafts_field(&d, 2, "remark"), "0012");
    cr_expect_str_eq(drafts_field(&d, 1, "remark"), "老板说\"月底\"再结\n电话勿打");
    cr_expect_str_eq(json_text(drafts_record(&d, 0), "tax_id"), drafts_field(&d, 0, "tax_id"));
    drafts_free(&d);
}

Test(formats_sheets, lost_digits_are_told_not_guessed)
{
    struct drafts d = drafts_of_text("t.csv", "户名,开户银行,银行账号\n甲,乙,6.22202E+18\n");
    cr_expect_null(drafts_field(&d, 0, "account_no"));
    cr_expect_str_eq(raw(&d, 0, "银行账号"), "6.22202E+18");
    cr_expect(strstr(text_at(d.warned, 0), "precision lost") != NULL);
    drafts_free(&d);
}

Test(formats_sheets, unknown_columns_are_kept_and_told_once)
{
    struct drafts d = drafts_of_text("t.csv", "科目编码,科目名称,余额方向,颜色\n1,a,借,红\n2,b,贷,\n");
    cr_expect_eq(json_array_size(d.unmapped), 1);
    cr_expect_str_eq(text_at(d.unmapped, 0), "颜色");
    cr_expect_str_eq(raw(&d, 0, "颜色"), "红");
    cr_expect(json_is_null(json_object_get(drafts_record(&d, 1), "raw")));
    drafts_free(&d);
}

Test(formats_sheets, banks_write_from_their_side)
{
    struct drafts d = sample("bank/statement.csv");
    cr_assert_eq(json_array_size(d.records), 2);
    cr_expect_str_eq(drafts_field(&d, 0, "amount"), "1030.00");
    cr_expect_str_eq(drafts_field(&d, 1, "amount"), "-88.80");
    cr_expect_str_eq(
        drafts_field(&d, 1, "account_no"), "0200000000000000000", "out of the lines above the headings");
    cr_expect_null(drafts_field(&d, 1, "counterparty.account"), "a dash is nothing");
    cr_expect(json_is_true(json_object_get(json_array_get(d.controls, 1), "ok")));
    drafts_free(&d);
    d = drafts_of_text(
        "t.csv", "交易日期,借贷,交易金额,余额,摘要\n2024-01-05,借 Dr,3.21,1,a\n2024-01-06,贷 Cr,1.00,2,b\n");
    cr_expect_str_eq(drafts_field(&d, 0, "amount"), "-3.21");
    cr_expect_str_eq(drafts_field(&d, 1, "amount"), "1.00");
    drafts_free(&d);
    d = drafts_of_text("t.csv", "交易日期,借方发生额,贷方发生额,余额\n2024-01-05,3,4,1\n");
    cr_expect_str_eq(text_at(d.refused, 0), "row 2: money in and money out in one row");
    drafts_free(&d);
}

Test(formats_sheets, a_payment_without_direction_has_no_amount)
{
    struct drafts d = sample("bank/wallet.csv");
    cr_assert_eq(json_array_size(d.records), 3);
    cr_expect_str_eq(drafts_field(&d, 0, "amount"), "-3.50");
    cr_expect_null(drafts_field(&d, 2, "amount"));
    cr_expect_str_eq(raw(&d, 2, "金额(元)"), "￥16.50");
    cr_expect_str_eq(json_text(json_array_get(d.controls, 0), "stated"), "3");
    drafts_free(&d);
}

Test(formats_sheets, what_a_card_spends_is_money_out)
{
    struct drafts d =
        drafts_of_text("t.csv", "信用卡对账单(2024年01月)\n交易日,记账日,交易摘要,人民币金额,卡号末四位\n12/"
                                "28,12/29,店,15.90,1234\n01/03,01/04,还款,-9.00,1234\n");
    cr_expect_str_eq(drafts_field(&d, 0, "amount"), "-15.90");
    cr_expect_str_eq(drafts_field(&d, 0, "booking_date"), "2023-12-29", "December of a statement of January");
    cr_expect_str_eq(drafts_field(&d, 1, "amount"), "9.00");
    drafts_free(&d);
}

Test(formats_sheets, datev_bookings_accounts_and_parties)
{
    struct drafts d = sample("datev/EXTF_bookings.csv");
    cr_assert_eq(json_array_size(d.records), 2);
    cr_expect_str_eq(d.summary.encoding, "CP1252");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.0.debit"), "1190.00");
    cr_expect_str_eq(drafts_field(&d, 0, "lines.3.credit"), "59.50");
    cr_expect_str_eq(drafts_field(&d, 1, "lines.0.credit"), "24.95");
    cr_expect_str_eq(drafts_field(&d, 1, "lines.0.summary"), "Fachbuch – gebraucht");
    cr_expect_str_eq(json_text(drafts_record(&d, 1), "date"), "2025-01-31");
    drafts_free(&d);
    d = sample("datev/EXTF_accounts.csv");
    cr_expect_str_eq(drafts_field(&d, 1, "name"), "Erlöse");
    drafts_free(&d);
    d = sample("datev/EXTF_parties.csv");
    cr_expect_str_eq(drafts_field(&d, 0, "tax_id"), "DE123456789");
    cr_expect_str_eq(drafts_field(&d, 1, "name"), "Petra Probe");
    cr_expect_str_eq(drafts_field(&d, 1, "role"), "supplier");
    drafts_free(&d);
}

Test(formats_sheets, datev_rows_that_make_no_sense_are_refused)
{
    struct drafts d = drafts_of_text("EXTF_x.csv",
        "\"EXTF\";700;21;\"Buchungsstapel\";9;;;;;;1001;77;20250101;4\n"
        "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;Konto;Gegenkonto (ohne BU-Schlüssel);Belegdatum\n"
        "1x;S;1;2;0101\n1,00;Q;1;2;0101\n1,00;S;1;2;3113\n1,00;S;;2;0101\n1,00;S;1;2;0101\n");
    cr_expect_eq(json_array_size(d.records), 1);
    cr_expect_eq(json_array_size(d.refused), 4);
    drafts_free(&d);
}
