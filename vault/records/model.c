#include "vault/records/model_private.h"

#include <string.h>

#include "vault/records/records.h"

/* clang-format off */
static const struct model models[KIND_LAST + 1] = {
    [KIND_CLIENT] = {
        .key = {"client_no|tax_id"},
        .title = {"name"},
        .terms = {{"client_no", TERM_IDENTIFIER}, {"name", TERM_NAME}, {"tax_id", TERM_IDENTIFIER},
            {"legal_representative.name", TERM_NAME}, {"contact", TERM_NAME}},
        .masks = {{"legal_representative.id_no", MASK_PERSON_ID}, {"phone", MASK_PHONE}, {"landline", MASK_PHONE},
            {"email", MASK_EMAIL}, {"bank_account", MASK_ACCOUNT}},
    },
    [KIND_CONTACT] = {
        .natural = {"name", "?position"}, .whole = true, .repeats = true,
        .key = {"name"},
        .title = {"name", "position"},
        .terms = {{"name", TERM_NAME}},
        .masks = {{"mobile", MASK_PHONE}, {"id_no", MASK_PERSON_ID}, {"wechat", MASK_HANDLE}, {"email", MASK_EMAIL}},
    },
    [KIND_BANK_ACCOUNT] = {
        .natural = {"account_no"}, .whole = true,
        .key = {"holder|bank"},
        .title = {"bank", "nature"},
        .terms = {{"holder", TERM_NAME}, {"bank", TERM_NAME}},
        .masks = {{"account_no", MASK_ACCOUNT}},
    },
    [KIND_LEDGER_ACCOUNT] = {
        .natural = {"code"},
        .key = {"code"},
        .title = {"name"},
        .terms = {{"code", TERM_IDENTIFIER}, {"name", TERM_NAME}},
    },
    [KIND_ACCOUNT_BALANCE] = {
        .natural = {"@period", "code", "?scenario", "?department", "?currency"},
        .key = {"code"},
        .title = {"name"},
        .terms = {{"code", TERM_IDENTIFIER}, {"name", TERM_NAME}},
    },
    [KIND_VOUCHER] = {
        .natural = {"@period", "?type", "no"}, .whole = true,
        .key = {"type", "no"}, .joint = "-",
        .title = {"lines[].summary|description|lines[].account_name"},
        .terms = {{"@key", TERM_IDENTIFIER}, {"description", TERM_NAME}, {"lines[].summary", TERM_NAME},
            {"lines[].counterparty", TERM_NAME}, {"lines[].customer", TERM_NAME}, {"lines[].supplier", TERM_NAME},
            {"lines[].employee", TERM_NAME}, {"lines[].project", TERM_NAME}, {"lines[].document", TERM_IDENTIFIER}},
    },
    [KIND_INVOICE] = {
        .natural = {"?code", "no", "?seller.tax_id"},
        .key = {"no"},
        .title = {"@other", "gross"},
        .terms = {{"no", TERM_IDENTIFIER}, {"code", TERM_IDENTIFIER}, {"seller.name", TERM_NAME},
            {"seller.tax_id", TERM_IDENTIFIER}, {"buyer.name", TERM_NAME}, {"buyer.tax_id", TERM_IDENTIFIER},
            {"lines[].item", TERM_NAME}, {"refers_to", TERM_IDENTIFIER}, {"gross", TERM_AMOUNT}},
        .masks = {{"seller.phone", MASK_PHONE}, {"seller.email", MASK_EMAIL}, {"seller.bank_account", MASK_ACCOUNT},
            {"buyer.phone", MASK_PHONE}, {"buyer.email", MASK_EMAIL}, {"buyer.bank_account", MASK_ACCOUNT}},
    },
    [KIND_BANK_TRANSACTION] = {
        .natural = {"?account_no", "bank_ref"}, .whole = true, .repeats = true,
        .key = {"bank_ref|booking_date"},
        .title = {"counterparty.name", "summary|memo|type"},
        .terms = {{"bank_ref", TERM_IDENTIFIER}, {"counterparty.name", TERM_NAME}, {"summary", TERM_NAME},
            {"memo", TERM_NAME}, {"end_to_end_id", TERM_IDENTIFIER}, {"amount", TERM_AMOUNT},
            {"details[].counterparty.name", TERM_NAME}, {"details[].memo", TERM_NAME},
            {"details[].bank_ref", TERM_IDENTIFIER}, {"details[].end_to_end_id", TERM_IDENTIFIER}},
        .masks = {{"account_no", MASK_ACCOUNT}, {"counterparty.account", MASK_ACCOUNT},
            {"details[].counterparty.account", MASK_ACCOUNT}},
    },
    [KIND_TAX_FILING] = {
        .natural = {"tax_type", "period_from", "?period_to", "?form_no"},
        .key = {"form_no|tax_type"},
        .title = {"tax_type", "due"},
        .terms = {{"tax_type", TERM_NAME}, {"form_no", TERM_IDENTIFIER}},
    },
    [KIND_PAYROLL_ENTRY] = {
        .natural = {"@period", "employee.no|employee.id_no|employee.name"},
        .key = {"employee.no|employee.name"},
        .title = {"employee.name"},
        .terms = {{"employee.no", TERM_IDENTIFIER}, {"employee.name", TERM_NAME}},
        .masks = {{"employee.id_no", MASK_PERSON_ID}, {"employee.mobile", MASK_PHONE},
            {"employee.bank_card", MASK_ACCOUNT}, {"base", MASK_AMOUNT}, {"bonus", MASK_AMOUNT},
            {"gross", MASK_AMOUNT}, {"social.*", MASK_AMOUNT}, {"housing_fund", MASK_AMOUNT},
            {"income_tax", MASK_AMOUNT}, {"net", MASK_AMOUNT}},
    },
    [KIND_CONTRACT] = {
        .natural = {"no"}, .whole = true,
        .key = {"no"},
        .title = {"service|counterparty"},
        .terms = {{"no", TERM_IDENTIFIER}, {"service", TERM_NAME}, {"counterparty", TERM_NAME},
            {"amount", TERM_AMOUNT}},
    },
    [KIND_PARTY] = {
        .natural = {"?role", "party_no|tax_id|name"},
        .key = {"party_no"},
        .title = {"name"},
        .terms = {{"party_no", TERM_IDENTIFIER}, {"name", TERM_NAME}, {"tax_id", TERM_IDENTIFIER}},
        .masks = {{"address", MASK_ADDRESS}, {"phone", MASK_PHONE}, {"email", MASK_EMAIL}},
    },
    [KIND_PRODUCT] = {
        .natural = {"code"}, .whole = true,
        .key = {"code"},
        .title = {"description"},
        .terms = {{"code", TERM_IDENTIFIER}, {"description", TERM_NAME}, {"number_code", TERM_IDENTIFIER}},
    },
    [KIND_ATTACHMENT] = {
        .natural = {"sha256"}, .repeats = true,
        .key = {"file_name"},
        .title = {"description|file_name"},
        .terms = {{"file_name", TERM_NAME}, {"description", TERM_NAME}},
    },
    [KIND_TABLE_ROW] = {
        .whole = true,
        .key = {"table"},
        .title = {"@columns"},
        .terms = {{"*", TERM_NAME}},
    },
};
/* clang-format on */

const struct model *model_of(enum record_kind kind)
{
    return kind >= KIND_CLIENT && kind <= KIND_LAST ? &models[kind] : NULL;
}

enum compartment model_index_compartment(enum record_kind kind)
{
    return kind == KIND_CLIENT ? COMPARTMENT_DIRECTORY : kind_compartment(kind);
}

bool model_is_open(enum record_kind kind)
{
    return kind == KIND_TABLE_ROW;
}

const char *const *kind_sensitive_fields(enum record_kind kind)
{
    /* Paths of the table above, wildcards written out; filled once by the compiler. */
    static const char *const none[] = {NULL};
    static const char *const client[] = {
        "legal_representative.id_no", "phone", "landline", "email", "bank_account", NULL};
    static const char *const contact[] = {"mobile", "id_no", "wechat", "email", NULL};
    static const char *const bank_account[] = {"account_no", NULL};
    static const char *const invoice[] = {"seller.phone", "seller.email", "seller.bank_account",
        "buyer.phone", "buyer.email", "buyer.bank_account", NULL};
    static const char *const bank_transaction[] = {
        "account_no", "counterparty.account", "details[].counterparty.account", NULL};
    static const char *const payroll_entry[] = {"employee.id_no", "employee.mobile", "employee.bank_card",
        "base", "bonus", "gross", "social.pension", "social.medical", "social.unemployment", "housing_fund",
        "income_tax", "net", NULL};
    static const char *const party[] = {"address", "phone", "email", NULL};
    static const char *const *const lists[KIND_LAST + 1] = {
        [KIND_CLIENT] = client,
        [KIND_CONTACT] = contact,
        [KIND_BANK_ACCOUNT] = bank_account,
        [KIND_INVOICE] = invoice,
        [KIND_BANK_TRANSACTION] = bank_transaction,
        [KIND_PAYROLL_ENTRY] = payroll_entry,
        [KIND_PARTY] = party,
    };
    return model_of(kind) == NULL || lists[kind] == NULL ? none : lists[kind];
}

static bool path_fits(const char *pattern, const char *path)
{
    size_t length = strlen(pattern);
    if (length > 2 && strcmp(pattern + length - 2, ".*") == 0)
        return strncmp(pattern, path, length - 1) == 0;
    return strcmp(pattern, path) == 0;
}

bool field_is_sensitive(const char *path)
{
    for (int kind = KIND_CLIENT; kind <= KIND_LAST; kind++) {
        for (const struct model_mask *row = models[kind].masks; row->path != NULL; row++) {
            if (path_fits(row->path, path))
                return true;
        }
    }
    return mask_of_heading(bytes_of_text(path)) != MASK_NONE;
}

const char *kind_mask_of(enum record_kind kind, const char *path)
{
    const struct model *model = model_of(kind);
    if (model == NULL)
        return NULL;
    if (model_is_open(kind))
        return mask_of_heading(bytes_of_text(path)) == MASK_NONE ? NULL : path;
    for (size_t i = 0; i < MODEL_MASKS && model->masks[i].path != NULL; i++) {
        if (path_fits(model->masks[i].path, path))
            return model->masks[i].path;
    }
    return NULL;
}

/* Is it one of the paths, parted by '|'? */
static bool group_has(const char *group, const char *path)
{
    size_t size = strlen(path);
    for (const char *at = group; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strcspn(at, "|") == size && strncmp(at, path, size) == 0)
            return true;
    }
    return false;
}

bool kind_head_shows(enum record_kind kind, const char *path)
{
    const struct model *model = model_of(kind);
    if (model == NULL)
        return false;
    for (size_t i = 0; i < 3; i++) {
        const char *title = model->title[i];
        if (title != NULL && strcmp(title, "@other") == 0)
            title = "seller.name|buyer.name";
        if ((model->key[i] != NULL && group_has(model->key[i], path)) ||
            (title != NULL && group_has(title, path)))
            return true;
    }
    return false;
}
