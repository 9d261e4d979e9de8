/* Which fields of a record are which of a leaked table, and what its rows may be. */
#include "vault/records/fingerprint_private.h"

/* clang-format off */
static const struct trait traits_of[KIND_LAST + 1][12] = { /* path, field, only compared? */
    [KIND_CLIENT] = {{"name", TRACE_NAME, false}, {"tax_id", TRACE_TAX_ID, false}, {"address", TRACE_ADDRESS, false},
        {"contact", TRACE_CONTACT, false}, {"legal_representative.name", TRACE_CONTACT, false}, {"phone", TRACE_PHONE, false},
        {"landline", TRACE_PHONE, false}, {"email", TRACE_EMAIL, false}, {"bank_account", TRACE_BANK_ACCOUNT, false},
        {"legal_representative.id_no", TRACE_PERSON_ID, false}},
    [KIND_CONTACT] = {{"name", TRACE_CONTACT, false}, {"mobile", TRACE_PHONE, false}, {"email", TRACE_EMAIL, false},
        {"id_no", TRACE_PERSON_ID, false}},
    [KIND_BANK_ACCOUNT] = {{"account_no", TRACE_BANK_ACCOUNT, false}},
    [KIND_CONTRACT] = {{"amount", TRACE_FEE, false}},
    [KIND_TAX_FILING] = {{"base", TRACE_TURNOVER, false}, {"due", TRACE_TAX_DUE, false}, {"period_from", TRACE_PERIOD, true}},
    [KIND_PAYROLL_ENTRY] = {{"employee.name", TRACE_CONTACT, false}, {"employee.id_no", TRACE_PERSON_ID, false},
        {"employee.mobile", TRACE_PHONE, false}, {"employee.bank_card", TRACE_BANK_ACCOUNT, false}, {"gross", TRACE_PAYROLL, false},
        {"base", TRACE_PAYROLL, false}, {"net", TRACE_PAYROLL, false}, {"net", TRACE_AMOUNT, false}, {"income_tax", TRACE_TAX_DUE, false},
        {"period", TRACE_PERIOD, true}},
    [KIND_VOUCHER] = {{"no", TRACE_DOCUMENT, false}, {"@key", TRACE_DOCUMENT, false},
        {"lines[].summary", TRACE_SUMMARY, false}, {"lines[].counterparty", TRACE_NAME, false},
        {"lines[].customer", TRACE_NAME, false}, {"lines[].supplier", TRACE_NAME, false},
        {"lines[].debit", TRACE_AMOUNT, true}, {"lines[].credit", TRACE_AMOUNT, true}},
    [KIND_INVOICE] = {{"no", TRACE_DOCUMENT, false}, {"seller.name", TRACE_NAME, false},
        {"buyer.name", TRACE_NAME, false}, {"seller.tax_id", TRACE_TAX_ID, false},
        {"buyer.tax_id", TRACE_TAX_ID, false}, {"lines[].item", TRACE_SUMMARY, false},
        {"gross", TRACE_AMOUNT, false}, {"net", TRACE_AMOUNT, true}, {"tax", TRACE_TAX_DUE, true}},
    [KIND_BANK_TRANSACTION] = {{"bank_ref", TRACE_DOCUMENT, false}, {"counterparty.name", TRACE_NAME, false},
        {"counterparty.account", TRACE_BANK_ACCOUNT, true}, {"summary", TRACE_SUMMARY, false},
        {"memo", TRACE_SUMMARY, false}, {"amount", TRACE_AMOUNT, false}, {"balance_after", TRACE_BALANCE, true}},
};
/* clang-format on */

static const struct {
    const char *name;
    bool searched;
} subjects[SUBJECT_LAST + 1] = {
    [SUBJECT_CLIENT] = {"client", false},
    [SUBJECT_EMPLOYEE] = {"employee", false},
    [SUBJECT_VOUCHER] = {"voucher", true},
    [SUBJECT_INVOICE] = {"invoice", true},
    [SUBJECT_TRANSFER] = {"transfer", true},
};

const char *subject_name(enum trace_subject subject)
{
    return subject >= SUBJECT_CLIENT && subject <= SUBJECT_LAST ? subjects[subject].name : "unknown";
}

bool subject_is_searched(enum trace_subject subject)
{
    return subject >= SUBJECT_CLIENT && subject <= SUBJECT_LAST && subjects[subject].searched;
}

const struct trait *kind_traits(enum record_kind kind)
{
    static const struct trait none = {NULL, TRACE_FIELDS, false};
    return kind >= KIND_CLIENT && kind <= KIND_LAST ? traits_of[kind] : &none;
}

bool subject_of_kind(enum record_kind kind, enum trace_subject *subject)
{
    switch (kind) {
    case KIND_PAYROLL_ENTRY:
        *subject = SUBJECT_EMPLOYEE;
        break;
    case KIND_VOUCHER:
        *subject = SUBJECT_VOUCHER;
        break;
    case KIND_INVOICE:
        *subject = SUBJECT_INVOICE;
        break;
    case KIND_BANK_TRANSACTION:
        *subject = SUBJECT_TRANSFER;
        break;
    case KIND_CLIENT:
    case KIND_CONTACT:
    case KIND_BANK_ACCOUNT:
    case KIND_CONTRACT:
    case KIND_TAX_FILING:
        *subject = SUBJECT_CLIENT;
        break;
    case KIND_LEDGER_ACCOUNT:
    case KIND_ACCOUNT_BALANCE:
    case KIND_PARTY:
    case KIND_PRODUCT:
    case KIND_ATTACHMENT:
    case KIND_TABLE_ROW:
    default:
        return false;
    }
    return true;
}

/* Fields that its records have, and those of them that some token finds. */
static void fields_of(enum trace_subject subject, trace_fields *all, trace_fields *sought)
{
    *all = *sought = 0;
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        enum trace_subject own;
        if (!subject_of_kind((enum record_kind)kind, &own) || own != subject)
            continue;
        for (const struct trait *trait = traits_of[kind]; trait->path != NULL; trait++) {
            *all |= TRACE_BIT(trait->field);
            *sought |= trait->compared ? 0 : TRACE_BIT(trait->field);
        }
    }
}

trace_fields subject_fields(enum trace_subject subject)
{
    trace_fields all, sought;
    fields_of(subject, &all, &sought);
    return all;
}

trace_fields subject_compared(enum trace_subject subject)
{
    trace_fields all, sought;
    fields_of(subject, &all, &sought);
    return all & ~sought;
}

trace_fields subject_naming(enum trace_subject subject)
{
    return subject == SUBJECT_EMPLOYEE ? TRACE_BIT(TRACE_CONTACT) | TRACE_BIT(TRACE_PERSON_ID) |
                                             TRACE_BIT(TRACE_PHONE) | TRACE_BIT(TRACE_BANK_ACCOUNT)
                                       : 0;
}

bool fingerprint_has(enum record_kind kind)
{
    enum trace_subject subject;
    return subject_of_kind(kind, &subject);
}

bool fingerprint_has_tokens(enum record_kind kind)
{
    enum trace_subject subject;
    return subject_of_kind(kind, &subject) && !subjects[subject].searched;
}
