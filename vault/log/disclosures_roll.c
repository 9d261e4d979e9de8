/* Rows that are no blocks: months of people, exports, sets of clients. */
#include <stdlib.h>
#include <string.h>

#include "vault/log/disclosures_private.h"

#define DAYS 31u

/* --- Months: days (31 numbers) || clients || for each: difference of rows, first day, last day --- */

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void disclosure_month_encode(const struct month_state *month, struct buffer *text)
{
    uint64_t *keys = malloc((month->clients.count + 1) * sizeof *keys); /* row numbers are not secret */
    size_t count = 0;
    uint64_t before = 0;
    if (keys == NULL) {
        text->error = VAULT_ENOMEM;
        return;
    }
    for (size_t i = 0; i < month->clients.capacity; i++) {
        if (month->clients.keys[i] != 0)
            keys[count++] = month->clients.keys[i] - 1;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < DAYS; i++)
        buffer_put_varint(text, month->days[i]);
    buffer_put_varint(text, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t days = *number_map_get(&month->clients, keys[i]) - 1;
        buffer_put_varint(text, keys[i] - before);
        buffer_put_u8(text, (uint8_t)(days >> 8));
        buffer_put_u8(text, (uint8_t)days);
        before = keys[i];
    }
    free(keys);
}

bool disclosure_month_decode(struct bytes text, struct month_state *month)
{
    struct reader rest = reader_of(text);
    uint64_t row = 0;
    for (size_t i = 0; i < DAYS; i++)
        month->days[i] = (uint32_t)reader_varint(&rest);
    uint64_t count = reader_varint(&rest);
    for (uint64_t i = 0; i < count && !rest.short_read; i++) {
        row += reader_varint(&rest);
        uint8_t first = reader_u8(&rest);
        uint8_t last = reader_u8(&rest);
        uint64_t *days = row <= ROW_A_MAX ? number_map_put(&month->clients, row) : NULL;
        if (days == NULL || first > last || last >= DAYS)
            return false;
        *days = ((uint64_t)first << 8 | last) + 1;
    }
    return reader_end(&rest) == VAULT_OK;
}

/* --- Exports --- */

void disclosure_export_encode(const struct disclosure_export_entry *export, struct buffer *text)
{
    buffer_put_u64(text, export->intent);
    buffer_put_u64(text, (uint64_t) export->at);
    buffer_put_u32(text, export->person);
    buffer_put_u32(text, export->clients);
    buffer_put_u64(text, (uint64_t) export->rows);
    buffer_put_u8(text, export->undone);
    buffer_put_u8(text, (uint8_t) export->marks.marking);
    if (export->marks.marking != DISCLOSURE_MARKED)
        return;
    buffer_put(text, hash_bytes(&export->marks.commitment));
    buffer_put_u32(text, export->marks.clients);
    buffer_put_u32(text, export->marks.records);
    buffer_put_u32(text, export->marks.amounts);
    buffer_put_u8(text, export->marks.logarithmic);
}

bool disclosure_export_decode(struct bytes text, struct disclosure_export_entry *export)
{
    struct reader rest = reader_of(text);
    export->intent = reader_u64(&rest);
    export->at = (int64_t)reader_u64(&rest);
    export->person = reader_u32(&rest);
    export->clients = reader_u32(&rest);
    export->rows = (int64_t)reader_u64(&rest);
    export->undone = reader_u8(&rest) != 0;
    uint8_t marking = reader_u8(&rest);
    export->marks = (struct disclosure_marks){.marking = (enum disclosure_marking)marking};
    if (marking == DISCLOSURE_MARKED) {
        struct bytes commitment = reader_take(&rest, HASH_SIZE);
        if (commitment.size == HASH_SIZE)
            memcpy(export->marks.commitment.data, commitment.data, HASH_SIZE);
        export->marks.clients = reader_u32(&rest);
        export->marks.records = reader_u32(&rest);
        export->marks.amounts = reader_u32(&rest);
        export->marks.logarithmic = reader_u8(&rest) != 0;
    }
    return marking <= DISCLOSURE_MARKED_OTHER && reader_end(&rest) == VAULT_OK;
}

/* --- Sets: pairs of numbers, how far behind the last one and how many more --- */

bool disclosure_set_holds(struct bytes set, int64_t row)
{
    struct reader rest = reader_of(set);
    uint64_t at = 0;
    while (rest.rest.size > 0 && !rest.short_read) {
        uint64_t first = at + reader_varint(&rest);
        uint64_t last = first + reader_varint(&rest);
        if (rest.short_read || (uint64_t)row < first)
            return false;
        if ((uint64_t)row <= last)
            return true;
        at = last;
    }
    return false;
}
