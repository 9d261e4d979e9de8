/* Is a draft there already?  By its natural key, and by how many equal rows of its import came before it. */
#include <string.h>

#include "vault/records/put_private.h"

/* --- What is there --- */

int match_lookup(struct put *put, const uint8_t natural[NATURAL_SIZE])
{
    struct statement *statement;
    struct existing *there = &put->there;
    memset(there, 0, sizeof *there);
    int result = store_query(put->records->store, QUERY_RECORD_BY_NATURAL, &statement, put->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, put->author->client);
    bind_number(statement, 2, put->draft->kind);
    bind_bytes(statement, 3, bytes_of(natural, NATURAL_SIZE));
    result = statement_step(statement, &there->found, put->failure);
    if (result == VAULT_OK && there->found) {
        struct bytes id = column_bytes(statement, 1);
        struct bytes digest = column_bytes(statement, 3);
        if (id.size != ULID_SIZE || digest.size != DIGEST_SIZE) {
            result = failure_set(put->failure, VAULT_EFORGED, "a record's id or digest is damaged");
        } else {
            there->row = column_number(statement, 0);
            memcpy(there->id.data, id.data, ULID_SIZE);
            there->version = column_number(statement, 2);
            memcpy(there->digest, digest.data, DIGEST_SIZE);
            there->seq = (uint64_t)column_number(statement, 4);
            there->written = column_number(statement, 5);
            memcpy(there->natural, natural, NATURAL_SIZE);
        }
    }
    statement_reset(statement);
    return result;
}

/* --- Natural keys --- */

int match_base(struct put *put)
{
    struct records *records = put->records;
    uint8_t kind = (uint8_t)put->draft->kind;
    struct buffer *text = &records->text;
    int result = natural_write(records, put->model, put->draft, put->fields, &put->whole, text, put->failure);
    buffer_put(text, ulid_bytes(&put->author->client_id));
    buffer_put_u8(text, kind);
    if (result == VAULT_OK)
        result = buffer_error(text);
    if (result == VAULT_OK)
        keyed_token(put->index_key, "natural", buffer_bytes(text), put->base, NATURAL_SIZE);
    return result;
}

void match_ordinal(struct put *put, uint32_t ordinal)
{
    uint8_t message[NATURAL_SIZE + 4];
    memcpy(message, put->base, NATURAL_SIZE);
    for (int i = 0; i < 4; i++)
        message[NATURAL_SIZE + i] = (uint8_t)(ordinal >> (8 * (3 - i)));
    if (ordinal == 0)
        memcpy(put->natural, put->base, NATURAL_SIZE);
    else
        keyed_token(put->index_key, "ordinal", bytes_of(message, sizeof message), put->natural, NATURAL_SIZE);
}

static int settle(struct put *put, uint32_t met)
{
    put->outcome = !put->there.found ? RECORD_NEW : put_says_the_same(put) ? RECORD_SAME : RECORD_CHANGED;
    run_note(&put->records->run, put->base, met);
    return VAULT_OK;
}

/* Where to begin: behind the equal rows of this import.  The table of met keys holds beginnings of tokens
 * only, so that what it says is believed only if that many rows are really there. */
static int first_ordinal(struct put *put, uint32_t *ordinal)
{
    *ordinal = run_met(&put->records->run, put->base);
    if (*ordinal == 0)
        return VAULT_OK;
    match_ordinal(put, *ordinal - 1);
    int result = match_lookup(put, put->natural);
    if (result == VAULT_OK && !put->there.found)
        *ordinal = 0;
    return result;
}

/* Equal rows of one import are records of their own; those of another import are the same ones again. */
static int match_whole(struct put *put)
{
    uint32_t ordinal;
    int result = first_ordinal(put, &ordinal);
    for (; result == VAULT_OK; ordinal++) {
        if (ordinal >= RUN_ORDINAL_MAX)
            return failure_set(put->failure, VAULT_ELIMIT, "more than %u equal rows", RUN_ORDINAL_MAX);
        match_ordinal(put, ordinal);
        result = match_lookup(put, put->natural);
        if (result == VAULT_OK && (!put->there.found || put->there.seq != put->author->seq))
            return settle(put, ordinal + 1);
    }
    return result;
}

int match_natural(struct put *put)
{
    int result = put->prepared ? VAULT_OK : match_base(put);
    if (result != VAULT_OK || put->whole)
        return result == VAULT_OK ? match_whole(put) : result;
    match_ordinal(put, 0);
    result = match_lookup(put, put->natural);
    if (result != VAULT_OK)
        return result;
    bool met = put->there.found &&
               (put->there.seq == put->author->seq || run_met(&put->records->run, put->base) > 0);
    if (!met || put_says_the_same(put))
        return settle(put, 1);
    if (!put->model->repeats)
        return failure_set(put->failure, VAULT_EINPUT, "same key as another row of this import");
    put->whole = true;
    result = match_base(put);
    return result == VAULT_OK ? match_whole(put) : result;
}
