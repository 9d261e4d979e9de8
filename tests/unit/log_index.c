/* The index finds what reading everything finds. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/log_fixture.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/log/index.h"
#include "vault/store/setting.h"

struct indexed {
    struct fixture fixture;
    struct store *store;
    struct secret *store_key;
};

static const char *const events[] = {"record.read", "record.reveal", "client.list", "login"};

static void append_varied(struct indexed *indexed, int from, int to)
{
    struct fixture *fixture = &indexed->fixture;
    for (int i = from; i < to; i++) {
        uint64_t first;
        char actor[32], client[32], record[32];
        (void)snprintf(actor, sizeof actor, "u-\"%d", i % 7);
        (void)snprintf(client, sizeof client, "\xe5\xae\xa2-%d", i % 11);
        (void)snprintf(record, sizeof record, "r-%d", i % 13);
        json_t *members = json_pack("{s:{s:s,s:s},s:{s:s},s:[{s:s,s:s},{s:s,s:s}],s:{s:s}}", "actor", "id",
            actor, "type", "user", "decision", "effect", "permit", "resources", "type", "voucher", "id",
            record, "type", "voucher", "id", "r-all", "subject", "id", client);
        cr_assert_not_null(members);
        struct log_event event = {events[i % 4], members, fixture->person};
        cr_assert_eq(log_append(fixture->log, &event, 1, &first, NULL), VAULT_OK);
        json_decref(members);
    }
}

static void start(struct indexed *indexed)
{
    fixture_start(&indexed->fixture);
    indexed->store_key = secret_random(KEY_SIZE);
    char *path = file_path(indexed->fixture.directory, "store");
    struct failure failure = {0};
    int result = store_create(path, indexed->store_key, &indexed->store, &failure);
    cr_assert_eq(result, VAULT_OK, "%s", failure.text);
    free(path);
}

static void end(struct indexed *indexed)
{
    store_free(indexed->store);
    secret_free(indexed->store_key);
    fixture_end(&indexed->fixture);
}

static void update(struct indexed *indexed)
{
    struct failure failure = {0};
    cr_assert_eq(store_begin(indexed->store, NULL), VAULT_OK);
    int result = log_index_update(indexed->fixture.log, indexed->store, indexed->store_key, &failure);
    cr_assert_eq(result, VAULT_OK, "%s", failure.text);
    cr_assert_eq(store_commit(indexed->store, NULL), VAULT_OK);
}

struct answer {
    uint64_t numbers[512];
    size_t count;
};

static int note_number(void *context, uint64_t index, struct bytes leaf)
{
    struct answer *answer = context;
    cr_assert(answer->count == 0 || index > answer->numbers[answer->count - 1]);
    cr_assert_gt(leaf.size, 0);
    answer->numbers[answer->count++] = index;
    return VAULT_OK;
}

static void ask(struct indexed *indexed, const struct log_query *query, struct answer *answer)
{
    struct failure failure = {0};
    answer->count = 0;
    int result = log_index_query(
        indexed->fixture.log, indexed->store, indexed->store_key, query, note_number, answer, &failure);
    cr_assert_eq(result, VAULT_OK, "%s", failure.text);
}

/* Does entry i of append_varied() answer? */
static bool answers(const struct log_query *query, int i)
{
    char actor[32], client[32], record[32];
    (void)snprintf(actor, sizeof actor, "u-\"%d", i % 7);
    (void)snprintf(client, sizeof client, "\xe5\xae\xa2-%d", i % 11);
    (void)snprintf(record, sizeof record, "r-%d", i % 13);
    bool event = query->event == NULL || strcmp(query->event, events[i % 4]) == 0 ||
                 (strcmp(query->event, "record.*") == 0 && i % 4 < 2);
    return event && (query->actor == NULL || strcmp(query->actor, actor) == 0) &&
           (query->client == NULL || strcmp(query->client, client) == 0) &&
           (query->record == NULL || strcmp(query->record, record) == 0 ||
               strcmp(query->record, "r-all") == 0);
}

static void compare(struct indexed *indexed, int size)
{
    const char *actors[] = {NULL, "u-\"3", "u-\"99"};
    const char *clients[] = {NULL, "\xe5\xae\xa2-5"};
    const char *records[] = {NULL, "r-4", "r-all"};
    const char *names[] = {NULL, "record.read", "record.*", "login", "nothing.*"};
    for (size_t i = 0; i < 3 * 2 * 3 * 5; i++) {
        struct log_query query = {
            actors[i % 3], clients[i / 3 % 2], records[i / 6 % 3], names[i / 18], INT64_MIN, INT64_MAX, 0, 0};
        struct answer answer;
        size_t at = 0;
        ask(indexed, &query, &answer);
        for (int j = 0; j < size; j++)
            if (answers(&query, j)) {
                cr_assert_lt(at, answer.count, "query %zu lacks %d", i, j);
                cr_assert_eq(answer.numbers[at], (uint64_t)j, "query %zu", i);
                at++;
            }
        cr_assert_eq(at, answer.count);
        query.limit = 2;
        ask(indexed, &query, &answer);
        cr_assert_eq(answer.count, at < 2 ? at : 2);
        query.limit = 0;
        query.first = 60;
        ask(indexed, &query, &answer);
        size_t behind = 0;
        for (int j = 60; j < size; j++)
            behind += answers(&query, j);
        cr_assert_eq(answer.count, behind, "query %zu from entry 60", i);
        cr_assert(behind == 0 || answer.numbers[0] >= 60);
    }
}

Test(log_index, finds_what_is_there_indexed_or_not, .timeout = 60)
{
    struct indexed indexed;
    uint64_t lag;
    start(&indexed);
    append_varied(&indexed, 0, 150);
    compare(&indexed, 150);
    update(&indexed);
    cr_assert_eq(log_index_lag(indexed.fixture.log, indexed.store, &lag, NULL), VAULT_OK);
    cr_assert_eq(lag, 0);
    compare(&indexed, 150);
    append_varied(&indexed, 150, 200);
    cr_assert_eq(log_index_lag(indexed.fixture.log, indexed.store, &lag, NULL), VAULT_OK);
    cr_assert_eq(lag, 50);
    compare(&indexed, 200);
    update(&indexed);
    compare(&indexed, 200);
    end(&indexed);
}

Test(log_index, keeps_to_the_times_asked_for)
{
    struct indexed indexed;
    struct answer answer;
    start(&indexed);
    append_varied(&indexed, 0, 20);
    struct timespec pause = {0, 5000000};
    (void)nanosleep(&pause, NULL);
    int64_t middle = instant_now();
    (void)nanosleep(&pause, NULL);
    append_varied(&indexed, 20, 40);
    update(&indexed);
    struct log_query query = {.record = "r-all", .from = middle, .to = INT64_MAX};
    ask(&indexed, &query, &answer);
    cr_assert_eq(answer.count, 20);
    cr_assert_eq(answer.numbers[0], 20);
    query.from = INT64_MIN;
    query.to = middle;
    query.record = NULL;
    ask(&indexed, &query, &answer);
    cr_assert_eq(answer.count, 20);
    cr_assert_eq(answer.numbers[19], 19);
    end(&indexed);
}

static int stop(void *context, uint64_t index, struct bytes leaf)
{
    (void)leaf;
    ++*(int *)context;
    return index == 3 ? 77 : 0;
}

Test(log_index, stops_when_told)
{
    struct indexed indexed;
    int calls = 0;
    struct failure failure = {0};
    start(&indexed);
    append_varied(&indexed, 0, 10);
    struct log_query query = {.record = "r-all", .from = INT64_MIN, .to = INT64_MAX};
    for (int round = 0; round < 2; round++) {
        calls = 0;
        cr_assert_eq(log_index_query(indexed.fixture.log, indexed.store, indexed.store_key, &query, stop,
                         &calls, &failure),
            77);
        cr_assert_eq(calls, 4);
        cr_assert_eq(failure.error, VAULT_OK);
        update(&indexed);
    }
    end(&indexed);
}

Test(log_index, a_number_of_a_longer_log_is_not_believed)
{
    struct indexed indexed;
    start(&indexed);
    append_varied(&indexed, 0, 30);
    cr_assert_eq(store_begin(indexed.store, NULL), VAULT_OK);
    cr_assert_eq(store_setting_put(indexed.store, "log.indexed", 31, NULL), VAULT_OK);
    cr_assert_eq(store_commit(indexed.store, NULL), VAULT_OK);
    compare(&indexed, 30);
    update(&indexed);
    compare(&indexed, 30);
    end(&indexed);
}
