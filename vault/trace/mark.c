/* A leaked table as positions and orders. */
#include "vault/trace/mark.h"

#include <stdlib.h>
#include <string.h>

#include "vault/trace/mark_private.h"

struct mark_reading *mark_reading_new(const struct fingerprint_code *code)
{
    struct mark_reading *reading = calloc(1, sizeof *reading);
    if (reading != NULL)
        reading->code = code;
    return reading;
}

void mark_reading_free(struct mark_reading *reading)
{
    if (reading == NULL)
        return;
    for (size_t i = 0; i < MARK_COLUMNS_MAX; i++) {
        free(reading->columns[i].starts);
        free(reading->columns[i].seen);
    }
    free(reading->table);
    free(reading->numbers);
    buffer_free(&reading->keys);
    free(reading);
}

/* --- Positions --- */

static struct mark_place *find_place(struct mark_place *table, size_t size, uint64_t position, unsigned slot)
{
    size_t at = (size_t)(position * UINT64_C(0x9E3779B97F4A7C15)) & (size - 1);
    while (table[at].slot != 0 && (table[at].position != position || table[at].slot != slot + 1))
        at = (at + 1) & (size - 1);
    return &table[at];
}

static bool grow_table(struct mark_reading *reading)
{
    size_t size = reading->size == 0 ? 1024 : reading->size * 2;
    struct mark_place *table = calloc(size, sizeof *table);
    if (table == NULL)
        return false;
    for (size_t i = 0; i < reading->size; i++) {
        const struct mark_place *old = &reading->table[i];
        if (old->slot != 0)
            *find_place(table, size, old->position, old->slot - 1u) = *old;
    }
    free(reading->table);
    reading->table = table;
    reading->size = size;
    return true;
}

static int add_place(
    struct mark_reading *reading, uint8_t column, unsigned slot, uint64_t position, bool full)
{
    if (reading->count * 3 >= reading->size * 2 && !grow_table(reading))
        return VAULT_ENOMEM;
    struct mark_place *place = find_place(reading->table, reading->size, position, slot);
    if (place->slot == 0) {
        if (reading->count >= MARK_POSITIONS_MAX)
            return VAULT_OK;
        *place = (struct mark_place){.position = position, .column = column, .slot = (uint8_t)(slot + 1)};
        reading->count++;
    }
    uint32_t *times = full ? &place->full : &place->half;
    *times += *times < UINT32_MAX;
    return VAULT_OK;
}

static int add_text(struct mark_reading *reading, uint8_t column, struct bytes text)
{
    struct writing writing;
    int result = VAULT_OK;
    if (!writing_read(text, &writing))
        return VAULT_OK;
    struct bytes key = bytes_of(writing.key, writing.key_size);
    for (unsigned slot = 0; slot < WRITING_SLOTS && result == VAULT_OK; slot++) {
        unsigned bit = 1u << slot;
        if ((writing.slots & bit) != 0 && (writing.mixed & bit) == 0)
            result = add_place(reading, column, slot, fingerprint_position(reading->code, key, slot),
                (writing.full & bit) != 0);
    }
    wipe(&writing, sizeof writing);
    return result;
}

/* --- Orders --- */

struct bytes mark_column_text(const struct mark_reading *reading, const struct mark_column *column, size_t n)
{
    const uint8_t *text = reading->keys.data + column->starts[n];
    return bytes_of(text + 1, text[0]);
}

static size_t text_hash(struct bytes text)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ hash >> 29);
}

static uint32_t *find_seen(
    const struct mark_reading *reading, const struct mark_column *column, struct bytes text)
{
    size_t at = text_hash(text) & (column->seen_size - 1);
    while (
        column->seen[at] != 0 && !bytes_equal(mark_column_text(reading, column, column->seen[at] - 1), text))
        at = (at + 1) & (column->seen_size - 1);
    return &column->seen[at];
}

static bool grow_column(const struct mark_reading *reading, struct mark_column *column)
{
    size_t capacity = column->capacity == 0 ? 64 : column->capacity * 2;
    uint32_t *starts = reallocarray(column->starts, capacity, sizeof *starts);
    if (starts != NULL)
        column->starts = starts;
    uint32_t *seen = calloc(capacity * 2, sizeof *seen);
    if (starts == NULL || seen == NULL) {
        free(seen);
        return false;
    }
    free(column->seen);
    column->seen = seen;
    column->seen_size = capacity * 2;
    column->capacity = capacity;
    for (size_t i = 0; i < column->count; i++)
        *find_seen(reading, column, mark_column_text(reading, column, i)) = (uint32_t)i + 1;
    return true;
}

static int add_key(struct mark_reading *reading, struct mark_column *column, struct bytes text)
{
    if (text.size == 0 || column->count >= MARK_ORDERED_MAX || reading->keys.size > BUFFER_MAX / 2)
        return VAULT_OK;
    if (column->count == column->capacity && !grow_column(reading, column))
        return VAULT_ENOMEM;
    uint32_t *seen = find_seen(reading, column, text);
    if (*seen != 0)
        return VAULT_OK;
    column->starts[column->count] = (uint32_t)reading->keys.size;
    buffer_put_u8(&reading->keys, (uint8_t)text.size);
    buffer_put(&reading->keys, text);
    *seen = (uint32_t)++column->count;
    return buffer_error(&reading->keys);
}

static int add_ordered(struct mark_reading *reading, struct mark_column *column, struct bytes cell)
{
    char key[WRITING_KEY_SIZE];
    int result = add_key(reading, column, bytes_of(key, writing_key(cell, key)));
    wipe(key, sizeof key);
    return result;
}

/* --- Reading --- */

int mark_reading_add_row(struct mark_reading *reading, const struct bytes *cells, size_t count)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < count && i < MARK_COLUMNS_MAX && result == VAULT_OK; i++) {
        result = add_text(reading, (uint8_t)i, cells[i]);
        if (result == VAULT_OK)
            result = add_ordered(reading, &reading->columns[i], cells[i]);
        if (result == VAULT_OK)
            result = mark_add_numbers(reading, cells[i]);
    }
    return result;
}

void mark_reading_add_id(struct mark_reading *reading, const uint8_t id[FINGERPRINT_ID_SIZE])
{
    if (reading->id_count < MARK_IDS_MAX)
        memcpy(reading->ids[reading->id_count++], id, FINGERPRINT_ID_SIZE);
}

void mark_reading_finish(struct mark_reading *reading)
{
    size_t kept = 0;
    for (size_t i = 0; i < reading->size; i++) {
        if (reading->table[i].slot != 0)
            reading->table[kept++] = reading->table[i];
    }
    reading->count = kept;
    reading->code = NULL;
    for (size_t i = 0; i < MARK_COLUMNS_MAX; i++)
        mark_column_finish(&reading->columns[i]);
}

size_t mark_reading_positions(const struct mark_reading *reading)
{
    size_t positions = 0;
    for (size_t i = 0; i < reading->count; i++) {
        bool full;
        positions += mark_place_reads(&reading->table[i], &full);
    }
    return positions;
}
