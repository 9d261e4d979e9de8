/* CAMT: one entry to one bank transaction; several transactions in one entry become its details. */
#include <string.h>

#include "vault/formats/camt_private.h"

static const struct xml_rule entry_rules[] = {
    {"Amt", "amount", XML_AMOUNT},
    {"Amt@Ccy", "currency", XML_TEXT},
    {"CdtDbtInd", NULL, XML_KNOWN},
    {"RvslInd", NULL, XML_KNOWN},
    {"Sts", NULL, XML_KNOWN},
    {"BookgDt/Dt", "booking_date", XML_DATE},
    {"BookgDt/DtTm", "booking_time", XML_TIME},
    {"BookgDt/DtTm", "booking_date", XML_DATE},
    {"ValDt/Dt", "value_date", XML_DATE},
    {"ValDt/DtTm", "value_date", XML_DATE},
    {"AcctSvcrRef", "bank_ref", XML_TEXT},
    {"AddtlNtryInf", "summary", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

/* Code of the kind of transaction: domain, family and sub-family where there are, else the bank's own. */
static const struct xml_rule type_rules[] = {
    {"Domn/Cd", "type", XML_APPEND},
    {"Domn/Fmly/Cd", "type", XML_APPEND},
    {"Domn/Fmly/SubFmlyCd", "type", XML_APPEND},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule own_type_rules[] = {
    {"Prtry/Cd", "type", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule detail_rules[] = {
    {"Refs/EndToEndId", "end_to_end_id", XML_TEXT},
    {"Refs/AcctSvcrRef", "bank_ref", XML_TEXT},
    {"RmtInf/Ustrd", "memo", XML_LINES},
    {"RmtInf/Strd/CdtrRefInf/Ref", "memo", XML_LINES},
    {"RmtInf/Strd/CdtrRefInf/CdtrRef", "memo", XML_LINES},
    {"RmtInf/Strd/AddtlRmtInf", "memo", XML_LINES},
    {"AddtlTxInf", "summary", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

static const struct xml_rule detail_amount_rules[] = {
    {"Amt", "amount", XML_AMOUNT},
    {"Amt@Ccy", "currency", XML_TEXT},
    {"AmtDtls/TxAmt/Amt", "amount", XML_AMOUNT},
    {"AmtDtls/TxAmt/Amt@Ccy", "currency", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

/* Money in: the other side is the debtor; money out: the creditor.  The own side only where nothing else is
 * told. */
#define PARTY(role, agent) \
    {"RltdPties/" role "/Nm", "counterparty.name", XML_TEXT}, \
        {"RltdPties/" role "/Pty/Nm", "counterparty.name", XML_TEXT}, \
        {"RltdPties/" role "/Agt/FinInstnId/Nm", "counterparty.name", XML_TEXT}, \
        {"RltdPties/Ultmt" role "/Nm", "counterparty.name", XML_TEXT}, \
        {"RltdPties/Ultmt" role "/Pty/Nm", "counterparty.name", XML_TEXT}, \
        {"RltdPties/" role "Acct/Id/IBAN", "counterparty.account", XML_TEXT}, \
        {"RltdPties/" role "Acct/Id/Othr/Id", "counterparty.account", XML_TEXT}, \
        {"RltdPties/" role "Acct/Id/PrtryAcct/Id", "counterparty.account", XML_TEXT}, \
        {"RltdAgts/" agent "/FinInstnId/Nm", "counterparty.bank", XML_TEXT}, \
        {"RltdAgts/" agent "/FinInstnId/BIC", "counterparty.bank", XML_TEXT}, \
        {"RltdAgts/" agent "/FinInstnId/BICFI", "counterparty.bank", XML_TEXT}, {NULL, NULL, XML_KNOWN},

static const struct xml_rule debtor_rules[] = {PARTY("Dbtr", "DbtrAgt")};
static const struct xml_rule creditor_rules[] = {PARTY("Cdtr", "CdtrAgt")};

static bool says(struct xml_node *node, const char *path, const char *text)
{
    return bytes_equal(xml_text_at(node, path), bytes_of_text(text));
}

/*
 * CdtDbtInd already says which way this entry moves the account, reversals included; which side the other
 * party is on is then the opposite, since a returned payment comes back from its creditor.
 */
static int map_counterparty(
    struct xml_record *record, struct xml_node *details, bool incoming, bool reversal, json_t *object)
{
    bool debtor = incoming != reversal;
    int error = xml_map(record, details, debtor ? debtor_rules : creditor_rules, object);
    if (error == VAULT_OK && json_object_get(object, "counterparty") == NULL) {
        error = xml_map(record, details, debtor ? creditor_rules : debtor_rules, object);
    }
    return error;
}

struct details_run {
    struct xml_record *record;
    json_t *array; /* NULL: there is one, straight into the record */
    bool incoming, reversal;
    unsigned count;
    int error;
};

static int map_type(struct xml_record *record, struct xml_node *node, json_t *object)
{
    struct xml_node *code = xml_child(node, "BkTxCd", NULL);
    int error = code == NULL || json_object_get(object, "type") != NULL
                    ? VAULT_OK
                    : xml_map(record, code, type_rules, object);
    return error == VAULT_OK && code != NULL ? xml_map(record, code, own_type_rules, object) : error;
}

static int sign(json_t *object, bool incoming)
{
    char text[DECIMAL_TEXT_SIZE];
    if (incoming || json_object_get(object, "amount") == NULL) {
        return VAULT_OK;
    }
    decimal_format(decimal_negate(xml_field_amount(object, "amount")), text);
    return value_set(object, "amount", bytes_of_text(text));
}

static int map_detail(struct details_run *run, struct xml_node *node, json_t *object, bool own_amount)
{
    struct xml_record *record = run->record;
    bool incoming = says(node, "CdtDbtInd", "CRDT")   ? true
                    : says(node, "CdtDbtInd", "DBIT") ? false
                                                      : run->incoming;
    int error = VAULT_OK;
    if (own_amount) {
        error = xml_map(record, node, detail_amount_rules, object);
        error = error == VAULT_OK ? sign(object, incoming) : error;
    }
    error = error == VAULT_OK ? xml_map(record, node, detail_rules, object) : error;
    error = error == VAULT_OK ? map_type(record, node, object) : error;
    return error == VAULT_OK ? map_counterparty(record, node, run->incoming, run->reversal, object) : error;
}

static int count_one(void *context, struct xml_place place)
{
    (void)place;
    struct details_run *run = context;
    run->count++;
    return 0;
}

static int visit_detail(void *context, struct xml_place place)
{
    struct details_run *run = context;
    if (run->array == NULL) {
        run->error = map_detail(run, place.node, run->record->draft.fields, false);
        return run->error;
    }
    json_t *detail = json_array_size(run->array) < LIMIT_LINES ? json_object() : NULL;
    if (detail == NULL) {
        run->error = xml_record_refuse(run->record, VAULT_ELIMIT, "more than %u transactions", LIMIT_LINES);
        return run->error;
    }
    run->error = map_detail(run, place.node, detail, true);
    if (run->error == VAULT_OK && json_object_size(detail) > 0 &&
        json_array_append(run->array, detail) != 0) {
        run->error = VAULT_ENOMEM;
    }
    json_decref(detail);
    return run->error;
}

static int map_details(struct xml_record *record, struct xml_node *entry, bool incoming)
{
    struct details_run run = {.record = record,
        .incoming = incoming,
        .reversal = says(entry, "RvslInd", "true") || says(entry, "RvslInd", "1")};
    const char *path =
        xml_child(entry, "NtryDtls", NULL) != NULL ? "NtryDtls/TxDtls" : "TxDtls"; /* version 1 */
    xml_each(entry, path, count_one, &run);
    if (run.count > 1) {
        run.array = json_array();
        if (run.array == NULL) {
            return VAULT_ENOMEM;
        }
    }
    xml_each(entry, path, visit_detail, &run);
    if (run.error == VAULT_OK && run.array != NULL && json_array_size(run.array) > 0 &&
        json_object_set(record->draft.fields, "details", run.array) != 0) {
        run.error = VAULT_ENOMEM;
    }
    json_decref(run.array);
    return run.error;
}

static int settle_amount(struct xml_record *record, struct xml_node *entry, bool *incoming)
{
    int error = xml_require(record, record->draft.fields, "amount", "Amt");
    *incoming = says(entry, "CdtDbtInd", "CRDT");
    if (error == VAULT_OK && !*incoming && !says(entry, "CdtDbtInd", "DBIT")) {
        error = xml_record_refuse(record, VAULT_EINPUT, "CdtDbtInd is neither CRDT nor DBIT");
    }
    return error == VAULT_OK ? sign(record->draft.fields, *incoming) : error;
}

static void count_entry(struct camt *camt, struct xml_record *record, struct xml_node *entry, bool incoming)
{
    struct camt_statement *statement = &camt->statement;
    const char *currency = json_text(record->draft.fields, "currency");
    struct decimal amount = xml_field_amount(record->draft.fields, "amount");
    struct bytes status = xml_text_at(entry, "Sts/Cd");
    status = status.size > 0 ? status : xml_text_at(entry, "Sts");
    bool booked = status.size == 0 || bytes_equal(status, bytes_of_text("BOOK"));
    *(incoming ? &statement->credits : &statement->debits) += 1;
    statement->overflow |= decimal_add(incoming ? &statement->credit_sum : &statement->debit_sum,
                               incoming ? amount : decimal_negate(amount)) != VAULT_OK;
    statement->overflow |= booked && decimal_add(&statement->booked, amount) != VAULT_OK;
    if (statement->currency[0] == 0 && currency != NULL) {
        snprintf(statement->currency, sizeof statement->currency, "%.7s", currency);
    } else if (currency != NULL && strcmp(statement->currency, currency) != 0) {
        strcpy(statement->currency, "*");
    }
}

static int map_entry(struct camt *camt, struct xml_record *record, struct xml_node *entry, bool *incoming)
{
    json_t *fields = record->draft.fields;
    int error = value_set(fields, "account_no", bytes_of_text(camt->statement.account));
    error = error == VAULT_OK ? value_set(fields, "statement", bytes_of_text(camt->statement.id)) : error;
    error = error == VAULT_OK ? xml_map(record, entry, entry_rules, fields) : error;
    error = error == VAULT_OK ? settle_amount(record, entry, incoming) : error;
    error = error == VAULT_OK ? map_type(record, entry, fields) : error;
    return error == VAULT_OK ? map_details(record, entry, *incoming) : error;
}

int camt_entry(struct camt *camt, struct xml_node *entry)
{
    struct xml_record record;
    bool incoming = false;
    camt_note(&camt->statement);
    int error =
        xml_record_begin(&record, camt->run, entry, KIND_BANK_TRANSACTION, xml_text_at(entry, "AcctSvcrRef"));
    record.draft.client.name = camt->statement.holder[0] == 0 ? NULL : camt->statement.holder;
    camt->statement.entries++;
    error = error == VAULT_OK ? map_entry(camt, &record, entry, &incoming) : error;
    if (error == VAULT_OK) {
        xml_record_date(&record, record.draft.fields, "value_date");
        xml_record_date(&record, record.draft.fields, "booking_date");
        count_entry(camt, &record, entry, incoming);
    }
    return xml_record_end(&record, error);
}
