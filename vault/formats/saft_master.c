/* SAF-T: header, parties, products and accounts. */
#include <stdlib.h>
#include <string.h>

#include "vault/formats/saft_private.h"

#define PARTY_BYTES ((size_t)24 << 20) /* names remembered for the invoices; beyond it they stay without */

int saft_begin(struct saft *saft, struct xml_record *record, struct xml_node *node, enum record_kind kind,
    const char *title_path)
{
    int error = xml_record_begin(record, saft->run, node, kind, xml_text_at(node, title_path));
    record->draft.client = saft->company.client;
    return error;
}

/* --- header ------------------------------------------------------------------------------------------------
 */

static void first_text(struct xml_node *node, const char *const paths[], char *text, size_t size)
{
    for (size_t i = 0; paths[i] != NULL && text[0] == 0; i++) {
        struct bytes found = xml_text_at(node, paths[i]);
        if (found.size > 0 && found.size < size) {
            memcpy(text, found.data, found.size);
            text[found.size] = 0;
        }
    }
}

/* The last month that the file is about, as period and day; Norway may say it as year and number of the
 * month. */
static void note_end(struct saft *saft, struct xml_node *node)
{
    static const char *const ends[] = {"EndDate", "SelectionCriteria/SelectionEndDate", NULL};
    static const char *const years[] = {"SelectionCriteria/PeriodEndYear", NULL};
    static const char *const months[] = {"SelectionCriteria/PeriodEnd", NULL};
    char end[40] = "", year[8] = "", month[8] = "";
    first_text(node, ends, end, sizeof end);
    first_text(node, years, year, sizeof year);
    first_text(node, months, month, sizeof month);
    if (end[0] != 0 && xml_date(bytes_of_text(end), saft->company.date)) {
        memcpy(saft->company.period, saft->company.date, 7);
    } else if (strspn(year, "0123456789") == 4 && year[4] == 0) {
        int number = month[0] >= '0' && month[0] <= '9' && strlen(month) <= 2 ? atoi(month) : 0;
        if (number >= 1 && number <= 12) {
            snprintf(
                saft->company.period, sizeof saft->company.period, "%.4s-%02u", year, (unsigned)number % 100);
        } else {
            snprintf(saft->company.period, sizeof saft->company.period, "%.4s", year);
        }
    }
}

int saft_header(struct saft *saft, struct xml_node *node)
{
    static const char *const names[] = {"CompanyName", "Company/Name", NULL};
    static const char *const numbers[] = {"TaxRegistrationNumber", "Company/RegistrationNumber",
        "Company/TaxRegistration/TaxRegistrationNumber", NULL};
    static const char *const currencies[] = {"CurrencyCode", "DefaultCurrencyCode", NULL};
    first_text(node, names, saft->name, sizeof saft->name);
    first_text(node, numbers, saft->tax_id, sizeof saft->tax_id);
    first_text(node, currencies, saft->currency, sizeof saft->currency);
    saft->company.client.name = saft->name[0] == 0 ? NULL : saft->name;
    saft->company.client.tax_id = saft->tax_id[0] == 0 ? NULL : saft->tax_id;
    note_end(saft, node);
    return xml_table_row(saft->run, node, "Header", &saft->company);
}

/* --- parties -----------------------------------------------------------------------------------------------
 */

static const struct xml_rule party_rules[] = {
    {"CustomerID", "party_no", XML_TEXT},
    {"SupplierID", "party_no", XML_TEXT},
    {"CompanyName", "name", XML_TEXT},
    {"Name", "name", XML_TEXT},
    {"CustomerTaxID", "tax_id", XML_TEXT},
    {"SupplierTaxID", "tax_id", XML_TEXT},
    {"RegistrationNumber", "tax_id", XML_TEXT},
    {"TaxRegistration/TaxRegistrationNumber", "tax_id", XML_TEXT},
    {"AccountID", "account_code", XML_TEXT},
    {"BillingAddress/AddressDetail", "address", XML_APPEND},
    {"BillingAddress/PostalCode", "address", XML_APPEND},
    {"BillingAddress/City", "address", XML_APPEND},
    {"BillingAddress/Region", "address", XML_APPEND},
    {"BillingAddress/Country", "address", XML_APPEND},
    {"Address/StreetName", "address", XML_APPEND},
    {"Address/Number", "address", XML_APPEND},
    {"Address/AdditionalAddressDetail", "address", XML_APPEND},
    {"Address/PostalCode", "address", XML_APPEND},
    {"Address/City", "address", XML_APPEND},
    {"Address/Region", "address", XML_APPEND},
    {"Address/Country", "address", XML_APPEND},
    {"Telephone", "phone", XML_TEXT},
    {"Contact/Telephone", "phone", XML_TEXT},
    {"Contact/MobilePhone", "phone", XML_TEXT},
    {"Email", "email", XML_TEXT},
    {"Contact/Email", "email", XML_TEXT},
    {NULL, NULL, XML_KNOWN},
};

/* Remember name and tax number, since the invoices of SAF-T name their customer by number only. */
static int remember(struct saft *saft, const char *role, const json_t *fields)
{
    const char *number = json_text(fields, "party_no"), *name = json_text(fields, "name");
    const char *tax_id = json_text(fields, "tax_id");
    char key[96];
    if (number == NULL || strlen(number) > 64) {
        return VAULT_OK;
    }
    size_t cost =
        400 + strlen(number) + (name == NULL ? 0 : strlen(name)) + (tax_id == NULL ? 0 : strlen(tax_id));
    if (saft->party_bytes + cost > PARTY_BYTES) {
        return VAULT_OK;
    }
    saft->party_bytes += cost;
    snprintf(key, sizeof key, "%s %s", role, number);
    json_t *party = json_object();
    int error = party == NULL ? VAULT_ENOMEM : value_set(party, "name", bytes_of_text(name));
    error = error == VAULT_OK ? value_set(party, "tax_id", bytes_of_text(tax_id)) : error;
    if (error == VAULT_OK && json_object_set(saft->parties, key, party) != 0) {
        error = VAULT_ENOMEM;
    }
    json_decref(party);
    return error;
}

static int party(struct saft *saft, struct xml_node *node, const char *role, const char *number_element)
{
    struct xml_record record;
    int error = saft_begin(saft, &record, node, KIND_PARTY, number_element);
    json_t *fields = record.draft.fields;
    error = error == VAULT_OK ? value_set(fields, "role", bytes_of_text(role)) : error;
    error = error == VAULT_OK ? xml_map(&record, node, party_rules, fields) : error;
    error = error == VAULT_OK ? xml_require(&record, fields, "party_no", number_element) : error;
    error = error == VAULT_OK ? remember(saft, role, fields) : error;
    return xml_record_end(&record, error);
}

int saft_customer(struct saft *saft, struct xml_node *node)
{
    return party(saft, node, "customer", "CustomerID");
}

int saft_supplier(struct saft *saft, struct xml_node *node)
{
    return party(saft, node, "supplier", "SupplierID");
}

/* --- products ----------------------------------------------------------------------------------------------
 */

int saft_product(struct saft *saft, struct xml_node *node)
{
    static const struct xml_rule rules[] = {
        {"ProductCode", "code", XML_TEXT},
        {"ProductType", "type", XML_TEXT},
        {"ProductGroup", "group", XML_TEXT},
        {"ProductDescription", "description", XML_TEXT},
        {"Description", "description", XML_TEXT},
        {"ProductNumberCode", "number_code", XML_TEXT},
        {NULL, NULL, XML_KNOWN},
    };
    struct xml_record record;
    int error = saft_begin(saft, &record, node, KIND_PRODUCT, "ProductCode");
    error = error == VAULT_OK ? xml_map(&record, node, rules, record.draft.fields) : error;
    error = error == VAULT_OK ? xml_require(&record, record.draft.fields, "code", "ProductCode") : error;
    return xml_record_end(&record, error);
}

/* --- accounts ----------------------------------------------------------------------------------------------
 */

/* One signed balance out of a debit and a credit element, of which files give one or both. */
static int balance(struct xml_record *record, struct xml_node *node, const char *debit_element,
    const char *credit_element, const char *side_field, const char *field)
{
    json_t *both = json_object();
    const struct xml_rule rules[] = {{debit_element, "debit", XML_AMOUNT},
        {credit_element, "credit", XML_AMOUNT}, {NULL, NULL, XML_KNOWN}};
    int error = both == NULL ? VAULT_ENOMEM : xml_map(record, node, rules, both);
    if (error == VAULT_OK && json_object_size(both) > 0) {
        struct decimal net = xml_field_amount(both, "debit");
        char text[DECIMAL_TEXT_SIZE];
        error = decimal_add(&net, decimal_negate(xml_field_amount(both, "credit")));
        bool credit = net.mantissa < 0 || json_object_get(both, "debit") == NULL;
        decimal_format(credit ? decimal_negate(net) : net, text);
        error = error == VAULT_OK ? value_set(record->draft.fields, field, bytes_of_text(text)) : error;
        error = error == VAULT_OK
                    ? value_set(record->draft.fields, side_field, bytes_of_text(credit ? "credit" : "debit"))
                    : error;
    }
    json_decref(both);
    return error;
}

static int account_balance(struct saft *saft, struct xml_node *node)
{
    static const struct xml_rule rules[] = {
        {"AccountID", "code", XML_TEXT},
        {"AccountDescription", "name", XML_TEXT},
        {NULL, NULL, XML_KNOWN},
    };
    struct xml_record record;
    int error = saft_begin(saft, &record, node, KIND_ACCOUNT_BALANCE, "AccountID");
    json_t *fields = record.draft.fields;
    record.bare = true;
    memcpy(record.draft.period, saft->company.period, sizeof record.draft.period);
    error = error == VAULT_OK ? xml_map(&record, node, rules, fields) : error;
    error = error == VAULT_OK ? value_set(fields, "period", bytes_of_text(saft->company.period)) : error;
    error = error == VAULT_OK ? value_set(fields, "currency", bytes_of_text(saft->currency)) : error;
    error = error == VAULT_OK ? balance(&record, node, "OpeningDebitBalance", "OpeningCreditBalance",
                                    "opening_side", "opening")
                              : error;
    error = error == VAULT_OK ? balance(&record, node, "ClosingDebitBalance", "ClosingCreditBalance",
                                    "closing_side", "closing")
                              : error;
    return xml_record_end(&record, error);
}

int saft_account(struct saft *saft, struct xml_node *node)
{
    static const struct xml_rule rules[] = {
        {"AccountID", "code", XML_TEXT},
        {"AccountDescription", "name", XML_TEXT},
        {"AccountType", "type", XML_TEXT},
        {"GroupingCategory", "type", XML_TEXT},
        {"StandardAccountID", "standard_code", XML_TEXT},
        {"TaxonomyCode", "standard_code", XML_TEXT},
        {"GroupingCode", "parent", XML_TEXT},
        {"OpeningDebitBalance", NULL, XML_KNOWN},
        {"OpeningCreditBalance", NULL, XML_KNOWN},
        {"ClosingDebitBalance", NULL, XML_KNOWN},
        {"ClosingCreditBalance", NULL, XML_KNOWN},
        {NULL, NULL, XML_KNOWN},
    };
    static const char *const balances[] = {
        "OpeningDebitBalance", "OpeningCreditBalance", "ClosingDebitBalance", "ClosingCreditBalance"};
    struct xml_record record;
    int error = saft_begin(saft, &record, node, KIND_LEDGER_ACCOUNT, "AccountID");
    error = error == VAULT_OK ? xml_map(&record, node, rules, record.draft.fields) : error;
    error = error == VAULT_OK ? xml_require(&record, record.draft.fields, "code", "AccountID") : error;
    bool has_code = error == VAULT_OK, has_balance = false;
    error = xml_record_end(&record, error);
    for (size_t i = 0; i < sizeof balances / sizeof *balances; i++) {
        has_balance |= xml_text_at(node, balances[i]).size > 0;
    }
    return error == VAULT_OK && has_code && has_balance ? account_balance(saft, node) : error;
}
