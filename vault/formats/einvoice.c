/* Chinese e-invoices: EInvoice (数电票, since 2022) and eInvoice (the XML inside of the older OFD invoices).
 */
#include "vault/formats/einvoice_private.h"

#include <string.h>

#include "vault/formats/xml_invoice_private.h"

#define DATA "EInvoiceData/"
#define BASIC DATA "BasicInformation/"

/* --- EInvoice ----------------------------------------------------------------------------------------------
 */

static const struct xml_rule digital_head[] = {
    {"TaxSupervisionInfo/InvoiceNumber", "no", XML_TEXT},
    {"Header/EIid", "no", XML_TEXT},
    {"TaxSupervisionInfo/IssueTime", "issue_date", XML_DATE},
    {BASIC "RequestTime", "issue_date", XML_DATE},
    {"Header/InherentLabel/EInvoiceType/LabelName", "type", XML_TEXT},
    {BASIC "TotalAmWithoutTax", "net", XML_AMOUNT},
    {BASIC "TotalTaxAm", "tax", XML_AMOUNT},
    {BASIC "TotalTax-includedAmount", "gross", XML_AMOUNT},
    {BASIC "Drawer", "drawer", XML_TEXT},
    {DATA "AdditionalInformation/Remark", "remark", XML_TEXT},
    {DATA "SellerInformation/SellerName", "seller.name", XML_TEXT},
    {DATA "SellerInformation/SellerIdNum", "seller.tax_id", XML_TEXT},
    {DATA "SellerInformation/SellerAddr", "seller.address", XML_TEXT},
    {DATA "SellerInformation/SellerTelNum", "seller.phone", XML_TEXT},
    {DATA "SellerInformation/SellerBankName", "seller.bank", XML_TEXT},
    {DATA "SellerInformation/SellerBankAccNum", "seller.bank_account", XML_TEXT},
    {DATA "BuyerInformation/BuyerName", "buyer.name", XML_TEXT},
    {DATA "BuyerInformation/BuyerIdNum", "buyer.tax_id", XML_TEXT},
    {DATA "BuyerInformation/BuyerAddr", "buyer.address", XML_TEXT},
    {DATA "BuyerInformation/BuyerTelNum", "buyer.phone", XML_TEXT},
    {DATA "BuyerInformation/BuyerBankName", "buyer.bank", XML_TEXT},
    {DATA "BuyerInformation/BuyerBankAccNum", "buyer.bank_account", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule digital_line[] = {
    {"ItemName", "item", XML_TEXT},
    {"SpecMod", "spec", XML_TEXT},
    {"MeaUnits", "unit", XML_TEXT},
    {"Quantity", "quantity", XML_NUMBER},
    {"UnPrice", "price", XML_NUMBER},
    {"Amount", "net", XML_AMOUNT},
    {"TaxRate", "tax_rate", XML_RATE},
    {"ComTaxAm", "tax", XML_AMOUNT},
    {"TotaltaxIncludedAmount", "gross", XML_AMOUNT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_invoice_sum digital_sums[] = {
    {"TotalAmWithoutTax", BASIC "TotalAmWithoutTax", {DATA "IssuItemInformation/Amount", NULL}, {NULL}},
    {NULL, NULL, {NULL}, {NULL}},
};

static const char *const digital_roots[] = {"EInvoice", NULL};
static const char *const digital_lines[] = {DATA "IssuItemInformation", NULL};

/* --- eInvoice ----------------------------------------------------------------------------------------------
 */

static const struct xml_rule older_head[] = {
    {"InvoiceNo", "no", XML_TEXT},
    {"InvoiceCode", "code", XML_TEXT},
    {"IssueDate", "issue_date", XML_DATE},
    {"TypeCode", "type", XML_TEXT},
    {"InvoiceCheckCode", "check_code", XML_TEXT},
    {"TaxExclusiveTotalAmount", "net", XML_AMOUNT},
    {"TaxTotalAmount", "tax", XML_AMOUNT},
    {"TaxInclusiveTotalAmount", "gross", XML_AMOUNT},
    {"InvoiceClerk", "drawer", XML_TEXT},
    {"Note", "remark", XML_TEXT},
    {"Seller/SellerName", "seller.name", XML_TEXT},
    {"Seller/SellerTaxID", "seller.tax_id", XML_TEXT},
    {"Seller/SellerAddrTel", "seller.address", XML_TEXT},
    {"Seller/SellerFinancialAccount", "seller.bank_account", XML_TEXT},
    {"Buyer/BuyerName", "buyer.name", XML_TEXT},
    {"Buyer/BuyerTaxID", "buyer.tax_id", XML_TEXT},
    {"Buyer/BuyerAddrTel", "buyer.address", XML_TEXT},
    {"Buyer/BuyerFinancialAccount", "buyer.bank_account", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule older_line[] = {
    {"Item", "item", XML_TEXT},
    {"Specification", "spec", XML_TEXT},
    {"MeasurementDimension", "unit", XML_TEXT},
    {"Quantity", "quantity", XML_NUMBER},
    {"Price", "price", XML_NUMBER},
    {"Amount", "net", XML_AMOUNT},
    {"TaxScheme", "tax_rate", XML_RATE},
    {"TaxAmount", "tax", XML_AMOUNT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_invoice_sum older_sums[] = {
    {"TaxExclusiveTotalAmount", "TaxExclusiveTotalAmount", {"GoodsInfos/GoodsInfo/Amount", NULL}, {NULL}},
    {NULL, NULL, {NULL}, {NULL}},
};

static const char *const older_roots[] = {"eInvoice", NULL};
static const char *const older_lines[] = {"GoodsInfos/GoodsInfo", NULL};

/* --- both --------------------------------------------------------------------------------------------------
 */

static int warn_tax_id(struct xml_record *record, const char *party)
{
    const char *tax_id = json_text(json_object_get(record->draft.fields, party), "tax_id");
    bool wrong = tax_id != NULL && strlen(tax_id) == 18 && !check_uscc(bytes_of_text(tax_id));
    return wrong ? run_warn(record->run, record->draft.where,
                       "the check digit of the %s's tax number does not fit", party)
                 : VAULT_OK;
}

/* A red invoice is one with a negative total. */
static int complete(struct xml_record *record, struct xml_node *root)
{
    (void)root;
    bool red = xml_field_amount(record->draft.fields, "gross").mantissa < 0;
    int error = value_set(record->draft.fields, "status", bytes_of_text(red ? "red" : "normal"));
    error = error == VAULT_OK ? warn_tax_id(record, "seller") : error;
    return error == VAULT_OK ? warn_tax_id(record, "buyer") : error;
}

static const struct xml_invoice_form forms[] = {
    {.roots = digital_roots,
        .title = "TaxSupervisionInfo/InvoiceNumber",
        .head = digital_head,
        .seller = "",
        .buyer = "",
        .party = digital_head,
        .line_paths = digital_lines,
        .line = digital_line,
        .complete = complete,
        .sums = digital_sums,
        .tax_parts = DATA "IssuItemInformation/ComTaxAm"},
    {.roots = older_roots,
        .title = "InvoiceNo",
        .head = older_head,
        .seller = "",
        .buyer = "",
        .party = older_head,
        .line_paths = older_lines,
        .line = older_line,
        .complete = complete,
        .sums = older_sums,
        .tax_parts = "GoodsInfos/GoodsInfo/TaxAmount"},
};

int einvoice_read(struct import_run *run, const struct bytes *memory)
{
    return xml_invoice_read(run, memory, forms, sizeof forms / sizeof *forms);
}

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct xml_root root;
    xml_sniff(head, &root);
    return strcmp(root.name, "EInvoice") == 0 || strcmp(root.name, "eInvoice") == 0 ? 100 : 0;
}

static int read_einvoice(struct import_run *run)
{
    return einvoice_read(run, NULL);
}

const struct import_format format_einvoice = {
    "einvoice-xml", "Chinese e-invoice as XML (数电票)", recognise, read_einvoice};
