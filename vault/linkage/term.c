#include "vault/linkage/term.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TAIL_CHARACTERS 4
#define NEAR_MIN 6 /* bytes: leaving one out of less says nothing */

static int give(enum trace_field field, enum trace_term_kind kind, const char *text, size_t size,
    term_callback each, void *context)
{
    struct trace_term term = {.kind = kind, .field = field, .text = bytes_of(text, size)};
    return each(context, &term);
}

static size_t character(const char *text, size_t size, size_t at)
{
    size_t next = at + 1;
    while (next < size && ((uint8_t)text[next] & 0xC0) == 0x80)
        next++;
    return next - at;
}

static bool has_near(enum trace_field field)
{
    enum trace_form form = trace_field_facts[field].form;
    return form != TRACE_FORM_PERSON && form != TRACE_FORM_AMOUNT && form != TRACE_FORM_PERIOD;
}

static int near(enum trace_field field, const struct normal *value, term_callback each, void *context)
{
    char text[NORMAL_TEXT_SIZE];
    if (!has_near(field) || value->size < NEAR_MIN || value->masked)
        return VAULT_OK;
    int result = give(field, TRACE_TERM_NEAR, value->text, value->size, each, context);
    for (size_t at = 0; at < value->size && result == VAULT_OK;) {
        size_t gone = character(value->text, value->size, at);
        memcpy(text, value->text, at);
        memcpy(text + at, value->text + at + gone, value->size - at - gone);
        /* Leaving out either of two equal neighbours gives the same text: once is enough. */
        if (at < gone || memcmp(value->text + at - gone, value->text + at, gone) != 0)
            result = give(field, TRACE_TERM_NEAR, text, value->size - gone, each, context);
        at += gone;
    }
    return result;
}

static int grams(const struct normal *value, term_callback each, void *context)
{
    int result = VAULT_OK;
    for (size_t at = 0; at < value->size && result == VAULT_OK;) {
        size_t first = character(value->text, value->size, at);
        if (at + first >= value->size)
            break;
        size_t second = character(value->text, value->size, at + first);
        result = give(TRACE_NAME, TRACE_TERM_GRAM, value->text + at, first + second, each, context);
        at += first;
    }
    return result;
}

static bool has_tail(enum trace_field field)
{
    return field == TRACE_TAX_ID || field == TRACE_PHONE || field == TRACE_BANK_ACCOUNT;
}

static int tail(enum trace_field field, const struct normal *value, term_callback each, void *context)
{
    if (!has_tail(field) || value->size <= TAIL_CHARACTERS)
        return VAULT_OK;
    const char *end = value->text + value->size - TAIL_CHARACTERS;
    return strchr(end, '*') != NULL ? VAULT_OK
                                    : give(field, TRACE_TERM_TAIL, end, TAIL_CHARACTERS, each, context);
}

static int64_t unit_of(enum trace_term_kind kind)
{
    return kind == TRACE_TERM_EXACT ? 1 : kind == TRACE_TERM_UNIT ? 100 : 10000;
}

static int amount(enum trace_field field, const struct normal *value, enum trace_term_kind kind,
    term_callback each, void *context)
{
    char text[24];
    int64_t unit = unit_of(kind);
    int64_t rounded = (value->cents + (value->cents < 0 ? -unit / 2 : unit / 2)) / unit;
    int size = snprintf(text, sizeof text, "%" PRId64, rounded);
    return give(field, kind, text, (size_t)size, each, context);
}

int term_of_value(enum trace_field field, const struct normal *value, term_callback each, void *context)
{
    if (value->size == 0 || value->masked)
        return VAULT_OK;
    int result = VAULT_OK;
    if (trace_field_facts[field].form == TRACE_FORM_AMOUNT) {
        const enum trace_term_kind kinds[] = {TRACE_TERM_EXACT, TRACE_TERM_UNIT, TRACE_TERM_HUNDRED};
        for (size_t i = 0; i < 3 && result == VAULT_OK && value->number; i++)
            result = amount(field, value, kinds[i], each, context);
        return result;
    }
    result = give(field, TRACE_TERM_EXACT, value->text, value->size, each, context);
    if (result == VAULT_OK)
        result = near(field, value, each, context);
    if (result == VAULT_OK)
        result = tail(field, value, each, context);
    if (result == VAULT_OK && field == TRACE_NAME)
        result = grams(value, each, context);
    return result;
}

int term_of_cell(enum trace_field field, const struct normal *cell, enum trace_term_kind kind,
    term_callback each, void *context)
{
    if (cell->size == 0)
        return VAULT_OK;
    if (trace_field_facts[field].form == TRACE_FORM_AMOUNT) {
        bool asked = kind == TRACE_TERM_EXACT || kind == TRACE_TERM_UNIT || kind == TRACE_TERM_HUNDRED;
        return cell->number && asked && unit_of(kind) == cell->precision
                   ? amount(field, cell, kind, each, context)
                   : VAULT_OK;
    }
    switch (kind) {
    case TRACE_TERM_EXACT:
        return cell->masked ? VAULT_OK : give(field, kind, cell->text, cell->size, each, context);
    case TRACE_TERM_NEAR:
        return near(field, cell, each, context);
    case TRACE_TERM_TAIL:
        return cell->masked ? tail(field, cell, each, context) : VAULT_OK;
    case TRACE_TERM_GRAM:
        return field == TRACE_NAME && !cell->masked ? grams(cell, each, context) : VAULT_OK;
    case TRACE_TERM_UNIT:
    case TRACE_TERM_HUNDRED:
    case TRACE_TERM_KINDS:
        break;
    }
    return VAULT_OK;
}

/* FNV-1a with the finish of MurmurHash3, which spreads the bits that a table looks at first. */
uint64_t term_hash(const struct trace_term *term)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ ((uint64_t)term->kind << 8 | (uint64_t)term->field);
    hash *= UINT64_C(0x100000001B3);
    for (size_t i = 0; i < term->text.size; i++)
        hash = (hash ^ term->text.data[i]) * UINT64_C(0x100000001B3);
    hash = (hash ^ hash >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
    hash = (hash ^ hash >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
    return hash ^ hash >> 33;
}
