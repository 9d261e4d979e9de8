/* Writing: is it new, changed or the same?  Then seal it, store it, and note what it is found by. */
#include <stdio.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/records/path_private.h"
#include "vault/records/put_private.h"

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

int put_take_fields(struct put *put)
{
    int result = canonical(put, put->fields, &put->records->fields);
    if (result == VAULT_OK)
        make_digest(put);
    return result;
}

/* Where the file does not say when, the fields may. */
static void take_time(struct put *put)
{
    const struct draft *draft = put->draft;
    const char *period = draft->period;
    const char *date = draft->date;
    if (period[0] == '\0')
        period = group_text(put->fields, "period|date|issue_date|booking_date|value_date|period_from");
    if (date[0] == '\0')
        date = group_text(put->fields, "date|issue_date|booking_date|value_date|filed_on");
    text_copy(put->period, sizeof put->period, period == NULL ? "" : period);
    text_copy(put->date, sizeof put->date, date == NULL ? "" : date);
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
    take_time(put);
    put->content = draft->content;
    put->keep = draft->record_id != NULL && (masked || draft->raw == NULL);
    if (file)
        result = complete_attachment(put);
    if (result == VAULT_OK && draft->raw != NULL && !put->keep)
        result = canonical(put, draft->raw, &records->raw);
    else
        buffer_reset(&records->raw);
    put->raw = buffer_bytes(&records->raw);
    return result == VAULT_OK ? put_take_fields(put) : result;
}

bool put_says_the_same(const struct put *put)
{
    size_t size = put->keep ? DIGEST_SIZE / 2 : DIGEST_SIZE;
    return memcmp(put->there.digest, put->digest, size) == 0;
}

/* --- Writing --- */

static int match(struct put *put)
{
    bool known = false;
    int result = VAULT_OK;
    if (put->draft->record_id != NULL)
        result = match_id(put, &known);
    else if (json_array_size(put->draft->masked) > 0)
        result = failure_set(
            put->failure, VAULT_EINPUT, "fields are masked, and no record id tells whose they are");
    return result == VAULT_OK && !known ? match_natural(put) : result;
}

/* Search tokens are made with the compartment's key. Who deposits a client's own record may have the
 * directory's alone; the client is then found by its card. */
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
    *key = put->client_key;
    if (*key != NULL)
        return VAULT_OK;
    return put->records->keys.client(put->records->keys.context, put->author->client,
        kind_compartment(put->draft->kind), key, put->failure);
}

static void fill_row(struct put *put, struct row *row)
{
    const struct record_author *author = put->author;
    *row = (struct row){.info = {.client = author->client,
                            .kind = put->draft->kind,
                            .at = author->at,
                            .source = author->source,
                            .seq = author->seq}};
    row->client_id = author->client_id;
    row->period = put->period;
    row->author = author->user;
    row->info.version = put->there.found ? put->there.version + 1 : 1;
    row->info.id = put->there.found ? put->there.id : records_fresh_id(put->records, author->at);
    row->info.row = put->there.row;
}

/* A record is built only upon the version that was written last. */
static int check_there(const struct put *put)
{
    struct row row = {
        .info = {.id = put->there.id, .version = put->there.version}, .written = put->there.written};
    return put->there.found ? row_is_last(&row, put->failure) : VAULT_OK;
}

static int write_body(struct put *put)
{
    struct records *records = put->records;
    uint8_t mark[NATURAL_SIZE + DIGEST_SIZE];
    memcpy(mark, put->natural, NATURAL_SIZE);
    memcpy(mark + NATURAL_SIZE, put->digest, DIGEST_SIZE);
    struct body_view view = {.mark = bytes_of(mark, sizeof mark),
        .date = bytes_of_text(put->date),
        .where = bytes_of_text(put->draft->where),
        .fields = buffer_bytes(&records->fields),
        .raw = put->raw,
        .content = put->content};
    buffer_reset(&records->body);
    body_write(&view, &records->body);
    return buffer_error(&records->body);
}

static int make_head(struct put *put, struct postings *postings, bool *has_tokens)
{
    const struct secret *key = NULL;
    *has_tokens = true;
    if (put->prepared)
        return VAULT_OK;
    int result = search_key(put, postings, &key);
    *has_tokens = key != NULL;
    return result == VAULT_OK ? head_write(put->records, put->model, put->date, put->fields, key) : result;
}

static int write_record(struct put *put, struct postings *postings, struct record_written *written)
{
    struct records *records = put->records;
    struct row row;
    const struct secret *key = NULL;
    bool has_tokens = false;
    fill_row(put, &row);
    int result = check_there(put);
    if (result == VAULT_OK)
        result = make_head(put, postings, &has_tokens);
    if (result == VAULT_OK)
        result = write_body(put);
    if (result == VAULT_OK)
        result = client_key(put, &key);
    if (result == VAULT_OK)
        result = row_seal(records, &row, key, put->failure);
    if (result == VAULT_OK)
        result = put->there.found ? put_changed(put, &row) : put_new(put, &row);
    if (result == VAULT_OK && has_tokens)
        result = put_terms(put, postings, row.info.row);
    if (result == VAULT_OK)
        result = put_fingerprint(put, postings, &row);
    written->id = row.info.id;
    written->version = row.info.version;
    row_ver(records, buffer_bytes(&records->sealed_head), buffer_bytes(&records->sealed_body), &written->ver);
    return result;
}

static int start(struct put *put)
{
    const struct draft *draft = put->draft;
    put->model = model_of(draft->kind);
    if (put->model == NULL)
        return failure_set(put->failure, VAULT_EINPUT, "a record of no known kind");
    if (!permit_covers(put->permit, PERMIT_WRITE, put->author->client, kind_compartment(draft->kind)))
        return failure_set(put->failure, VAULT_EDENIED,
            "the permit does not cover writing a %s of this client", kind_name(draft->kind));
    return VAULT_OK;
}

static void start_run(struct put *put)
{
    struct records *records = put->records;
    if (records->run.seq != put->author->seq) {
        wrap_forget(records);
        records->trace_of = NULL; /* the key that it was made of may be another's place by now */
    }
    run_start(&records->run, put->author->seq);
}

/* What is matched is new, changed or the same. */
static int settle(struct put *put, struct postings *postings, struct record_written *written)
{
    written->outcome = put->outcome;
    written->id = put->there.id;
    written->version = put->there.version;
    return put->outcome == RECORD_SAME ? VAULT_OK : write_record(put, postings, written);
}

static int finish(struct put *put, struct record_written *written, int result)
{
    if (result == VAULT_OK)
        return VAULT_OK;
    memset(written, 0, sizeof *written);
    return failure_set(put->failure, result, "%s", vault_error_text(result));
}

void put_clear(struct records *records)
{
    buffer_reset(&records->fields);
    buffer_reset(&records->raw);
    buffer_reset(&records->head);
    buffer_reset(&records->body);
    buffer_reset(&records->text);
    buffer_reset(&records->values);
    buffer_reset(&records->open_body);
}

int put_prepare(struct put *put, const struct secret *search_key)
{
    int result = start(put);
    if (result == VAULT_OK)
        result = take_draft(put);
    if (result == VAULT_OK)
        result = match_base(put);
    if (result == VAULT_OK)
        result = head_write(put->records, put->model, put->date, put->fields, search_key);
    if (result == VAULT_OK)
        result = put_values(put);
    put->prepared = result == VAULT_OK;
    return result;
}

int put_prepared(struct put *put, struct postings *postings, struct record_written *written)
{
    memset(written, 0, sizeof *written);
    start_run(put);
    int result = match_natural(put);
    if (result == VAULT_OK)
        result = settle(put, postings, written);
    put_clear(put->records);
    return finish(put, written, result);
}

int records_put(struct records *records, const struct permit *permit, const struct record_author *author,
    const struct draft *draft, struct postings *postings, const struct secret *fresh_key,
    struct record_written *written, struct failure *failure)
{
    struct put put = {.records = records,
        .permit = permit,
        .author = author,
        .draft = draft,
        .client_key = fresh_key,
        .failure = failure};
    memset(written, 0, sizeof *written);
    int result = start(&put);
    if (result == VAULT_OK)
        result = records_index_key(
            records, author->client, model_index_compartment(draft->kind), &put.index_key, failure);
    if (result == VAULT_OK) {
        start_run(&put);
        result = take_draft(&put);
    }
    if (result == VAULT_OK)
        result = match(&put);
    if (result == VAULT_OK)
        result = settle(&put, postings, written);
    put_clear(records);
    json_decref(put.fields);
    return finish(&put, written, result);
}
