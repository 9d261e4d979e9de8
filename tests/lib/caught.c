#include "tests/lib/caught.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static int on_record(void *context, const struct draft *draft)
{
    struct caught *caught = context;
    json_t *record = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "kind", kind_name(draft->kind), "where",
        draft->where, "period", draft->period, "date", draft->date, "client_name",
        text_or_null(draft->client.name), "client_tax_id", text_or_null(draft->client.tax_id), "bytes",
        (json_int_t)draft->content.size);
    json_object_set(record, "fields", draft->fields);
    if (draft->raw != NULL) {
        json_object_set(record, "raw", draft->raw);
    }
    return json_array_append_new(caught->records, record);
}

static int on_place(json_t *array, const char *where, const char *reason)
{
    return json_array_append_new(array, json_pack("{s:s, s:s}", "where", where, "reason", reason));
}

static int on_refused(void *context, const char *where, const char *reason)
{
    return on_place(((struct caught *)context)->refused, where, reason);
}

static int on_warned(void *context, const char *where, const char *reason)
{
    return on_place(((struct caught *)context)->warned, where, reason);
}

static int on_control(void *context, const struct import_control *control)
{
    return json_array_append_new(((struct caught *)context)->controls,
        json_pack("{s:s, s:s, s:s, s:b}", "name", control->name, "stated", control->stated, "computed",
            control->computed, "ok", (int)control->ok));
}

static int on_unmapped(void *context, const char *name)
{
    return json_array_append_new(((struct caught *)context)->unmapped, json_string(name));
}

struct caught caught_file(const char *path, const char *format)
{
    struct caught caught = {.records = json_array(),
        .refused = json_array(),
        .warned = json_array(),
        .controls = json_array(),
        .unmapped = json_array()};
    struct import_options options = {.format = format};
    struct import_sink sink = {.context = &caught,
        .record = on_record,
        .refused = on_refused,
        .warned = on_warned,
        .control = on_control,
        .unmapped = on_unmapped};
    caught.error = import_read(path, &options, &sink, &caught.summary, &caught.failure);
    return caught;
}

struct caught caught_bytes(struct bytes content, const char *name, const char *format)
{
    char directory[] = "/tmp/strongroom-test-XXXXXX";
    struct caught caught = {.error = VAULT_EIO};
    if (mkdtemp(directory) == NULL) {
        return caught;
    }
    char *path = file_path(directory, name);
    if (file_replace(path, content, 0600, &caught.failure) == VAULT_OK) {
        caught = caught_file(path, format);
    }
    unlink(path);
    rmdir(directory);
    free(path);
    return caught;
}

struct caught caught_text(const char *text, const char *format)
{
    return caught_bytes(bytes_of_text(text), "made-up", format);
}

struct caught caught_sample(const char *name, const char *format)
{
    char relative[256];
    snprintf(relative, sizeof relative, "tests/samples/%s", name);
    char *path = source_path(relative);
    struct caught caught = caught_file(path, format);
    free(path);
    return caught;
}

void caught_free(struct caught *caught)
{
    json_decref(caught->records);
    json_decref(caught->refused);
    json_decref(caught->warned);
    json_decref(caught->controls);
    json_decref(caught->unmapped);
    memset(caught, 0, sizeof *caught);
}

const json_t *caught_record(const struct caught *caught, const char *kind, size_t n)
{
    size_t at;
    const json_t *record;
    json_array_foreach(caught->records, at, record)
    {
        if (strcmp(json_text(record, "kind"), kind) == 0 && n-- == 0) {
            return record;
        }
    }
    return NULL;
}

size_t caught_count(const struct caught *caught, const char *kind)
{
    size_t count = 0;
    while (caught_record(caught, kind, count) != NULL) {
        count++;
    }
    return count;
}

const char *caught_field(const struct caught *caught, const char *kind, size_t n, const char *path)
{
    const json_t *value = json_object_get(caught_record(caught, kind, n), "fields");
    char step[128];
    while (value != NULL && *path != 0) {
        size_t size = strcspn(path, ".");
        snprintf(step, sizeof step, "%.*s", (int)size, path);
        value =
            json_is_array(value) ? json_array_get(value, (size_t)atoi(step)) : json_object_get(value, step);
        path += size + (path[size] == '.');
    }
    const char *text = json_string_value(value);
    return text == NULL ? "" : text;
}

size_t caught_lines(const struct caught *caught, const char *kind)
{
    size_t lines = 0;
    for (size_t n = 0; caught_record(caught, kind, n) != NULL; n++) {
        lines += json_array_size(
            json_object_get(json_object_get(caught_record(caught, kind, n), "fields"), "lines"));
    }
    return lines;
}

size_t caught_controls(const struct caught *caught, const char *name, bool ok)
{
    size_t at, count = 0;
    const json_t *control;
    json_array_foreach(caught->controls, at, control)
    {
        count += strcmp(json_text(control, "name"), name) == 0 &&
                 json_is_true(json_object_get(control, "ok")) == ok;
    }
    return count;
}

char *source_path(const char *name)
{
    const char *source = getenv("STRONGROOM_SOURCE");
    if (source != NULL) {
        return file_path(source, name);
    }
    char *here = getcwd(NULL, 0), *path = NULL;
    for (char *slash = here; slash != NULL; slash = strrchr(here, '/')) {
        *(slash == here ? here + strlen(here) : slash) = 0; /* the first time all of it */
        path = file_path(here, name);
        if (path != NULL && file_exists(path)) {
            break;
        }
        free(path);
        path = NULL;
    }
    free(here);
    return path != NULL ? path : strdup(name);
}

const char *data_directory(void)
{
    const char *data = getenv("STRONGROOM_TEST_DATA");
    return data != NULL && file_exists(data) ? data : NULL;
}
