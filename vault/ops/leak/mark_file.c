#include "vault/ops/leak/mark_file_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/json.h"
#include "vault/formats/rows.h"

#define LINE_BYTES_MAX ((size_t)8 << 20)
#define DEPTH_MAX 16

struct feed {
    struct mark_reading *reading;
    uint64_t rows;
    char *names[MARK_COLUMNS_MAX]; /* of JSON lines: which member is which column */
    size_t count;
};

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    struct feed *feed = context;
    feed->rows++;
    return mark_reading_add_row(feed->reading, cells, count);
}

static int take_property(void *context, struct bytes text)
{
    const struct feed *feed = context;
    uint8_t id[FINGERPRINT_ID_SIZE];
    if (hex_decode((const char *)text.data, text.size, id, sizeof id))
        mark_reading_add_id(feed->reading, id);
    return VAULT_OK;
}

/* --- JSON lines: a member's name is its column, wherever it stands --- */

/* The column of a name; MARK_COLUMNS_MAX if there is no room for another. */
static size_t column_of(struct feed *feed, const char *name)
{
    for (size_t i = 0; i < feed->count; i++) {
        if (strcmp(feed->names[i], name) == 0)
            return i;
    }
    if (feed->count == MARK_COLUMNS_MAX || (feed->names[feed->count] = strdup(name)) == NULL)
        return MARK_COLUMNS_MAX;
    return feed->count++;
}

/* Each object is a row of its own texts; what it holds further down are rows too. */
static int take_value(struct feed *feed, const json_t *value, int depth)
{
    const char *name;
    json_t *member;
    bool any = false;
    int result = VAULT_OK;
    struct bytes cells[MARK_COLUMNS_MAX] = {{0}};
    for (size_t i = 0; json_is_array(value) && depth > 0 && i < json_array_size(value) && result == VAULT_OK;
         i++)
        result = take_value(feed, json_array_get(value, i), depth - 1);
    json_object_foreach((json_t *)(uintptr_t)value, name, member)
    {
        size_t column = json_is_string(member) ? column_of(feed, name) : MARK_COLUMNS_MAX;
        if (column < MARK_COLUMNS_MAX) {
            cells[column] = bytes_of(json_string_value(member), json_string_length(member));
            any = true;
        } else if (depth > 0 && result == VAULT_OK && !json_is_string(member)) {
            result = take_value(feed, member, depth - 1);
        }
    }
    return any && result == VAULT_OK ? mark_reading_add_row(feed->reading, cells, feed->count) : result;
}

static int take_line(struct feed *feed, struct bytes line)
{
    json_t *value = NULL;
    if (json_read(line, &value, NULL) != VAULT_OK)
        return VAULT_OK; /* a leak may be torn anywhere */
    feed->rows++;
    int result = take_value(feed, value, DEPTH_MAX);
    json_decref(value);
    return result;
}

static int read_lines(FILE *file, struct feed *feed, struct failure *failure)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int result = VAULT_OK;
    while (result == VAULT_OK && (size = getline(&line, &room, file)) > 0) {
        if ((size_t)size > LINE_BYTES_MAX)
            result = failure_set(failure, VAULT_ELIMIT, "a line of more than %zu MiB", LINE_BYTES_MAX >> 20);
        else
            result = take_line(feed, bytes_of(line, (size_t)size));
    }
    if (line != NULL)
        wipe(line, room);
    free(line);
    return result;
}

/* Is it JSON lines?  Then it is read, and *lines says so. */
static int try_lines(const char *path, struct feed *feed, bool *lines, struct failure *failure)
{
    FILE *file = fopen(path, "re");
    *lines = false;
    if (file == NULL)
        return failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "%s: cannot be read: %s",
            path, strerror(errno));
    *lines = fgetc(file) == '{';
    rewind(file);
    int result = *lines ? read_lines(file, feed, failure) : VAULT_OK;
    (void)fclose(file);
    return result;
}

int mark_file_read(const char *path, const char *encoding, struct mark_reading *reading, uint64_t *rows,
    struct failure *failure)
{
    struct feed feed = {.reading = reading};
    bool lines = false;
    int result = try_lines(path, &feed, &lines, failure);
    if (result == VAULT_OK && !lines)
        result = rows_read(path, encoding, take_row, &feed, failure);
    if (result == VAULT_OK && !lines)
        result = rows_properties(path, take_property, &feed, failure);
    for (size_t i = 0; i < feed.count; i++)
        free(feed.names[i]);
    *rows = feed.rows;
    return result;
}
