/* UN/CEFACT Cross Industry Invoice (Factur-X, ZUGFeRD 2, XRechnung). */
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/xml_invoice_private.h"

#define AGREEMENT "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
#define SETTLEMENT "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
#define MEANS SETTLEMENT "/SpecifiedTradeSettlementPaymentMeans"
#define SUMMATION SETTLEMENT "/SpecifiedTradeSettlementHeaderMonetarySummation"
#define TAX_PARTS SETTLEMENT "/ApplicableTradeTax/CalculatedAmount"
#define LINE "SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"
#define LINE_TOTAL \
    "SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"

static const struct xml_rule head_rules[] = {
    {"ExchangedDocument/ID", "no", XML_TEXT},
    {"ExchangedDocument/TypeCode", "type", XML_TEXT},
    {"ExchangedDocument/IssueDateTime/DateTimeString", "issue_date", XML_DATE},
    {SETTLEMENT "/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString", "due_date", XML_DATE},
    {SETTLEMENT "/InvoiceCurrencyCode", "currency", XML_TEXT},
    {SUMMATION "/TaxBasisTotalAmount", "net", XML_AMOUNT},
    {SUMMATION "/GrandTotalAmount", "gross", XML_AMOUNT},
    {SUMMATION "/DuePayableAmount", "due", XML_AMOUNT},
    {SETTLEMENT "/InvoiceReferencedDocument/IssuerAssignedID", "refers_to", XML_TEXT},
    {MEANS "/PayeePartyCreditorFinancialAccount/IBANID", "seller.bank_account", XML_TEXT},
    {MEANS "/PayeePartyCreditorFinancialAccount/ProprietaryID", "seller.bank_account", XML_TEXT},
    {MEANS "/PayeeSpecifiedCreditorFinancialInstitution/BICID", "seller.bank", XML_TEXT},
    {MEANS "/PayerPartyDebtorFinancialAccount/IBANID", "buyer.bank_account", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule party_rules[] = {
    {"Name", "name", XML_TEXT},
    {"SpecifiedLegalOrganization/TradingBusinessName", "name", XML_TEXT},
    {"SpecifiedTaxRegistration/ID[@schemeID=VA]", "tax_id", XML_TEXT},
    {"SpecifiedTaxRegistration/ID", "tax_id", XML_TEXT},
    {"SpecifiedLegalOrganization/ID", "tax_id", XML_TEXT},
    {"PostalTradeAddress/LineOne", "address", XML_APPEND},
    {"PostalTradeAddress/LineTwo", "address", XML_APPEND},
    {"PostalTradeAddress/LineThree", "address", XML_APPEND},
    {"PostalTradeAddress/PostcodeCode", "address", XML_APPEND},
    {"PostalTradeAddress/CityName", "address", XML_APPEND},
    {"PostalTradeAddress/CountrySubDivisionName", "address", XML_APPEND},
    {"PostalTradeAddress/CountryID", "address", XML_APPEND},
    {"DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber", "phone", XML_TEXT},
    {"DefinedTradeContact/EmailURIUniversalCommunication/URIID", "email", XML_TEXT},
    {"URIUniversalCommunication/URIID[@schemeID=EM]", "email", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule line_rules[] = {
    {"AssociatedDocumentLineDocument/LineID", "line_no", XML_TEXT},
    {"SpecifiedTradeProduct/Name", "item", XML_TEXT},
    {"SpecifiedTradeProduct/Description", "description", XML_TEXT},
    {"SpecifiedLineTradeDelivery/BilledQuantity", "quantity", XML_NUMBER},
    {"SpecifiedLineTradeDelivery/BilledQuantity@unitCode", "unit", XML_TEXT},
    {"SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount", "price", XML_NUMBER},
    {LINE_TOTAL, "net", XML_AMOUNT},
    {"SpecifiedLineTradeSettlement/ApplicableTradeTax/CategoryCode", "tax_code", XML_TEXT},
    {"SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent", "tax_rate", XML_NUMBER},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_invoice_sum sums[] = {
    {"LineExtensionAmount", SUMMATION "/LineTotalAmount", {LINE "/" LINE_TOTAL, NULL}, {NULL}},
    {"TaxExclusiveAmount", SUMMATION "/TaxBasisTotalAmount",
        {SUMMATION "/LineTotalAmount", SUMMATION "/ChargeTotalAmount", NULL},
        {SUMMATION "/AllowanceTotalAmount", NULL}},
    {NULL, NULL, {NULL}, {NULL}},
};

/* A note's subject goes in front of it, as UBL has it: "#ADU#text". */
static int add_note(void *context, struct xml_place place)
{
    struct buffer *remark = context;
    struct xml_place content = xml_find(place.node, "Content"), subject = xml_find(place.node, "SubjectCode");
    if (content.node == NULL) {
        return 0;
    }
    buffer_put_text(remark, remark->size > 0 ? "\n" : "");
    if (subject.node != NULL) {
        buffer_put_text(remark, "#");
        buffer_put(remark, xml_place_text(subject));
        buffer_put_text(remark, "#");
        subject.node->fate = XML_FATE_KNOWN;
    }
    buffer_put(remark, xml_place_text(content));
    content.node->fate = XML_FATE_KNOWN;
    return 0;
}

static int complete(struct xml_record *record, struct xml_node *root)
{
    struct buffer remark = {0};
    xml_each(root, "ExchangedDocument/IncludedNote", add_note, &remark);
    int error = buffer_error(&remark);
    error = error == VAULT_OK ? value_set(record->draft.fields, "remark", buffer_bytes(&remark)) : error;
    buffer_free(&remark);
    return error == VAULT_OK ? xml_invoice_tax(record, root, SUMMATION "/TaxTotalAmount", TAX_PARTS) : error;
}

static const char *const roots[] = {"CrossIndustryInvoice", NULL};
static const char *const line_paths[] = {LINE, NULL};

static const struct xml_invoice_form form = {
    .roots = roots,
    .title = "ExchangedDocument/ID",
    .head = head_rules,
    .seller = AGREEMENT "/SellerTradeParty",
    .buyer = AGREEMENT "/BuyerTradeParty",
    .party = party_rules,
    .line_paths = line_paths,
    .line = line_rules,
    .complete = complete,
    .embedded = AGREEMENT "/AdditionalReferencedDocument",
    .embedded_data = "AttachmentBinaryObject",
    .embedded_description = "Name",
    .sums = sums,
    .tax_parts = TAX_PARTS,
};

static int recognise(struct bytes head, const char *name)
{
    (void)name;
    struct xml_root root;
    xml_sniff(head, &root);
    return strcmp(root.name, "CrossIndustryInvoice") == 0 ? 100 : 0;
}

static int read_cii(struct import_run *run)
{
    return xml_invoice_read(run, NULL, &form, 1);
}

const struct import_format format_cii = {
    "cii", "Cross Industry Invoice (Factur-X, ZUGFeRD, XRechnung)", recognise, read_cii};
