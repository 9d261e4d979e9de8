/* SAF-T: journal entries and source documents. */
#include <string.h>

#include "vault/formats/saft_private.h"

/* --- journal entries ---------------------------------------------------------------------------------------
 */

static const struct xml_rule entry_rules[] = {
    {"TransactionID", "no", XML_TEXT},
    {"TransactionDate", "date", XML_DATE},
    {"Description", "description", XML_TEXT},
    {"SourceID", "prepared_by", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule entry_line_rules[] = {
    {"RecordID", "line_no", XML_TEXT},
    {"Description", "summary", XML_TEXT},
    {"AccountID", "account_code", XML_TEXT},
    {"DebitAmount/Amount", "debit", XML_AMOUNT},
    {"DebitAmount", "debit", XML_AMOUNT},
    {"CreditAmount/Amount", "credit", XML_AMOUNT},
    {"CreditAmount", "credit", XML_AMOUNT},
    {"DebitAmount/CurrencyCode", "currency", XML_TEXT},
    {"CreditAmount/CurrencyCode", "currency", XML_TEXT},
    {"DebitAmount/CurrencyAmount", "original_amount", XML_AMOUNT},
    {"CreditAmount/CurrencyAmount", "original_amount", XML_AMOUNT},
    {"DebitAmount/ExchangeRate", "rate", XML_NUMBER},
    {"CreditAmount/ExchangeRate", "rate", XML_NUMBER},
    {"Quantity", "quantity", XML_NUMBER},
    {"CustomerID", "customer", XML_TEXT},
    {"SupplierID", "supplier", XML_TEXT},
    {"Analysis[AnalysisType=A]/AnalysisID", "department", XML_TEXT},
    {"Analysis[AnalysisType=P]/AnalysisID", "project", XML_TEXT},
    {"TaxInformation/TaxCode", "tax_code", XML_TEXT},
    {"TaxInformation/TaxPercentage", "tax_rate", XML_NUMBER},
    {"TaxInformation/TaxBase", "tax_base", XML_AMOUNT},
    {"TaxInformation/TaxAmount/Amount", "tax_amount", XML_AMOUNT},
    {"TaxInformation/TaxAmount", "tax_amount", XML_AMOUNT},
    {"SourceDocumentID", "document", XML_TEXT},
    {"ReferenceNumber", "document", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

/* Norway states the accounting period beside the date; Portugal's Period counts from the start of its own
 * year. */
static void entry_period(struct xml_record *record, struct xml_node *node)
{
    struct bytes year = xml_text_at(node, "PeriodYear"), month = xml_text_at(node, "Period");
    unsigned number = 0;
    for (size_t i = 0; i < month.size && i < 2; i++) {
        number = number * 10 + (unsigned)(month.data[i] - '0');
    }
    if (year.size == 4 && month.size <= 2 && number >= 1 && number <= 12) {
        snprintf(
            record->draft.period, sizeof record->draft.period, "%.4s-%02u", (const char *)year.data, number);
    }
}

/* Debit and credit of all lines. */
static int sum_lines(
    struct xml_record *record, const json_t *fields, struct decimal *debit, struct decimal *credit)
{
    size_t at;
    const json_t *line;
    *debit = *credit = (struct decimal){0, 0};
    json_array_foreach(json_object_get(fields, "lines"), at, line)
    {
        if (decimal_add(debit, xml_field_amount(line, "debit")) != VAULT_OK ||
            decimal_add(credit, xml_field_amount(line, "credit")) != VAULT_OK) {
            return xml_record_refuse(record, VAULT_ELIMIT, "amounts too large to be summed");
        }
    }
    return VAULT_OK;
}

int saft_transaction(struct saft *saft, struct xml_node *node)
{
    static const char *const line_paths[] = {"Line", "Lines/DebitLine", "Lines/CreditLine"};
    static const struct xml_rule known[] = {
        {"Period", NULL, XML_KNOWN},
        {"PeriodYear", NULL, XML_KNOWN},
        {NULL, NULL, XML_KNOWN},
    };
    struct xml_record record;
    struct decimal debit = {0, 0}, credit = {0, 0}, none = {0, 0};
    int error = saft_begin(saft, &record, node, KIND_VOUCHER, "TransactionID");
    json_t *fields = record.draft.fields;
    error = error == VAULT_OK ? value_set(fields, "type", bytes_of_text(saft->journal)) : error;
    error = error == VAULT_OK ? xml_map(&record, node, entry_rules, fields) : error;
    error = error == VAULT_OK ? xml_map(&record, node, known, fields) : error;
    for (size_t i = 0; i < sizeof line_paths / sizeof *line_paths && error == VAULT_OK; i++) {
        error = xml_map_lines(&record, node, line_paths[i], entry_line_rules, fields, "lines", NULL);
    }
    error = error == VAULT_OK ? xml_require(&record, fields, "no", "TransactionID") : error;
    error = error == VAULT_OK ? xml_require(&record, fields, "date", "TransactionDate") : error;
    error = error == VAULT_OK ? sum_lines(&record, fields, &debit, &credit) : error;
    if (error == VAULT_OK) {
        xml_record_date(&record, fields, "date");
        entry_period(&record, node);
    }
    saft->section.entries++;
    saft_section_add(&saft->section, debit, credit, none);
    return xml_record_end(&record, error);
}

/* --- invoices ----------------------------------------------------------------------------------------------
 */

static const struct xml_rule invoice_rules[] = {
    {"InvoiceNo", "no", XML_TEXT},
    {"InvoiceType", "type", XML_TEXT},
    {"InvoiceDate", "issue_date", XML_DATE},
    {"SourceID", "drawer", XML_TEXT},
    {"ATCUD", "check_code", XML_TEXT},
    {"DocumentTotals/NetTotal", "net", XML_AMOUNT},
    {"DocumentTotals/TaxPayable", "tax", XML_AMOUNT},
    {"DocumentTotals/TaxInformationTotals/TaxAmount/Amount", "tax", XML_AMOUNT},
    {"DocumentTotals/GrossTotal", "gross", XML_AMOUNT},
    {"Line/References/Reference", "refers_to", XML_TEXT},
    {"Line/References/CreditNote/Reference", "refers_to", XML_TEXT},
    {"CustomerID", NULL, XML_KNOWN},
    {"CustomerInfo/CustomerID", NULL, XML_KNOWN},
    {"SupplierID", NULL, XML_KNOWN},
    {"SupplierInfo/SupplierID", NULL, XML_KNOWN},
    {"DocumentStatus/InvoiceStatus", NULL, XML_KNOWN},
    {"Period", NULL, XML_KNOWN},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule invoice_line_rules[] = {
    {"LineNumber", "line_no", XML_TEXT},
    {"ProductDescription", "item", XML_TEXT},
    {"Description", "description", XML_TEXT},
    {"UnitOfMeasure", "unit", XML_TEXT},
    {"InvoiceUOM", "unit", XML_TEXT},
    {"Quantity", "quantity", XML_NUMBER},
    {"UnitPrice", "price", XML_NUMBER},
    {"DebitAmount", "debit", XML_AMOUNT},
    {"CreditAmount", "credit", XML_AMOUNT},
    {"InvoiceLineAmount/Amount", "net", XML_AMOUNT},
    {"Tax/TaxCode", "tax_code", XML_TEXT},
    {"Tax/TaxPercentage", "tax_rate", XML_NUMBER},
    {"Tax/TaxAmount", "tax", XML_AMOUNT},
    {"TaxInformation/TaxCode", "tax_code", XML_TEXT},
    {"TaxInformation/TaxPercentage", "tax_rate", XML_NUMBER},
    {"TaxInformation/TaxAmount/Amount", "tax", XML_AMOUNT},
    {NULL, NULL, XML_KNOWN},
};

static const struct {
    const char *code, *status;
} statuses[] = {{"N", "normal"}, {"A", "void"}, {"S", "self-billed"}, {"R", "summary"}, {"F", "invoiced"}};

static const char *status_of(struct bytes code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (bytes_equal(bytes_of_text(statuses[i].code), code)) {
            return statuses[i].status;
        }
    }
    return NULL;
}

static int set_parties(struct saft *saft, json_t *fields, struct xml_node *node, bool sale)
{
    static const char *const numbers[] = {
        "CustomerID", "CustomerInfo/CustomerID", "SupplierID", "SupplierInfo/SupplierID"};
    struct bytes number = {NULL, 0};
    for (size_t i = 0; i < 2 && number.size == 0; i++) {
        number = xml_text_at(node, numbers[i + (sale ? 0 : 2)]);
    }
    char key[96];
    snprintf(key, sizeof key, "%s %.*s", sale ? "customer" : "supplier",
        (int)(number.size < 64 ? number.size : 64), number.size > 0 ? (const char *)number.data : "");
    json_t *other = json_object_get(saft->parties, key);
    json_t *company = json_object();
    int error = company == NULL ? VAULT_ENOMEM : value_set(company, "name", bytes_of_text(saft->name));
    error = error == VAULT_OK ? value_set(company, "tax_id", bytes_of_text(saft->tax_id)) : error;
    if (error == VAULT_OK && json_object_size(company) > 0 &&
        json_object_set(fields, sale ? "seller" : "buyer", company) != 0) {
        error = VAULT_ENOMEM;
    }
    if (error == VAULT_OK && other != NULL) {
        json_t *own = json_deep_copy(other);
        error = own != NULL && json_object_set_new(fields, sale ? "buyer" : "seller", own) == 0
                    ? VAULT_OK
                    : VAULT_ENOMEM;
    }
    json_decref(company);
    return error;
}

/*
 * A line's net amount has the sign it has for the document: SAF-T writes a sale as a credit and what a credit
 * note gives back as a debit.  Returns what the section counts.
 */
static int settle_line(json_t *line, bool reversed, struct decimal *debit, struct decimal *credit)
{
    struct decimal d = xml_field_amount(line, "debit"), c = xml_field_amount(line, "credit");
    bool has_amount = json_object_get(line, "debit") != NULL || json_object_get(line, "credit") != NULL;
    struct decimal net = reversed ? d : c;
    char text[DECIMAL_TEXT_SIZE];
    int error = decimal_add(&net, decimal_negate(reversed ? c : d));
    error = error == VAULT_OK ? decimal_add(debit, d) : error;
    error = error == VAULT_OK ? decimal_add(credit, c) : error;
    json_object_del(line, "debit");
    json_object_del(line, "credit");
    if (error == VAULT_OK && has_amount) {
        decimal_format(net, text);
        error = value_set(line, "net", bytes_of_text(text));
    }
    return error;
}

static int settle_lines(
    struct xml_record *record, bool reversed, struct decimal *debit, struct decimal *credit)
{
    size_t at;
    json_t *line;
    int error = VAULT_OK;
    json_array_foreach(json_object_get(record->draft.fields, "lines"), at, line)
    {
        error = error == VAULT_OK ? settle_line(line, reversed, debit, credit) : error;
    }
    return error == VAULT_ELIMIT ? xml_record_refuse(record, error, "amounts too large to be summed") : error;
}

static int map_invoice(struct saft *saft, struct xml_record *record, struct xml_node *node, bool sale)
{
    json_t *fields = record->draft.fields;
    struct bytes code = xml_text_at(node, "DocumentStatus/InvoiceStatus");
    const char *status = status_of(code);
    int error = value_set(fields, "direction", bytes_of_text(sale ? "out" : "in"));
    error = error == VAULT_OK ? xml_map(record, node, invoice_rules, fields) : error;
    error = error == VAULT_OK ? value_set(fields, "status", status != NULL ? bytes_of_text(status) : code)
                              : error;
    error = error == VAULT_OK ? value_set(fields, "currency", bytes_of_text(saft->currency)) : error;
    error = error == VAULT_OK ? xml_map_lines(record, node, "Line", invoice_line_rules, fields, "lines", NULL)
                              : error;
    error = error == VAULT_OK ? set_parties(saft, fields, node, sale) : error;
    error = error == VAULT_OK ? xml_require(record, fields, "no", "InvoiceNo") : error;
    return error == VAULT_OK ? xml_require(record, fields, "issue_date", "InvoiceDate") : error;
}

static int invoice(struct saft *saft, struct xml_node *node, bool sale)
{
    struct xml_record record;
    struct decimal debit = {0, 0}, credit = {0, 0}, none = {0, 0};
    struct bytes status = xml_text_at(node, "DocumentStatus/InvoiceStatus");
    bool counted = !(status.size == 1 && (status.data[0] == 'A' || status.data[0] == 'F'));
    int error = saft_begin(saft, &record, node, KIND_INVOICE, "InvoiceNo");
    error = error == VAULT_OK ? map_invoice(saft, &record, node, sale) : error;
    if (error == VAULT_OK) {
        const char *type = json_text(record.draft.fields, "type");
        bool credit_note = type != NULL && strcmp(type, "NC") == 0;
        error = settle_lines(&record, credit_note == sale, &debit, &credit);
        xml_record_date(&record, record.draft.fields, "issue_date");
    }
    saft->section.entries++;
    if (counted) {
        saft_section_add(&saft->section, debit, credit, none);
    }
    return xml_record_end(&record, error);
}

int saft_sales_invoice(struct saft *saft, struct xml_node *node)
{
    return invoice(saft, node, true);
}

int saft_purchase_invoice(struct saft *saft, struct xml_node *node)
{
    return invoice(saft, node, false);
}

/* --- deliveries, working documents, receipts: vouchers, since none of them is an invoice
 * -------------------- */

/* The names that differ between the three. */
struct voucher_form {
    const char *section, *number, *type, *date, *status;
};

static const struct xml_rule document_line_rules[] = {
    {"LineNumber", "line_no", XML_TEXT},
    {"Description", "summary", XML_TEXT},
    {"SourceDocumentID/Description", "summary", XML_TEXT},
    {"ProductDescription", "item", XML_TEXT},
    {"Quantity", "quantity", XML_NUMBER},
    {"DebitAmount", "debit", XML_AMOUNT},
    {"CreditAmount", "credit", XML_AMOUNT},
    {"SourceDocumentID/OriginatingON", "document", XML_TEXT},
    {"OrderReferences/OriginatingON", "document", XML_TEXT},
    {"Tax/TaxCode", "tax_code", XML_TEXT},
    {"Tax/TaxPercentage", "tax_rate", XML_NUMBER},
    {"Tax/TaxAmount", "tax_amount", XML_AMOUNT},
    {NULL, NULL, XML_KNOWN},
};

static int map_document(struct xml_record *record, struct xml_node *node, const struct voucher_form *form)
{
    const struct xml_rule rules[] = {
        {form->number, "no", XML_TEXT},
        {form->type, "type", XML_TEXT},
        {form->date, "date", XML_DATE},
        {"Description", "description", XML_TEXT},
        {"SourceID", "prepared_by", XML_TEXT},
        {form->status, NULL, XML_KNOWN},
        {"Period", NULL, XML_KNOWN},
        {"CustomerID", NULL, XML_KNOWN},
        {"SupplierID", NULL, XML_KNOWN},
        {NULL, NULL, XML_KNOWN},
    };
    json_t *fields = record->draft.fields;
    int error = xml_map(record, node, rules, fields);
    if (error == VAULT_OK && json_object_get(fields, "description") == NULL) {
        error = value_set(fields, "description", bytes_of_text(form->section));
    }
    error = error == VAULT_OK
                ? xml_map_lines(record, node, "Line", document_line_rules, fields, "lines", NULL)
                : error;
    size_t at;
    json_t *line;
    json_array_foreach(json_object_get(fields, "lines"), at, line)
    {
        error = error == VAULT_OK ? value_set(line, "customer", xml_text_at(node, "CustomerID")) : error;
        error = error == VAULT_OK ? value_set(line, "supplier", xml_text_at(node, "SupplierID")) : error;
    }
    error = error == VAULT_OK ? xml_require(record, fields, "no", form->number) : error;
    return error == VAULT_OK ? xml_require(record, fields, "date", form->date) : error;
}

static int sum_quantities(const json_t *fields, uint64_t *lines, struct decimal *quantity)
{
    size_t at;
    const json_t *line;
    int error = VAULT_OK;
    json_array_foreach(json_object_get(fields, "lines"), at, line)
    {
        (*lines)++;
        error = error == VAULT_OK ? decimal_add(quantity, xml_field_amount(line, "quantity")) : error;
    }
    return error;
}

static int document(struct saft *saft, struct xml_node *node, const struct voucher_form *form)
{
    struct xml_record record;
    struct decimal debit = {0, 0}, credit = {0, 0}, quantity = {0, 0};
    struct bytes status = xml_text_at(node, form->status);
    bool counted = !(status.size == 1 && status.data[0] == 'A');
    int error = saft_begin(saft, &record, node, KIND_VOUCHER, form->number);
    error = error == VAULT_OK ? map_document(&record, node, form) : error;
    error = error == VAULT_OK ? sum_lines(&record, record.draft.fields, &debit, &credit) : error;
    if (error == VAULT_OK) {
        xml_record_date(&record, record.draft.fields, "date");
        saft->section.overflow |=
            sum_quantities(record.draft.fields, &saft->section.lines, &quantity) != VAULT_OK;
    }
    saft->section.entries++;
    if (counted) {
        saft_section_add(&saft->section, debit, credit, quantity);
    }
    return xml_record_end(&record, error);
}

int saft_movement(struct saft *saft, struct xml_node *node)
{
    static const struct voucher_form form = {
        "MovementOfGoods", "DocumentNumber", "MovementType", "MovementDate", "DocumentStatus/MovementStatus"};
    return document(saft, node, &form);
}

int saft_working_document(struct saft *saft, struct xml_node *node)
{
    static const struct voucher_form form = {
        "WorkingDocuments", "DocumentNumber", "WorkType", "WorkDate", "DocumentStatus/WorkStatus"};
    return document(saft, node, &form);
}

int saft_payment(struct saft *saft, struct xml_node *node)
{
    static const struct voucher_form form = {
        "Payments", "PaymentRefNo", "PaymentType", "TransactionDate", "DocumentStatus/PaymentStatus"};
    return document(saft, node, &form);
}
