#include "vault/records/records.h"

#include <stdlib.h>
#include <string.h>

#include "vault/records/records_private.h"

int records_new(
    struct store *store, const struct ulid *vault, const struct record_keys *keys, struct records **recordsp)
{
    *recordsp = NULL;
    struct records *records = calloc(1, sizeof *records);
    if (records == NULL)
        return VAULT_ENOMEM;
    records->store = store;
    records->vault = *vault;
    records->keys = *keys;
    records->envelope = envelope_new();
    records->hasher = hasher_new();
    if (records->envelope == NULL || records->hasher == NULL) {
        records_free(records);
        return VAULT_ENOMEM;
    }
    *recordsp = records;
    return VAULT_OK;
}

void records_free(struct records *records)
{
    if (records == NULL)
        return;
    witnessed_run_free(records->witnessed);
    envelope_free(records->envelope);
    hasher_free(records->hasher);
    run_free(&records->run);
    terms_free(&records->terms);
    trace_key_free(records->trace_key);
    buffer_free(&records->print);
    struct buffer *const buffers[] = {&records->fields, &records->raw, &records->head, &records->body,
        &records->text, &records->values, &records->wrapped, &records->sealed_head, &records->sealed_body,
        &records->open_head, &records->open_body, &records->shown, &records->shown_raw, &records->bound,
        &records->last_row};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        buffer_free(buffers[i]);
    free(records);
}

void records_lend(struct records *records, struct releases *releases)
{
    records->lent = releases;
}

void record_head_free(struct record_head *head)
{
    json_decref(head->head);
    memset(head, 0, sizeof *head);
}

void record_body_free(struct record_body *body)
{
    json_decref(body->head);
    json_decref(body->fields);
    json_decref(body->masked);
    json_decref(body->raw);
    memset(body, 0, sizeof *body);
}

void records_forget(struct records *records)
{
    memset(records->clients, 0, sizeof records->clients);
    records->index_client = 0;
    records->index_key = NULL;
    records->last_state = records->end_state = 0;
}

int records_last(struct records *records, int64_t *record, int64_t *replaced, struct failure *failure)
{
    struct statement *statement;
    bool row = false;
    uint64_t state = store_state(records->store);
    *record = records->end_record;
    *replaced = records->end_replaced;
    if (state != 0 && state == records->end_state)
        return VAULT_OK;
    *record = *replaced = 0;
    int result = store_query(records->store, QUERY_RECORD_STATE, &statement, failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, failure);
    if (result != VAULT_OK || !row)
        return result;
    *record = records->end_record = column_number(statement, 0);
    *replaced = records->end_replaced = column_number(statement, 1);
    statement_reset(statement);
    records->end_state = store_state(records->store);
    return VAULT_OK;
}

int records_client_id(struct records *records, int64_t client, struct ulid *id, struct failure *failure)
{
    struct statement *statement;
    bool found = false;
    struct client_id *known = &records->clients[(uint64_t)client % CLIENTS_KNOWN];
    if (known->row == client && client != 0) {
        *id = known->id;
        return VAULT_OK;
    }
    int result = store_query(records->store, QUERY_CLIENT_BY_ROW, &statement, failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, client);
    result = statement_step(statement, &found, failure);
    if (result == VAULT_OK && found && column_bytes(statement, 1).size == ULID_SIZE) {
        memcpy(known->id.data, column_bytes(statement, 1).data, ULID_SIZE);
        known->row = client;
        *id = known->id;
    } else if (result == VAULT_OK) {
        result = failure_set(failure, VAULT_EFORGED, "a record belongs to a client that is not there");
    }
    statement_reset(statement);
    return result;
}

int records_index_key(struct records *records, int64_t client, enum compartment compartment,
    const struct secret **key, struct failure *failure)
{
    int result = VAULT_OK;
    *key = NULL;
    if (records->index_client != client || records->index_compartment != compartment) {
        records->index_client = 0;
        result =
            records->keys.index(records->keys.context, client, compartment, &records->index_key, failure);
        if (result == VAULT_OK) {
            records->index_client = client;
            records->index_compartment = compartment;
        }
    }
    if (result == VAULT_OK)
        *key = records->index_key;
    return result;
}

struct ulid records_fresh_id(struct records *records, int64_t at)
{
    if (records->pool_left < 10) {
        random_fill(records->pool, sizeof records->pool);
        records->pool_left = sizeof records->pool;
    }
    records->pool_left -= 10;
    return ulid_make(at, records->pool + records->pool_left);
}

/* A memo keyed by hash alone would let one heading pass for another that collides; so only the slot is chosen
 * by the low bits and all 64 must agree, which a heading made to collide could bring about only against
 * itself. */
enum mask records_heading(struct records *records, struct bytes heading)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ heading.size;
    for (size_t i = 0; i < heading.size; i++)
        hash = (hash ^ heading.data[i]) * UINT64_C(0x100000001b3);
    size_t slot = (size_t)(hash >> 32) % HEADINGS;
    if (records->headings[slot].hash != hash) {
        records->headings[slot].mask = mask_of_heading(heading);
        records->headings[slot].hash = hash;
    }
    return records->headings[slot].mask;
}
