/* What people give a document: fields, and tables by recipient. */
#include "cli/command_document.h"
#include "cli/given_words.h"

#include <stdio.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/documents/template.h"
#include "vault/formats/rows.h"

#define FIELDS_FILE_MAX ((size_t)4 << 20)
#define COLUMNS_MAX 64u

/* --- Fields --- */

static int read_fields_file(struct cli *cli, json_t **fields)
{
    const char *path = cli_text(cli, "fields");
    struct buffer text = {0};
    *fields = NULL;
    if (path == NULL) {
        *fields = json_object();
        return *fields == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    int result = file_read(path, FIELDS_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK && (result = json_read(buffer_bytes(&text), fields, &cli->failure)) != VAULT_OK)
        failure_prefix(&cli->failure, "%s", path);
    if (result == VAULT_OK && !json_is_object(*fields))
        result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: no JSON object"), path);
    buffer_free(&text);
    return result;
}

int document_fields(struct cli *cli)
{
    const json_t *words = json_object_get(cli->arguments.apart, "field");
    json_t *fields = NULL;
    json_t *given = NULL;
    int result = read_fields_file(cli, &fields);
    if (result == VAULT_OK)
        result = given_fields(&cli->arguments, words, "field", &given, &cli->failure);
    if (result == VAULT_OK && json_object_update(fields, given) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && json_object_set(cli->arguments.given, "fields", fields) != 0)
        result = VAULT_ENOMEM;
    json_decref(given);
    json_decref(fields);
    return result;
}

/* --- Tables: recipients, registers --- */

struct table_reading {
    struct cli *cli;
    const char *path;
    char columns[COLUMNS_MAX][TEMPLATE_NAME_MAX + 1];
    size_t count; /* 0: the headings are still to come */
    json_t *rows; /* object by recipient: object by column */
};

static int take_headings(struct table_reading *t, const struct bytes *cells, size_t count)
{
    bool key = false;
    for (size_t i = 0; i < count && i < COLUMNS_MAX; i++) {
        struct bytes cell = text_trim(cells[i]);
        if (cell.size > TEMPLATE_NAME_MAX)
            return failure_set(&t->cli->failure, VAULT_EINPUT, _("%s: a heading that is too long"), t->path);
        (void)snprintf(t->columns[i], sizeof t->columns[i], "%.*s", (int)cell.size, (const char *)cell.data);
        if (strcmp(t->columns[i], "id") == 0 || strcmp(t->columns[i], "client") == 0)
            text_copy(t->columns[i], sizeof t->columns[i], "recipient");
        key |= strcmp(t->columns[i], "recipient") == 0;
    }
    t->count = count < COLUMNS_MAX ? count : COLUMNS_MAX;
    return key ? VAULT_OK
               : failure_set(&t->cli->failure, VAULT_EINPUT, _("%s: no column is headed recipient"), t->path);
}

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    struct table_reading *t = context;
    const char *key = NULL;
    if (t->count == 0)
        return take_headings(t, cells, count);
    json_t *row = json_object();
    int failed = row == NULL;
    for (size_t i = 0; i < count && i < t->count && !failed; i++) {
        struct bytes cell = text_trim(cells[i]);
        if (cell.size == 0 || t->columns[i][0] == '\0')
            continue;
        json_t *value = json_stringn((const char *)cell.data, cell.size);
        failed = json_object_set_new(row, t->columns[i], value) != 0;
    }
    key = json_text(row, "recipient");
    int result = failed ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && key == NULL && json_object_size(row) > 0)
        result = failure_set(&t->cli->failure, VAULT_EINPUT, _("%s: a row without its recipient"), t->path);
    if (result == VAULT_OK && key != NULL && json_object_get(t->rows, key) != NULL)
        result = failure_set(
            &t->cli->failure, VAULT_EINPUT, _("%s: recipient '%s' stands in it twice"), t->path, key);
    if (result == VAULT_OK && key != NULL && json_object_set(t->rows, key, row) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && key != NULL)
        (void)json_object_del(row, "recipient");
    json_decref(row);
    return result;
}

/* A line of `client list --json`, or of the same form. */
static int take_line(struct table_reading *t, struct bytes line)
{
    json_t *value = NULL;
    int result = json_read(line, &value, &t->cli->failure);
    const char *id = json_text(value, "recipient");
    if (id == NULL)
        id = json_text(value, "id");
    if (result != VAULT_OK)
        failure_prefix(&t->cli->failure, "%s", t->path);
    else if (id == NULL)
        result = failure_set(&t->cli->failure, VAULT_EINPUT, _("%s: a row without its recipient"), t->path);
    json_t *row = json_object_get(value, "fields") == NULL ? json_object()
                                                           : json_copy(json_object_get(value, "fields"));
    if (result == VAULT_OK && json_text(value, "name") != NULL)
        (void)json_object_set(row, "name", json_object_get(value, "name"));
    if (result == VAULT_OK && json_object_set(t->rows, id, row) != 0)
        result = VAULT_ENOMEM;
    json_decref(row);
    json_decref(value);
    return result;
}

static int read_lines(struct table_reading *t, struct bytes text)
{
    int result = VAULT_OK;
    while (text.size > 0 && result == VAULT_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        struct bytes line = text_trim(bytes_of(text.data, size));
        if (line.size > 0)
            result = take_line(t, line);
        size += end != NULL;
        text = bytes_of(text.data + size, text.size - size);
    }
    return result;
}

int document_table(struct cli *cli, const char *path, json_t **rows)
{
    struct table_reading t = {.cli = cli, .path = path, .rows = json_object()};
    struct buffer text = {0};
    int result = t.rows == NULL ? VAULT_ENOMEM : file_read(path, FIELDS_FILE_MAX, &text, &cli->failure);
    if (result == VAULT_OK && text.size > 0 && text.data[0] == '{')
        result = read_lines(&t, buffer_bytes(&text));
    else if (result == VAULT_OK)
        result = rows_read(path, NULL, take_row, &t, &cli->failure);
    if (result == VAULT_OK && json_object_size(t.rows) == 0)
        result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: nobody stands in it"), path);
    buffer_free(&text);
    if (result != VAULT_OK) {
        json_decref(t.rows);
        t.rows = NULL;
    }
    *rows = t.rows;
    return result;
}

int document_recipients(struct cli *cli)
{
    const char *path = cli_text(cli, "recipients");
    json_t *rows = NULL;
    if (path == NULL)
        return VAULT_OK;
    int result = document_table(cli, path, &rows);
    return result == VAULT_OK && json_object_set_new(cli->arguments.given, "recipients", rows) != 0
               ? VAULT_ENOMEM
               : result;
}
