/* Records as they lie in their table, and the seals that hold them there. */
#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/records/records_private.h"

int row_forged(const struct row *row, struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    ulid_format(&row->info.id, id);
    failure_remedy(failure, "run 'strongroom doctor'; a backup may hold it whole");
    return failure_set(failure, VAULT_EFORGED,
        "record %s, version %lld, does not open: it is damaged, forged or not in its place", id,
        (long long)row->info.version);
}

/* Columns that versions have under other numbers; the rest is the record's own. */
static void read_version(struct statement *statement, int first, struct row *row)
{
    row->wrapped = column_bytes(statement, first);
    row->head = column_bytes(statement, first + 1);
    row->body = column_bytes(statement, first + 2);
    row->author = column_text(statement, first + 3);
    row->info.at = column_number(statement, first + 4);
    row->info.source = column_number(statement, first + 5);
    row->info.seq = (uint64_t)column_number(statement, first + 6);
    text_copy(row->info.author, sizeof row->info.author, row->author);
    text_copy(row->info.period, sizeof row->info.period, row->period);
}

void row_read_version(struct statement *statement, struct row *row)
{
    row->info.version = column_number(statement, 0);
    row->old = true;
    row->natural = row->digest = bytes_of(NULL, 0);
    row->period = column_text(statement, 1);
    read_version(statement, 2, row);
}

int row_read(struct statement *statement, struct row *row, struct failure *failure)
{
    struct bytes id = column_bytes(statement, 1);
    memset(&row->info, 0, sizeof row->info);
    row->old = false;
    if (id.size != ULID_SIZE)
        return failure_set(failure, VAULT_EFORGED, "a record has no id");
    memcpy(row->info.id.data, id.data, ULID_SIZE);
    row->info.row = column_number(statement, 0);
    row->info.client = column_number(statement, 2);
    row->info.kind = (enum record_kind)column_number(statement, 3);
    row->period = column_text(statement, 4);
    row->info.version = column_number(statement, 5);
    row->natural = column_bytes(statement, 6);
    row->digest = column_bytes(statement, 7);
    row->written = column_number(statement, 15);
    read_version(statement, 8, row);
    return model_of(row->info.kind) == NULL ? row_forged(row, failure) : VAULT_OK;
}

#define LAST_ROW_MAX ((size_t)64 * 1024)

static struct bytes keep(struct buffer *buffer, struct bytes bytes)
{
    size_t at = buffer->size;
    buffer_put(buffer, bytes);
    buffer_put_u8(buffer, 0);
    return bytes_of(buffer->data + at, bytes.size);
}

/* Nothing of it is secret: it is sealed, or stands in the clear in the store. */
static void remember(struct records *records, uint64_t state, const struct row *row)
{
    struct buffer *buffer = &records->last_row;
    struct row *last = &records->last;
    size_t period = strlen(row->period);
    size_t author = strlen(row->author);
    size_t size = row->natural.size + row->digest.size + row->wrapped.size + row->head.size + row->body.size +
                  period + author + 7;
    records->last_state = 0;
    buffer->size = 0;
    /* Room for all of it at once: what `last` points to does not move. */
    if (state == 0 || size > LAST_ROW_MAX || buffer_grow(buffer, size) == NULL)
        return;
    buffer->size = 0;
    *last = *row;
    last->natural = keep(buffer, row->natural);
    last->digest = keep(buffer, row->digest);
    last->wrapped = keep(buffer, row->wrapped);
    last->head = keep(buffer, row->head);
    last->body = keep(buffer, row->body);
    last->period = (const char *)keep(buffer, bytes_of(row->period, period)).data;
    last->author = (const char *)keep(buffer, bytes_of(row->author, author)).data;
    records->last_state = state;
}

static bool recall(struct records *records, const struct ulid *id, struct row *row)
{
    if (records->last_state == 0 || !ulid_equal(&records->last.info.id, id) ||
        records->last_state != store_state(records->store))
        return false;
    *row = records->last;
    return true;
}

int row_by_id(struct records *records, const struct ulid *id, struct statement **statement, struct row *row,
    struct failure *failure)
{
    bool found = false;
    char text[ULID_TEXT_SIZE];
    *statement = NULL;
    if (recall(records, id, row))
        return VAULT_OK;
    int result = store_query(records->store, QUERY_RECORD_BY_ID, statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(*statement, 1, ulid_bytes(id));
    result = statement_step(*statement, &found, failure);
    if (result != VAULT_OK)
        return result;
    if (!found) {
        ulid_format(id, text);
        return failure_set(failure, VAULT_ENOTFOUND, "there is no record %s", text);
    }
    result = row_read(*statement, row, failure);
    if (result == VAULT_OK)
        remember(records, store_state(records->store), row);
    return result;
}

int row_old(struct records *records, int64_t version, struct statement **statement, struct row *row,
    struct failure *failure)
{
    bool found = false;
    char text[ULID_TEXT_SIZE];
    int result = store_query(records->store, QUERY_RECORD_VERSION_GET, statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(*statement, 1, row->info.row);
    bind_number(*statement, 2, version);
    result = statement_step(*statement, &found, failure);
    if (result != VAULT_OK)
        return result;
    if (!found) {
        ulid_format(&row->info.id, text);
        return failure_set(
            failure, VAULT_ENOTFOUND, "record %s has no version %lld", text, (long long)version);
    }
    row_read_version(*statement, row);
    return VAULT_OK;
}

bool row_is_covered(const struct permit *permit, enum permit_use use, const struct row *row)
{
    return permit_covers(permit, use, row->info.client, kind_compartment(row->info.kind));
}

int row_is_last(const struct row *row, struct failure *failure)
{
    char id[ULID_TEXT_SIZE];
    if (row->info.version == row->written)
        return VAULT_OK;
    ulid_format(&row->info.id, id);
    failure_remedy(failure, "run 'strongroom doctor', then restore a backup");
    return failure_set(failure, VAULT_EROLLBACK,
        "record %s: version %lld is in the place of version %lld, which was written last", id,
        (long long)row->info.version, (long long)row->written);
}

/* What stands in the clear beside a record (period, author, time, source, event) is bound as well, so that it
 * cannot be edited either. */
void row_place(const struct records *records, struct row *row)
{
    struct place *place = &row->place;
    const char *period = row->period;
    place_start(place, "record", &records->vault);
    place_add(place, ulid_bytes(&row->client_id));
    place_add_number(place, (uint64_t)kind_compartment(row->info.kind));
    place_add_number(place, (uint64_t)row->info.kind);
    place_add(place, ulid_bytes(&row->info.id));
    place_add_number(place, (uint64_t)row->info.version);
    /* Longer ones cannot be ours, and a cut one opens nothing that was sealed with the whole. */
    place_add(place, bytes_of(period, strnlen(period, sizeof row->info.period)));
    place_add(place, bytes_of(row->author, strnlen(row->author, sizeof row->info.author)));
    place_add_number(place, (uint64_t)row->info.at);
    place_add_number(place, (uint64_t)row->info.source);
    place_add_number(place, row->info.seq);
    row->place_size = place->size;
}

static struct bytes part(struct row *row, const char *name)
{
    row->place.size = row->place_size;
    place_add_text(&row->place, name);
    return place_bytes(&row->place);
}

struct bytes row_key_place(struct row *row)
{
    return part(row, "key");
}

/* The body is sealed over the sealed head: to open the one is to know that the other was not touched. */
static struct bytes body_place(struct records *records, struct row *row, struct bytes sealed_head)
{
    buffer_reset(&records->bound);
    buffer_put(&records->bound, part(row, "body"));
    buffer_put(&records->bound, sealed_head);
    return buffer_bytes(&records->bound);
}

int row_seal(
    struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
{
    buffer_reset(&records->sealed_head);
    buffer_reset(&records->sealed_body);
    row_place(records, row);
    int result = wrap_key(records, row, client_key, true, failure);
    if (result == VAULT_OK)
        result = envelope_seal(
            records->envelope, part(row, "head"), buffer_bytes(&records->head), &records->sealed_head);
    if (result != VAULT_OK)
        return result;
    struct bytes place = body_place(records, row, buffer_bytes(&records->sealed_head));
    result = buffer_error(&records->bound);
    if (result == VAULT_OK)
        result = envelope_seal(records->envelope, place, buffer_bytes(&records->body), &records->sealed_body);
    return result;
}

int row_client_key(
    struct records *records, struct row *row, const struct secret **key, struct failure *failure)
{
    *key = NULL;
    int result = records_client_id(records, row->info.client, &row->client_id, failure);
    if (result == VAULT_OK)
        result = records->keys.client(
            records->keys.context, row->info.client, kind_compartment(row->info.kind), key, failure);
    if (result == VAULT_OK)
        row_place(records, row);
    return result;
}

int row_open_key(struct records *records, struct row *row, const struct secret *key, struct failure *failure)
{
    row_place(records, row);
    int result = wrap_open(records, row, key, failure);
    return result == VAULT_EFORGED || result == VAULT_EVERSION ? row_forged(row, failure) : result;
}

int row_unwrap(struct records *records, struct row *row, struct failure *failure)
{
    const struct secret *key = NULL;
    int result = row_client_key(records, row, &key, failure);
    return result == VAULT_OK ? row_open_key(records, row, key, failure) : result;
}

int row_check(struct records *records, struct row *row, struct failure *failure)
{
    const struct secret *key = NULL;
    if (!witnessed_is(row->wrapped))
        return row_unwrap(records, row, failure);
    int result = row_client_key(records, row, &key, failure);
    if (result == VAULT_OK)
        result = witnessed_fits(key, row_key_place(row), row->wrapped);
    return result == VAULT_EFORGED ? row_forged(row, failure) : result;
}

int row_open_head(struct records *records, struct row *row, struct failure *failure)
{
    buffer_reset(&records->open_head);
    int result = envelope_open(records->envelope, part(row, "head"), row->head, &records->open_head);
    return result == VAULT_EFORGED ? row_forged(row, failure) : result;
}

int row_open_body(struct records *records, struct row *row, struct failure *failure)
{
    buffer_reset(&records->open_body);
    struct bytes place = body_place(records, row, row->head);
    int result = buffer_error(&records->bound);
    if (result == VAULT_OK)
        result = envelope_open(records->envelope, place, row->body, &records->open_body);
    return result == VAULT_EFORGED ? row_forged(row, failure) : result;
}

void row_ver(struct records *records, struct bytes head, struct bytes body, struct hash *ver)
{
    const struct bytes parts[] = {head, body};
    hasher_start(records->hasher);
    for (size_t i = 0; i < 2; i++) {
        uint8_t size[8];
        for (int j = 0; j < 8; j++)
            size[j] = (uint8_t)((uint64_t)parts[i].size >> (8 * (7 - j)));
        hasher_add(records->hasher, bytes_of(size, sizeof size));
        hasher_add(records->hasher, parts[i]);
    }
    hasher_finish(records->hasher, ver);
}
