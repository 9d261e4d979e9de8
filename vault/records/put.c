/* Writing: is it new, changed or the same?  Then seal it, store it, and note what it is found by. */
#include <stdio.h>
#include <string.h>

#include "vault/records/path_private.h"
#include "vault/records/records_private.h"

/* What is there under a natural key or an id. */
struct existing {
    bool found;
    int64_t row;
    struct ulid id;
    int64_t version;
    int64_t written;
    uint64_t seq;
    uint8_t natural[NATURAL_SIZE];
    uint8_t digest[DIGEST_SIZE];
};

/* One draft on its way in. */
struct put {
    struct records *records;
    const struct permit *permit;
    const struct record_author *author;
    const struct draft *draft;
    const struct secret *fresh_key;
    struct failure *failure;

    const struct model *model;
    const struct secret *index_key;
    json_t *fields;            /* ours: what the draft says, completed */
    struct bytes raw, content; /* of the draft, or of the version that is there */
    bool keep;                 /* ... the latter */
    bool whole;                /* the natural key is all fields */
    uint8_t base[NATURAL_SIZE];
    uint8_t natural[NATURAL_SIZE];
    uint8_t digest[DIGEST_SIZE];
    struct existing there;
    enum record_outcome outcome;
};

/* --- What the draft says --- */

static int canonical(struct put *put, const json_t *value, struct buffer *out)
{
    buffer_reset(out);
    int result = json_write_canonical(value, out);
    if (result == VAULT_EINPUT)
        return failure_set(put->failure, result,
            "a field is neither text nor a list of such, or nested deeper than %d levels", JSON_DEPTH_MAX);
    return result;
}

/* The file's own bytes say how long it is and what its hash is, whatever the draft says. */
static int complete_attachment(struct put *put)
{
    struct hash hash;
    char text[2 * HASH_SIZE + 1];
    char size[24];
    hash_sha256(put->draft->content, &hash);
    hex_encode(hash_bytes(&hash), text);
    (void)snprintf(size, sizeof size, "%zu", put->draft->content.size);
    if (json_object_set_new(put->fields, "sha256", json_string(text)) != 0 ||
        json_object_set_new(put->fields, "bytes", json_string(size)) != 0)
        return VAULT_ENOMEM;
    return VAULT_OK;
}

/* Two halves, so that our own exports, which do not bring original cells, can be compared by the first. */
static void make_digest(struct put *put)
{
    struct records *records = put->records;
    keyed_token(put->index_key, "fields", buffer_bytes(&records->fields), put->digest, DIGEST_SIZE / 2);
    keyed_token(put->index_key, "raw", put->raw, put->digest + DIGEST_SIZE / 2, DIGEST_SIZE / 2);
}

static int take_fields(struct put *put)
{
    int result = canonical(put, put->fields, &put->records->fields);
    if (result == VAULT_OK)
        make_digest(put);
    return result;
}

static int take_draft(struct put *put)
{
    const struct draft *draft = put->draft;
    struct records *records = put->records;
    bool masked = json_array_size(draft->masked) > 0;
    bool file = draft->kind == KIND_ATTACHMENT && draft->content.data != NULL;
    int result = VAULT_OK;
    if (!json_is_object(draft->fields))
        return failure_set(put->failure, VAULT_EINPUT, "a %s without fields", kind_name(draft->kind));
    put->fields = file ? json_copy(draft->fields) : json_incref(draft->fields);
    if (put->fields == NULL)
        return VAULT_ENOMEM;
    put->content = draft->content;
    put->keep = draft->record_id != NULL && (masked || draft->raw == NULL);
    if (file)
        result = complete_attachment(put);
    if (result == VAULT_OK && draft->raw != NULL && !put->keep)
        result = canonical(put, draft->raw, &records->raw);
    else
        buffer_reset(&records->raw);
    put->raw = buffer_bytes(&records->raw);
    return result == VAULT_OK ? take_fields(put) : result;
}

/* --- What is there --- */

static int lookup(struct put *put, const uint8_t natural[NATURAL_SIZE])
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

static bool says_the_same(const struct put *put)
{
    size_t size = put->keep ? DIGEST_SIZE / 2 : DIGEST_SIZE;
    return memcmp(put->there.digest, put->digest, size) == 0;
}

/* --- Natural keys --- */

static int make_base(struct put *put)
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

static void make_natural(struct put *put, uint32_t ordinal)
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
    put->outcome = !put->there.found ? RECORD_NEW : says_the_same(put) ? RECORD_SAME : RECORD_CHANGED;
    run_note(&put->records->run, put->base, met);
    return VAULT_OK;
}

/* Where to begin: behind the equal rows of this import.  The table of met keys holds beginnings of tokens only, so that
 * what it says is believed only if that many rows are really there. */
static int first_ordinal(struct put *put, uint32_t *ordinal)
{
    *ordinal = run_met(&put->records->run, put->base);
    if (*ordinal == 0)
        return VAULT_OK;
    make_natural(put, *ordinal - 1);
    int result = lookup(put, put->natural);
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
        make_natural(put, ordinal);
        result = lookup(put, put->natural);
        if (result == VAULT_OK && (!put->there.found || put->there.seq != put->author->seq))
            return settle(put, ordinal + 1);
    }
    return result;
}

static int match_natural(struct put *put)
{
    int result = make_base(put);
    if (result != VAULT_OK || put->whole)
        return result == VAULT_OK ? match_whole(put) : result;
    make_natural(put, 0);
    result = lookup(put, put->natural);
    if (result != VAULT_OK)
        return result;
    bool met = put->there.found &&
        (put->there.seq == put->author->seq || run_met(&put->records->run, put->base) > 0);
    if (!met || says_the_same(put))
        return settle(put, 1);
    if (!put->model->repeats)
        return failure_set(put->failure, VAULT_EINPUT, "same key as another row of this import");
    put->whole = true;
    result = make_base(put);
    return result == VAULT_OK ? match_whole(put) : result;
}

/* --- Drafts that say which record they are --- */

/* Open the version that is there, for what the draft does not bring. */
static int open_there(struct put *put, struct row *row)
{
    struct records *records = put->records;
    struct body_view view;
    json_t *old = NULL;
    json_t *merged = NULL;
    size_t i;
    json_t *path;
    int result = row_unwrap(records, row, put->failure);
    if (result == VAULT_OK)
        result = row_open_body(records, row, put->failure);
    if (result == VAULT_OK)
        result = body_read(buffer_bytes(&records->open_body), &view);
    if (result == VAULT_OK)
        result = json_read(view.fields, &old, put->failure);
    if (result != VAULT_OK)
        return result;
    if (put->keep)
        put->raw = view.raw;
    if (put->content.data == NULL)
        put->content = view.content;
    merged = json_deep_copy(put->fields);
    if (merged == NULL)
        result = VAULT_ENOMEM;
    json_array_foreach (put->draft->masked, i, path) {
        const char *text = json_string_value(path);
        if (result == VAULT_OK && text != NULL)
            result = path_copy(merged, old, text);
    }
    json_decref(put->fields);
    put->fields = merged;
    json_decref(old);
    return result == VAULT_OK ? take_fields(put) : result;
}

static int compare_there(struct put *put, struct row *row)
{
    bool masked = json_array_size(put->draft->masked) > 0;
    struct existing *there = &put->there;
    int result = VAULT_OK;
    if (row->info.client != put->author->client || row->info.kind != put->draft->kind)
        return failure_set(put->failure, VAULT_EINPUT, "its record id is that of another client's record or kind");
    if (row->digest.size != DIGEST_SIZE || row->natural.size != NATURAL_SIZE)
        return failure_set(put->failure, VAULT_EFORGED, "a record's key or digest is damaged");
    *there = (struct existing){.found = true, .row = row->info.row, .id = row->info.id,
        .version = row->info.version, .written = row->written, .seq = row->info.seq};
    memcpy(there->digest, row->digest.data, DIGEST_SIZE);
    memcpy(there->natural, row->natural.data, NATURAL_SIZE);
    memcpy(put->natural, there->natural, NATURAL_SIZE);
    if (masked || (put->keep && !says_the_same(put)))
        result = row_is_last(row, put->failure);
    if (result == VAULT_OK && (masked || (put->keep && !says_the_same(put))))
        result = open_there(put, row);
    put->outcome = result == VAULT_OK && says_the_same(put) ? RECORD_SAME : RECORD_CHANGED;
    return result;
}

/* A correction may have changed what the record is known by; its new key must be free or its own. */
static int match_changed_key(struct put *put)
{
    struct existing there = put->there;
    int result = make_base(put);
    for (uint32_t ordinal = 0; result == VAULT_OK; ordinal++) {
        make_natural(put, ordinal);
        result = lookup(put, put->natural);
        if (result == VAULT_OK && put->there.found && put->there.row != there.row && !put->whole)
            result = failure_set(put->failure, VAULT_EEXISTS, "another record has this key already");
        if (result != VAULT_OK || !put->there.found || put->there.row == there.row)
            break;
    }
    put->there = there;
    return result;
}

/* @p known is false where the id is not of this vault: then it is a draft like any other. */
static int match_id(struct put *put, bool *known)
{
    struct ulid id;
    struct statement *statement = NULL;
    struct row row;
    struct failure absent = {0};
    bool masked = json_array_size(put->draft->masked) > 0;
    *known = false;
    if (!ulid_parse(bytes_of_text(put->draft->record_id), &id))
        return failure_set(put->failure, VAULT_EINPUT, "its record id is none");
    int result = row_by_id(put->records, &id, &statement, &row, &absent);
    if (result == VAULT_ENOTFOUND && !masked) {
        put->keep = false;
        return VAULT_OK;
    }
    if (result == VAULT_ENOTFOUND)
        result = failure_set(put->failure, VAULT_EINPUT,
            "fields are masked, and the record that would have them is not in this vault");
    else if (result != VAULT_OK)
        result = failure_set(put->failure, result, "%s", absent.text);
    else
        result = compare_there(put, &row);
    if (statement != NULL)
        statement_reset(statement);
    *known = true;
    if (result != VAULT_OK || put->outcome == RECORD_SAME)
        return result;
    if (put->there.seq == put->author->seq)
        return failure_set(put->failure, VAULT_EINPUT, "same record id as another row of this import");
    return match_changed_key(put);
}

static int match(struct put *put)
{
    bool known = false;
    int result = VAULT_OK;
    if (put->draft->record_id != NULL)
        result = match_id(put, &known);
    else if (json_array_size(put->draft->masked) > 0)
        result = failure_set(put->failure, VAULT_EINPUT, "fields are masked, and no record id tells whose they are");
    return result == VAULT_OK && !known ? match_natural(put) : result;
}

/* --- Writing --- */

static int put_new(struct put *put, struct row *row)
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

static int put_changed(struct put *put, struct row *row)
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

static int index_terms(struct put *put, struct postings *postings, int64_t row)
{
    const struct terms *terms = &put->records->terms;
    int result = VAULT_OK;
    for (size_t i = 0; i < terms->count && result == VAULT_OK; i++)
        result = postings_add(postings, &terms->tokens[i], (uint64_t)row, put->failure);
    return result;
}

/* Search tokens are made with the compartment's key. Who deposits a client's own record may have the directory's
 * alone; the client is then found by its card. */
static int search_key(struct put *put, const struct postings *postings, const struct secret **key)
{
    struct failure absent = {0};
    int result;
    *key = NULL;
    if (postings == NULL)
        return VAULT_OK;
    result = records_index_key(
        put->records, put->author->client, kind_compartment(put->draft->kind), key, &absent);
    if (result == VAULT_ENOKEY && put->draft->kind == KIND_CLIENT)
        return VAULT_OK;
    return result == VAULT_OK ? VAULT_OK : failure_set(put->failure, result, "%s", absent.text);
}

static int client_key(struct put *put, const struct secret **key)
{
    *key = put->fresh_key;
    if (*key != NULL)
        return VAULT_OK;
    return put->records->keys.client(put->records->keys.context, put->author->client,
        kind_compartment(put->draft->kind), key, put->failure);
}

static void fill_row(struct put *put, struct row *row)
{
    const struct record_author *author = put->author;
    *row = (struct row){.info = {.client = author->client, .kind = put->draft->kind, .at = author->at,
        .source = author->source, .seq = author->seq}};
    row->client_id = author->client_id;
    row->period = put->draft->period;
    row->author = author->user;
    row->info.version = put->there.found ? put->there.version + 1 : 1;
    row->info.id = put->there.found ? put->there.id : records_fresh_id(put->records, author->at);
    row->info.row = put->there.row;
}

static int write(struct put *put, struct postings *postings, struct record_written *written)
{
    struct records *records = put->records;
    struct row row;
    const struct secret *key = NULL;
    const struct secret *tokens = NULL;
    const struct draft *draft = put->draft;
    fill_row(put, &row);
    if (put->there.found) {
        struct row old = {.info = {.id = row.info.id, .version = put->there.version}, .written = put->there.written};
        int last = row_is_last(&old, put->failure);
        if (last != VAULT_OK)
            return last;
    }
    struct body_view view = {.date = bytes_of_text(draft->date), .where = bytes_of_text(draft->where),
        .fields = buffer_bytes(&records->fields), .raw = put->raw, .content = put->content};
    buffer_reset(&records->body);
    body_write(&view, &records->body);
    int result = search_key(put, postings, &tokens);
    if (result == VAULT_OK)
        result = head_write(records, put->model, draft, put->fields, tokens);
    if (result == VAULT_OK)
        result = buffer_error(&records->body);
    if (result == VAULT_OK)
        result = client_key(put, &key);
    if (result == VAULT_OK)
        result = row_seal(records, &row, key);
    if (result == VAULT_OK)
        result = put->there.found ? put_changed(put, &row) : put_new(put, &row);
    if (result == VAULT_OK && tokens != NULL)
        result = index_terms(put, postings, row.info.row);
    written->id = row.info.id;
    written->version = row.info.version;
    row_ver(records, buffer_bytes(&records->wrapped), buffer_bytes(&records->sealed_head),
        buffer_bytes(&records->sealed_body), &written->ver);
    return result;
}

static int start(struct put *put)
{
    const struct draft *draft = put->draft;
    put->model = model_of(draft->kind);
    if (put->model == NULL)
        return failure_set(put->failure, VAULT_EINPUT, "a record of no known kind");
    if (!permit_covers(put->permit, PERMIT_WRITE, put->author->client, kind_compartment(draft->kind)))
        return failure_set(put->failure, VAULT_EDENIED, "the permit does not cover writing a %s of this client",
            kind_name(draft->kind));
    return records_index_key(put->records, put->author->client, model_index_compartment(draft->kind),
        &put->index_key, put->failure);
}

int records_put(struct records *records, const struct permit *permit, const struct record_author *author,
    const struct draft *draft, struct postings *postings, const struct secret *fresh_key,
    struct record_written *written, struct failure *failure)
{
    struct put put = {.records = records, .permit = permit, .author = author, .draft = draft,
        .fresh_key = fresh_key, .failure = failure};
    memset(written, 0, sizeof *written);
    int result = start(&put);
    if (result == VAULT_OK)
        run_start(&records->run, author->seq);
    if (result == VAULT_OK)
        result = take_draft(&put);
    if (result == VAULT_OK)
        result = match(&put);
    if (result == VAULT_OK) {
        written->outcome = put.outcome;
        written->id = put.there.id;
        written->version = put.there.version;
    }
    if (result == VAULT_OK && put.outcome != RECORD_SAME)
        result = write(&put, postings, written);
    if (result != VAULT_OK)
        memset(written, 0, sizeof *written);
    buffer_reset(&records->fields);
    buffer_reset(&records->raw);
    buffer_reset(&records->head);
    buffer_reset(&records->body);
    buffer_reset(&records->text);
    buffer_reset(&records->open_body);
    json_decref(put.fields);
    return result == VAULT_OK ? VAULT_OK : failure_set(failure, result, "%s", vault_error_text(result));
}
