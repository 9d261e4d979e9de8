/* Leaves into blocks, months and exports, in memory; whole rows are handed on as they fill. */
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/log/disclosures_private.h"
#include "vault/log/log_private.h"

#define DAY 86400

static int no_memory(struct failure *failure)
{
    return failure_set(failure, VAULT_ENOMEM, "no memory for the index of disclosures");
}

static bool grow(void **items, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t larger = *capacity == 0 ? 64 : *capacity * 2;
    void *moved = realloc(*items, larger * size);
    if (moved == NULL)
        return false;
    *items = moved;
    *capacity = larger;
    return true;
}

/* --- Rows of clients and records --- */

static int look_up(struct disclosure_index *index, enum query query, struct looked_up *cache,
    struct bytes text, int64_t *row, struct failure *failure)
{
    struct ulid id;
    uint32_t mixed;
    struct statement *statement;
    bool found = false;
    *row = 0;
    if (!ulid_parse(text, &id))
        return VAULT_OK;
    memcpy(&mixed, id.data + ULID_SIZE - sizeof mixed, sizeof mixed);
    struct looked_up *place = &cache[mixed % LOOKED_UP];
    if (place->row != 0 && ulid_equal(&place->id, &id)) {
        *row = place->row;
        return VAULT_OK;
    }
    int result = store_query(index->source.store, query, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&id));
    result = statement_step(statement, &found, failure);
    if (result == VAULT_OK && found) {
        *row = column_number(statement, 0);
        statement_reset(statement);
        *place = (struct looked_up){id, *row};
    }
    return result;
}

static int client_row(struct disclosure_index *index, struct bytes id, int64_t *row, struct failure *failure)
{
    int result = look_up(index, QUERY_CLIENT_BY_ID, index->clients, id, row, failure);
    if (result == VAULT_OK && *row == 0)
        index->numbers.lost++;
    return result;
}

/* --- Blocks --- */

static int load_tail(struct disclosure_index *index, struct client_tail *tail, struct failure *failure)
{
    struct disclosure_entry entry;
    int64_t key = 0;
    uint64_t client = (uint64_t)tail->client;
    if (index->fresh)
        return VAULT_OK;
    int result = disclosure_row_last(&index->rows, row_key(ROW_BLOCK, client, 0),
        row_key(ROW_BLOCK, client, ROW_B_MAX), &key, &tail->block, failure);
    if (result == VAULT_ENOTFOUND)
        return VAULT_OK;
    if (result != VAULT_OK)
        return result;
    tail->ordinal = (uint32_t)((uint64_t)key & ROW_B_MAX);
    struct reader rest = reader_of(buffer_bytes(&tail->block));
    while (disclosure_entry_decode(&rest, &tail->coder, index, tail->client == 0, &entry)) {
    }
    return rest.short_read ? disclosure_rows_damaged(failure, key) : VAULT_OK;
}

static int find_tail(
    struct disclosure_index *index, int64_t client, struct client_tail **tail, struct failure *failure)
{
    uint64_t *place = number_map_put(&index->tail_of, (uint64_t)client);
    if (place == NULL)
        return no_memory(failure);
    if (*place != 0) {
        *tail = &index->tails[*place - 1];
        return VAULT_OK;
    }
    void *items = index->tails;
    bool room = grow(&items, &index->tail_capacity, index->tail_count, sizeof *index->tails);
    index->tails = items;
    if (!room)
        return no_memory(failure);
    *tail = &index->tails[index->tail_count++];
    **tail = (struct client_tail){.client = client};
    *place = index->tail_count;
    return load_tail(index, *tail, failure);
}

/* The block is full: it goes where it belongs, and the next one begins. */
static int finish_block(
    struct disclosure_index *index, struct client_tail *tail, struct bytes block, struct failure *failure)
{
    if (tail->ordinal == ROW_B_MAX)
        return failure_set(failure, VAULT_ELIMIT, "too many disclosures of one client for the index");
    if (index->put != NULL)
        return index->put(
            index->context, row_key(ROW_BLOCK, (uint64_t)tail->client, tail->ordinal), block, failure);
    void *items = tail->kept;
    bool room = grow(&items, &tail->kept_capacity, tail->kept_count, sizeof *tail->kept);
    tail->kept = items;
    if (!room)
        return no_memory(failure);
    struct buffer *kept = &tail->kept[tail->kept_count++];
    *kept = (struct buffer){0};
    buffer_put(kept, block);
    return buffer_error(kept) == VAULT_OK ? VAULT_OK : no_memory(failure);
}

static int add_entry(struct disclosure_index *index, int64_t client, const struct disclosure_entry *entry,
    struct failure *failure)
{
    struct client_tail *tail = NULL;
    struct entry_layout layout;
    int result = find_tail(index, client, &tail, failure);
    if (result != VAULT_OK)
        return result;
    if (!disclosure_shape_layout(index, entry->shape, client == 0, &layout))
        return failure_set(failure, VAULT_EINTERNAL, "a disclosure without a shape");
    size_t before = tail->block.size;
    disclosure_entry_encode(&tail->block, &tail->coder, &layout, entry);
    if (tail->block.size > BLOCK_BYTES && before > 0) {
        result = finish_block(index, tail, bytes_of(tail->block.data, before), failure);
        if (result != VAULT_OK)
            return result;
        tail->ordinal++;
        buffer_reset(&tail->block);
        tail->coder = (struct coder){0};
        disclosure_entry_encode(&tail->block, &tail->coder, &layout, entry);
    }
    tail->dirty = true;
    tail->shape = entry->shape;
    index->numbers.entries++;
    if (entry->at > index->numbers.until)
        index->numbers.until = entry->at;
    return buffer_error(&tail->block) == VAULT_OK ? VAULT_OK : no_memory(failure);
}

/* --- Months --- */

static int find_month(struct disclosure_index *index, uint32_t person, uint32_t number,
    struct month_state **month, struct failure *failure)
{
    uint64_t *place = number_map_put(&index->month_of, (uint64_t)person << 24 | number);
    if (place == NULL)
        return no_memory(failure);
    if (*place != 0) {
        *month = &index->months[*place - 1];
        return VAULT_OK;
    }
    void *items = index->months;
    bool room = grow(&items, &index->month_capacity, index->month_count, sizeof *index->months);
    index->months = items;
    if (!room)
        return no_memory(failure);
    *month = &index->months[index->month_count++];
    **month = (struct month_state){.person = person, .month = number};
    *place = index->month_count;
    if (index->fresh)
        return VAULT_OK;
    int64_t key = row_key(ROW_MONTH, person, number);
    int result = disclosure_row_read(&index->rows, key, &index->text, failure);
    if (result == VAULT_OK && !disclosure_month_decode(buffer_bytes(&index->text), *month))
        result = disclosure_rows_damaged(failure, key);
    return result == VAULT_ENOTFOUND ? VAULT_OK : result;
}

static void month_and_day(int64_t at, uint32_t *month, uint8_t *of_month)
{
    int year, number, day;
    int64_t days = at / DAY - (at % DAY < 0);
    day_date(days, &year, &number, &day);
    int64_t months = (int64_t)(year - 1970) * 12 + number - 1;
    *month = months < 0 ? 0 : (uint32_t)months;
    *of_month = (uint8_t)(day - 1);
}

static int see_in(struct month_state *month, int64_t client, uint8_t day, struct failure *failure)
{
    uint64_t *days = number_map_put(&month->clients, (uint64_t)client);
    if (days == NULL)
        return no_memory(failure);
    bool fresh = *days == 0;
    if (!fresh && ((*days - 1) & 0xff) == day)
        return VAULT_OK;
    uint64_t first = fresh ? day : (*days - 1) >> 8;
    *days = (first << 8 | day) + 1;
    month->days[day]++;
    month->dirty = true;
    return VAULT_OK;
}

static int see(struct disclosure_index *index, const struct disclosure_entry *entry, int64_t client,
    struct failure *failure)
{
    struct month_state *month = NULL;
    uint32_t number;
    uint8_t day;
    month_and_day(entry->at, &number, &day);
    int result = find_month(index, entry->person, number, &month, failure);
    return result == VAULT_OK ? see_in(month, client, day, failure) : result;
}

/* --- Lists of clients --- */

static bool take_number(struct bytes *text, uint64_t *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < text->size && text->data[digits] >= '0' && text->data[digits] <= '9' && digits < 11)
        *number = *number * 10 + (uint64_t)(text->data[digits++] - '0');
    *text = bytes_of(text->data + digits, text->size - digits);
    return digits > 0 && *number <= ROW_A_MAX;
}

static bool take_sign(struct bytes *text, char sign)
{
    if (text->size == 0 || text->data[0] != (uint8_t)sign)
        return false;
    *text = bytes_of(text->data + 1, text->size - 1);
    return true;
}

/* "1-12,15" as a set; false where it is no ascending list. */
static bool read_ranges(struct bytes text, struct buffer *set)
{
    uint64_t before = 0;
    while (text.size > 0) {
        uint64_t first, last;
        if (!take_number(&text, &first) || first <= before)
            return false;
        last = first;
        if (take_sign(&text, '-') && (!take_number(&text, &last) || last < first))
            return false;
        buffer_put_varint(set, first - before);
        buffer_put_varint(set, last - first);
        before = last;
        if (text.size > 0 && !take_sign(&text, ','))
            return false;
    }
    return buffer_error(set) == VAULT_OK;
}

static int see_set(struct disclosure_index *index, const struct disclosure_entry *entry, struct bytes set,
    struct failure *failure)
{
    struct month_state *month = NULL;
    struct reader rest = reader_of(set);
    uint32_t number;
    uint8_t day;
    uint64_t at = 0;
    month_and_day(entry->at, &number, &day);
    int result = find_month(index, entry->person, number, &month, failure);
    if (result != VAULT_OK || (month->set == entry->record + 1 && month->set_day == day))
        return result;
    month->set = (uint32_t)entry->record + 1;
    month->set_day = day;
    while (rest.rest.size > 0 && !rest.short_read && result == VAULT_OK) {
        uint64_t first = at + reader_varint(&rest);
        at = first + reader_varint(&rest);
        for (uint64_t row = first; row <= at && result == VAULT_OK; row++)
            result = see_in(month, (int64_t)row, day, failure);
    }
    return result;
}

static int feed_clients(struct disclosure_index *index, const struct shown *shown,
    struct disclosure_entry *entry, struct failure *failure)
{
    uint32_t set = 0;
    buffer_reset(&index->text);
    if (shown->clients.size == 0 || !read_ranges(shown->clients, &index->text))
        return VAULT_OK;
    int result = dictionary_put(&index->sets, buffer_bytes(&index->text), &set);
    if (result != VAULT_OK)
        return no_memory(failure);
    entry->record = set;
    result = add_entry(index, 0, entry, failure);
    return result == VAULT_OK ? see_set(index, entry, dictionary_get(&index->sets, set), failure) : result;
}

/* --- Exports --- */

bool disclosure_index_find_export(const struct disclosure_index *index, uint64_t intent, uint32_t *number)
{
    size_t low = 0;
    size_t high = index->export_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->exports[middle].intent < intent)
            low = middle + 1;
        else
            high = middle;
    }
    *number = (uint32_t)low;
    return low < index->export_count && index->exports[low].intent == intent;
}

static int touch_export(struct disclosure_index *index, uint32_t number, struct failure *failure)
{
    uint64_t *dirty = number_map_put(&index->export_dirty, number);
    if (dirty == NULL)
        return no_memory(failure);
    *dirty = 1;
    return VAULT_OK;
}

static int feed_outcome(struct disclosure_index *index, const struct shown *shown, struct failure *failure)
{
    uint32_t number;
    if (!disclosure_index_find_export(index, shown->intent, &number))
        return VAULT_OK;
    index->exports[number].rows = shown->rows;
    index->exports[number].undone = shown->undone;
    return touch_export(index, number, failure);
}

static int begin_export(struct disclosure_index *index, const struct disclosure_entry *entry,
    const struct disclosure_marks *marks, struct failure *failure)
{
    void *items = index->exports;
    bool room = grow(&items, &index->export_capacity, index->export_count, sizeof *index->exports);
    index->exports = items;
    if (!room)
        return no_memory(failure);
    index->exports[index->export_count] = (struct disclosure_export_entry){
        .intent = entry->intent, .at = entry->at, .person = entry->person, .rows = -1, .marks = *marks};
    return touch_export(index, (uint32_t)index->export_count++, failure);
}

static int count_exported(
    struct disclosure_index *index, const struct disclosure_entry *entry, struct failure *failure)
{
    uint32_t number;
    if (!disclosure_index_find_export(index, entry->intent, &number))
        return VAULT_OK;
    index->exports[number].clients++;
    return touch_export(index, number, failure);
}

/* --- Leaves --- */

static int number_shape(struct disclosure_index *index, const struct disclosure_shape *shape,
    uint32_t *number, struct failure *failure)
{
    buffer_reset(&index->text);
    disclosure_shape_encode(shape, &index->text);
    int result = buffer_error(&index->text);
    if (result == VAULT_OK)
        result = dictionary_put(&index->shapes, buffer_bytes(&index->text), number);
    return result == VAULT_OK ? result : no_memory(failure);
}

/* A bulk event, and a card, is there once for each client, however often it is named. */
static bool is_there(const struct disclosure_index *index, int64_t client, uint64_t event, uint32_t shape)
{
    const uint64_t *place = number_map_get(&index->tail_of, (uint64_t)client);
    const struct client_tail *tail = place == NULL ? NULL : &index->tails[*place - 1];
    return tail != NULL && tail->block.size > 0 && tail->coder.event == event && tail->shape == shape;
}

static int feed_resource(struct disclosure_index *index, const struct shown *shown,
    const struct shown_resource *resource, struct disclosure_entry *entry, struct failure *failure)
{
    struct disclosure_shape shape = shown->shape;
    int64_t client = 0;
    bool one = resource->record && !shape.bulk;
    struct bytes id = resource->client ? resource->id : resource->of.size > 0 ? resource->of : shown->subject;
    if (!one && !resource->client)
        return VAULT_OK;
    if (resource->client && !shape.bulk)
        shape.view = DISCLOSURE_CARD;
    if (resource->has_compartments && shape.bulk)
        shape.compartments = resource->compartments;
    if (one)
        shape.reveal = resource->fields;
    int result = client_row(index, id, &client, failure);
    if (result == VAULT_OK)
        result = number_shape(index, &shape, &entry->shape, failure);
    if (result != VAULT_OK || client == 0 || (!one && is_there(index, client, entry->event, entry->shape)))
        return result;
    entry->record = 0;
    entry->version = 0;
    if (one) {
        entry->version = resource->version;
        result = look_up(index, QUERY_RECORD_ROW, index->records, resource->id, &entry->record, failure);
    }
    if (result == VAULT_OK)
        result = add_entry(index, client, entry, failure);
    if (result == VAULT_OK && shape.view != DISCLOSURE_KEY)
        result = see(index, entry, client, failure);
    return result == VAULT_OK && shape.action == DISCLOSURE_EXPORT ? count_exported(index, entry, failure)
                                                                   : result;
}

static int feed_resources(struct disclosure_index *index, struct shown *shown, struct disclosure_entry *entry,
    struct failure *failure)
{
    struct bytes rest = shown->resources;
    struct shown_resource resource;
    bool first = true;
    int result = VAULT_OK;
    while (result == VAULT_OK && disclosure_shown_next(&rest, &resource)) {
        /* Of an export the first client carries the fields that are revealed of all. */
        if (shown->shape.bulk && first)
            shown->shape.reveal = resource.fields;
        first = false;
        result = feed_resource(index, shown, &resource, entry, failure);
    }
    return result;
}

int disclosure_index_feed_leaf(
    struct disclosure_index *index, uint64_t number, struct bytes text, struct failure *failure)
{
    struct shown shown;
    if (!disclosure_shown_read(number, text, &shown))
        return VAULT_OK;
    if (shown.outcome)
        return feed_outcome(index, &shown, failure);
    struct disclosure_entry entry = {.event = number,
        .at = shown.at,
        .intent = shown.intent,
        .records = shown.records,
        .replaced = shown.replaced};
    int result = dictionary_put(&index->people, shown.person, &entry.person);
    if (result != VAULT_OK)
        return no_memory(failure);
    if (shown.shape.action == DISCLOSURE_EXPORT && !shown.part)
        result = begin_export(index, &entry, &shown.marks, failure);
    if (result == VAULT_OK && shown.shape.action == DISCLOSURE_CLIENTS) {
        result = number_shape(index, &shown.shape, &entry.shape, failure);
        return result == VAULT_OK ? feed_clients(index, &shown, &entry, failure) : result;
    }
    return result == VAULT_OK ? feed_resources(index, &shown, &entry, failure) : result;
}

struct feeding {
    struct disclosure_index *index;
    struct failure *failure;
};

static int feed_leaf(void *context, uint64_t number, struct bytes text)
{
    struct feeding *feeding = context;
    return disclosure_index_feed_leaf(feeding->index, number, text, feeding->failure);
}

int disclosure_index_feed(struct disclosure_index *index, uint64_t end, struct failure *failure)
{
    struct feeding feeding = {index, failure};
    int result = entries_each(index->source.log, index->numbers.size, end, feed_leaf, &feeding, failure);
    if (result == VAULT_OK)
        index->numbers.size = end;
    return result;
}
