/* Drafts of our own exports, which say which record they are and may lack what was masked there. */
#include <string.h>

#include "vault/base/writing.h"
#include "vault/records/path_private.h"
#include "vault/records/put_private.h"

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
        result = body_read(records, row, &view, put->failure);
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
    json_array_foreach(put->draft->masked, i, path)
    {
        const char *text = json_string_value(path);
        if (result == VAULT_OK && text != NULL)
            result = path_copy(merged, old, text);
    }
    /* An export chooses among the equal writings of a text, which is its mark: none of them is a change. */
    if (result == VAULT_OK && put->keep)
        result = writing_keep(merged, old);
    json_decref(put->fields);
    put->fields = merged;
    json_decref(old);
    return result == VAULT_OK ? put_take_fields(put) : result;
}

static int compare_there(struct put *put, struct row *row)
{
    bool masked = json_array_size(put->draft->masked) > 0;
    struct existing *there = &put->there;
    int result = VAULT_OK;
    if (row->info.client != put->author->client || row->info.kind != put->draft->kind)
        return failure_set(
            put->failure, VAULT_EINPUT, "its record id is that of another client's record or kind");
    if (row->digest.size != DIGEST_SIZE || row->natural.size != NATURAL_SIZE)
        return failure_set(put->failure, VAULT_EFORGED, "a record's key or digest is damaged");
    *there = (struct existing){.found = true,
        .row = row->info.row,
        .id = row->info.id,
        .version = row->info.version,
        .written = row->written,
        .seq = row->info.seq};
    memcpy(there->digest, row->digest.data, DIGEST_SIZE);
    memcpy(there->natural, row->natural.data, NATURAL_SIZE);
    memcpy(put->natural, there->natural, NATURAL_SIZE);
    if (masked || (put->keep && !put_says_the_same(put)))
        result = row_is_last(row, put->failure);
    if (result == VAULT_OK && (masked || (put->keep && !put_says_the_same(put))))
        result = open_there(put, row);
    put->outcome = result == VAULT_OK && put_says_the_same(put) ? RECORD_SAME : RECORD_CHANGED;
    return result;
}

/* A correction may have changed what the record is known by; its new key must be free or its own. */
static int match_changed_key(struct put *put)
{
    struct existing there = put->there;
    int result = match_base(put);
    for (uint32_t ordinal = 0; result == VAULT_OK; ordinal++) {
        match_ordinal(put, ordinal);
        result = match_lookup(put, put->natural);
        if (result == VAULT_OK && put->there.found && put->there.row != there.row && !put->whole)
            result = failure_set(put->failure, VAULT_EEXISTS, "another record has this key already");
        if (result != VAULT_OK || !put->there.found || put->there.row == there.row)
            break;
    }
    put->there = there;
    return result;
}

int match_id(struct put *put, bool *known)
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
