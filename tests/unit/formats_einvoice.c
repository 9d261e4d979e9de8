#include <criterion/criterion.h>
#include <string.h>

#include "tests/lib/caught.h"

#define FIELD(path, text) cr_assert_str_eq(caught_field(&caught, "invoice", 0, path), text)

Test(formats_einvoice, digital_invoice)
{
    struct caught caught = caught_sample("einvoice/digital.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.format, "einvoice-xml");
    FIELD("no", "24312000000012345678");
    FIELD("issue_date", "2024-08-15");
    FIELD("seller.name", "上海青梅文具有限公司");
    FIELD("seller.tax_id", "91310000MA1XY01A2E");
    FIELD("seller.bank_account", "031000123456789012");
    FIELD("buyer.name", "深圳山楂贸易有限公司");
    FIELD("gross", "161.50");
    FIELD("status", "normal");
    FIELD("remark", "合同 7 号");
    FIELD("lines.0.spec", "2B");
    FIELD("lines.0.tax_rate", "13"); /* 0.13 */
    FIELD("lines.1.tax_rate", "5");  /* 5% */
    cr_assert_eq(caught_lines(&caught, "invoice"), 2);
    cr_assert_eq(caught_controls(&caught, "TotalAmWithoutTax", true), 1);
    cr_assert_eq(caught_controls(&caught, "TaxAmount", true), 1);
    cr_assert_eq(json_array_size(caught.warned), 0);
    const json_t *raw = json_object_get(caught_record(&caught, "invoice", 0), "raw");
    cr_assert_str_eq(json_text(raw, "EInvoiceData/IssuItemInformation[1]/TaxRate"), "0.13");
    cr_assert_not_null(json_text(raw, "EInvoiceData/BasicInformation/TotalTax-includedAmountInChinese"));
    caught_free(&caught);
}

Test(formats_einvoice, gbk_gives_the_same)
{
    struct caught utf8 = caught_sample("einvoice/digital.xml", NULL);
    struct caught gbk = caught_sample("einvoice/digital-gbk.xml", NULL);
    cr_assert_str_eq(gbk.summary.encoding, "GB18030");
    cr_assert(json_equal(utf8.records, gbk.records));
    caught_free(&utf8);
    caught_free(&gbk);
}

Test(formats_einvoice, warns_of_a_wrong_tax_number)
{
    struct caught caught =
        caught_text("<EInvoice><EInvoiceData><SellerInformation><SellerIdNum>91310000MA1XY01A2X"
                    "</SellerIdNum></SellerInformation><BasicInformation><TotalTax-includedAmount>-1"
                    "</TotalTax-includedAmount></BasicInformation></EInvoiceData><TaxSupervisionInfo>"
                    "<InvoiceNumber>1</InvoiceNumber><IssueTime>2024年8月5日</IssueTime>"
                    "</TaxSupervisionInfo></EInvoice>",
            NULL);
    cr_assert_eq(caught_count(&caught, "invoice"), 1);
    cr_assert_eq(json_array_size(caught.warned), 1);
    FIELD("status", "red");
    FIELD("issue_date", "2024-08-05");
    caught_free(&caught);
}

Test(formats_einvoice, ofd_with_an_invoice)
{
    struct caught caught = caught_sample("ofd/invoice.ofd", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.format, "ofd");
    FIELD("code", "031002000111");
    FIELD("no", "00012345");
    FIELD("issue_date", "2021-03-05");
    FIELD("check_code", "12345678901234567890");
    FIELD("lines.0.tax_rate", "6");
    FIELD("gross", "106.00");
    caught_free(&caught);
}

Test(formats_einvoice, any_other_ofd_is_an_attachment)
{
    struct caught caught = caught_sample("ofd/page.ofd", NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(caught_count(&caught, "attachment"), 1);
    cr_assert_str_eq(caught.summary.format, "attachment");
    caught_free(&caught);
}

Test(formats_einvoice, hostile_ofd)
{
    struct caught caught = caught_sample("ofd/hostile-bomb.ofd", NULL);
    cr_assert_eq(caught.error, VAULT_ELIMIT);
    cr_assert_not_null(strstr(caught.failure.text, "packed too tightly"));
    caught_free(&caught);
    caught = caught_sample("ofd/hostile-truncated.ofd", NULL);
    cr_assert_eq(caught.error, VAULT_EINPUT);
    cr_assert_not_null(strstr(caught.failure.text, "OFD"));
    caught_free(&caught);
}
