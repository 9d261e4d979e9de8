#include <stdio.h>
#include <string.h>

#include "vault/formats/sheet_private.h"

int finish_plain(struct sheet_state *state)
{
    return json_object_size(state->draft.fields) > 0 ? VAULT_OK : (state->reason = "an empty row", VAULT_OK);
}

int finish_client(struct sheet_state *state)
{
    struct draft *draft = &state->draft;
    draft->client.client_no = json_text(draft->fields, "client_no");
    draft->client.tax_id = json_text(draft->fields, "tax_id");
    draft->client.name = json_text(draft->fields, "name");
    if (draft->client.name == NULL && draft->client.tax_id == NULL && draft->client.client_no == NULL)
        state->reason = "a client without number, name and tax id";
    return VAULT_OK;
}

static int set_text(json_t *object, const char *name, const char *text)
{
    return json_object_set_new(object, name, json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

int finish_balance(struct sheet_state *state)
{
    if (json_text(state->draft.fields, "code") == NULL)
        state->reason = "a balance without an account";
    return state->draft.period[0] == '\0' ? VAULT_OK
                                          : set_text(state->draft.fields, "period", state->draft.period);
}

static int warn_unbalanced(struct sheet_state *state)
{
    char debit[DECIMAL_TEXT_SIZE], credit[DECIMAL_TEXT_SIZE], difference[DECIMAL_TEXT_SIZE];
    struct decimal rest = state->debit;
    if (decimal_add(&rest, decimal_negate(state->credit)) != VAULT_OK)
        return VAULT_OK;
    decimal_format(state->debit, debit);
    decimal_format(state->credit, credit);
    decimal_format(rest, difference);
    return run_warn(state->table->run, state->draft.where,
        "voucher not balanced: debit %s, credit %s, difference %s", debit, credit, difference);
}

int finish_voucher(struct sheet_state *state)
{
    if (json_text(state->draft.fields, "no") == NULL && json_text(state->draft.fields, "date") == NULL)
        state->reason = "a voucher without number and date";
    else if (decimal_add(&state->total_debit, state->debit) != VAULT_OK ||
             decimal_add(&state->total_credit, state->credit) != VAULT_OK)
        state->reason = "the file's sums are too large";
    if (state->reason == NULL && decimal_compare(state->debit, state->credit) != 0)
        return warn_unbalanced(state);
    return VAULT_OK;
}

/* A sum over the lines; the text of a single line stays as it is. */
static int sum_lines(struct sheet_state *state, const char *name)
{
    struct decimal sum = {0, 0};
    bool any = false;
    char text[DECIMAL_TEXT_SIZE];
    for (size_t i = 0; i < json_array_size(state->lines); i++) {
        struct decimal decimal;
        const char *amount = json_text(json_array_get(state->lines, i), name);
        if (amount == NULL)
            continue;
        any = true;
        if (decimal_parse(bytes_of_text(amount), &decimal) != VAULT_OK ||
            decimal_add(&sum, decimal) != VAULT_OK) {
            state->reason = "the invoice's sums are too large";
            return VAULT_OK;
        }
    }
    decimal_format(sum, text);
    return any ? set_text(state->draft.fields, name, text) : VAULT_OK;
}

int finish_invoice(struct sheet_state *state)
{
    static const char *const sums[] = {"net", "tax", "gross"};
    int result = VAULT_OK;
    if (json_text(state->draft.fields, "no") == NULL)
        state->reason = "an invoice without a number";
    for (size_t i = 0; i < 3 && result == VAULT_OK; i++)
        result = sum_lines(state, sums[i]);
    return result;
}

static bool starts_with_any(const char *text, const char *const *words)
{
    for (; text != NULL && *words != NULL; words++) {
        if (strncmp(text, *words, strlen(*words)) == 0)
            return true;
    }
    return false;
}

/* Credit card: what is spent is positive, or the summary says which way. */
static bool owed_amount(const struct sheet_state *state, struct decimal *amount)
{
    static const char *const back[] = {"退货", "退款", "还款", "信用卡还款", "存入", "转入", "返现", NULL};
    bool unsigned_text = state->slots.owed_currency[0] != '\0';
    *amount = decimal_negate(state->slots.owed);
    if (unsigned_text && starts_with_any(json_text(state->draft.fields, "summary"), back))
        *amount = state->slots.owed;
    return state->slots.has_owed;
}

/* in and out columns; the one that is zero is as good as blank. */
static bool in_out_amount(struct sheet_state *state, struct decimal *amount)
{
    struct slots *slots = &state->slots;
    bool in = slots->has_in && slots->in.mantissa != 0;
    bool out = slots->has_out && slots->out.mantissa != 0;
    if (in && out)
        state->reason = "money in and money out in one row";
    if (in || !slots->has_out)
        *amount = slots->in;
    else
        *amount = decimal_negate(slots->out);
    return slots->has_in || slots->has_out;
}

/* Signed, or with a column that says which way. */
static bool sided_amount(struct sheet_state *state, struct decimal *amount)
{
    struct slots *slots = &state->slots;
    *amount = slots->money;
    if (slots->side < 0 && amount->mantissa > 0)
        *amount = decimal_negate(*amount);
    else if (slots->side == 0 && state->sided && amount->mantissa > 0)
        slots->side_unclear = true;
    else if (slots->side > 0 && amount->mantissa < 0)
        state->reason = "the amount is negative, but the other column says money in";
    return slots->has_money;
}

static int fill_in(struct sheet_state *state)
{
    json_t *fields = state->draft.fields;
    const char *account = state->table->statement_account;
    if (state->slots.time[0] != '\0' && json_text(fields, "booking_time") == NULL &&
        set_text(fields, "booking_time", state->slots.time) != VAULT_OK)
        return VAULT_ENOMEM;
    if (state->slots.owed_currency[0] != '\0' && json_text(fields, "currency") == NULL &&
        set_text(fields, "currency", state->slots.owed_currency) != VAULT_OK)
        return VAULT_ENOMEM;
    if (account[0] != '\0' && json_text(fields, "account_no") == NULL &&
        set_text(fields, "account_no", account) != VAULT_OK)
        return VAULT_ENOMEM;
    return VAULT_OK;
}

int finish_bank(struct sheet_state *state)
{
    struct decimal amount;
    char text[DECIMAL_TEXT_SIZE];
    if (json_text(state->draft.fields, "booking_date") == NULL)
        state->reason = "a transaction without a date";
    else if (!owed_amount(state, &amount) && !in_out_amount(state, &amount) && !sided_amount(state, &amount))
        state->reason = "a transaction without an amount";
    if (state->reason != NULL)
        return VAULT_OK;
    int result = fill_in(state);
    if (result == VAULT_OK && state->slots.side_unclear)
        return run_warn(state->table->run, state->draft.where,
            "neither money in nor out: the amount is kept as in the file only");
    decimal_format(amount, text);
    return result == VAULT_OK ? set_text(state->draft.fields, "amount", text) : result;
}
