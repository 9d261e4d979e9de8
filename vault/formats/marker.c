#include "vault/formats/marker.h"

#include <string.h>

static bool is_full(const void *context, struct bytes key, unsigned slot)
{
    const struct export_marks *marks = context;
    return fingerprint_bit(marks->word, fingerprint_position(marks->code, key, slot));
}

unsigned marker_slots(struct bytes field)
{
    static const struct {
        const char *name;
        size_t size;
        unsigned slots;
    } fields[] = {{"summary", 7, WRITING_PROSE}, {"description", 11, WRITING_PROSE},
        {"remark", 6, WRITING_PROSE}, {"memo", 4, WRITING_PROSE}, {"address", 7, WRITING_PROSE},
        {"name", 4, WRITING_NAME}, {"account_name", 12, WRITING_NAME}, {"client_name", 11, WRITING_NAME},
        {"holder", 6, WRITING_NAME}, {"bank", 4, WRITING_NAME}, {"counterparty", 12, WRITING_NAME},
        {"customer", 8, WRITING_NAME}, {"supplier", 8, WRITING_NAME}, {"department", 10, WRITING_NAME},
        {"project", 7, WRITING_NAME}, {"item", 4, WRITING_NAME}, {"service", 7, WRITING_NAME}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (field.size == fields[i].size && memcmp(field.data, fields[i].name, field.size) == 0)
            return fields[i].slots;
    }
    return 0;
}

/* Most names have no bracket, and need not be looked at further. */
static bool may_have(struct bytes text, unsigned slots)
{
    return slots != WRITING_NAME || memchr(text.data, '(', text.size) != NULL ||
           memchr(text.data, ')', text.size) != NULL || memchr(text.data, 0xEF, text.size) != NULL;
}

void marker_put(const struct export_marks *marks, unsigned slots, struct bytes text, struct buffer *out)
{
    if (marks == NULL || !marks->texts || slots == 0 || text.size == 0 || !may_have(text, slots))
        buffer_put(out, text);
    else
        writing_choose(text, slots, is_full, marks, out);
}

/* The quote that ends a string which begins behind @p at. */
static const uint8_t *string_end(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *quote = at;
    while (quote < end && (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL) {
        size_t escapes = 0;
        while (quote - escapes > at && quote[-1 - (ptrdiff_t)escapes] == '\\')
            escapes++;
        if (escapes % 2 == 0)
            return quote;
        quote++;
    }
    return NULL;
}

void marker_put_json(
    const struct export_marks *marks, enum record_kind kind, struct bytes json, struct buffer *out)
{
    const uint8_t *at = json.data, *end = json.data + json.size, *copied = at;
    bool some = marks != NULL && marks->texts && kind != KIND_TABLE_ROW && json.size > 0;
    while (some && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const uint8_t *quote = string_end(++at, end);
        if (quote == NULL || end - quote < 3)
            break;
        struct bytes name = bytes_of(at, (size_t)(quote - at));
        at = quote + 1;
        unsigned slots = quote[1] == ':' && quote[2] == '"' ? marker_slots(name) : 0;
        if (slots == 0)
            continue;
        const uint8_t *text = quote + 3;
        quote = string_end(text, end);
        if (quote == NULL)
            break;
        struct bytes value = bytes_of(text, (size_t)(quote - text));
        at = quote + 1;
        if (value.size == 0 || memchr(value.data, '\\', value.size) != NULL)
            continue;
        buffer_put_data(out, copied, (size_t)(text - copied));
        marker_put(marks, slots, value, out);
        copied = quote;
    }
    buffer_put_data(out, copied, (size_t)(end - copied));
}
