/**
 * @file sheet_value_private.h
 * Converters: one a column type, from a cell's text to what the field holds.
 */
#ifndef VAULT_FORMATS_SHEET_VALUE_PRIVATE_H
#define VAULT_FORMATS_SHEET_VALUE_PRIVATE_H

#include "vault/formats/sheet_private.h"

typedef void sheet_converter(
    struct sheet_state *state, const struct column *column, struct bytes text, struct value *value);

/* sheet_value_date.c */
sheet_converter sheet_as_date, sheet_as_day_first, sheet_as_moment, sheet_as_month, sheet_as_period,
    sheet_as_soft_date, sheet_as_time, sheet_as_year;

/** The text in the value's own buffer. */
static inline struct bytes in_buffer(struct value *value)
{
    return bytes_of_text(value->buffer);
}

static inline void set_buffer(struct value *value, struct bytes cell)
{
    value->text = in_buffer(value);
    value->same = bytes_equal(value->text, cell);
}

#endif
