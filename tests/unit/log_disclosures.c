/* The index of disclosures says what a plain list of the events says, however it came about; and what was
 * done to it is found. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/log_fixture.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/disclosures_private.h"

#define CLIENTS 9
#define RECORDS 40 /* of each client */
#define EXPECTED_MAX 200000
#define EXPORTS_MAX 4000

struct expected {
    int64_t client;
    struct disclosure_entry entry;
    enum disclosure_action action;
    enum disclosure_view view;
    char person[16];
    char reveal[64];
    char kind[16];
};

struct world {
    struct fixture fixture;
    struct store *store;
    struct secret *key;
    struct disclosure_source source;
    struct ulid clients[CLIENTS + 1]; /* by row */
    struct ulid records[CLIENTS * RECORDS + 1];
    struct expected *expected;
    size_t count;
    uint64_t state;
    uint64_t number; /* of the next leaf, where leaves are fed without a log */
    int64_t now;     /* seconds; of the same */
    struct disclosure_index *fed;
    struct disclosure_marks marks[EXPORTS_MAX]; /* of the exports, in their order */
    size_t exports;
};

static uint32_t next(struct world *world, uint32_t below)
{
    world->state = world->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((world->state >> 33) % below);
}

/* --- A store with clients and records --- */

static void must(int result, const struct failure *failure)
{
    cr_assert_eq(result, VAULT_OK, "%s: %s", vault_error_text(result), failure->text);
}

static void put_client(struct world *world, int row)
{
    struct failure failure = {0};
    struct statement *statement;
    struct ulid *id = &world->clients[row];
    *id = ulid_new();
    must(store_query(world->store, QUERY_CLIENT_PUT, &statement, &failure), &failure);
    bind_bytes(statement, 1, ulid_bytes(id));
    bind_text(statement, 2, "main");
    bind_null(statement, 3);
    bind_null(statement, 4);
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, bytes_of_text("card"));
    bind_number(statement, 7, 0);
    must(statement_run(statement, &failure), &failure);
    cr_assert_eq(store_last_row(world->store), row);
}

static void put_record(struct world *world, int row)
{
    struct failure failure = {0};
    struct statement *statement;
    struct ulid *id = &world->records[row];
    char natural[16];
    *id = ulid_new();
    (void)snprintf(natural, sizeof natural, "n%d", row);
    must(store_query(world->store, QUERY_RECORD_PUT, &statement, &failure), &failure);
    bind_bytes(statement, 1, ulid_bytes(id));
    bind_number(statement, 2, (row - 1) / RECORDS + 1);
    bind_number(statement, 3, 6);
    bind_text(statement, 4, "2025-03");
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, bytes_of_text(natural));
    for (int i = 7; i <= 10; i++)
        bind_bytes(statement, i, bytes_of_text("x"));
    bind_text(statement, 11, "u-1");
    bind_number(statement, 12, 0);
    bind_number(statement, 13, 0);
    bind_number(statement, 14, 0);
    must(statement_run(statement, &failure), &failure);
}

static void start(struct world *world)
{
    struct failure failure = {0};
    struct statement *statement;
    memset(world, 0, sizeof *world);
    world->state = 7;
    world->now = INT64_C(1735600000); /* the last day of 2024 */
    fixture_start(&world->fixture);
    world->key = secret_random(KEY_SIZE);
    world->expected = calloc(EXPECTED_MAX, sizeof *world->expected);
    char *path = file_path(world->fixture.directory, "store");
    must(store_create(path, world->key, &world->store, &failure), &failure);
    free(path);
    world->source =
        (struct disclosure_source){world->fixture.log, world->store, &world->fixture.keys.vault, world->key};
    must(store_begin(world->store, &failure), &failure);
    must(store_query(world->store, QUERY_PORTFOLIO_PUT, &statement, &failure), &failure);
    bind_text(statement, 1, "main");
    bind_number(statement, 2, 0);
    must(statement_run(statement, &failure), &failure);
    for (int i = 1; i <= CLIENTS; i++)
        put_client(world, i);
    for (int i = 1; i <= CLIENTS * RECORDS; i++)
        put_record(world, i);
    must(store_commit(world->store, &failure), &failure);
}

static void end(struct world *world)
{
    free(world->expected);
    store_free(world->store);
    secret_free(world->key);
    fixture_end(&world->fixture);
}

/* --- Events, and what they should mean --- */

static json_t *ulid_json(const struct ulid *id)
{
    char text[ULID_TEXT_SIZE];
    ulid_format(id, text);
    return json_string(text);
}

static json_t *leaf_of(const char *person, const char *effect, json_t *resources)
{
    return json_pack("{s:{s:s,s:s},s:{s:s},s:o}", "actor", "id", person, "type", "user", "decision", "effect",
        effect, "resources", resources);
}

/* Into the log, or, where there is no clock to wait for, straight into the index. */
static uint64_t say(struct world *world, const char *name, json_t *members)
{
    uint64_t first = world->number;
    struct failure failure = {0};
    if (world->fed == NULL) {
        struct log_event event = {name, members, world->fixture.person};
        must(log_append(world->fixture.log, &event, 1, &first, &failure), &failure);
    } else {
        struct buffer text = {0};
        char time[INSTANT_TEXT_SIZE];
        instant_format(world->now * 1000 + 999, time);
        (void)json_object_set_new(members, "event", json_string(name));
        (void)json_object_set_new(members, "time", json_string(time));
        must(json_write_canonical(members, &text), &failure);
        must(
            disclosure_index_feed_leaf(world->fed, world->number++, buffer_bytes(&text), &failure), &failure);
        buffer_free(&text);
    }
    json_decref(members);
    return first;
}

static struct expected *expect(struct world *world, int64_t client, uint64_t event, const char *person)
{
    cr_assert_lt(world->count, EXPECTED_MAX);
    struct expected *expected = &world->expected[world->count++];
    expected->client = client;
    expected->entry.event = event;
    expected->entry.at = world->now;
    (void)snprintf(expected->person, sizeof expected->person, "%s", person);
    return expected;
}

static void read_one(struct world *world, const char *person, bool reveal)
{
    int row = (int)next(world, CLIENTS * RECORDS) + 1;
    int client = (row - 1) / RECORDS + 1;
    uint32_t version = next(world, 3) + 1;
    bool denied = next(world, 10) == 0;
    json_t *record = json_pack(
        "{s:s,s:o,s:i}", "type", "record", "id", ulid_json(&world->records[row]), "version", (int)version);
    if (reveal)
        (void)json_object_set_new(record, "fields", json_pack("[s]", "account_no"));
    json_t *members = leaf_of(person, denied ? "deny" : "permit", json_pack("[o]", record));
    (void)json_object_set_new(
        members, "subject", json_pack("{s:o}", "id", ulid_json(&world->clients[client])));
    uint64_t event = say(world, reveal ? "record.reveal" : "record.read", members);
    if (denied)
        return;
    struct expected *expected = expect(world, client, event, person);
    expected->entry.record = row;
    expected->entry.version = version;
    expected->action = DISCLOSURE_READ;
    expected->view = DISCLOSURE_BODY;
    if (reveal)
        (void)strcpy(expected->reveal, "[\"account_no\"]");
}

static void list_one(struct world *world, const char *person)
{
    int client = (int)next(world, CLIENTS) + 1;
    json_t *members = leaf_of(person, "permit",
        json_pack("[{s:s,s:o}]", "type", "client", "id", ulid_json(&world->clients[client])));
    (void)json_object_set_new(
        members, "subject", json_pack("{s:o}", "id", ulid_json(&world->clients[client])));
    (void)json_object_set_new(members, "scope", json_pack("{s:s,s:s}", "kind", "voucher", "period", "2025"));
    (void)json_object_set_new(members, "snapshot", json_pack("{s:i,s:i}", "records", 300, "replaced", 5));
    struct expected *expected = expect(world, client, say(world, "record.list", members), person);
    expected->entry.records = 300;
    expected->entry.replaced = 5;
    expected->action = DISCLOSURE_LIST;
    expected->view = DISCLOSURE_HEAD;
    (void)strcpy(expected->kind, "voucher");
}

static void search_one(struct world *world, const char *person)
{
    int row = (int)next(world, CLIENTS * RECORDS) + 1;
    int of = (row - 1) / RECORDS + 1;
    int client = (int)next(world, CLIENTS) + 1;
    json_t *members = leaf_of(person, "permit",
        json_pack("[{s:s,s:o,s:o,s:i},{s:s,s:o}]", "type", "record", "id", ulid_json(&world->records[row]),
            "client", ulid_json(&world->clients[of]), "version", 2, "type", "client", "id",
            ulid_json(&world->clients[client])));
    uint64_t event = say(world, "record.search", members);
    struct expected *expected = expect(world, of, event, person);
    expected->entry.record = row;
    expected->entry.version = 2;
    expected->action = DISCLOSURE_SEARCH;
    expected->view = DISCLOSURE_HEAD;
    expected = expect(world, client, event, person);
    expected->action = DISCLOSURE_SEARCH;
    expected->view = DISCLOSURE_CARD;
}

/* As exports say it: from before there were marks, without, with, and with a code of another program. */
static void mark_export(struct world *world, json_t *members)
{
    cr_assert_lt(world->exports, EXPORTS_MAX);
    struct disclosure_marks *marks = &world->marks[world->exports++];
    unsigned how = (unsigned)(world->exports % 5);
    json_t *said = NULL;
    char commitment[2 * HASH_SIZE + 1];
    memset(marks, 0, sizeof *marks);
    if (how == 0)
        return;
    for (size_t i = 0; i < HASH_SIZE; i++)
        (void)snprintf(commitment + 2 * i, 3, "%02x", (unsigned)(world->exports + i) & 0xff);
    if (how == 1) {
        said = json_pack("{s:s,s:s}", "code", "none", "why", "asked");
    } else if (how == 2) {
        marks->marking = DISCLOSURE_MARKED_OTHER;
        said = json_pack("{s:s,s:s}", "code", "tardos-9-1", "commitment", commitment);
    } else {
        marks->marking = DISCLOSURE_MARKED;
        said = json_pack("{s:s,s:s}", "code", "tardos-4-1", "commitment", commitment);
        for (size_t i = 0; i < HASH_SIZE; i++)
            marks->commitment.data[i] = (uint8_t)(world->exports + i);
        marks->clients = how == 3 ? 6 : 0;
        marks->logarithmic = how == 3;
        if (how == 3)
            (void)json_object_set_new(said, "decoys", json_pack("{s:i,s:s}", "clients", 6, "law", "logarithmic"));
    }
    (void)json_object_set_new(members, "marks", said);
}

static void export_some(struct world *world, const char *person)
{
    int from = (int)next(world, CLIENTS) + 1;
    json_t *resources = json_array();
    for (int i = from; i <= CLIENTS; i += 2)
        (void)json_array_append_new(
            resources, json_pack("{s:s,s:o}", "type", "client", "id", ulid_json(&world->clients[i])));
    json_t *members = leaf_of(person, "permit", resources);
    (void)json_object_set_new(members, "phase", json_string("intent"));
    (void)json_object_set_new(
        members, "scope", json_pack("{s:s,s:s,s:s}", "kind", "", "from", "", "to", "9999-99"));
    (void)json_object_set_new(members, "snapshot", json_pack("{s:i,s:i}", "records", 310, "replaced", 6));
    mark_export(world, members);
    uint64_t event = say(world, "record.export", members);
    for (int i = from; i <= CLIENTS; i += 2) {
        struct expected *expected = expect(world, i, event, person);
        expected->entry.records = 310;
        expected->entry.replaced = 6;
        expected->entry.intent = event;
        expected->action = DISCLOSURE_EXPORT;
        expected->view = DISCLOSURE_BODY;
    }
    members = leaf_of(person, "permit", json_array());
    (void)json_object_set_new(members, "phase", json_string("outcome"));
    (void)json_object_set_new(members, "intent", json_integer((json_int_t)event));
    (void)json_object_set_new(members, "result", json_pack("{s:s,s:i}", "status", "ok", "count", 12));
    (void)say(world, "record.export", members);
}

static void list_clients(struct world *world, const char *person)
{
    json_t *members = leaf_of(person, "permit", json_array());
    (void)json_object_set_new(members, "result", json_pack("{s:i,s:s}", "count", 4, "clients", "1-3,6"));
    uint64_t event = say(world, "client.list", members);
    static const int rows[] = {1, 2, 3, 6};
    for (size_t i = 0; i < 4; i++) {
        struct expected *expected = expect(world, rows[i], event, person);
        expected->action = DISCLOSURE_CLIENTS;
        expected->view = DISCLOSURE_CARD;
    }
}

static void do_something(struct world *world)
{
    char person[16];
    (void)snprintf(person, sizeof person, "u-%u", (unsigned)next(world, 4));
    uint32_t what = next(world, 20);
    if (what < 10)
        read_one(world, person, false);
    else if (what < 12)
        read_one(world, person, true);
    else if (what < 15)
        list_one(world, person);
    else if (what < 17)
        search_one(world, person);
    else if (what < 18)
        export_some(world, person);
    else if (what < 19)
        list_clients(world, person);
    else
        (void)say(world, "log.replay", leaf_of(person, "permit", json_array()));
}

/* --- Comparing --- */

struct walking {
    const struct world *world;
    struct disclosure_index *index;
    int64_t client;
    size_t at; /* in expected */
    bool times;
};

static bool text_is(struct bytes text, const char *expected)
{
    return bytes_equal(text, bytes_of_text(expected));
}

static int compare_entry(void *context, const struct disclosure_entry *entry)
{
    struct walking *walking = context;
    const struct world *world = walking->world;
    struct disclosure_shape shape;
    while (walking->at < world->count && world->expected[walking->at].client != walking->client)
        walking->at++;
    cr_assert_lt(
        walking->at, world->count, "event %lu of client %ld is too much", entry->event, walking->client);
    const struct expected *expected = &world->expected[walking->at++];
    cr_assert_eq(entry->event, expected->entry.event, "client %ld", walking->client);
    cr_assert(disclosure_index_shape(walking->index, entry->shape, &shape));
    cr_assert_eq(shape.action, expected->action);
    cr_assert_eq(shape.view, expected->view);
    cr_assert(text_is(disclosure_index_person(walking->index, entry->person), expected->person));
    cr_assert(text_is(shape.reveal, expected->reveal));
    cr_assert(text_is(shape.kind, expected->kind));
    cr_assert_eq(entry->record, expected->entry.record);
    cr_assert_eq(entry->version, expected->entry.version);
    cr_assert_eq(entry->records, expected->entry.records);
    cr_assert_eq(entry->replaced, expected->entry.replaced);
    cr_assert_eq(entry->intent, expected->entry.intent);
    cr_assert(!walking->times || entry->at == expected->entry.at);
    return VAULT_OK;
}

static void compare_with(const struct world *world, struct disclosure_index *index, bool times)
{
    struct failure failure = {0};
    for (int64_t client = 1; client <= CLIENTS; client++) {
        struct walking walking = {.world = world, .index = index, .client = client, .times = times};
        must(disclosure_index_client(index, client, compare_entry, &walking, &failure), &failure);
        while (walking.at < world->count && world->expected[walking.at].client != client)
            walking.at++;
        cr_assert_eq(walking.at, world->count, "client %ld lacks event %lu", client,
            walking.at < world->count ? world->expected[walking.at].entry.event : 0);
    }
    for (size_t i = 0; i < world->exports; i++) {
        const struct disclosure_export_entry *export = disclosure_index_export(index, (uint32_t)i);
        const struct disclosure_marks *marks = &world->marks[i];
        cr_assert_not_null(export);
        cr_assert_eq(export->marks.marking, marks->marking, "export %zu", i);
        cr_assert(bytes_equal(hash_bytes(&export->marks.commitment), hash_bytes(&marks->commitment)));
        cr_assert_eq(export->marks.clients, marks->clients);
        cr_assert_eq(export->marks.logarithmic, marks->logarithmic);
        cr_assert_eq(export->marks.records, 0);
        cr_assert_eq(export->marks.amounts, 0);
    }
    cr_assert_null(disclosure_index_export(index, (uint32_t)world->exports));
}

static void compare(struct world *world)
{
    struct failure failure = {0};
    struct disclosure_index *index = NULL;
    must(store_begin_read(world->store, &failure), &failure);
    must(disclosure_index_open(&world->source, &index, &failure), &failure);
    compare_with(world, index, false);
    disclosure_index_free(index);
    store_end_read(world->store);
}

static void update(struct world *world, uint64_t most, uint64_t *left)
{
    struct failure failure = {0};
    must(store_begin(world->store, &failure), &failure);
    must(disclosure_index_update(&world->source, most, left, &failure), &failure);
    must(store_commit(world->store, &failure), &failure);
}

struct told {
    size_t count;
    char last[320];
};

static int note_difference(void *context, const char *what)
{
    struct told *told = context;
    told->count++;
    (void)snprintf(told->last, sizeof told->last, "%s", what);
    return VAULT_OK;
}

static size_t check(struct world *world, struct told *told)
{
    struct failure failure = {0};
    uint64_t checked = 0;
    *told = (struct told){0};
    must(disclosure_index_check(&world->source, note_difference, NULL, told, &checked, &failure), &failure);
    return told->count;
}

/* --- Tests --- */

Test(log_disclosures, says_what_a_plain_list_says_however_it_was_fed, .timeout = 120)
{
    struct world world;
    struct told told;
    uint64_t left = 0;
    start(&world);
    for (int round = 0; round < 12; round++) {
        for (uint32_t i = next(&world, 120); i > 0; i--)
            do_something(&world);
        compare(&world);
        if (round % 3 != 0)
            update(&world, round % 2 == 0 ? 1u << 20 : next(&world, 60) + 1, &left);
        compare(&world);
        cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    }
    update(&world, 1u << 20, &left);
    cr_assert_eq(left, 0);
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    end(&world);
}

static struct buffer take_row(struct world *world, int64_t key)
{
    struct buffer row = {0};
    struct failure failure = {0};
    struct statement *statement;
    bool there = false;
    must(store_query(world->store, QUERY_DISCLOSURE_GET, &statement, &failure), &failure);
    bind_number(statement, 1, key);
    must(statement_step(statement, &there, &failure), &failure);
    cr_assert(there);
    buffer_put(&row, column_bytes(statement, 0));
    statement_reset(statement);
    return row;
}

static void put_row(struct world *world, int64_t key, struct bytes row)
{
    struct failure failure = {0};
    struct statement *statement;
    must(store_query(world->store, QUERY_DISCLOSURE_PUT, &statement, &failure), &failure);
    bind_number(statement, 1, key);
    bind_bytes(statement, 2, row);
    must(statement_run(statement, &failure), &failure);
}

Test(log_disclosures, finds_what_was_done_to_it_and_is_built_anew, .timeout = 60)
{
    struct world world;
    struct told told;
    struct failure failure = {0};
    struct disclosure_index *index = NULL;
    uint64_t left = 0;
    int64_t block = row_key(ROW_BLOCK, 3, 0);
    start(&world);
    for (int i = 0; i < 100; i++)
        do_something(&world);
    update(&world, 1u << 20, &left);
    struct buffer old = take_row(&world, block);
    struct buffer other = take_row(&world, row_key(ROW_BLOCK, 4, 0));
    for (int i = 0; i < 100; i++)
        do_something(&world);
    update(&world, 1u << 20, &left);
    struct buffer now = take_row(&world, block);

    put_row(&world, block, buffer_bytes(&old));
    cr_assert_eq(check(&world, &told), 1);
    cr_assert(strstr(told.last, "client 3, block 0 is not what the log says, from event ") != NULL, "%s",
        told.last);

    put_row(&world, block, buffer_bytes(&other));
    cr_assert_eq(check(&world, &told), 1);
    cr_assert(strstr(told.last, "client 3, block 0 was altered") != NULL, "%s", told.last);
    must(disclosure_index_open(&world.source, &index, &failure), &failure);
    struct walking walking = {.world = &world, .index = index, .client = 3};
    cr_assert_eq(disclosure_index_client(index, 3, compare_entry, &walking, &failure), VAULT_EFORGED);
    disclosure_index_free(index);

    put_row(&world, block, buffer_bytes(&now));
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    put_row(&world, row_key(ROW_BLOCK, 3, 7), buffer_bytes(&now));
    cr_assert_eq(check(&world, &told), 1);
    cr_assert(strstr(told.last, "1 rows that the log knows nothing of") != NULL, "%s", told.last);

    put_row(&world, row_key(ROW_HEAD, 0, 0), bytes_of_text("nothing that opens"));
    cr_assert_eq(check(&world, &told), 1);
    cr_assert(strstr(told.last, "its head was altered") != NULL, "%s", told.last);
    cr_assert_eq(disclosure_index_open(&world.source, &index, &failure), VAULT_EFORGED);

    must(disclosure_index_clear(world.store, &failure), &failure);
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    compare(&world);
    update(&world, 1u << 20, &left);
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    compare(&world);
    buffer_free(&old);
    buffer_free(&other);
    buffer_free(&now);
    end(&world);
}

Test(log_disclosures, of_another_log_is_none, .timeout = 60)
{
    struct world world;
    struct fixture other;
    uint64_t left = 0;
    start(&world);
    for (int i = 0; i < 60; i++)
        do_something(&world);
    update(&world, 1u << 20, &left);
    fixture_start(&other);
    cr_assert_eq(fixture_append(&other, 80), VAULT_OK);
    struct disclosure_source source = world.source;
    source.log = other.log;
    cr_assert_eq(disclosure_index_lag(&source, &left, NULL), VAULT_OK);
    cr_assert_eq(left, 80);
    cr_assert_eq(disclosure_index_lag(&world.source, &left, NULL), VAULT_OK);
    cr_assert_eq(left, 0);
    fixture_end(&other);
    end(&world);
}

/* As an older program wrote it, whose head did not say a form. */
Test(log_disclosures, of_another_form_is_built_anew, .timeout = 60)
{
    struct world world;
    struct told told;
    struct rows rows;
    struct failure failure = {0};
    struct buffer head = {0};
    int64_t key = row_key(ROW_HEAD, 0, 0);
    uint64_t left = 0, all = 0;
    start(&world);
    for (int i = 0; i < 60; i++)
        do_something(&world);
    update(&world, 1u << 20, &left);
    must(disclosure_rows_start(&rows, &world.source, &failure), &failure);
    must(disclosure_row_read(&rows, key, &head, &failure), &failure);
    must(disclosure_row_write(&rows, key, bytes_of(head.data, head.size - 4), &failure), &failure);
    all = log_size(world.source.log);
    cr_assert_gt(all, 0);
    cr_assert_eq(disclosure_index_lag(&world.source, &left, NULL), VAULT_OK);
    cr_assert_eq(left, all);
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    compare(&world);
    update(&world, 1u << 20, &left);
    cr_assert_eq(disclosure_index_lag(&world.source, &left, NULL), VAULT_OK);
    cr_assert_eq(left, 0);
    cr_assert_eq(check(&world, &told), 0, "%s", told.last);
    compare(&world);
    buffer_free(&head);
    disclosure_rows_end(&rows);
    end(&world);
}

/* --- Months and days --- */

static int64_t day_of(int64_t at)
{
    return at / 86400;
}

struct month_walk {
    const struct world *world;
    char person[16];
    size_t months;
};

/* Distinct clients of the person between two days. */
static size_t distinct(
    const struct world *world, const char *person, int64_t first, int64_t last, uint64_t *set)
{
    *set = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct expected *expected = &world->expected[i];
        int64_t day = day_of(expected->entry.at);
        if (day >= first && day <= last && strcmp(expected->person, person) == 0)
            *set |= UINT64_C(1) << expected->client;
    }
    return (size_t)__builtin_popcountll(*set);
}

static int check_month(void *context, const struct disclosure_month *month)
{
    struct month_walk *walk = context;
    int64_t begin = 0;
    uint64_t set;
    walk->months++;
    cr_assert(day_number(1970 + (int)month->month / 12, (int)month->month % 12 + 1, 1, &begin));
    int64_t end = begin + 27;
    while (true) { /* the last day of the month */
        int year, number, day;
        day_date(end + 1, &year, &number, &day);
        if (day == 1)
            break;
        end++;
    }
    cr_assert_eq(month->count, distinct(walk->world, walk->person, begin, end, &set));
    for (size_t i = 0; i < month->count; i++) {
        uint64_t before, behind;
        cr_assert(set >> month->clients[i].client & 1);
        (void)distinct(walk->world, walk->person, begin, begin + month->clients[i].first - 1, &before);
        (void)distinct(walk->world, walk->person, begin + month->clients[i].last + 1, end, &behind);
        cr_assert_eq(before >> month->clients[i].client & 1, 0);
        cr_assert_eq(behind >> month->clients[i].client & 1, 0);
    }
    for (int64_t day = begin; day <= end; day++)
        cr_assert_eq(month->days[day - begin], distinct(walk->world, walk->person, day, day, &set));
    return VAULT_OK;
}

static int keep_row(void *context, int64_t key, struct bytes plain, struct failure *failure)
{
    struct disclosure_index *index = context;
    return disclosure_row_write(&index->rows, key, plain, failure);
}

Test(log_disclosures, counts_distinct_clients_by_month_and_day, .timeout = 120)
{
    struct world world;
    struct failure failure = {0};
    start(&world);
    must(disclosure_index_start(&world.source, true, &world.fed, &failure), &failure);
    world.number = 1;
    for (int i = 0; i < 3000; i++) {
        do_something(&world);
        world.now += next(&world, 8000);
        if (i % 700 == 699 && i < 2500) { /* what was stored is taken up again */
            world.fed->put = keep_row;
            world.fed->context = world.fed;
            must(disclosure_index_flush(world.fed, &failure), &failure);
            world.fed->put = NULL;
            world.fed->fresh = false;
        }
    }
    compare_with(&world, world.fed, true);
    for (uint32_t person = 0; person < 4; person++) {
        struct month_walk walk = {.world = &world};
        struct bytes name = disclosure_index_person(world.fed, person);
        memcpy(walk.person, name.data, name.size);
        must(disclosure_index_months(world.fed, person, 0, UINT32_MAX, check_month, &walk, &failure),
            &failure);
        cr_assert_geq(walk.months, 4);
    }
    disclosure_index_free(world.fed);
    end(&world);
}
