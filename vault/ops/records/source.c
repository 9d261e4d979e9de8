#include "vault/ops/records/source_private.h"

#include "vault/base/file.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"

static void source_place(struct call *call, struct bytes sha256, struct place *place)
{
    place_start(place, "source", session_vault(call->session));
    place_add(place, sha256);
}

int source_put(struct call *call, const char *path, const char *name, uint64_t seq, int64_t *row)
{
    struct statement *statement;
    struct buffer sealed = {0};
    struct place place;
    struct hash hash;
    int result = hash_file(path, &hash);
    if (result != VAULT_OK)
        return failure_set(call->failure, VAULT_EIO, "%s: cannot be read", path);
    source_place(call, hash_bytes(&hash), &place);
    result = seal(session_keys(call->session)->source, place_bytes(&place), bytes_of_text(name), &sealed);
    if (result == VAULT_OK)
        result = store_query(session_store(call->session), QUERY_SOURCE_PUT, &statement, call->failure);
    if (result == VAULT_OK) {
        bind_bytes(statement, 1, hash_bytes(&hash));
        bind_text(statement, 2, "");
        bind_bytes(statement, 3, buffer_bytes(&sealed));
        bind_number(statement, 4, (int64_t)seq);
        result = statement_run(statement, call->failure);
        *row = store_last_row(session_store(call->session));
    }
    buffer_free(&sealed);
    return result;
}

/* The statement stands on a row: sha256, format, name, seq. */
static int open_name(
    struct call *call, struct statement *statement, struct buffer *name, struct failure *failure)
{
    struct place place;
    struct bytes sha256 = column_bytes(statement, 0);
    if (sha256.size != HASH_SIZE)
        return failure_set(failure, VAULT_EFORGED, "a source file's hash was edited");
    source_place(call, sha256, &place);
    int result =
        seal_open(session_keys(call->session)->source, place_bytes(&place), column_bytes(statement, 2), name);
    if (result != VAULT_EFORGED)
        return result;
    failure_remedy(failure, "run 'strongroom doctor', then restore a backup");
    return failure_set(failure, result, "the name or hash of the source file of event %lld was edited",
        (long long)column_number(statement, 3));
}

static int add_to(json_t *object, struct bytes sha256, struct buffer *name)
{
    /* A file's name need not be UTF-8. */
    json_t *file = json_stringn((const char *)name->data, name->size);
    if (file == NULL)
        file = json_string("?");
    bool bad = json_object_set_new(object, "file", file) != 0;
    bad = json_object_set_new(object, "sha256", json_hex(sha256)) != 0 || bad;
    return bad ? VAULT_ENOMEM : VAULT_OK;
}

int source_tell(struct call *call, int64_t row, json_t *object)
{
    struct statement *statement;
    struct buffer name = {0};
    bool found = false;
    if (row == 0)
        return VAULT_OK;
    int result = store_query(session_store(call->session), QUERY_SOURCE_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_number(statement, 1, row);
    result = statement_step(statement, &found, call->failure);
    if (result == VAULT_OK && !found)
        result =
            failure_set(call->failure, VAULT_EDAMAGED, "the source file of a record is not in the store");
    if (result == VAULT_OK)
        result = open_name(call, statement, &name, call->failure);
    if (result == VAULT_OK)
        result = add_to(object, column_bytes(statement, 0), &name);
    statement_reset(statement);
    buffer_free(&name);
    return result;
}

int source_check(struct call *call, int64_t *count, struct failure *failure)
{
    struct statement *sources = NULL;
    struct buffer name = {0};
    bool row = true;
    *count = 0;
    int result = statement_own(session_store(call->session), QUERY_SOURCE_LIST, &sources, failure);
    while (result == VAULT_OK && (result = statement_step(sources, &row, failure)) == VAULT_OK && row) {
        buffer_reset(&name);
        result = open_name(call, sources, &name, failure);
        ++*count;
    }
    statement_free(sources);
    buffer_free(&name);
    return result;
}
