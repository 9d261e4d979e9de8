#include "vault/records/kind.h"

struct kind_row {
    const char *name;
    enum compartment compartment;
};

static const struct kind_row kinds[KIND_LAST + 1] = {
    [KIND_CLIENT] = {"client", COMPARTMENT_IDENTITY},
    [KIND_CONTACT] = {"contact", COMPARTMENT_IDENTITY},
    [KIND_BANK_ACCOUNT] = {"bank_account", COMPARTMENT_IDENTITY},
    [KIND_LEDGER_ACCOUNT] = {"ledger_account", COMPARTMENT_BOOKS},
    [KIND_ACCOUNT_BALANCE] = {"account_balance", COMPARTMENT_BOOKS},
    [KIND_VOUCHER] = {"voucher", COMPARTMENT_BOOKS},
    [KIND_INVOICE] = {"invoice", COMPARTMENT_TAX},
    [KIND_BANK_TRANSACTION] = {"bank_transaction", COMPARTMENT_BANK},
    [KIND_TAX_FILING] = {"tax_filing", COMPARTMENT_TAX},
    [KIND_PAYROLL_ENTRY] = {"payroll_entry", COMPARTMENT_PAYROLL},
    [KIND_CONTRACT] = {"contract", COMPARTMENT_DOCUMENTS},
    [KIND_PARTY] = {"party", COMPARTMENT_BOOKS},
    [KIND_PRODUCT] = {"product", COMPARTMENT_BOOKS},
    [KIND_ATTACHMENT] = {"attachment", COMPARTMENT_DOCUMENTS},
    [KIND_TABLE_ROW] = {"table_row", COMPARTMENT_DOCUMENTS},
};

const char *kind_name(enum record_kind kind)
{
    return kind >= KIND_CLIENT && kind <= KIND_LAST ? kinds[kind].name : "unknown";
}

bool kind_parse(struct bytes name, enum record_kind *kind)
{
    for (int i = KIND_CLIENT; i <= KIND_LAST; i++) {
        if (bytes_equal(name, bytes_of_text(kinds[i].name))) {
            *kind = (enum record_kind)i;
            return true;
        }
    }
    return false;
}

enum compartment kind_compartment(enum record_kind kind)
{
    return kind >= KIND_CLIENT && kind <= KIND_LAST ? kinds[kind].compartment : COMPARTMENT_DOCUMENTS;
}
