#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/sheet_value_private.h"

static void as_text(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    value->text = text;
    value->same = true;
}

/* 6.22202E+18 in a column of numbers that are names. */
static bool digits_are_lost(struct bytes text)
{
    size_t at = 0;
    if (text.size < 5 || text.data[0] < '1' || text.data[0] > '9' || text.data[1] != '.')
        return false;
    for (at = 2; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++)
        ;
    if (at + 2 >= text.size || (text.data[at] != 'E' && text.data[at] != 'e') || text.data[at + 1] != '+')
        return false;
    for (at += 2; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++)
        ;
    return at == text.size;
}

/* '5191…' is how some banks keep spreadsheets from rounding. */
static struct bytes unquote(struct bytes text)
{
    bool quoted = text.size > 2 && text.data[0] == '\'' && text.data[text.size - 1] == '\'';
    return quoted ? bytes_of(text.data + 1, text.size - 2) : text;
}

static void as_digits(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    if (digits_are_lost(text))
        value->problem = "precision lost: the spreadsheet kept only part of the digits";
    else
        as_text(state, column, unquote(text), value);
    value->same = value->text.size == text.size;
}

static void checked(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value, bool fits)
{
    as_digits(state, column, text, value);
    if (value->problem == NULL && !fits && state->stopped == VAULT_OK)
        state->stopped =
            run_warn(state->table->run, state->draft.where, "%s: the check digit does not fit", column->path);
}

static void as_tax_id(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    /* Older numbers of 15 or 20 characters have no check digit that we know. */
    checked(state, column, text, value, text.size != 18 || check_uscc(text) || check_resident_id(text));
}

static void as_person_id(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    checked(state, column, text, value, text.size != 18 || check_resident_id(text));
    if (value->problem == NULL && text.size == 18 && text.data[17] == 'x') {
        memcpy(value->buffer, text.data, 17);
        memcpy(value->buffer + 17, "X", 2);
        set_buffer(value, text);
    }
}

static void amount(struct bytes text, struct value *value, bool fatal)
{
    int result = value_amount(text, false, value->buffer);
    if (result == VAULT_OK) {
        set_buffer(value, text);
        value->number = decimal_parse(value->text, &value->decimal) == VAULT_OK;
        return;
    }
    value->problem = result == VAULT_ELIMIT ? "has more digits than can be kept" : "is not an amount";
    value->fatal = fatal;
}

static void as_amount(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    amount(text, value, true);
    if (!value->number || (column->flags & (COLUMN_DEBIT | COLUMN_CREDIT)) == 0)
        return;
    if (decimal_add((column->flags & COLUMN_DEBIT) != 0 ? &state->debit : &state->credit, value->decimal) !=
        VAULT_OK) {
        value->problem = "makes a sum that is too large";
        value->fatal = true;
    }
}

static void as_soft_amount(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    amount(text, value, false);
}

/* "6%" is 6; 免税, 不征税 and the like stay as they are. */
static void as_rate(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    if (value_rate(text, value->buffer) != VAULT_OK) {
        as_text(state, column, text, value);
        return;
    }
    size_t size = strlen(value->buffer);
    value->text = in_buffer(value);
    value->same =
        text.size == size + 1 && text.data[size] == '%' && memcmp(text.data, value->buffer, size) == 0;
}

static const struct word *find_word(const struct word *words, struct bytes text)
{
    for (; words->text != NULL; words++) {
        if (bytes_equal(text, bytes_of_text(words->text)))
            return words;
    }
    return NULL;
}

/* Only the first spelling of a code says the same to the letter. */
static bool is_first_of_code(const struct word *words, const struct word *found)
{
    while (strcmp(words->code, found->code) != 0)
        words++;
    return words == found;
}

static void as_word(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    const struct word *found = find_word(column->words, text);
    if (found == NULL) {
        as_text(state, column, text, value);
        return;
    }
    value->text = bytes_of_text(found->code);
    value->same = is_first_of_code(column->words, found);
}

static void as_boolean(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    as_word(state, column, text, value);
    if (find_word(column->words, text) == NULL)
        value->problem = "is neither yes nor no";
    else
        value->boolean = strcmp((const char *)value->text.data, "true") == 0;
}

static void as_currency(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    char code[4];
    if (value_currency(text, code) == NULL) {
        as_text(state, column, text, value);
        return;
    }
    memcpy(value->buffer, code, sizeof code);
    set_buffer(value, text);
}

/* "记-12" or "记 12" */
static void as_voucher_id(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    size_t at = text.size;
    (void)column;
    while (at > 0 && text.data[at - 1] >= '0' && text.data[at - 1] <= '9')
        at--;
    struct bytes number = bytes_of(text.data + at, text.size - at);
    struct bytes type = text_trim(bytes_of(text.data, at));
    if (type.size > 0 && type.data[type.size - 1] == '-')
        type = text_trim(bytes_of(type.data, type.size - 1));
    if (number.size == 0) {
        value->problem = "is not a voucher's number";
        value->fatal = true;
        return;
    }
    value->same = at > 0 && text.data[at - 1] == '-' && type.size + 1 == at;
    if (value_set(state->draft.fields, "type", type) != VAULT_OK ||
        value_set(state->draft.fields, "no", number) != VAULT_OK)
        value->fatal = true;
}

static void keep_copy(struct buffer *copy, struct bytes text, struct value *value)
{
    buffer_reset(copy);
    buffer_put(copy, text);
    value->same = true;
}

static void as_client_no(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    keep_copy(&state->client_no, text, value);
}

static void as_client_name(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    keep_copy(&state->client_name, text, value);
}

static void as_client_tax_id(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    keep_copy(&state->client_tax_id, text, value);
}

/* An amount for the slots; its sign is settled at the record's end. */
static bool slot_amount(struct bytes text, struct value *value, struct decimal *decimal)
{
    amount(text, value, true);
    *decimal = value->decimal;
    value->text = bytes_of("", 0);
    return value->number;
}

static void as_money_in(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    state->slots.has_in = slot_amount(text, value, &state->slots.in);
}

static void as_money_out(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    state->slots.has_out = slot_amount(text, value, &state->slots.out);
}

static void as_money(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    state->slots.has_money = slot_amount(text, value, &state->slots.money);
    value->same = value->same && !state->sided;
}

static void as_money_owed(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    if (text.size > 4 && text.data[3] == ' ' &&
        value_currency(bytes_of(text.data, 3), state->slots.owed_currency) != NULL)
        text = text_trim(bytes_of(text.data + 4, text.size - 4));
    state->slots.has_owed = slot_amount(text, value, &state->slots.owed);
    value->same = value->same && state->slots.owed_currency[0] == '\0';
}

static void as_money_side(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    const struct word *found = find_word(column->words, text);
    if (found != NULL)
        state->slots.side = strcmp(found->code, "in") == 0 ? 1 : -1;
    else
        state->slots.side_unclear = true;
    value->same = found != NULL && is_first_of_code(column->words, found);
}

static void as_ignored(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    (void)text;
    value->same = true;
}

static sheet_converter *const converters[COLUMN_TYPES] = {
    [COLUMN_TEXT] = as_text,
    [COLUMN_DIGITS] = as_digits,
    [COLUMN_TAX_ID] = as_tax_id,
    [COLUMN_PERSON_ID] = as_person_id,
    [COLUMN_AMOUNT] = as_amount,
    [COLUMN_SOFT_AMOUNT] = as_soft_amount,
    [COLUMN_RATE] = as_rate,
    [COLUMN_DATE] = sheet_as_date,
    [COLUMN_SOFT_DATE] = sheet_as_soft_date,
    [COLUMN_DAY_FIRST] = sheet_as_day_first,
    [COLUMN_MOMENT] = sheet_as_moment,
    [COLUMN_TIME] = sheet_as_time,
    [COLUMN_PERIOD] = sheet_as_period,
    [COLUMN_YEAR] = sheet_as_year,
    [COLUMN_MONTH] = sheet_as_month,
    [COLUMN_BOOLEAN] = as_boolean,
    [COLUMN_WORD] = as_word,
    [COLUMN_CURRENCY] = as_currency,
    [COLUMN_VOUCHER_ID] = as_voucher_id,
    [COLUMN_CLIENT_NO] = as_client_no,
    [COLUMN_CLIENT_NAME] = as_client_name,
    [COLUMN_CLIENT_TAX_ID] = as_client_tax_id,
    [COLUMN_MONEY_IN] = as_money_in,
    [COLUMN_MONEY_OUT] = as_money_out,
    [COLUMN_MONEY] = as_money,
    [COLUMN_MONEY_OWED] = as_money_owed,
    [COLUMN_MONEY_SIDE] = as_money_side,
    [COLUMN_IGNORED] = as_ignored,
};

static bool only_dashes(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '-' && text.data[i] != '/')
            return false;
    }
    return true;
}

int sheet_convert(
    struct sheet_state *state, const struct bound *bound, const struct cell *cell, struct value *value)
{
    struct bytes text = text_trim(bytes_of(cell->data, cell->size));
    value->text = bytes_of("", 0);
    value->same = false;
    value->boolean = -1;
    value->problem = NULL;
    value->fatal = false;
    value->number = false;
    value->decimal = (struct decimal){0, 0};
    bool side =
        bound->column != NULL && bound->column->type == COLUMN_MONEY_SIDE; /* "/" is neither in nor out */
    if (text.size == 0 || (state->sheet->dashes && only_dashes(text) && !side)) {
        value->same = true;
        return VAULT_OK;
    }
    if (bound->column == NULL)
        return VAULT_OK;
    if ((cell->flags & CELL_LOST_DIGITS) != 0) {
        value->problem = "precision lost: the spreadsheet kept only part of the digits";
        value->fatal = bound->sums;
        return VAULT_OK;
    }
    converters[bound->column->type](state, bound->column, text, value);
    return state->stopped;
}
