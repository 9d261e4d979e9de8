/* What a session recalls of clients holds for one state of the store only; and what the watch is told of an
 * event is what the entry says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/access/recall_private.h"
#include "vault/access/watch_private.h"
#include "vault/log/draft.h"
#include "vault/log/log.h"
#include "vault/store/setting.h"

static char directory[64];
static char path[96];
static struct secret *key;
static struct failure failure;
static struct store *store;
static struct recall *recall;

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-recall-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
    key = secret_random(KEY_SIZE);
    cr_assert_eq(store_create(path, key, &store, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_not_null(recall = recall_new());
}

static void stop(void)
{
    char command[128];
    recall_free(recall);
    store_free(store);
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
    secret_free(key);
}

TestSuite(access_recall, .init = start, .fini = stop);

static struct client_facts client_of(int64_t row)
{
    struct client_facts client = {.row = row, .portfolio = "p"};
    memset(client.id.data, (int)row, sizeof client.id.data);
    return client;
}

/* All that can be kept, of one client. */
static void keep(int64_t row, const char *number)
{
    struct client_facts client = client_of(row);
    struct buffer names = {0};
    json_t *card = json_pack("{s:s}", "client_no", number);
    buffer_put_data(&names, "li\0wang", sizeof "li\0wang");
    recall_keep_card(recall, store, &client, card);
    recall_keep_typed(recall, store, number, &client);
    recall_keep_assignees(recall, store, &client, &names);
    recall_keep_genuine(recall, store, &client);
    cr_assert_eq(names.size, 0);
    json_decref(card);
}

static bool knows(int64_t row, const char *number)
{
    struct client_facts client = {.row = -1};
    struct client_facts facts = {.row = -1};
    struct bytes names;
    json_t *card = NULL;
    json_t *same = recall_card(recall, store, row);
    bool typed = recall_typed(recall, store, number, &client, &card);
    bool all =
        typed && client.row == row && card != NULL && same == card &&
        recall_facts(recall, store, row, &facts) && memcmp(&facts.id, &client.id, sizeof facts.id) == 0 &&
        recall_assignees(recall, store, row, &names) &&
        bytes_equal(names, bytes_of("li\0wang", sizeof "li\0wang")) && recall_genuine(recall, store, row);
    bool any = typed || same != NULL || recall_facts(recall, store, row, &facts) ||
               recall_assignees(recall, store, row, &names) || recall_genuine(recall, store, row);
    cr_assert_eq(all, any, "all of it or nothing");
    json_decref(card);
    json_decref(same);
    return all;
}

static void read_on(void)
{
    store_end_read(store);
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK, "%s", failure.text);
}

Test(access_recall, knows_until_anybody_commits)
{
    struct store *other = NULL;
    cr_assert_eq(store_open(path, key, &other, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK);
    keep(7, "B0007");
    cr_assert(knows(7, "B0007"));
    read_on();
    cr_assert(knows(7, "B0007"), "nothing has changed");

    cr_assert_eq(store_begin(other, &failure), VAULT_OK);
    cr_assert_eq(store_setting_put(other, "a", 1, &failure), VAULT_OK);
    read_on();
    cr_assert(knows(7, "B0007"), "it is not committed yet");
    cr_assert_eq(store_commit(other, &failure), VAULT_OK);
    cr_assert(knows(7, "B0007"), "this reading is of before");
    read_on();
    cr_assert_not(knows(7, "B0007"), "another connection has written");

    keep(7, "B0007");
    store_end_read(store);
    cr_assert_eq(store_begin(store, &failure), VAULT_OK);
    cr_assert_eq(store_setting_put(store, "a", 2, &failure), VAULT_OK);
    cr_assert_not(knows(7, "B0007"), "within a change nothing is known");
    cr_assert_eq(store_commit(store, &failure), VAULT_OK);
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK);
    cr_assert_not(knows(7, "B0007"), "this connection has written");
    store_end_read(store);
    store_free(other);
}

Test(access_recall, keeps_nothing_outside_a_reading)
{
    keep(7, "B0007");
    cr_assert_not(knows(7, "B0007"));
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK);
    cr_assert_not(knows(7, "B0007"));
    keep(7, "B0007");
    cr_assert(knows(7, "B0007"));
    store_end_read(store);
    cr_assert_not(knows(7, "B0007"), "of which state?");
}

Test(access_recall, one_place_is_one_clients)
{
    struct client_facts client;
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK);
    keep(7, "B0007");
    keep(7 + RECALL_CLIENTS, "B0135");
    cr_assert_not(knows(7, "B0007"));
    cr_assert(knows(7 + RECALL_CLIENTS, "B0135"));
    /* A number that led to a client whose card is not there leads nowhere. */
    recall_keep_typed(recall, store, "B0009", &(struct client_facts){.row = 9});
    cr_assert_not(recall_typed(recall, store, "B0009", &client, NULL));
    char text[RECALL_TYPED_MAX + 2];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    keep(11, text);
    cr_assert_not(recall_typed(recall, store, text, &client, NULL), "too long to be kept");
    store_end_read(store);
}

Test(access_recall, without_memory_nothing_is_known)
{
    struct client_facts client = client_of(7);
    struct buffer names = {0};
    struct bytes found;
    buffer_put_text(&names, "li");
    cr_assert_eq(store_begin_read(store, &failure), VAULT_OK);
    recall_keep_facts(NULL, store, &client);
    recall_keep_genuine(NULL, store, &client);
    recall_keep_typed(NULL, store, "B0007", &client);
    recall_keep_assignees(NULL, store, &client, &names);
    cr_assert_eq(names.size, 0);
    cr_assert_not(recall_facts(NULL, store, 7, &client));
    cr_assert_not(recall_typed(NULL, store, "B0007", &client, NULL));
    cr_assert_not(recall_assignees(NULL, store, 7, &found));
    cr_assert_not(recall_genuine(NULL, store, 7));
    cr_assert_null(recall_card(NULL, store, 7));
    store_end_read(store);
}

/* --- The watch --- */

static const struct {
    const char *event;
    const char *members; /* beside actor and resources */
    unsigned resources;
    bool gives;
    int64_t records;
} events[] = {
    {"record.read",
        "{\"decision\":{\"effect\":\"permit\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1, true,
        1},
    {"record.read",
        "{\"decision\":{\"effect\":\"deny\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1, false,
        0},
    {"record.reveal",
        "{\"decision\":{\"effect\":\"permit\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1,
        false, 0},
    {"record.search", "{\"decision\":{\"effect\":\"permit\"}}", 3, true, 3},
    {"record.list",
        "{\"decision\":{\"effect\":\"permit\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1, true,
        0},
    {"record.history",
        "{\"decision\":{\"effect\":\"permit\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1, true,
        0},
    {"record.export", "{\"decision\":{\"effect\":\"permit\"},\"phase\":\"intent\"}", 2, true, 0},
    {"record.export",
        "{\"decision\":{\"effect\":\"permit\"},\"phase\":\"outcome\",\"result\":{\"status\":\"ok\",\"count\":"
        "412}}",
        2, true, 412},
    {"record.export",
        "{\"decision\":{\"effect\":\"permit\"},\"phase\":\"outcome\",\"result\":{\"status\":\"failed\","
        "\"count\":412}}",
        2, true, 0},
    {"client.show",
        "{\"decision\":{\"effect\":\"permit\"},\"subject\":{\"id\":\"01J0000000000000000000000A\"}}", 1,
        false, 0},
};

static json_t *members_of(size_t i)
{
    json_t *members = json_loads(events[i].members, 0, NULL);
    json_t *resources = json_array();
    cr_assert_not_null(members);
    for (unsigned k = 0; k < events[i].resources; k++)
        (void)json_array_append_new(
            resources, json_pack("{s:s,s:s}", "type", "record", "id", "01J0000000000000000000000B"));
    (void)json_object_set_new(members, "resources", resources);
    (void)json_object_set_new(members, "actor", json_pack("{s:s,s:s}", "id", "li", "type", "user"));
    return members;
}

static bool read_from_text(size_t i, uint64_t index, int64_t time, const json_t *members, struct seen *seen)
{
    struct secret *seed = secret_random(KEY_SIZE);
    struct sign_key *signer = sign_key_from_seed(seed);
    struct leaf_draft draft;
    struct buffer scratch = {0};
    struct buffer text = {0};
    struct leaf leaf;
    cr_assert_not_null(signer);
    struct log_event event = {.name = events[i].event, .members = members, .signer = signer};
    cr_assert_eq(leaf_draft(&event, &draft, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(
        leaf_complete(&draft, index, time, signer, "strongroom.example/x", &scratch, &text), VAULT_OK);
    cr_assert_null(leaf_read(buffer_bytes(&text), &leaf));
    bool gives = watch_read(index, &leaf, seen);
    buffer_free(&scratch);
    buffer_free(&text);
    leaf_draft_free(&draft);
    sign_key_free(signer);
    secret_free(seed);
    return gives;
}

Test(access_recall, the_watch_hears_what_the_entry_says)
{
    struct fresh *fresh = fresh_new();
    cr_assert_not_null(fresh);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        uint64_t index = 1000 + i;
        int64_t time = INT64_C(1790000000000) + (int64_t)i;
        struct seen written = {0};
        struct seen heard = {0};
        bool gives = false;
        json_t *members = members_of(i);
        cr_assert_not(fresh_find(fresh, index, &heard, &gives));
        fresh_note(fresh, index, time, events[i].event, members);
        cr_assert(fresh_find(fresh, index, &heard, &gives));
        bool says = read_from_text(i, index, time, members, &written);
        cr_assert_eq(gives, events[i].gives, "%zu", i);
        cr_assert_eq(says, gives, "%zu", i);
        cr_assert_eq(heard.index, index);
        cr_assert_eq(heard.time, written.time);
        if (gives) {
            cr_assert_str_eq(heard.person, written.person);
            cr_assert_str_eq(heard.client, written.client);
            cr_assert_eq(heard.records, written.records, "%zu", i);
            cr_assert_eq(heard.records, events[i].records, "%zu", i);
        }
        json_decref(members);
    }
    fresh_free(fresh);
}

Test(access_recall, the_watch_hears_the_last_entries_only)
{
    struct fresh *fresh = fresh_new();
    struct seen seen;
    bool gives = false;
    uint64_t index = 0;
    json_t *members = members_of(0);
    fresh_note(fresh, 0, 1, "record.read", members);
    while (fresh_find(fresh, 0, &seen, &gives) && index < 1000000)
        fresh_note(fresh, ++index, 1, "record.read", members);
    cr_assert_gt(index, 8192, "the watch comes every 8192");
    cr_assert_lt(index, 1000000);
    cr_assert(fresh_find(fresh, index, &seen, &gives));
    json_decref(members);
    fresh_free(fresh);
}
