#include "drafts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static int on_record(void *context, const struct draft *draft)
{
    struct drafts *drafts = context;
    json_t *record = json_object();
    json_object_set_new(record, "kind", json_string(kind_name(draft->kind)));
    json_object_set_new(record, "period", json_string(draft->period));
    json_object_set_new(record, "date", json_string(draft->date));
    json_object_set_new(record, "where", json_string(draft->where));
    json_object_set_new(record, "client_no", text_or_null(draft->client.client_no));
    json_object_set_new(record, "tax_id", text_or_null(draft->client.tax_id));
    json_object_set_new(record, "name", text_or_null(draft->client.name));
    json_object_set_new(record, "fields", json_deep_copy(draft->fields));
    json_object_set_new(record, "raw", draft->raw == NULL ? json_null() : json_deep_copy(draft->raw));
    json_object_set_new(record, "record_id", text_or_null(draft->record_id));
    json_object_set_new(
        record, "masked", draft->masked == NULL ? json_null() : json_deep_copy(draft->masked));
    json_array_append_new(drafts->records, record);
    return 0;
}

static int append(json_t *array, const char *where, const char *reason)
{
    json_array_append_new(array, json_sprintf("%s: %s", where, reason));
    return 0;
}

static int on_refused(void *context, const char *where, const char *reason)
{
    struct drafts *drafts = context;
    return append(drafts->refused, where, reason);
}

static int on_warned(void *context, const char *where, const char *reason)
{
    struct drafts *drafts = context;
    return append(drafts->warned, where, reason);
}

static int on_control(void *context, const struct import_control *control)
{
    struct drafts *drafts = context;
    json_array_append_new(
        drafts->controls, json_pack("{s:s, s:s, s:s, s:b}", "name", control->name, "stated", control->stated,
                              "computed", control->computed, "ok", control->ok));
    return 0;
}

static int on_unmapped(void *context, const char *name)
{
    struct drafts *drafts = context;
    json_array_append_new(drafts->unmapped, json_string(name));
    return 0;
}

struct drafts drafts_read(const char *path, const struct import_options *options)
{
    struct drafts drafts = {.records = json_array(),
        .refused = json_array(),
        .warned = json_array(),
        .controls = json_array(),
        .unmapped = json_array()};
    struct import_sink sink = {&drafts, on_record, on_refused, on_warned, on_control, on_unmapped};
    drafts.result = import_read(path, options, &sink, &drafts.summary, &drafts.failure);
    return drafts;
}

void drafts_free(struct drafts *drafts)
{
    json_decref(drafts->records);
    json_decref(drafts->refused);
    json_decref(drafts->warned);
    json_decref(drafts->controls);
    json_decref(drafts->unmapped);
    memset(drafts, 0, sizeof *drafts);
}

static char *new_path(const char *name)
{
    static unsigned count;
    char *path = NULL;
    const char *directory = getenv("TMPDIR");
    if (asprintf(&path, "%s/strongroom-test-%ld-%u-%s", directory == NULL ? "/tmp" : directory,
            (long)getpid(), count++, name) < 0)
        abort();
    return path;
}

char *drafts_file(const char *name, const void *bytes, size_t size)
{
    char *path = new_path(name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || (size > 0 && fwrite(bytes, size, 1, file) != 1) || fclose(file) != 0)
        abort();
    return path;
}

struct drafts drafts_of(const char *name, const void *bytes, size_t size)
{
    char *path = drafts_file(name, bytes, size);
    struct drafts drafts = drafts_read(path, NULL);
    (void)unlink(path);
    free(path);
    return drafts;
}

struct drafts drafts_of_text(const char *name, const char *text)
{
    return drafts_of(name, text, strlen(text));
}

static const char *member(const json_t *record, const char *name)
{
    const char *text = json_text(record, name);
    return text == NULL ? "" : text;
}

char *drafts_export(const struct drafts *drafts, const char *format, const struct export_options *options)
{
    struct export_writer *writer = NULL;
    struct failure failure = {0};
    struct hash hash;
    char name[32];
    (void)snprintf(name, sizeof name, "export.%s", format);
    char *path = new_path(name);
    if (export_open(format, path, options, &writer, &failure) != VAULT_OK) {
        (void)fprintf(stderr, "%s\n", failure.text);
        abort();
    }
    for (size_t i = 0; i < json_array_size(drafts->records); i++) {
        char id[32];
        json_t *record = json_array_get(drafts->records, i);
        struct export_row row = {.client_no = member(record, "client_no"),
            .client_name = member(record, "name"),
            .client_tax_id = member(record, "tax_id"),
            .version = 3,
            .period = member(record, "period"),
            .date = member(record, "date"),
            .fields = json_object_get(record, "fields"),
            .masked = json_object_get(record, "masked")};
        (void)kind_parse(bytes_of_text(member(record, "kind")), &row.kind);
        (void)snprintf(id, sizeof id, "01J%023zu", i);
        row.record_id = id;
        if (export_put(writer, &row, &failure) != VAULT_OK) {
            (void)fprintf(stderr, "%s\n", failure.text);
            abort();
        }
    }
    if (export_close(writer, &hash, &failure) != VAULT_OK) {
        (void)fprintf(stderr, "%s\n", failure.text);
        abort();
    }
    return path;
}

json_t *drafts_record(const struct drafts *drafts, size_t index)
{
    return json_array_get(drafts->records, index);
}

const char *drafts_field(const struct drafts *drafts, size_t index, const char *path)
{
    char part[64];
    const json_t *at = json_object_get(drafts_record(drafts, index), "fields");
    while (at != NULL && *path != '\0') {
        size_t size = strcspn(path, ".");
        (void)snprintf(part, sizeof part, "%.*s", (int)size, path);
        at = json_is_array(at) ? json_array_get(at, strtoul(part, NULL, 10)) : json_object_get(at, part);
        path += size + (path[size] == '.');
    }
    return json_string_value(at);
}

static const char *compare_record(size_t index, const json_t *a, const json_t *b)
{
    static char text[1200];
    static const char *const members[] = {"kind", "period", "date", "client_no", "tax_id", "name", "fields"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const json_t *left = json_object_get(a, members[i]);
        const json_t *right = json_object_get(b, members[i]);
        /* Absent and empty are the same to an export's cells. */
        bool both_empty =
            json_string_length(left) == 0 && json_string_length(right) == 0 && !json_is_object(left);
        if (both_empty || json_equal(left, right))
            continue;
        char *x = json_dumps(left, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        char *y = json_dumps(right, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        (void)snprintf(text, sizeof text, "record %zu, %s: %.500s -> %.500s", index, members[i], x, y);
        free(x);
        free(y);
        return text;
    }
    return NULL;
}

const char *drafts_compare(const struct drafts *a, const struct drafts *b)
{
    static char text[80];
    if (json_array_size(a->records) != json_array_size(b->records)) {
        (void)snprintf(text, sizeof text, "%zu records -> %zu", json_array_size(a->records),
            json_array_size(b->records));
        return text;
    }
    for (size_t i = 0; i < json_array_size(a->records); i++) {
        const char *different = compare_record(i, drafts_record(a, i), drafts_record(b, i));
        if (different != NULL)
            return different;
    }
    return NULL;
}

const char *samples_directory(void)
{
    const char *directory = getenv("STRONGROOM_SAMPLES");
    return directory == NULL ? "tests/samples" : directory;
}
