/* The tables of a firm's folder come through the door of all tables; the events, which are many, line by
 * line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/formats/rows.h"
#include "vault/ops/leak/firm_private.h"

#define LINE_LIMIT 65536u
#define TABLE_COLUMNS 32u

/* One table being read: where each wanted column stands. */
struct firm_table {
    struct access_index_builder *builder;
    struct failure *failure;
    const char *const *wanted; /* NULL-terminated */
    int at[TABLE_COLUMNS];
    int field_at[TRACE_FIELDS]; /* of versions.csv */
    bool headings;
    uint64_t line;
    int (*row)(struct firm_table *table, const struct bytes *cells, size_t count);
};

static struct bytes cell(const struct firm_table *table, const struct bytes *cells, size_t count, int column)
{
    int at = table->at[column];
    return at >= 0 && (size_t)at < count ? cells[at] : bytes_of("", 0);
}

static bool read_number(struct bytes text, int64_t *number)
{
    char digits[24], *end = NULL;
    if (text.size == 0 || text.size >= sizeof digits)
        return false;
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    errno = 0;
    *number = strtoll(digits, &end, 10);
    return errno == 0 && *end == '\0';
}

static int wrong(const struct firm_table *table, const char *what)
{
    return failure_set(table->failure, VAULT_EINPUT, "line %" PRIu64 ": %s", table->line, what);
}

static int take_headings(struct firm_table *table, const struct bytes *cells, size_t count)
{
    for (int w = 0; table->wanted[w] != NULL; w++) {
        table->at[w] = -1;
        for (size_t i = 0; i < count; i++)
            if (bytes_equal(cells[i], bytes_of_text(table->wanted[w])))
                table->at[w] = (int)i;
        if (table->at[w] < 0)
            return failure_set(table->failure, VAULT_EINPUT, "there is no column %s", table->wanted[w]);
    }
    for (int f = 0; f < TRACE_FIELDS; f++) {
        table->field_at[f] = -1;
        for (size_t i = 0; i < count; i++)
            if (bytes_equal(cells[i], bytes_of_text(trace_field_facts[f].name)))
                table->field_at[f] = (int)i;
    }
    table->headings = true;
    return VAULT_OK;
}

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    struct firm_table *table = context;
    table->line++;
    if (!table->headings)
        return take_headings(table, cells, count);
    return count == 0 || (count == 1 && cells[0].size == 0) ? VAULT_OK : table->row(table, cells, count);
}

static int read_table(const char *directory, const char *name, struct firm_table *table)
{
    char *path = file_path(directory, name);
    if (path == NULL)
        return failure_set(table->failure, VAULT_ENOMEM, "%s: no memory", directory);
    int result = rows_read(path, "UTF-8", take_row, table, table->failure);
    if (result == VAULT_OK && !table->headings)
        result = failure_set(table->failure, VAULT_EINPUT, "%s: it is empty", path);
    if (result != VAULT_OK)
        (void)failure_set(table->failure, result, "%s: no memory", path);
    free(path);
    return result;
}

/* --- The three tables --- */

static int add_person(struct firm_table *table, const struct bytes *cells, size_t count)
{
    uint32_t person = 0;
    int result = access_index_add_person(table->builder, cell(table, cells, count, 0), &person);
    return result == VAULT_EEXISTS ? wrong(table, "this actor is there already") : result;
}

/* Portfolio, second portfolio, team, city, industry. */
static int add_client(struct firm_table *table, const struct bytes *cells, size_t count)
{
    struct trace_client about = {.decoy = false};
    int64_t since = 0, decoy = 0;
    uint32_t client = 0;
    int result = VAULT_OK;
    if (!read_number(cell(table, cells, count, 6), &since) ||
        !read_number(cell(table, cells, count, 7), &decoy))
        return wrong(table, "onboard or decoy is not a number");
    about.since = since;
    about.decoy = decoy != 0;
    for (unsigned kind = 0; kind < TRACE_SEGMENTS && result == VAULT_OK; kind++) {
        struct bytes name = cell(table, cells, count, (int)kind + 1);
        about.segments[kind] = TRACE_NO_SEGMENT;
        if (name.size > 0 && !about.decoy)
            result = access_index_add_segment(table->builder, kind, name, &about.segments[kind]);
    }
    if (result == VAULT_OK)
        result = access_index_add_client(table->builder, cell(table, cells, count, 0), &about, &client);
    return result == VAULT_EEXISTS ? wrong(table, "this client is there already") : result;
}

/* The records of a client; in the order in which events name them by number. */
static bool record_number(struct bytes name, uint32_t *record)
{
    if (bytes_equal(name, bytes_of_text("card")))
        *record = 0;
    else if (bytes_equal(name, bytes_of_text("fin")))
        *record = 1;
    else
        return false;
    return true;
}

static int add_version(struct firm_table *table, const struct bytes *cells, size_t count)
{
    struct trace_version version = {.record = 0};
    uint32_t client = 0;
    int64_t number = 0;
    if (!access_index_client(table->builder, cell(table, cells, count, 0), &client))
        return wrong(table, "there is no such client");
    if (!record_number(cell(table, cells, count, 1), &version.record))
        return wrong(table, "a record is card or fin");
    if (!read_number(cell(table, cells, count, 2), &number) || number < 1 || number > INT32_MAX ||
        !read_number(cell(table, cells, count, 3), &version.valid_from))
        return wrong(table, "version or valid_from is not a number");
    version.version = (uint32_t)number;
    for (int f = 0; f < TRACE_FIELDS; f++)
        if (table->field_at[f] >= 0 && (size_t)table->field_at[f] < count)
            version.values[f] = cells[table->field_at[f]];
    return access_index_add_version(table->builder, client, &version);
}

/* --- Events --- */

static bool read_action(const char *text, enum trace_action *action)
{
    static const char *const names[] = {"read", "list", "export", "search"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            *action = (enum trace_action)i;
            return true;
        }
    }
    return false;
}

static bool read_fields(const json_t *names, trace_fields *fields)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        enum trace_field field = name == NULL ? TRACE_FIELDS : trace_field_find(bytes_of_text(name));
        if (field == TRACE_FIELDS)
            return false;
        *fields |= TRACE_BIT(field);
    }
    return json_is_array(names);
}

static const char *take_event(
    const json_t *event, struct access_index_builder *builder, uint32_t *client, struct trace_access *access)
{
    const char *actor = json_text(event, "actor"), *action = json_text(event, "action");
    const char *name = json_text(event, "client"), *record = json_text(event, "record");
    const char *export = json_text(event, "export_id");
    int64_t seq = json_number(event, "seq", -1), version = json_number(event, "version", -1);
    access->at = json_number(event, "time", -1);
    if (actor == NULL || action == NULL || name == NULL || record == NULL || seq < 0 || version < 1 ||
        version > INT32_MAX || access->at < 0)
        return "a member is missing or not of its type";
    access->event = (uint64_t)seq;
    access->version = (uint32_t)version;
    if (!access_index_person(builder, bytes_of_text(actor), &access->person))
        return "the actor is not among the principals";
    if (!access_index_client(builder, bytes_of_text(name), client))
        return "there is no such client";
    if (!record_number(bytes_of_text(record), &access->record) || !read_action(action, &access->action))
        return "record or action is not known";
    if (!read_fields(json_object_get(event, "fields"), &access->fields))
        return "fields are not known";
    if (export != NULL &&
        access_index_add_export(builder, bytes_of_text(export), &access->export) != VAULT_OK)
        return "too many exports";
    return NULL;
}

int firm_read_event(struct bytes line, struct access_index_builder *builder, struct failure *failure)
{
    struct trace_access access = {.event = 0};
    uint32_t client = 0;
    json_t *event = NULL;
    int result = json_read(line, &event, failure);
    if (result != VAULT_OK)
        return result;
    const char *problem = take_event(event, builder, &client, &access);
    json_decref(event);
    if (problem != NULL)
        return failure_set(failure, VAULT_EINPUT, "%s", problem);
    result = access_index_add_access(builder, client, &access);
    if (result == VAULT_EINPUT)
        return failure_set(failure, result, "seq and time may not go back");
    return result;
}

static int read_events(const char *directory, struct access_index_builder *builder, struct failure *failure)
{
    char *path = file_path(directory, "events.jsonl"), *line = NULL;
    size_t capacity = 0;
    uint64_t number = 0;
    ssize_t size;
    int result = VAULT_OK;
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) {
        result = failure_set(
            failure, VAULT_EIO, "%s: cannot be read: %s", path == NULL ? directory : path, strerror(errno));
        free(path);
        return result;
    }
    while (result == VAULT_OK && (size = getline(&line, &capacity, file)) > 0) {
        number++;
        if ((size_t)size > LINE_LIMIT)
            result = failure_set(failure, VAULT_ELIMIT, "a line is longer than %u bytes", LINE_LIMIT);
        else if (size > 1)
            result = firm_read_event(bytes_of(line, (size_t)size), builder, failure);
    }
    if (result == VAULT_OK && ferror(file))
        result = failure_set(failure, VAULT_EIO, "%s", strerror(errno));
    if (result != VAULT_OK)
        failure_prefix(failure, "%s:%" PRIu64, path, number);
    (void)fclose(file);
    free(line);
    free(path);
    return result;
}

int firm_read(const char *directory, struct access_index_builder *builder, struct failure *failure)
{
    static const char *const people[] = {"actor", NULL};
    static const char *const clients[] = {
        "client", "assigned", "secondary", "team", "city", "industry", "onboard", "decoy", NULL};
    static const char *const versions[] = {"client", "record", "version", "valid_from", NULL};
    struct firm_table tables[] = {
        {.builder = builder, .failure = failure, .wanted = people, .row = add_person},
        {.builder = builder, .failure = failure, .wanted = clients, .row = add_client},
        {.builder = builder, .failure = failure, .wanted = versions, .row = add_version},
    };
    int result = read_table(directory, "principals.csv", &tables[0]);
    if (result == VAULT_OK)
        result = read_table(directory, "clients.csv", &tables[1]);
    if (result == VAULT_OK)
        result = read_table(directory, "versions.csv", &tables[2]);
    return result == VAULT_OK ? read_events(directory, builder, failure) : result;
}
