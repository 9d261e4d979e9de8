#include <criterion/criterion.h>
#include <string.h>

#include "tests/lib/caught.h"

#define FIELD(kind, n, path, text) cr_assert_str_eq(caught_field(&caught, kind, n, path), text)

static void all_agree(const struct caught *caught)
{
    size_t at;
    const json_t *control;
    cr_assert_gt(json_array_size(caught->controls), 3);
    json_array_foreach(caught->controls, at, control)
    {
        cr_assert(json_is_true(json_object_get(control, "ok")), "%s", json_text(control, "name"));
    }
}

Test(formats_ubl_cii, ubl_fields)
{
    struct caught caught = caught_sample("ubl/invoice.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught.summary.format, "ubl");
    FIELD("invoice", 0, "no", "R-2024-17");
    FIELD("invoice", 0, "type", "380");
    FIELD("invoice", 0, "issue_date", "2024-02-29");
    FIELD("invoice", 0, "due_date", "2024-03-30");
    FIELD("invoice", 0, "seller.name", "Quitte & Söhne GmbH");
    FIELD("invoice", 0, "seller.tax_id", "DE214365872"); /* the VAT number, though another comes first */
    FIELD("invoice", 0, "seller.address", "Obstweg 3, 07743, Jena, DE");
    FIELD("invoice", 0, "seller.bank_account", "DE46100500001234567890");
    FIELD("invoice", 0, "buyer.name", "Mirabelle AG");
    FIELD("invoice", 0, "tax", "19.19"); /* in the invoice's currency */
    FIELD("invoice", 0, "due", "20.19");
    FIELD("invoice", 0, "refers_to", "R-2024-16");
    FIELD("invoice", 0, "remark", "#AAI#Danke für den Auftrag");
    FIELD("invoice", 0, "lines.0.unit", "HUR");
    FIELD("invoice", 0, "lines.0.tax_rate", "19");
    FIELD("invoice", 0, "lines.1.net", "1.00");
    cr_assert_str_eq(json_text(caught_record(&caught, "invoice", 0), "period"), "2024-02");
    all_agree(&caught);
    caught_free(&caught);
}

Test(formats_ubl_cii, embedded_documents_are_attachments)
{
    const char *const samples[] = {"ubl/invoice.xml", "cii/invoice.xml"};
    for (size_t i = 0; i < 2; i++) {
        struct caught caught = caught_sample(samples[i], NULL);
        FIELD("attachment", 0, "file_name", "stunden.pdf");
        FIELD("attachment", 0, "media_type", "application/pdf");
        FIELD("attachment", 0, "description", "Stundenzettel");
        FIELD("attachment", 0, "bytes", "27");
        cr_assert_eq(
            json_integer_value(json_object_get(caught_record(&caught, "attachment", 0), "bytes")), 27);
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(caught_record(&caught, "invoice", 0), "raw"), key, value)
        {
            cr_assert_null(strstr(json_string_value(value), "JVBERi0"), "%s holds the document again", key);
        }
        caught_free(&caught);
    }
}

Test(formats_ubl_cii, same_case_same_record)
{
    struct caught ubl = caught_sample("ubl/invoice.xml", NULL), cii = caught_sample("cii/invoice.xml", NULL);
    cr_assert_str_eq(cii.summary.format, "cii");
    all_agree(&cii);
    cr_assert_eq(json_array_size(ubl.records), json_array_size(cii.records));
    for (size_t i = 0; i < json_array_size(ubl.records); i++) {
        const json_t *a = json_object_get(json_array_get(ubl.records, i), "fields");
        const json_t *b = json_object_get(json_array_get(cii.records, i), "fields");
        cr_assert(json_equal(a, b), "%s\n%s", json_dumps(a, JSON_SORT_KEYS), json_dumps(b, JSON_SORT_KEYS));
    }
    caught_free(&ubl);
    caught_free(&cii);
}

Test(formats_ubl_cii, credit_note_and_a_sum_that_is_wrong)
{
    struct caught caught = caught_sample("ubl/credit-note.xml", NULL);
    FIELD("invoice", 0, "type", "381");
    FIELD("invoice", 0, "issue_date", "2024-03-01");
    FIELD("invoice", 0, "lines.0.unit", "C62");
    cr_assert_eq(caught_controls(&caught, "LineExtensionAmount", true), 1);
    cr_assert_eq(caught_controls(&caught, "TaxInclusiveAmount", false), 1);
    caught_free(&caught);
}

Test(formats_ubl_cii, refuses_what_it_cannot_take)
{
    struct caught caught =
        caught_text("<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>"
                    "<ID>1</ID></Invoice>",
            NULL);
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(json_array_size(caught.refused), 1);
    cr_assert_not_null(strstr(json_text(json_array_get(caught.refused, 0), "reason"), "no date of issue"));
    caught_free(&caught);
    caught =
        caught_text("<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID>"
                    "<IssueDate>2024-01-01</IssueDate><AdditionalDocumentReference><Attachment>"
                    "<EmbeddedDocumentBinaryObject filename='a'>no base64!</EmbeddedDocumentBinaryObject>"
                    "</Attachment></AdditionalDocumentReference></Invoice>",
            NULL);
    cr_assert_eq(caught_count(&caught, "invoice"), 1);
    cr_assert_eq(json_array_size(caught.refused), 1);
    cr_assert_not_null(strstr(json_text(json_array_get(caught.refused, 0), "reason"), "not base64"));
    caught_free(&caught);
}
