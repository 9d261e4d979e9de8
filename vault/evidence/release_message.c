/* Request and answer on the wire. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/release.h"

static const char request_magic[] = "strongroom-release/v1\n";
static const char answer_magic[] = "strongroom-released/v1\n";

#define CHECKPOINT_MAX 65535u
#define POINTS_BACK 8

/* --- Writing --- */

static int put_proof(struct bytes proof, struct buffer *out)
{
    if (proof.size % HASH_SIZE != 0 || proof.size / HASH_SIZE > RELEASE_PROOF_MAX)
        return VAULT_ELIMIT;
    buffer_put_u8(out, (uint8_t)(proof.size / HASH_SIZE));
    buffer_put(out, proof);
    return VAULT_OK;
}

static int put_entry(const struct release_entry *entry, struct buffer *out)
{
    if (entry->leaf.size < 1 || entry->leaf.size > LEAF_SIZE_MAX)
        return VAULT_ELIMIT;
    buffer_put_u64(out, entry->index);
    buffer_put_u16(out, (uint16_t)entry->leaf.size);
    buffer_put(out, entry->leaf);
    return put_proof(entry->proof, out);
}

/* Clients and ephemeral keys are said once and referred to by number: an import's records share theirs. Items
 * come client by client and mostly run by run, so an entry is looked for among the last few said. */
struct table {
    const uint8_t **entries;
    size_t count;
    size_t max;
    size_t size; /* of an entry */
    size_t back; /* so many of the last ones are looked at */
};

static bool table_find(struct table *table, const uint8_t *entry, uint16_t *number)
{
    size_t from = table->count > table->back ? table->count - table->back : 0;
    size_t at = table->count;
    while (at > from && memcmp(table->entries[at - 1], entry, table->size) != 0)
        at--;
    if (at == from) {
        if (table->count == table->max)
            return false;
        table->entries[table->count++] = entry;
        at = table->count;
    }
    *number = (uint16_t)(at - 1);
    return true;
}

static void put_table(const struct table *table, struct buffer *out)
{
    buffer_put_u16(out, (uint16_t)table->count);
    for (size_t i = 0; i < table->count; i++)
        buffer_put_data(out, table->entries[i], table->size);
}

static int put_items(const struct release_item *items, size_t count, struct buffer *out)
{
    struct table clients = {.size = ULID_SIZE, .max = RELEASE_CLIENTS_MAX, .back = RELEASE_CLIENTS_MAX};
    struct table points = {.size = BOX_PUBLIC_SIZE, .max = RELEASE_ITEMS_MAX, .back = POINTS_BACK};
    struct buffer rows = {0};
    int result = VAULT_OK;
    clients.entries = calloc(RELEASE_CLIENTS_MAX, sizeof *clients.entries);
    points.entries = calloc(RELEASE_ITEMS_MAX, sizeof *points.entries);
    if (clients.entries == NULL || points.entries == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        uint16_t client = 0;
        uint16_t point = 0;
        if (!table_find(&clients, items[i].client.data, &client) ||
            !table_find(&points, items[i].point, &point))
            result = VAULT_ELIMIT;
        buffer_put_u16(&rows, client);
        buffer_put_u16(&rows, point);
        buffer_put(&rows, ulid_bytes(&items[i].record));
        buffer_put_u64(&rows, items[i].version);
    }
    if (result == VAULT_OK) {
        put_table(&clients, out);
        put_table(&points, out);
        buffer_put_u16(out, (uint16_t)count);
        buffer_put(out, buffer_bytes(&rows));
        result = buffer_error(&rows);
    }
    buffer_free(&rows);
    free(clients.entries);
    free(points.entries);
    return result;
}

int release_request_write(const struct release_request *request, struct buffer *out)
{
    if (request->checkpoint.size > CHECKPOINT_MAX || request->people_count > RELEASE_PEOPLE_MAX ||
        request->count > RELEASE_ITEMS_MAX || request->batch >= RELEASE_BATCHES_MAX)
        return VAULT_ELIMIT;
    buffer_put_text(out, request_magic);
    buffer_put_u16(out, (uint16_t)request->checkpoint.size);
    buffer_put(out, request->checkpoint);
    buffer_put_u64(out, request->old_size);
    int result = put_proof(request->consistency, out);
    buffer_put_u16(out, (uint16_t)request->people_count);
    for (size_t i = 0; i < request->people_count && result == VAULT_OK; i++)
        result = put_entry(&request->people[i], out);
    buffer_put_u8(out, request->asks ? 1 : 0);
    if (request->asks && result == VAULT_OK)
        result = put_entry(&request->event, out);
    if (request->asks && result == VAULT_OK) {
        buffer_put_u16(out, (uint16_t)request->batch);
        result = put_items(request->items, request->count, out);
    }
    return result == VAULT_OK ? buffer_error(out) : result;
}

/* --- Reading --- */

static bool take_magic(struct reader *reader, const char *magic)
{
    return bytes_equal(reader_take(reader, strlen(magic)), bytes_of_text(magic));
}

static bool take_proof(struct reader *reader, struct bytes *proof)
{
    size_t count = reader_u8(reader);
    *proof = reader_take(reader, count * HASH_SIZE);
    return count <= RELEASE_PROOF_MAX && !reader->short_read;
}

static bool take_entry(struct reader *reader, struct release_entry *entry)
{
    entry->index = reader_u64(reader);
    entry->leaf = reader_take(reader, reader_u16(reader));
    return entry->leaf.size > 0 && take_proof(reader, &entry->proof);
}

static int take_people(struct reader *reader, struct release_request *request)
{
    size_t count = reader_u16(reader);
    if (count > RELEASE_PEOPLE_MAX)
        return VAULT_EINPUT;
    if (count == 0)
        return VAULT_OK;
    request->people = calloc(count, sizeof *request->people);
    if (request->people == NULL)
        return VAULT_ENOMEM;
    for (; request->people_count < count; request->people_count++) {
        struct release_entry *entry = &request->people[request->people_count];
        if (!take_entry(reader, entry) || (request->people_count > 0 && entry[-1].index >= entry->index))
            return VAULT_EINPUT;
    }
    return VAULT_OK;
}

static int take_items(struct reader *reader, struct release_request *request)
{
    size_t clients = reader_u16(reader);
    struct bytes client = reader_take(reader, clients * ULID_SIZE);
    size_t points = reader_u16(reader);
    struct bytes point = reader_take(reader, points * BOX_PUBLIC_SIZE);
    size_t count = reader_u16(reader);
    if (reader->short_read || clients > RELEASE_CLIENTS_MAX || points > RELEASE_ITEMS_MAX || count < 1 ||
        count > RELEASE_ITEMS_MAX)
        return VAULT_EINPUT;
    request->items = calloc(count, sizeof *request->items);
    if (request->items == NULL)
        return VAULT_ENOMEM;
    for (; request->count < count; request->count++) {
        struct release_item *item = &request->items[request->count];
        size_t which = reader_u16(reader);
        size_t whose = reader_u16(reader);
        struct bytes record = reader_take(reader, ULID_SIZE);
        item->version = reader_u64(reader);
        if (reader->short_read || which >= clients || whose >= points)
            return VAULT_EINPUT;
        memcpy(item->client.data, client.data + which * ULID_SIZE, ULID_SIZE);
        memcpy(item->record.data, record.data, ULID_SIZE);
        memcpy(item->point, point.data + whose * BOX_PUBLIC_SIZE, BOX_PUBLIC_SIZE);
    }
    return VAULT_OK;
}

static int take_asking(struct reader *reader, struct release_request *request)
{
    uint8_t asks = reader_u8(reader);
    if (asks > 1)
        return VAULT_EINPUT;
    request->asks = asks == 1;
    if (!request->asks)
        return VAULT_OK;
    if (!take_entry(reader, &request->event))
        return VAULT_EINPUT;
    request->batch = reader_u16(reader);
    return request->batch < RELEASE_BATCHES_MAX ? take_items(reader, request) : VAULT_EINPUT;
}

int release_request_read(struct bytes wire, struct release_request *request)
{
    struct reader reader = reader_of(wire);
    memset(request, 0, sizeof *request);
    int result =
        wire.size <= RELEASE_REQUEST_MAX && take_magic(&reader, request_magic) ? VAULT_OK : VAULT_EINPUT;
    if (result == VAULT_OK) {
        request->checkpoint = reader_take(&reader, reader_u16(&reader));
        request->old_size = reader_u64(&reader);
        result = take_proof(&reader, &request->consistency) ? VAULT_OK : VAULT_EINPUT;
    }
    if (result == VAULT_OK)
        result = take_people(&reader, request);
    if (result == VAULT_OK)
        result = take_asking(&reader, request);
    if (result == VAULT_OK && reader_end(&reader) != VAULT_OK)
        result = VAULT_EINPUT;
    if (result != VAULT_OK)
        release_request_free(request);
    return result;
}

void release_request_free(struct release_request *request)
{
    free(request->people);
    free(request->items);
    memset(request, 0, sizeof *request);
}

/* --- The answer --- */

void release_answer_write(const struct release_answer *answer, struct buffer *out)
{
    buffer_put_text(out, answer_magic);
    buffer_put_u64(out, answer->size);
    buffer_put_u64(out, answer->seq);
    buffer_put_block(out, answer->sealed);
}

int release_answer_read(struct bytes wire, struct release_answer *answer)
{
    struct reader reader = reader_of(wire);
    memset(answer, 0, sizeof *answer);
    if (!take_magic(&reader, answer_magic))
        return VAULT_EINPUT;
    answer->size = reader_u64(&reader);
    answer->seq = reader_u64(&reader);
    answer->sealed = reader_block(&reader);
    return reader_end(&reader) == VAULT_OK ? VAULT_OK : VAULT_EINPUT;
}

void release_answer_place(const struct release_answer *answer, uint8_t place[16])
{
    for (int i = 0; i < 8; i++) {
        place[i] = (uint8_t)(answer->size >> (8 * (7 - i)));
        place[8 + i] = (uint8_t)(answer->seq >> (8 * (7 - i)));
    }
}
