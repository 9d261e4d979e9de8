#include <stdarg.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/xml_map_private.h"

#define PATH_SIZE 512
#define UNMAPPED_NAMES 4096 /* a file with more names than this is not telling anybody anything by them */

int xml_record_refuse(struct xml_record *record, int error, const char *format, ...)
{
    if (record->reason[0] == 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(record->reason, sizeof record->reason, format, arguments);
        va_end(arguments);
        /* A value cut within a character would not be UTF-8. */
        size_t size = strlen(record->reason);
        while (size > 0 && !utf8_valid(bytes_of(record->reason, size))) {
            record->reason[--size] = '\0';
        }
    }
    return error;
}

int xml_record_begin(struct xml_record *record, struct import_run *run, struct xml_node *root,
    enum record_kind kind, struct bytes title)
{
    memset(record, 0, sizeof *record);
    record->run = run;
    record->root = root;
    record->draft.kind = kind;
    record->draft.fields = json_object();
    int size = (int)(title.size < 80 ? title.size : 80);
    snprintf(record->draft.where, sizeof record->draft.where, "line %d: %.40s%s%.*s", root->line, root->name,
        size > 0 ? " " : "", size, size > 0 ? (const char *)title.data : "");
    size_t length = strlen(record->draft.where);
    while (length > 0 && !utf8_valid(bytes_of(record->draft.where, length))) {
        record->draft.where[--length] = '\0';
    }
    return record->draft.fields == NULL ? VAULT_ENOMEM : VAULT_OK;
}

int xml_require(struct xml_record *record, const json_t *object, const char *field, const char *element)
{
    if (json_object_get(object, field) != NULL) {
        return VAULT_OK;
    }
    return xml_record_refuse(record, VAULT_EINPUT, "no %s", element);
}

void xml_record_date(struct xml_record *record, const json_t *object, const char *field)
{
    const char *date = json_text(object, field);
    if (date != NULL && strlen(date) == 10) {
        snprintf(record->draft.date, sizeof record->draft.date, "%s", date);
        snprintf(record->draft.period, sizeof record->draft.period, "%.7s", date);
    }
}

/* --- what is left over -------------------------------------------------------------------------------------
 */

struct leftover {
    struct import_run *run;
    json_t *raw;
    char path[PATH_SIZE]; /* within the record: "Line[2]/Tax/TaxCode" */
    char name[PATH_SIZE]; /* of its kind: "Invoice/Line/Tax/TaxCode" */
    bool report;
};

/* Text that JSON can hold: libxml2 and the input let nothing else through, except in hostile OFX. */
static int keep(struct leftover *left, struct bytes text, enum xml_fate fate)
{
    json_t *value = json_stringn((const char *)text.data, text.size);
    if (value == NULL || json_object_set_new(left->raw, left->path, value) != 0) {
        return VAULT_ENOMEM;
    }
    bool tell =
        fate == XML_FATE_UNMAPPED && left->report &&
        (left->run->unmapped_seen == NULL || json_object_size(left->run->unmapped_seen) < UNMAPPED_NAMES);
    return tell ? run_unmapped(left->run, left->name) : VAULT_OK;
}

static void put_step(char *path, size_t size, const char *between, const char *name, int ordinal)
{
    if (ordinal > 0) {
        snprintf(path + size, PATH_SIZE - size, "%s%s[%d]", size > 0 ? between : "", name, ordinal);
    } else {
        snprintf(path + size, PATH_SIZE - size, "%s%s", size > 0 ? between : "", name);
    }
}

static int walk(struct leftover *left, struct xml_node *node);

/* Names that occur once need no number.  counts: name -> how many there are; seen: how many came by. */
static int count_names(struct xml_node *node, json_t *counts)
{
    for (struct xml_node *child = node->first; child != NULL; child = child->next) {
        json_int_t before = json_integer_value(json_object_get(counts, child->name));
        if (json_object_set_new(counts, child->name, json_integer(before + 1)) != 0) {
            return VAULT_ENOMEM;
        }
    }
    return VAULT_OK;
}

static int walk_children(struct leftover *left, struct xml_node *node)
{
    if (node->first == NULL) {
        return VAULT_OK;
    }
    size_t path_size = strlen(left->path), name_size = strlen(left->name);
    json_t *counts = json_object(), *seen = json_object();
    int error = counts == NULL || seen == NULL ? VAULT_ENOMEM : count_names(node, counts);
    for (struct xml_node *child = node->first; child != NULL && error == VAULT_OK; child = child->next) {
        json_int_t ordinal = 0;
        if (json_integer_value(json_object_get(counts, child->name)) > 1) {
            ordinal = json_integer_value(json_object_get(seen, child->name)) + 1;
            error =
                json_object_set_new(seen, child->name, json_integer(ordinal)) == 0 ? VAULT_OK : VAULT_ENOMEM;
        }
        put_step(left->path, path_size, "/", child->name, (int)ordinal);
        put_step(left->name, name_size, "/", child->name, 0);
        error = error == VAULT_OK ? walk(left, child) : error;
        left->path[path_size] = left->name[name_size] = 0;
    }
    json_decref(counts);
    json_decref(seen);
    return error;
}

static int walk(struct leftover *left, struct xml_node *node)
{
    int error = VAULT_OK;
    if (node->fate != XML_FATE_MAPPED && xml_node_text(node).size > 0) {
        error = keep(left, bytes_of(node->text, node->text_size), node->fate);
    }
    size_t path_size = strlen(left->path), name_size = strlen(left->name);
    for (struct xml_attribute *at = node->attributes; at != NULL && error == VAULT_OK; at = at->next) {
        if (at->fate != XML_FATE_MAPPED && at->text[0] != 0) {
            put_step(left->path, path_size, "@", at->name, 0);
            put_step(left->name, name_size, "@", at->name, 0);
            error = keep(left, bytes_of_text(at->text), at->fate);
            left->path[path_size] = left->name[name_size] = 0;
        }
    }
    return error == VAULT_OK ? walk_children(left, node) : error;
}

static int keep_leftovers(struct xml_record *record, bool report)
{
    struct leftover left = {.run = record->run, .raw = json_object(), .report = report};
    if (left.raw == NULL) {
        return VAULT_ENOMEM;
    }
    snprintf(left.name, sizeof left.name, "%.100s", record->root->name);
    int error = walk(&left, record->root);
    if (error == VAULT_OK && json_object_size(left.raw) > 0) {
        record->draft.raw = json_incref(left.raw);
    }
    json_decref(left.raw);
    return error;
}

int xml_record_end(struct xml_record *record, int error)
{
    record->run->summary->read++;
    if (error == VAULT_OK && !record->bare) {
        error = keep_leftovers(record, true);
    }
    if (error == VAULT_OK) {
        error = run_record(record->run, &record->draft);
    } else if ((error == VAULT_EINPUT || error == VAULT_ELIMIT) && record->reason[0] != 0) {
        error = run_refuse(record->run, record->draft.where, "%s", record->reason);
    }
    draft_reset(&record->draft);
    return error;
}

int xml_table_row(
    struct import_run *run, struct xml_node *root, const char *table, const struct draft *client)
{
    struct xml_record record;
    int error = xml_record_begin(&record, run, root, KIND_TABLE_ROW, bytes_of(NULL, 0));
    if (client != NULL) {
        record.draft.client = client->client;
        memcpy(record.draft.period, client->period, sizeof record.draft.period);
        memcpy(record.draft.date, client->date, sizeof record.draft.date);
    }
    if (error == VAULT_OK) {
        error = keep_leftovers(&record, false);
    }
    if (error == VAULT_OK && record.draft.raw != NULL) {
        /* The columns are the raw texts themselves: `fields` says it all. */
        json_decref(record.draft.fields);
        record.draft.fields = record.draft.raw;
        record.draft.raw = NULL;
        error = value_set(record.draft.fields, "table", bytes_of_text(table));
        run->summary->read++;
        error = error == VAULT_OK ? run_record(run, &record.draft) : error;
    }
    draft_reset(&record.draft);
    return error;
}
