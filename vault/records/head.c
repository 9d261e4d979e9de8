/* The head: what lists and searches show, and the tokens under which a record is found. */
#include <string.h>

#include "vault/base/text.h"
#include "vault/records/path_private.h"
#include "vault/records/records_private.h"

#define TITLE_LENGTH 80
#define COLUMNS_SHOWN 3
/* Of a table that we do not know, only what is short enough to be a name or a number is found. */
#define COLUMN_SIZE 48
#define COLUMN_TERMS 64
#define VALUES_MAX 512

/* At most @p length characters of a text, on one line. */
static void put_cut(struct bytes text, size_t length, struct buffer *out)
{
    for (; text.size > 0 && length > 0; length--) {
        uint32_t c = utf8_next(&text);
        utf8_put(c < 0x20 ? ' ' : c, out);
    }
}

static void put_joined(const char *text, const char *joint, struct buffer *out, size_t start)
{
    if (text == NULL)
        return;
    if (out->size > start)
        buffer_put_text(out, joint);
    put_cut(bytes_of_text(text), TITLE_LENGTH, out);
}

static void put_key(const struct model *model, const json_t *fields, struct buffer *out)
{
    size_t start = out->size;
    for (size_t i = 0; i < 3 && model->key[i] != NULL; i++)
        put_joined(group_text(fields, model->key[i]), model->joint == NULL ? " " : model->joint, out, start);
}

/* The first columns of a table that we do not know, but for those that we would mask. */
static void put_columns(struct records *records, json_t *fields, struct buffer *out)
{
    const char *name;
    json_t *value;
    size_t start = out->size;
    int shown = 0;
    json_object_foreach(fields, name, value)
    {
        if (shown == COLUMNS_SHOWN)
            return;
        if (strcmp(name, "table") == 0 || !json_is_string(value) ||
            records_heading(records, bytes_of_text(name)) != MASK_NONE)
            continue;
        put_joined(json_string_value(value), " ", out, start);
        shown++;
    }
}

static void put_title(struct records *records, const struct model *model, json_t *fields, struct buffer *out)
{
    size_t start = out->size;
    for (size_t i = 0; i < 3 && model->title[i] != NULL; i++) {
        const char *group = model->title[i];
        if (strcmp(group, "@columns") == 0) {
            put_columns(records, fields, out);
        } else if (strcmp(group, "@other") == 0) {
            const char *direction = json_text(fields, "direction");
            bool sold = direction != NULL && strcmp(direction, "out") == 0;
            put_joined(group_text(fields, sold ? "buyer.name|seller.name" : "seller.name|buyer.name"), " ",
                out, start);
        } else {
            put_joined(group_text(fields, group), " ", out, start);
        }
    }
}

/* --- Terms --- */

struct collecting {
    struct records *records;
    const struct model_term *term;
    struct buffer *out; /* JSON of the terms; NULL: only tokens are wanted */
    bool tokens;
    bool list;   /* one member with an array, or one member a value */
    bool opened; /* of the array */
    bool any;    /* of the terms object */
    size_t values;
    const char *last; /* lines often say the same one after another */
};

static void put_member(struct collecting *collecting, const char *name)
{
    struct buffer *out = collecting->out;
    if (collecting->any)
        buffer_put_u8(out, ',');
    collecting->any = true;
    json_write_string(bytes_of_text(name), out);
    buffer_put_u8(out, ':');
}

static void write_value(struct collecting *collecting, const char *name, struct bytes text)
{
    struct buffer *out = collecting->out;
    if (!collecting->list || !collecting->opened)
        put_member(collecting, name);
    else
        buffer_put_u8(out, ',');
    if (collecting->list && !collecting->opened)
        buffer_put_u8(out, '[');
    json_write_string(text, out);
}

static void put_value(struct collecting *collecting, const char *name, struct bytes text)
{
    if (collecting->out != NULL)
        write_value(collecting, name, text);
    collecting->opened = true;
    if (collecting->tokens)
        terms_add(&collecting->records->terms, collecting->term->type, text);
}

static int collect(void *context, const struct field_leaf *leaf)
{
    struct collecting *collecting = context;
    const char *text = json_string_value(leaf->value);
    if (text == NULL || text[0] == '\0' || collecting->values++ >= VALUES_MAX ||
        (collecting->last != NULL && strcmp(collecting->last, text) == 0))
        return VAULT_OK;
    collecting->last = text;
    put_value(collecting, leaf->path, bytes_of_text(text));
    return VAULT_OK;
}

static int collect_column(void *context, const struct field_leaf *leaf)
{
    struct collecting *collecting = context;
    const char *text = json_string_value(leaf->value);
    size_t size = text == NULL ? 0 : strlen(text);
    if (size == 0 || size > COLUMN_SIZE || collecting->records->terms.count >= COLUMN_TERMS ||
        strcmp(leaf->name, "table") == 0 ||
        records_heading(collecting->records, bytes_of_text(leaf->name)) != MASK_NONE)
        return VAULT_OK;
    put_value(collecting, leaf->name, bytes_of(text, size));
    return VAULT_OK;
}

static int collect_term(struct collecting *collecting, json_t *fields, struct bytes key)
{
    const char *path = collecting->term->path;
    int result = VAULT_OK;
    collecting->list = strstr(path, "[]") != NULL;
    collecting->opened = false;
    collecting->last = NULL;
    if (strcmp(path, "@key") == 0) {
        if (key.size > 0)
            put_value(collecting, "key", key);
    } else if (strcmp(path, "*") == 0) {
        result = path_each(fields, path, collect_column, collecting);
    } else {
        result = path_each(fields, path, collect, collecting);
    }
    if (collecting->out != NULL && collecting->list && collecting->opened)
        buffer_put_u8(collecting->out, ']');
    return result;
}

static int collect_all(struct collecting *collecting, const struct model *model, json_t *fields, struct bytes key)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < MODEL_TERMS && model->terms[i].path != NULL && result == VAULT_OK; i++) {
        collecting->term = &model->terms[i];
        result = collect_term(collecting, fields, key);
    }
    return result;
}

int head_write(struct records *records, const struct model *model, const char *date, json_t *fields,
    const struct secret *index_key)
{
    struct buffer *head = &records->head;
    struct buffer *text = &records->text;
    struct collecting collecting = {.records = records, .tokens = true};
    terms_start(&records->terms, index_key);
    buffer_reset(head);
    buffer_reset(text);
    put_key(model, fields, text);
    size_t key_size = text->size;
    put_title(records, model, fields, text);
    if (buffer_text(text) == NULL)
        return VAULT_ENOMEM;
    struct bytes key = bytes_of(text->data, key_size);
    buffer_put_text(head, "{\"date\":");
    json_write_string(bytes_of_text(date), head);
    buffer_put_text(head, ",\"key\":");
    json_write_string(key, head);
    buffer_put_text(head, ",\"title\":");
    json_write_string(bytes_of(text->data + key_size, text->size - key_size), head);
    buffer_put_u8(head, '}');
    int result = index_key == NULL ? VAULT_OK : collect_all(&collecting, model, fields, key);
    return result == VAULT_OK ? buffer_error(head) : result;
}

int head_terms(struct records *records, const struct model *model, json_t *fields, struct buffer *out)
{
    struct buffer *text = &records->text;
    struct collecting collecting = {.records = records, .out = out};
    buffer_reset(text);
    put_key(model, fields, text);
    buffer_put_u8(out, '{');
    int result = collect_all(&collecting, model, fields, buffer_bytes(text));
    buffer_put_u8(out, '}');
    if (result == VAULT_OK)
        result = buffer_error(text);
    return result == VAULT_OK ? buffer_error(out) : result;
}
