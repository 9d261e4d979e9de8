#include <stdio.h>
#include <string.h>

#include "vault/formats/datev_private.h"

static int begin_draft(struct datev *datev, const struct row *row, struct draft *draft, enum record_kind kind)
{
    memset(draft, 0, sizeof *draft);
    draft->kind = kind;
    draft->client.client_no = datev->client_no[0] == '\0' ? NULL : datev->client_no;
    table_where(datev->table, row, draft->where);
    draft->fields = json_object();
    return draft->fields == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static int deliver(struct datev *datev, struct draft *draft, int result)
{
    if (result == VAULT_OK)
        result = run_record(datev->table->run, draft);
    draft_reset(draft);
    return result;
}

int datev_account(struct datev *datev, const struct row *row)
{
    struct draft draft;
    int result = begin_draft(datev, row, &draft, KIND_LEDGER_ACCOUNT);
    struct bytes code = datev_cell(datev, row, FIELD_ACCOUNT);
    if (result == VAULT_OK && code.size == 0) {
        result = run_refuse(datev->table->run, draft.where, "Konto: empty");
        draft_reset(&draft);
        return result;
    }
    if (result == VAULT_OK)
        result = value_set(draft.fields, "code", code);
    if (result == VAULT_OK)
        result = value_set(draft.fields, "name", datev_cell(datev, row, FIELD_ACCOUNT_NAME));
    if (result == VAULT_OK)
        result = datev_keep(datev, row, &draft, 0, 0);
    return deliver(datev, &draft, result);
}

/* Put @p text behind what is there, with @p between where both are not empty. */
static void join(struct buffer *out, const char *between, struct bytes text)
{
    if (out->size > 0 && text.size > 0)
        buffer_put_text(out, between);
    buffer_put(out, text);
}

static int set_joined(struct draft *draft, const char *name, struct buffer *text)
{
    int result = buffer_error(text);
    if (result == VAULT_OK)
        result = value_set(draft->fields, name, buffer_bytes(text));
    buffer_reset(text);
    return result;
}

/* Accounts of persons are one digit longer than those of the ledger; 1 to 6 are customers, 7 to 9 suppliers.
 */
static const char *role(struct bytes account)
{
    return account.size > 0 && account.data[0] >= '7' ? "supplier" : "customer";
}

static int fill_party(struct datev *datev, const struct row *row, struct draft *draft)
{
    struct buffer text = {0};
    struct bytes account = datev_cell(datev, row, FIELD_ACCOUNT);
    join(&text, "", datev_cell(datev, row, FIELD_COMPANY));
    join(&text, " ", datev_cell(datev, row, FIELD_FIRST_NAME));
    join(&text, " ", datev_cell(datev, row, FIELD_LAST_NAME));
    join(&text, " ", datev_cell(datev, row, FIELD_ANY_NAME));
    int result = set_joined(draft, "name", &text);
    join(&text, "", datev_cell(datev, row, FIELD_VAT_COUNTRY));
    join(&text, "", datev_cell(datev, row, FIELD_VAT_NUMBER));
    if (result == VAULT_OK)
        result = set_joined(draft, "tax_id", &text);
    join(&text, "", datev_cell(datev, row, FIELD_STREET));
    join(&text, ", ", datev_cell(datev, row, FIELD_POSTCODE));
    join(&text, " ", datev_cell(datev, row, FIELD_TOWN));
    join(&text, ", ", datev_cell(datev, row, FIELD_COUNTRY));
    if (result == VAULT_OK)
        result = set_joined(draft, "address", &text);
    buffer_free(&text);
    if (result == VAULT_OK)
        result = value_set(draft->fields, "role", bytes_of_text(role(account)));
    if (result == VAULT_OK)
        result = value_set(draft->fields, "party_no", account);
    if (result == VAULT_OK)
        result = value_set(draft->fields, "account_code", account);
    if (result == VAULT_OK)
        result = value_set(draft->fields, "phone", datev_cell(datev, row, FIELD_PHONE));
    return result == VAULT_OK ? value_set(draft->fields, "email", datev_cell(datev, row, FIELD_EMAIL))
                              : result;
}

int datev_party(struct datev *datev, const struct row *row)
{
    struct draft draft;
    uint32_t joined = 1u << FIELD_LAST_NAME | 1u << FIELD_FIRST_NAME | 1u << FIELD_STREET |
                      1u << FIELD_POSTCODE | 1u << FIELD_TOWN | 1u << FIELD_COUNTRY |
                      1u << FIELD_VAT_COUNTRY | 1u << FIELD_VAT_NUMBER;
    int result = begin_draft(datev, row, &draft, KIND_PARTY);
    if (result == VAULT_OK && datev_cell(datev, row, FIELD_ACCOUNT).size == 0) {
        result = run_refuse(datev->table->run, draft.where, "Konto: empty");
        draft_reset(&draft);
        return result;
    }
    if (result == VAULT_OK)
        result = fill_party(datev, row, &draft);
    if (result == VAULT_OK)
        result = datev_keep(datev, row, &draft, joined, 0);
    return deliver(datev, &draft, result);
}
