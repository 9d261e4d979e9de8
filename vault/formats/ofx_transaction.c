/* OFX: one STMTTRN to one bank transaction. */
#include <string.h>

#include "vault/formats/ofx_private.h"

static const struct xml_rule rules[] = {
    {"FITID", "bank_ref", XML_TEXT},
    {"DTPOSTED", "booking_date", XML_DATE},
    {"DTPOSTED", "booking_time", XML_TIME},
    {"DTAVAIL", "value_date", XML_DATE},
    {"VALUEDATE", "value_date", XML_DATE},
    {"TRNAMT", "amount", XML_AMOUNT},
    {"TRNTYPE", "type", XML_TEXT},
    {"CURRENCY/CURSYM", "currency", XML_TEXT},
    {"NAME", "counterparty.name", XML_TEXT},
    {"PAYEE/NAME", "counterparty.name", XML_TEXT},
    {"BANKACCTTO/ACCTID", "counterparty.account", XML_TEXT},
    {"BANKACCTTO/BANKID", "counterparty.bank", XML_TEXT},
    {"CCACCTTO/ACCTID", "counterparty.account", XML_TEXT},
    {"MEMO", "memo", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

/* Banks of countries that write so send "-12,50": one comma and no point. */
static int point_for_comma(struct xml_tree *tree, struct xml_node *node)
{
    struct xml_node *amount = xml_child(node, "TRNAMT", NULL);
    char *comma = amount == NULL ? NULL : memchr(amount->text, ',', amount->text_size);
    if (comma == NULL || strchr(comma + 1, ',') != NULL || strchr(amount->text, '.') != NULL) {
        return VAULT_OK;
    }
    int error = xml_tree_attribute(
        tree, amount, bytes_of_text("verbatim"), bytes_of(amount->text, amount->text_size));
    if (error == VAULT_OK) {
        amount->attributes->fate = XML_FATE_KNOWN;
        *comma = '.';
    }
    return error;
}

int ofx_transaction(
    struct import_run *run, struct xml_tree *tree, struct xml_node *node, const struct ofx_account *account)
{
    struct xml_record record;
    int error = xml_record_begin(&record, run, node, KIND_BANK_TRANSACTION, xml_text_at(node, "FITID"));
    json_t *fields = record.draft.fields;
    error = error == VAULT_OK ? value_set(fields, "account_no", bytes_of_text(account->number)) : error;
    error = error == VAULT_OK ? point_for_comma(tree, node) : error;
    error = error == VAULT_OK ? xml_map(&record, node, rules, fields) : error;
    if (error == VAULT_OK && json_object_get(fields, "currency") == NULL) {
        error = value_set(fields, "currency", bytes_of_text(account->currency));
    }
    error = error == VAULT_OK ? xml_require(&record, fields, "booking_date", "DTPOSTED") : error;
    error = error == VAULT_OK ? xml_require(&record, fields, "amount", "TRNAMT") : error;
    xml_record_date(&record, fields, "booking_date");
    return xml_record_end(&record, error);
}
