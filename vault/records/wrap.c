/* How a record key is held: directly under the client's key, or so that a witness must release it as well. */
#include <string.h>

#include "vault/records/records_private.h"

void wrap_forget(struct records *records)
{
    records->wrapping_known = 0;
    witnessed_run_free(records->witnessed);
    records->witnessed = NULL;
}

void wrap_refresh(struct records *records)
{
    uint64_t state = store_state(records->store);
    if (state == 0 || state != records->wrapping_state)
        records->wrapping_known = 0;
    records->wrapping_state = state;
}

int wrap_how(struct records *records, enum compartment compartment, const struct record_wrapping **wrappingp,
    struct failure *failure)
{
    struct record_wrapping *wrapping = &records->wrappings[compartment];
    int result = VAULT_OK;
    *wrappingp = wrapping;
    if ((records->wrapping_known >> compartment & 1) != 0)
        return VAULT_OK;
    memset(wrapping, 0, sizeof *wrapping);
    if (records->keys.wrapping != NULL)
        result = records->keys.wrapping(records->keys.context, compartment, wrapping, failure);
    if (result == VAULT_OK)
        records->wrapping_known |= 1u << compartment;
    return result;
}

static struct release_place where_of(const struct record_wrapping *wrapping, const struct row *row)
{
    return (struct release_place){.origin = wrapping->origin,
        .client = row->client_id,
        .record = row->info.id,
        .version = (uint64_t)row->info.version};
}

/* One ephemeral key for all that is written in a run: an import multiplies once a witness, not once a record.
 */
static int begin_run(struct records *records, const struct record_wrapping *wrapping)
{
    if (records->witnessed != NULL && witnessed_run_generation(records->witnessed) == wrapping->generation)
        return VAULT_OK;
    witnessed_run_free(records->witnessed);
    records->witnessed = NULL;
    return witnessed_run_new(
        wrapping->recipients, wrapping->count, wrapping->generation, &records->witnessed);
}

int wrap_key(struct records *records, struct row *row, const struct secret *client_key, bool fresh,
    struct failure *failure)
{
    const struct record_wrapping *wrapping;
    buffer_reset(&records->wrapped);
    int result = wrap_how(records, kind_compartment(row->info.kind), &wrapping, failure);
    if (result != VAULT_OK)
        return result;
    if (!wrapping->witnessed)
        return (fresh ? envelope_create : envelope_wrap)(
            records->envelope, client_key, row_key_place(row), &records->wrapped);
    struct release_place where = where_of(wrapping, row);
    result = begin_run(records, wrapping);
    if (result == VAULT_OK)
        result = (fresh ? envelope_create_witnessed : envelope_wrap_witnessed)(
            records->envelope, records->witnessed, &where, client_key, row_key_place(row), &records->wrapped);
    return result;
}

/* --- Opening --- */

/* What nobody asked for beforehand, because it was not known that it would be opened (an import that meets an
 * older version), or because it was written in between. */
static int ask_for_one(
    struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
{
    struct witnessed_view view;
    uint8_t recipient[WITNESSED_ID_SIZE];
    struct releases *one = releases_new();
    int result = one == NULL ? VAULT_ENOMEM : witnessed_read(row->wrapped, &view);
    if (result == VAULT_OK)
        result = wrap_need(records, row, one, failure);
    if (result == VAULT_OK && records->keys.release == NULL)
        result = failure_set(
            failure, VAULT_ELOG, "this record's key must be released by a witness, and none is asked here");
    if (result == VAULT_OK)
        result = records->keys.release(records->keys.context, one, failure);
    if (result == VAULT_OK) {
        const uint8_t *key =
            releases_find(one, &row->info.id, (uint64_t)row->info.version, view.point, recipient);
        result = key == NULL ? VAULT_EINTERNAL
                             : envelope_unwrap_witnessed(records->envelope, client_key, row_key_place(row),
                                   recipient, key, row->wrapped);
    }
    releases_free(one);
    return result;
}

static int open_witnessed(
    struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
{
    struct witnessed_view view;
    uint8_t recipient[WITNESSED_ID_SIZE];
    const uint8_t *key = NULL;
    int result = witnessed_read(row->wrapped, &view);
    if (result != VAULT_OK)
        return result;
    if (records->lent != NULL)
        key = releases_find(records->lent, &row->info.id, (uint64_t)row->info.version, view.point, recipient);
    if (key == NULL)
        return ask_for_one(records, row, client_key, failure);
    return envelope_unwrap_witnessed(
        records->envelope, client_key, row_key_place(row), recipient, key, row->wrapped);
}

static int check_kind(struct records *records, const struct row *row, struct failure *failure)
{
    const struct record_wrapping *wrapping;
    char id[ULID_TEXT_SIZE];
    int result = wrap_how(records, kind_compartment(row->info.kind), &wrapping, failure);
    if (result != VAULT_OK || !wrapping->witnessed || !wrapping->settled)
        return result;
    ulid_format(&row->info.id, id);
    failure_remedy(failure, "run 'strongroom doctor'; somebody put an older copy in its place");
    return failure_set(failure, VAULT_EROLLBACK,
        "record %s, version %lld, opens without a witness, in a compartment where nothing should", id,
        (long long)row->info.version);
}

int wrap_open(
    struct records *records, struct row *row, const struct secret *client_key, struct failure *failure)
{
    if (witnessed_is(row->wrapped))
        return open_witnessed(records, row, client_key, failure);
    int result = check_kind(records, row, failure);
    return result == VAULT_OK
               ? envelope_unwrap(records->envelope, client_key, row_key_place(row), row->wrapped)
               : result;
}

int wrap_need(struct records *records, struct row *row, struct releases *releases, struct failure *failure)
{
    if (!witnessed_is(row->wrapped))
        return VAULT_OK;
    int result = records_client_id(records, row->info.client, &row->client_id, failure);
    if (result == VAULT_OK)
        result =
            releases_add(releases, &row->client_id, &row->info.id, (uint64_t)row->info.version, row->wrapped);
    if (result == VAULT_ELIMIT)
        return failure_set(failure, result, "more records than a witness releases at once; ask for fewer");
    return result == VAULT_EFORGED ? row_forged(row, failure) : result;
}
