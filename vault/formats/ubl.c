/* UBL 2.1 invoices and credit notes (EN 16931, PEPPOL, XRechnung). */
#include <string.h>

#include "vault/formats/xml_invoice_private.h"

static const struct xml_rule head_rules[] = {
    {"ID", "no", XML_TEXT},
    {"InvoiceTypeCode", "type", XML_TEXT},
    {"CreditNoteTypeCode", "type", XML_TEXT},
    {"IssueDate", "issue_date", XML_DATE},
    {"DueDate", "due_date", XML_DATE},
    {"PaymentMeans/PaymentDueDate", "due_date", XML_DATE},
    {"DocumentCurrencyCode", "currency", XML_TEXT},
    {"LegalMonetaryTotal/TaxExclusiveAmount", "net", XML_AMOUNT},
    {"LegalMonetaryTotal/TaxInclusiveAmount", "gross", XML_AMOUNT},
    {"LegalMonetaryTotal/PayableAmount", "due", XML_AMOUNT},
    {"BillingReference/InvoiceDocumentReference/ID", "refers_to", XML_TEXT},
    {"Note", "remark", XML_LINES},
    {"PaymentMeans/PayeeFinancialAccount/ID", "seller.bank_account", XML_TEXT},
    {"PaymentMeans/PayeeFinancialAccount/FinancialInstitutionBranch/ID", "seller.bank", XML_TEXT},
    {"PaymentMeans/PaymentMandate/PayerFinancialAccount/ID", "buyer.bank_account", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule party_rules[] = {
    {"PartyLegalEntity/RegistrationName", "name", XML_TEXT},
    {"PartyName/Name", "name", XML_TEXT},
    {"PartyTaxScheme[TaxScheme/ID=VAT]/CompanyID", "tax_id", XML_TEXT},
    {"PartyTaxScheme/CompanyID", "tax_id", XML_TEXT},
    {"PartyLegalEntity/CompanyID", "tax_id", XML_TEXT},
    {"PostalAddress/StreetName", "address", XML_APPEND},
    {"PostalAddress/AdditionalStreetName", "address", XML_APPEND},
    {"PostalAddress/AddressLine/Line", "address", XML_APPEND},
    {"PostalAddress/PostalZone", "address", XML_APPEND},
    {"PostalAddress/CityName", "address", XML_APPEND},
    {"PostalAddress/CountrySubentity", "address", XML_APPEND},
    {"PostalAddress/Country/IdentificationCode", "address", XML_APPEND},
    {"Contact/Telephone", "phone", XML_TEXT},
    {"Contact/ElectronicMail", "email", XML_TEXT},
    {"EndpointID[@schemeID=EM]", "email", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule line_rules[] = {
    {"ID", "line_no", XML_TEXT},
    {"Item/Name", "item", XML_TEXT},
    {"Item/Description", "description", XML_TEXT},
    {"InvoicedQuantity", "quantity", XML_NUMBER},
    {"InvoicedQuantity@unitCode", "unit", XML_TEXT},
    {"CreditedQuantity", "quantity", XML_NUMBER},
    {"CreditedQuantity@unitCode", "unit", XML_TEXT},
    {"Price/PriceAmount", "price", XML_NUMBER},
    {"LineExtensionAmount", "net", XML_AMOUNT},
    {"Item/ClassifiedTaxCategory/ID", "tax_code", XML_TEXT},
    {"Item/ClassifiedTaxCategory/Percent", "tax_rate", XML_NUMBER},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_invoice_sum sums[] = {
    {"LineExtensionAmount", "LegalMonetaryTotal/LineExtensionAmount",
        {"InvoiceLine/LineExtensionAmount", "CreditNoteLine/LineExtensionAmount", NULL}, {NULL}},
    {"TaxExclusiveAmount", "LegalMonetaryTotal/TaxExclusiveAmount",
        {"LegalMonetaryTotal/LineExtensionAmount", "LegalMonetaryTotal/ChargeTotalAmount", NULL},
        {"LegalMonetaryTotal/AllowanceTotalAmount", NULL}},
    {NULL, NULL, {NULL}, {NULL}},
};

static int complete(struct xml_record *record, struct xml_node *root)
{
    return xml_invoice_tax(record, root, "TaxTotal/TaxAmount", NULL);
}

static const char *const roots[] = {"Invoice", "CreditNote", NULL};
static const char *const line_paths[] = {"InvoiceLine", "CreditNoteLine", NULL};

static const struct xml_invoice_form form = {
    .roots = roots,
    .title = "ID",
    .head = head_rules,
    .seller = "AccountingSupplierParty/Party",
    .buyer = "AccountingCustomerParty/Party",
    .party = party_rules,
    .line_paths = line_paths,
    .line = line_rules,
    .complete = complete,
    .embedded = "AdditionalDocumentReference",
    .embedded_data = "Attachment/EmbeddedDocumentBinaryObject",
    .embedded_description = "DocumentDescription",
    .sums = sums,
    .tax_parts = "TaxTotal/TaxSubtotal/TaxAmount",
};

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct xml_root root;
    xml_sniff(head, &root);
    if (strcmp(root.name, "Invoice") != 0 && strcmp(root.name, "CreditNote") != 0) {
        return 0;
    }
    bool known = strstr(root.name_space, "ubl:schema:xsd:Invoice") != NULL ||
                 strstr(root.name_space, "ubl:schema:xsd:CreditNote") != NULL;
    return known ? 100 : 50;
}

static int read_ubl(struct import_run *run)
{
    return xml_invoice_read(run, NULL, &form, 1);
}

const struct import_format format_ubl = {"ubl", "UBL 2.1 invoice or credit note", recognise, read_ubl};
