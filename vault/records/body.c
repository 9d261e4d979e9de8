/* The body: what a record says, framed so that its JSON can be handed on as it lies there, and a file's bytes
 * too. */
#include <stdio.h>
#include <string.h>

#include "vault/records/path_private.h"
#include "vault/records/records_private.h"

#define BODY_FORM 1

void body_write(const struct body_view *view, struct buffer *out)
{
    buffer_put_u8(out, BODY_FORM);
    buffer_put_block(out, view->mark);
    buffer_put_block(out, view->date);
    buffer_put_block(out, view->where);
    buffer_put_block(out, view->fields);
    buffer_put_block(out, view->raw);
    buffer_put_block(out, view->content);
}

static bool is_marked(const struct row *row, struct bytes mark)
{
    if (row->old)
        return true;
    return mark.size == NATURAL_SIZE + DIGEST_SIZE &&
           bytes_equal(row->natural, bytes_of(mark.data, NATURAL_SIZE)) &&
           bytes_equal(row->digest, bytes_of(mark.data + NATURAL_SIZE, DIGEST_SIZE));
}

int body_read(struct records *records, const struct row *row, struct body_view *view, struct failure *failure)
{
    struct reader reader = reader_of(buffer_bytes(&records->open_body));
    uint8_t form = reader_u8(&reader);
    view->mark = reader_block(&reader);
    view->date = reader_block(&reader);
    view->where = reader_block(&reader);
    view->fields = reader_block(&reader);
    view->raw = reader_block(&reader);
    view->content = reader_block(&reader);
    if (form != BODY_FORM)
        return failure_set(
            failure, VAULT_EVERSION, "a record's body has a form that this program does not know");
    if (reader_end(&reader) != VAULT_OK)
        return failure_set(failure, VAULT_EDAMAGED, "a record's body contradicts itself");
    return is_marked(row, view->mark) ? VAULT_OK : row_forged(row, failure);
}

/* --- Masking --- */

struct masking {
    struct records *records;
    const struct permit *permit;
    enum mask mask;
    const char *pattern;
    json_t *masked;
};

static int note_masked(json_t *masked, const char *path)
{
    size_t i;
    json_t *item;
    json_array_foreach(masked, i, item)
    {
        if (strcmp(json_string_value(item), path) == 0)
            return VAULT_OK;
    }
    return json_array_append_new(masked, json_string(path)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int mask_value(
    struct masking *masking, json_t *object, const char *name, json_t *value, const char *path)
{
    struct buffer *text = &masking->records->text;
    buffer_reset(text);
    if (json_is_string(value))
        mask_text(masking->mask, bytes_of(json_string_value(value), json_string_length(value)), text);
    else
        buffer_put_text(text, "***");
    const char *shown = buffer_text(text);
    if (shown == NULL || json_object_set_new(object, name, json_string(shown)) != 0)
        return VAULT_ENOMEM;
    return note_masked(masking->masked, path);
}

static int mask_leaf(void *context, const struct field_leaf *leaf)
{
    struct masking *masking = context;
    if (permit_reveals(masking->permit, leaf->path) || permit_reveals(masking->permit, masking->pattern))
        return VAULT_OK;
    return mask_value(masking, leaf->object, leaf->name, leaf->value, leaf->path);
}

/* Members of a table that we do not know, by their headings; @p prefix tells original cells from fields. */
static int mask_by_heading(struct masking *masking, json_t *object, const char *prefix)
{
    const char *name;
    void *next;
    json_t *value;
    int result = VAULT_OK;
    json_object_foreach_safe(object, next, name, value)
    {
        char path[PATH_SIZE];
        masking->mask = records_heading(masking->records, bytes_of_text(name));
        if (masking->mask == MASK_NONE || result != VAULT_OK)
            continue;
        (void)snprintf(path, sizeof path, "%s%s", prefix, name);
        if (!permit_reveals(masking->permit, path))
            result = mask_value(masking, object, name, value, path);
    }
    return result;
}

static int mask_fields(struct masking *masking, enum record_kind kind, json_t *fields)
{
    int result = VAULT_OK;
    for (const struct model_mask *row = model_of(kind)->masks; row->path != NULL && result == VAULT_OK;
         row++) {
        masking->mask = row->mask;
        masking->pattern = row->path;
        result = path_each(fields, row->path, mask_leaf, masking);
    }
    if (result == VAULT_OK && model_is_open(kind))
        result = mask_by_heading(masking, fields, "");
    return result;
}

int records_mask(struct records *records, const struct permit *permit, enum record_kind kind, json_t *fields,
    json_t **masked)
{
    struct masking masking = {.records = records, .permit = permit, .masked = json_array()};
    int result = masking.masked == NULL ? VAULT_ENOMEM : mask_fields(&masking, kind, fields);
    buffer_reset(&records->text);
    *masked = result == VAULT_OK ? masking.masked : NULL;
    if (result != VAULT_OK)
        json_decref(masking.masked);
    return result;
}

/* --- Is there anything to mask?  Answered from the text, since most records need no parsing. --- */

struct naming {
    struct records *records;
    struct bytes names[MODEL_MASKS];
    size_t count;
};

/* The last name of a path, or the one before a '*'. */
static struct bytes last_name(const char *path)
{
    size_t length = strlen(path);
    if (length > 2 && strcmp(path + length - 2, ".*") == 0)
        length -= 2;
    const char *dot = memrchr(path, '.', length);
    const char *name = dot == NULL ? path : dot + 1;
    return bytes_of(name, length - (size_t)(name - path));
}

static bool is_sensitive_name(void *context, struct bytes name)
{
    const struct naming *naming = context;
    for (size_t i = 0; i < naming->count; i++) {
        if (bytes_equal(naming->names[i], name))
            return true;
    }
    return false;
}

static bool is_sensitive_heading(void *context, struct bytes name)
{
    const struct naming *naming = context;
    return records_heading(naming->records, name) != MASK_NONE;
}

/* @p model NULL: by headings. */
static bool may_need_masks(
    struct records *records, const struct permit *permit, const struct model *model, struct bytes json)
{
    struct naming naming = {.records = records, .count = 0};
    if (json.size == 0 || permit_reveals(permit, "*"))
        return false;
    if (model == NULL)
        return json_names_any(json, is_sensitive_heading, &naming);
    for (; naming.count < MODEL_MASKS && model->masks[naming.count].path != NULL; naming.count++)
        naming.names[naming.count] = last_name(model->masks[naming.count].path);
    return naming.count > 0 && json_names_any(json, is_sensitive_name, &naming);
}

/* --- Showing --- */

static int write_shown(const json_t *value, struct buffer *out, struct bytes *json)
{
    buffer_reset(out);
    int result = json_write_canonical(value, out);
    *json = buffer_bytes(out);
    return result;
}

static int show_fields(struct masking *masking, enum record_kind kind, bool parse, struct record_body *body)
{
    const struct model *model = model_is_open(kind) ? NULL : model_of(kind);
    bool mask = may_need_masks(masking->records, masking->permit, model, body->fields_json);
    int result = VAULT_OK;
    if (!parse && !mask)
        return VAULT_OK;
    body->masked = masking->masked = json_array();
    if (body->masked == NULL)
        return VAULT_ENOMEM;
    result = json_read(body->fields_json, &body->fields, NULL);
    if (result == VAULT_OK && mask)
        result = mask_fields(masking, kind, body->fields);
    if (result == VAULT_OK && json_array_size(body->masked) > 0)
        result = write_shown(body->fields, &masking->records->shown, &body->fields_json);
    return result;
}

/* Original cells repeat the fields under other names: they are shown only with all fields in the clear. */
static int show_raw(struct masking *masking, bool parse, struct record_body *body)
{
    bool hidden = body->masked != NULL && json_array_size(body->masked) > 0;
    bool mask = !hidden && may_need_masks(masking->records, masking->permit, NULL, body->raw_json);
    int result = VAULT_OK;
    if (hidden)
        body->raw_json = bytes_of(NULL, 0);
    if (body->raw_json.size == 0 || (!parse && !mask))
        return VAULT_OK;
    if (body->masked == NULL)
        body->masked = masking->masked = json_array();
    if (body->masked == NULL)
        return VAULT_ENOMEM;
    result = json_read(body->raw_json, &body->raw, NULL);
    if (result == VAULT_OK && mask)
        result = mask_by_heading(masking, body->raw, "raw.");
    if (result == VAULT_OK && json_array_size(body->masked) > 0)
        result = write_shown(body->raw, &masking->records->shown_raw, &body->raw_json);
    return result;
}

static void take_text(struct bytes text, char *out, size_t size)
{
    size_t length = text.size < size ? text.size : size - 1;
    if (length > 0)
        memcpy(out, text.data, length);
    out[length] = '\0';
}

int body_show(struct records *records, const struct permit *permit, const struct row *row, bool parse,
    struct record_body *body, struct failure *failure)
{
    struct body_view view;
    struct masking masking = {.records = records, .permit = permit};
    int result = body_read(records, row, &view, failure);
    if (result != VAULT_OK)
        return result;
    body->info = row->info;
    take_text(view.date, body->date, sizeof body->date);
    take_text(view.where, body->where, sizeof body->where);
    body->fields_json = view.fields;
    body->raw_json = view.raw;
    body->content = view.content;
    result = show_fields(&masking, row->info.kind, parse, body);
    if (result == VAULT_OK)
        result = show_raw(&masking, parse, body);
    if (!parse) {
        json_decref(body->fields);
        json_decref(body->raw);
        body->fields = body->raw = NULL;
    }
    return result;
}
