#include "vault/ops/leak/report_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/crypto/hash.h"
#include "vault/evidence/tree.h"
#include "vault/incident/finding.h"
#include "vault/log/disclosures.h"

/* --- Indices --- */

int report_events_add(struct report_events *events, uint64_t index)
{
    size_t at = events->count;
    while (at > 0 && events->items[at - 1] >= index) {
        if (events->items[at - 1] == index)
            return VAULT_OK;
        at--;
    }
    if (events->count == events->capacity) {
        size_t capacity = events->capacity == 0 ? 64 : 2 * events->capacity;
        uint64_t *grown = realloc(events->items, capacity * sizeof *grown);
        if (grown == NULL)
            return VAULT_ENOMEM;
        events->items = grown;
        events->capacity = capacity;
    }
    memmove(&events->items[at + 1], &events->items[at], (events->count - at) * sizeof *events->items);
    events->items[at] = index;
    events->count++;
    return VAULT_OK;
}

void report_events_free(struct report_events *events)
{
    free(events->items);
    *events = (struct report_events){0};
}

static int add_event_of(const json_t *object, struct report_events *events)
{
    int64_t index = json_number(object, "event", -1);
    return index < 0 ? VAULT_OK : report_events_add(events, (uint64_t)index);
}

int report_events_gather(const json_t *document, const json_t *history, struct report_events *events)
{
    const json_t *persons = json_object_get(document, "persons");
    const json_t *versions = json_object_get(history, "versions");
    int result = add_event_of(json_object_get(history, "withdrawn"), events);
    for (size_t i = 0; i < json_array_size(persons); i++) {
        const json_t *cited = json_object_get(json_array_get(persons, i), "events");
        for (size_t k = 0; k < json_array_size(cited) && result == VAULT_OK; k++)
            result = report_events_add(events, (uint64_t)json_integer_value(json_array_get(cited, k)));
    }
    for (size_t i = 0; i < json_array_size(versions) && result == VAULT_OK; i++) {
        const json_t *version = json_array_get(versions, i);
        const json_t *signatures = json_object_get(version, "signatures");
        result = add_event_of(version, events);
        if (result == VAULT_OK)
            result = add_event_of(json_object_get(version, "review"), events);
        for (size_t k = 0; k < json_array_size(signatures) && result == VAULT_OK; k++)
            result = add_event_of(json_array_get(signatures, k), events);
    }
    return result;
}

/* --- The timeline --- */

static void copy_member(json_t *to, const char *name, const json_t *from, const char *member)
{
    const char *text = json_text(from, member);
    if (text != NULL)
        (void)json_object_set_new(to, name, json_string(text));
}

/* What a change was about, as far as people ask; keys and hashes are in the entry itself. */
static json_t *detail_of(const json_t *leaf)
{
    static const char *const members[] = {"role", "user", "portfolio", "name", "value"};
    const json_t *change = json_object_get(leaf, "change");
    const json_t *clients = json_object_get(change, "clients");
    json_t *detail = json_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        copy_member(detail, members[i], change, members[i]);
    if (json_number(change, "until", 0) != 0)
        (void)json_object_set_new(detail, "until", json_instant(json_number(change, "until", 0)));
    if (clients != NULL)
        (void)json_object_set_new(detail, "clients", json_integer((json_int_t)json_array_size(clients)));
    if (json_object_size(detail) > 0)
        return detail;
    json_decref(detail);
    return NULL;
}

static int add_entry(struct call *call, struct hasher *hasher, uint64_t index, json_t *timeline)
{
    struct buffer text = {0};
    struct hash hash;
    json_t *leaf = NULL;
    json_t *entry = NULL;
    int result = log_read(session_log(call->session), index, &text, call->failure);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&text), &leaf, call->failure);
    if (result == VAULT_OK) {
        const json_t *decision = json_object_get(leaf, "decision");
        tree_leaf_hash(hasher, buffer_bytes(&text), &hash);
        entry =
            json_pack("{s:I,s:o}", "index", (json_int_t)index, "leaf_hash", json_base64(hash_bytes(&hash)));
        copy_member(entry, "time", leaf, "time");
        copy_member(entry, "event", leaf, "event");
        copy_member(entry, "actor", json_object_get(leaf, "actor"), "id");
        copy_member(entry, "effect", decision, "effect");
        copy_member(entry, "client", json_object_get(leaf, "subject"), "id");
        copy_member(entry, "purpose", leaf, "purpose");
        if (json_object_get(decision, "policies") != NULL)
            (void)json_object_set(entry, "policies", json_object_get(decision, "policies"));
        json_t *detail = detail_of(leaf);
        if (detail != NULL)
            (void)json_object_set_new(entry, "detail", detail);
        result = entry == NULL || json_array_append_new(timeline, entry) != 0 ? VAULT_ENOMEM : VAULT_OK;
    }
    json_decref(leaf);
    buffer_free(&text);
    return result;
}

int report_timeline(struct call *call, const struct report_events *events, json_t **timeline)
{
    struct hasher *hasher = hasher_new();
    *timeline = json_array();
    int result = hasher == NULL || *timeline == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < events->count && result == VAULT_OK; i++)
        result = add_entry(call, hasher, events->items[i], *timeline);
    hasher_free(hasher);
    if (result != VAULT_OK) {
        json_decref(*timeline);
        *timeline = NULL;
    }
    return result;
}

/* --- Who saw what --- */

struct matrix {
    struct call *call;
    json_t *clients; /* ids */
    json_t *people;  /* user: [{count,first,last}], one a client */
    struct disclosure_index *index;
    size_t client; /* that is being counted */
};

static int add_client(json_t *clients, const char *id)
{
    if (id == NULL || json_lists(clients, id))
        return VAULT_OK;
    return json_array_append_new(clients, json_string(id)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static json_t *cell_of(struct matrix *m, const char *user)
{
    json_t *row = json_object_get(m->people, user);
    if (row == NULL) {
        row = json_array();
        if (row == NULL || json_object_set_new(m->people, user, row) != 0)
            return NULL;
    }
    while (json_array_size(row) <= m->client)
        if (json_array_append_new(row, json_pack("{s:i}", "count", 0)) != 0)
            return NULL;
    return json_array_get(row, m->client);
}

/* One event that showed a person something of the client; keys that were held and nothing shown do not count.
 */
static int count_one(void *context, const struct disclosure_entry *entry)
{
    struct matrix *m = context;
    struct disclosure_shape shape;
    char user[NAME_SIZE_MAX + 1];
    struct bytes name = disclosure_index_person(m->index, entry->person);
    if (name.size == 0 || name.size >= sizeof user ||
        !disclosure_index_shape(m->index, entry->shape, &shape) || shape.view == DISCLOSURE_KEY)
        return VAULT_OK;
    memcpy(user, name.data, name.size);
    user[name.size] = '\0';
    json_t *cell = cell_of(m, user);
    int failed = cell == NULL ||
                 json_object_set_new(cell, "count", json_integer(json_number(cell, "count", 0) + 1)) != 0 ||
                 json_object_set_new(cell, "last", json_instant(entry->at * 1000)) != 0;
    if (!failed && json_object_get(cell, "first") == NULL)
        failed = json_object_set_new(cell, "first", json_instant(entry->at * 1000));
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

static int row_of_client(struct call *call, const char *id, int64_t *client)
{
    struct statement *statement;
    struct ulid ulid;
    bool row = false;
    *client = 0;
    if (!ulid_parse(bytes_of_text(id), &ulid))
        return VAULT_OK;
    int result = store_query(session_store(call->session), QUERY_CLIENT_BY_ID, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, ulid_bytes(&ulid));
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row)
        *client = column_number(statement, 0);
    statement_reset(statement);
    return result;
}

static int count_in(struct matrix *m)
{
    struct call *call = m->call;
    int result = VAULT_OK;
    for (m->client = 0; m->client < json_array_size(m->clients) && result == VAULT_OK; m->client++) {
        int64_t client = 0;
        result = row_of_client(call, json_string_value(json_array_get(m->clients, m->client)), &client);
        if (result == VAULT_OK && client != 0)
            result = disclosure_index_client(m->index, client, count_one, m, call->failure);
    }
    return result;
}

/* From the index of disclosures, which is the log's own (log/disclosures.h). */
static int count_clients(struct matrix *m)
{
    struct call *call = m->call;
    struct disclosure_source source = {.log = session_log(call->session),
        .store = session_store(call->session),
        .vault = session_vault(call->session),
        .key = session_keys(call->session)->log_index};
    int result = store_begin_read(session_store(call->session), call->failure);
    if (result != VAULT_OK)
        return result;
    result = disclosure_index_open(&source, &m->index, call->failure);
    if (result == VAULT_OK)
        result = count_in(m);
    disclosure_index_free(m->index);
    store_end_read(session_store(call->session));
    return result;
}

static int gather_clients(json_t *clients, const json_t *document, const json_t *timeline)
{
    const json_t *of_case = json_object_get(json_object_get(document, "case"), "clients");
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(timeline) && result == VAULT_OK; i++)
        result = add_client(clients, json_text(json_array_get(timeline, i), "client"));
    for (size_t i = 0; i < json_array_size(of_case) && result == VAULT_OK; i++)
        result = add_client(clients, json_string_value(json_array_get(of_case, i)));
    return result;
}

/* Whom the finding names first, in its order; then the others. */
static int put_row(struct matrix *m, json_t *rows, const char *user, size_t *more)
{
    json_t *cells = json_object_get(m->people, user);
    if (cells == NULL || json_is_true(cells))
        return VAULT_OK;
    if (json_array_size(rows) >= REPORT_PEOPLE_MAX) {
        ++*more;
        return VAULT_OK;
    }
    while (json_array_size(cells) < json_array_size(m->clients))
        if (json_array_append_new(cells, json_pack("{s:i}", "count", 0)) != 0)
            return VAULT_ENOMEM;
    json_t *row = json_pack("{s:s,s:O}", "user", user, "cells", cells);
    return row != NULL && json_array_append_new(rows, row) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int put_rows(struct matrix *m, const json_t *document, json_t *rows, size_t *more)
{
    const json_t *persons = json_object_get(document, "persons");
    const char *user;
    json_t *cells;
    json_t *done = json_object();
    int result = done == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(persons) && result == VAULT_OK; i++) {
        user = json_text(json_array_get(persons, i), "user");
        if (json_object_get(done, user) == NULL)
            result = put_row(m, rows, user, more);
        (void)json_object_set_new(done, user, json_true());
    }
    json_object_foreach(m->people, user, cells)
    {
        if (result == VAULT_OK && json_object_get(done, user) == NULL)
            result = put_row(m, rows, user, more);
    }
    json_decref(done);
    return result;
}

int report_matrix(struct call *call, const json_t *document, const json_t *timeline, json_t **matrix)
{
    struct matrix m = {.call = call, .clients = json_array(), .people = json_object()};
    json_t *rows = json_array();
    size_t more = 0;
    size_t hidden = 0;
    *matrix = NULL;
    int result = m.clients == NULL || m.people == NULL || rows == NULL
                     ? VAULT_ENOMEM
                     : gather_clients(m.clients, document, timeline);
    while (json_array_size(m.clients) > REPORT_CLIENTS_MAX) {
        (void)json_array_remove(m.clients, json_array_size(m.clients) - 1);
        hidden++;
    }
    if (result == VAULT_OK)
        result = count_clients(&m);
    if (result == VAULT_OK)
        result = put_rows(&m, document, rows, &more);
    if (result == VAULT_OK) {
        *matrix = json_pack("{s:O,s:I,s:O,s:I}", "clients", m.clients, "more_clients", (json_int_t)hidden,
            "people", rows, "more_people", (json_int_t)more);
        result = *matrix == NULL ? VAULT_ENOMEM : VAULT_OK;
    }
    json_decref(rows);
    json_decref(m.people);
    json_decref(m.clients);
    return result;
}
