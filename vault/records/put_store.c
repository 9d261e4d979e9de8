/* The tables that a put writes. */
#include <string.h>

#include "vault/records/put_private.h"

int put_new(struct put *put, struct row *row)
{
    struct records *records = put->records;
    struct statement *statement;
    int result = store_query(records->store, QUERY_RECORD_PUT, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&row->info.id));
    bind_number(statement, 2, row->info.client);
    bind_number(statement, 3, row->info.kind);
    bind_text(statement, 4, row->period);
    bind_number(statement, 5, row->info.version);
    bind_bytes(statement, 6, bytes_of(put->natural, NATURAL_SIZE));
    bind_bytes(statement, 7, bytes_of(put->digest, DIGEST_SIZE));
    bind_bytes(statement, 8, buffer_bytes(&records->wrapped));
    bind_bytes(statement, 9, buffer_bytes(&records->sealed_head));
    bind_bytes(statement, 10, buffer_bytes(&records->sealed_body));
    bind_text(statement, 11, row->author);
    bind_number(statement, 12, row->info.at);
    if (row->info.source == 0)
        bind_null(statement, 13);
    else
        bind_number(statement, 13, row->info.source);
    bind_number(statement, 14, (int64_t)row->info.seq);
    result = statement_run(statement, put->failure);
    row->info.row = store_last_row(records->store);
    return result;
}

static int retire(struct put *put)
{
    struct statement *statement;
    int result = store_query(put->records->store, QUERY_RECORD_RETIRE, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, put->there.row);
    return statement_run(statement, put->failure);
}

static int replace(struct put *put, const struct row *row)
{
    struct records *records = put->records;
    struct statement *statement;
    int result = store_query(records->store, QUERY_RECORD_REPLACE, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row->info.row);
    bind_number(statement, 2, row->info.version);
    bind_bytes(statement, 3, bytes_of(put->digest, DIGEST_SIZE));
    bind_bytes(statement, 4, buffer_bytes(&records->wrapped));
    bind_bytes(statement, 5, buffer_bytes(&records->sealed_head));
    bind_bytes(statement, 6, buffer_bytes(&records->sealed_body));
    bind_text(statement, 7, row->author);
    bind_number(statement, 8, row->info.at);
    if (row->info.source == 0)
        bind_null(statement, 9);
    else
        bind_number(statement, 9, row->info.source);
    bind_number(statement, 10, (int64_t)row->info.seq);
    bind_text(statement, 11, row->period);
    return statement_run(statement, put->failure);
}

static int note_written(struct put *put, const struct row *row)
{
    struct statement *statement;
    int result = store_query(put->records->store, QUERY_WRITTEN_PUT, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&row->info.id));
    bind_number(statement, 2, row->info.version);
    bind_number(statement, 3, (int64_t)row->info.seq);
    return statement_run(statement, put->failure);
}

static int move_natural(struct put *put, const struct row *row)
{
    struct statement *statement;
    if (memcmp(put->natural, put->there.natural, NATURAL_SIZE) == 0)
        return VAULT_OK;
    int result = store_query(put->records->store, QUERY_RECORD_NATURAL, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row->info.row);
    bind_bytes(statement, 2, bytes_of(put->natural, NATURAL_SIZE));
    return statement_run(statement, put->failure);
}

int put_changed(struct put *put, struct row *row)
{
    row->info.row = put->there.row;
    int result = retire(put);
    if (result == VAULT_OK)
        result = replace(put, row);
    if (result == VAULT_OK)
        result = move_natural(put, row);
    if (result == VAULT_OK)
        result = note_written(put, row);
    return result;
}

int put_terms(struct put *put, struct postings *postings, int64_t row)
{
    const struct terms *terms = &put->records->terms;
    int result = VAULT_OK;
    for (size_t i = 0; i < terms->count && result == VAULT_OK; i++)
        result = postings_add(postings, &terms->tokens[i], (uint64_t)row, put->failure);
    return result;
}

/* The trace branch of the key that made the natural token: whoever writes has it. */
static int trace_key(struct put *put)
{
    struct records *records = put->records;
    struct secret *branch = NULL;
    if (records->trace_key != NULL && records->trace_of == put->index_key)
        return VAULT_OK;
    trace_key_free(records->trace_key);
    records->trace_key = NULL;
    int result = secret_derive(put->index_key, TRACE_BRANCH, 1, &branch);
    if (result == VAULT_OK)
        result = trace_key_new(branch, &records->trace_key);
    secret_free(branch);
    records->trace_of = result == VAULT_OK ? put->index_key : NULL;
    return result;
}

int put_values(struct put *put)
{
    buffer_reset(&put->records->values);
    return fingerprint_values(put->draft->kind, put->fields, &put->records->values);
}

int put_fingerprint(struct put *put, struct postings *postings, const struct row *row)
{
    struct records *records = put->records;
    struct statement *statement;
    enum record_kind kind = put->draft->kind;
    if (!fingerprint_has(kind))
        return VAULT_OK;
    buffer_reset(&records->print);
    int result = trace_key(put);
    if (result == VAULT_OK && !put->prepared)
        result = put_values(put);
    struct bytes values = buffer_bytes(&records->values);
    if (result == VAULT_OK && postings != NULL)
        result = fingerprint_tokens(
            records->trace_key, kind, values, postings, (uint64_t)row->info.row, put->failure);
    if (result == VAULT_OK)
        result = fingerprint_write(records->trace_key, &row->info.id, values, &records->print);
    if (result == VAULT_OK)
        result = store_query(records->store, QUERY_FINGERPRINT_PUT, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row->info.row);
    bind_number(statement, 2, row->info.version);
    bind_bytes(statement, 3, buffer_bytes(&records->print));
    return statement_run(statement, put->failure);
}
