#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/sheet_value_private.h"

static void date(struct bytes text, struct value *value, bool day_first)
{
    if (value_date(text, day_first, value->buffer) == VAULT_OK)
        set_buffer(value, text);
    else
        value->problem = "is not a date";
}

/* A spreadsheet's day without its format: the workbook says from when it counts. */
static bool serial_1904(const struct sheet_state *state, struct bytes text, struct value *value)
{
    char plain[DECIMAL_TEXT_SIZE];
    struct decimal decimal;
    return state->table->base_1904 && text.size <= 5 && value_amount(text, false, plain) == VAULT_OK &&
           decimal_parse(bytes_of_text(plain), &decimal) == VAULT_OK && decimal.scale == 0 &&
           value_serial_date(decimal.mantissa, true, value->buffer) == VAULT_OK;
}

void sheet_as_date(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    if (serial_1904(state, text, value))
        value->text = in_buffer(value);
    else
        date(text, value, false);
    value->fatal = value->problem != NULL;
}

/* "12/29" of a statement of January is of the year before. */
static bool month_and_day(const struct sheet_state *state, struct bytes text, struct value *value)
{
    unsigned month, day;
    char whole[24];
    int used = 0;
    if (state->table->statement_year == 0 || text.size > 5 ||
        sscanf((const char *)text.data, "%2u/%2u%n", &month, &day, &used) != 2 || (size_t)used != text.size)
        return false;
    int year = state->table->statement_year - ((int)month > state->table->statement_month);
    (void)snprintf(whole, sizeof whole, "%04d-%02u-%02u", year, month, day);
    return value_date(bytes_of_text(whole), false, value->buffer) == VAULT_OK;
}

void sheet_as_soft_date(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)column;
    if (month_and_day(state, text, value))
        value->text = in_buffer(value);
    else
        date(text, value, false);
}

void sheet_as_day_first(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    date(text, value, true);
    value->fatal = value->problem != NULL;
}

void sheet_as_moment(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    sheet_as_date(state, column, text, value);
    if (value->problem == NULL && text.size > 10 && value_time(text, state->slots.time) == VAULT_OK) {
        /* "2024-01-05 10:17:03" is said by the two fields together. */
        value->same = text.size == 19 && memcmp(text.data, value->buffer, 10) == 0 &&
                      memcmp(text.data + 11, state->slots.time, 8) == 0;
    }
}

void sheet_as_time(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    if (value_time(text, value->buffer) == VAULT_OK)
        set_buffer(value, text);
    else
        value->problem = "is not a time";
}

void sheet_as_period(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    (void)state;
    (void)column;
    if (value_period(text, value->buffer) == VAULT_OK)
        set_buffer(value, text);
    else
        value->problem = "is not a period";
    value->fatal = value->problem != NULL;
}

void sheet_as_year(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    char plain[8];
    (void)column;
    if (text.size == 4 && value_period(text, plain) == VAULT_OK && strlen(plain) == 4) {
        memcpy(state->slots.year, plain, 5);
        value->same = true;
    } else {
        value->problem = "is not a year";
    }
}

/* "1", "01", "1月", or a whole period such as 202401. */
void sheet_as_month(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value)
{
    char period[8];
    unsigned month = 0;
    (void)column;
    if (value_period(text, period) == VAULT_OK && strlen(period) == 7) {
        memcpy(state->slots.year, period, 4);
        memcpy(state->slots.month, period + 5, 3);
        return;
    }
    size_t digits = 0;
    for (; digits < text.size && digits < 2 && text.data[digits] >= '0' && text.data[digits] <= '9'; digits++)
        month = month * 10 + (unsigned)(text.data[digits] - '0');
    bool rest = text.size == digits ||
                bytes_equal(bytes_of(text.data + digits, text.size - digits), bytes_of_text("月"));
    if (month < 1 || month > 12 || !rest)
        value->problem = "is not a month";
    else
        (void)snprintf(state->slots.month, sizeof state->slots.month, "%02u", month % 100u);
    value->same = value->problem == NULL && text.size == digits && text.data[0] != '0';
}
