#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/crypto/secret.h"
#include "vault/evidence/release.h"

#define CLIENT "01ARZ3NDEKTSV4RRFFQ69G5FAV"
#define OTHER "01ARZ3NDEKTSV4RRFFQ69G5FAW"
#define RECORD "01BX5ZZKBKACTAV9WEVGEMMVRY"

static struct hasher *hasher;
static struct release_item items[3];
static char text[4096];

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    hasher = hasher_new();
    for (size_t i = 0; i < 3; i++) {
        cr_assert(ulid_parse(bytes_of_text(CLIENT), &items[i].client));
        cr_assert(ulid_parse(bytes_of_text(RECORD), &items[i].record));
        items[i].record.data[15] = (uint8_t)(items[i].record.data[15] + i);
        items[i].version = i + 1;
        memset(items[i].point, i < 2 ? 7 : 9, BOX_PUBLIC_SIZE);
    }
}

static void stop(void)
{
    hasher_free(hasher);
}

TestSuite(release, .init = start, .fini = stop);

static void base64_text(const uint8_t *data, char out[48])
{
    struct buffer encoded = {0};
    base64_encode(bytes_of(data, 32), &encoded);
    (void)snprintf(out, 48, "%s", buffer_text(&encoded));
    buffer_free(&encoded);
}

/* A leaf that asks for the first @p count items. */
static struct bytes leaf(const char *event, const char *effect, const char *phase, const char *type,
    const char *resources, size_t count)
{
    struct hash root;
    uint8_t answer[32];
    char root_text[48], answer_text[48];
    memset(answer, 5, sizeof answer);
    release_root(hasher, items, count, &root);
    base64_text(root.data, root_text);
    base64_text(answer, answer_text);
    (void)snprintf(text, sizeof text,
        "{\"actor\":{\"id\":\"anna\",\"type\":\"%s\"},\"decision\":{\"effect\":\"%s\"},\"event\":\"%s\","
        "\"id\":\"x\","
        "%s\"resources\":%s,\"seq\":4,\"sig\":\"\",\"subject\":{\"id\":\"" CLIENT
        "\"},\"time\":\"2026-01-02T03:04:05.006Z\",\"v\":1,\"witnessed\":{\"answer\":\"%s\",\"batches\":[{"
        "\"count\":%zu,"
        "\"root\":\"%s\"}]}}",
        type, effect, event, phase, resources, answer_text, count, root_text);
    return bytes_of_text(text);
}

static struct bytes usual(size_t count)
{
    return leaf("record.list", "permit", "", "user", "[]", count);
}

Test(release, the_root_is_that_of_rfc_6962_over_the_items)
{
    struct hash root, leaf_hash;
    uint8_t wire[72];
    memcpy(wire, items[0].client.data, 16);
    memcpy(wire + 16, items[0].record.data, 16);
    memcpy(wire + 32, "\0\0\0\0\0\0\0\1", 8);
    memcpy(wire + 40, items[0].point, 32);
    tree_leaf_hash(hasher, bytes_of(wire, sizeof wire), &leaf_hash);
    release_root(hasher, items, 1, &root);
    cr_assert(hash_equal(&root, &leaf_hash));
}

Test(release, an_event_allows_exactly_its_items)
{
    struct release_event event;
    cr_assert_null(release_event_read(usual(3), &event));
    cr_assert_eq(event.batches, 1);
    cr_assert_eq(event.answer[0], 5);
    cr_assert_null(release_event_allows(&event, hasher, 0, items, 3));
    cr_assert_not_null(release_event_allows(&event, hasher, 1, items, 3));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 2));
    items[1].version++;
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 3));
    items[1].version--;
    items[2].point[31] ^= 1;
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 3));
    items[2].point[31] ^= 1;
    struct release_item swapped[3] = {items[1], items[0], items[2]};
    cr_assert_not_null(release_event_allows(&event, hasher, 0, swapped, 3));
}

/* The root of two leaves as if it were one leaf, and a count that does not go with it. */
Test(release, a_root_is_bound_to_its_count)
{
    struct release_event event;
    struct bytes said = usual(2);
    char *count = strstr(text, "\"count\":2");
    count[8] = '1';
    cr_assert_null(release_event_read(said, &event));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 1));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 2));
    count[8] = '0';
    cr_assert_not_null(release_event_read(said, &event));
}

Test(release, only_a_persons_permitted_intent_of_a_disclosure_counts)
{
    struct release_event event;
    cr_assert_null(release_event_read(leaf("record.read", "permit", "", "user", "[]", 1), &event));
    cr_assert_null(release_event_read(
        leaf("record.export", "permit", "\"phase\":\"intent\",", "user", "[]", 1), &event));
    cr_assert_not_null(release_event_read(
        leaf("record.export", "permit", "\"phase\":\"outcome\",", "user", "[]", 1), &event));
    cr_assert_not_null(release_event_read(leaf("record.read", "deny", "", "user", "[]", 1), &event));
    cr_assert_not_null(release_event_read(leaf("record.read", "permit", "", "system", "[]", 1), &event));
    cr_assert_not_null(release_event_read(leaf("policy.set", "permit", "", "user", "[]", 1), &event));
    cr_assert_not_null(release_event_read(leaf("record.reader", "permit", "", "user", "[]", 1), &event));
}

Test(release, items_of_clients_that_the_event_does_not_name_are_refused)
{
    struct release_event event;
    cr_assert(ulid_parse(bytes_of_text(OTHER), &items[1].client));
    cr_assert_null(release_event_read(usual(2), &event));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 2));
    struct bytes both =
        leaf("record.export", "permit", "", "user", "[{\"id\":\"" OTHER "\",\"type\":\"client\"}]", 2);
    cr_assert_null(release_event_read(both, &event));
    cr_assert_null(release_event_allows(&event, hasher, 0, items, 2));
}

Test(release, where_records_are_named_an_item_is_one_of_them)
{
    struct release_event event;
    struct bytes named = leaf("record.read", "permit", "", "user",
        "[{\"id\":\"" RECORD "\",\"type\":\"record\",\"version\":1}]", 1);
    cr_assert_null(release_event_read(named, &event));
    cr_assert_null(release_event_allows(&event, hasher, 0, items, 1));
    named = leaf("record.read", "permit", "", "user",
        "[{\"id\":\"" RECORD "\",\"type\":\"record\",\"version\":2}]", 1);
    cr_assert_null(release_event_read(named, &event));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 1));
    named = leaf(
        "record.read", "permit", "", "user", "[{\"id\":\"" OTHER "\",\"type\":\"record\",\"version\":1}]", 1);
    cr_assert_null(release_event_read(named, &event));
    cr_assert_not_null(release_event_allows(&event, hasher, 0, items, 1));
    /* Of another client than the subject, said so with the record. */
    cr_assert(ulid_parse(bytes_of_text(OTHER), &items[0].client));
    named = leaf("record.search", "permit", "", "user",
        "[{\"client\":\"" OTHER "\",\"id\":\"" RECORD "\",\"type\":\"record\",\"version\":1}]", 1);
    cr_assert_null(release_event_read(named, &event));
    cr_assert_null(release_event_allows(&event, hasher, 0, items, 1));
}

static void fill(struct release_request *request, struct release_entry *people)
{
    static const uint8_t proof[2 * HASH_SIZE] = {1};
    people[0] = (struct release_entry){.index = 0, .leaf = bytes_of_text("{}"), .proof = bytes_of(proof, 64)};
    people[1] =
        (struct release_entry){.index = 5, .leaf = bytes_of_text("{1}"), .proof = bytes_of(proof, 32)};
    *request = (struct release_request){.checkpoint = bytes_of_text("note"),
        .old_size = 3,
        .consistency = bytes_of(proof, 64),
        .people_count = 2,
        .people = people,
        .asks = true,
        .event = {.index = 9, .leaf = bytes_of_text("{event}"), .proof = bytes_of(proof, 0)},
        .batch = 2,
        .count = 3,
        .items = items};
}

Test(release, a_request_is_read_as_it_was_written)
{
    struct release_request request, read;
    struct release_entry people[2];
    struct buffer wire = {0};
    fill(&request, people);
    cr_assert_eq(release_request_write(&request, &wire), VAULT_OK);
    cr_assert_eq(release_request_read(buffer_bytes(&wire), &read), VAULT_OK);
    cr_assert_eq(read.old_size, 3);
    cr_assert_eq(read.people_count, 2);
    cr_assert_eq(read.people[1].index, 5);
    cr_assert(bytes_equal(read.people[1].leaf, bytes_of_text("{1}")));
    cr_assert_eq(read.event.index, 9);
    cr_assert_eq(read.batch, 2);
    cr_assert_eq(read.count, 3);
    cr_assert_arr_eq(read.items, items, sizeof items);
    release_request_free(&read);
    buffer_free(&wire);
}

Test(release, every_cut_and_every_byte_too_many_is_refused)
{
    struct release_request request, read;
    struct release_entry people[2];
    struct buffer wire = {0};
    fill(&request, people);
    cr_assert_eq(release_request_write(&request, &wire), VAULT_OK);
    for (size_t size = 0; size < wire.size; size++)
        cr_assert_eq(release_request_read(bytes_of(wire.data, size), &read), VAULT_EINPUT);
    buffer_put_u8(&wire, 0);
    cr_assert_eq(release_request_read(buffer_bytes(&wire), &read), VAULT_EINPUT);
    people[1].index = 0; /* not ascending */
    buffer_reset(&wire);
    cr_assert_eq(release_request_write(&request, &wire), VAULT_OK);
    cr_assert_eq(release_request_read(buffer_bytes(&wire), &read), VAULT_EINPUT);
    buffer_free(&wire);
}

Test(release, an_answer_is_read_as_it_was_written)
{
    struct release_answer answer = {.size = 7, .seq = 9, .sealed = bytes_of_text("sealed")}, read;
    struct buffer wire = {0};
    release_answer_write(&answer, &wire);
    cr_assert_eq(release_answer_read(buffer_bytes(&wire), &read), VAULT_OK);
    cr_assert_eq(read.size, 7);
    cr_assert_eq(read.seq, 9);
    cr_assert(bytes_equal(read.sealed, bytes_of_text("sealed")));
    for (size_t size = 0; size < wire.size; size++)
        cr_assert_eq(release_answer_read(bytes_of(wire.data, size), &read), VAULT_EINPUT);
    buffer_free(&wire);
}

static struct bytes person_leaf(const char *event, const char *effect, const char *change)
{
    (void)snprintf(text, sizeof text,
        "{\"actor\":{\"id\":\"boss\",\"type\":\"user\"},\"change\":%s,\"decision\":{\"effect\":\"%s\"},"
        "\"event\":\"%s\","
        "\"id\":\"x\",\"resources\":[],\"seq\":4,\"sig\":\"\",\"time\":\"2026-01-02T03:04:05.006Z\",\"v\":1}",
        change, effect, event);
    return bytes_of_text(text);
}

Test(release, people_are_learned_from_permitted_changes)
{
    static const char key[] = "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=";
    char change[200];
    struct release_person person;
    (void)snprintf(change, sizeof change, "{\"sign\":\"%s\",\"user\":\"anna\"}", key);
    cr_assert_null(release_person_read(person_leaf("user.add", "permit", change), &person));
    cr_assert_eq(person.kind, RELEASE_ADD);
    cr_assert_eq(person.sign[31], 5);
    cr_assert(bytes_equal(person.user, bytes_of_text("anna")));
    cr_assert_not_null(release_person_read(person_leaf("user.add", "deny", change), &person));
    cr_assert_not_null(release_person_read(person_leaf("grant.add", "permit", change), &person));
    cr_assert_not_null(
        release_person_read(person_leaf("user.add", "permit", "{\"user\":\"anna\"}"), &person));
    cr_assert_null(
        release_person_read(person_leaf("user.disable", "permit", "{\"user\":\"anna\"}"), &person));
    cr_assert_eq(person.kind, RELEASE_DISABLE);
    cr_assert_null(release_person_read(person_leaf("vault.birth", "permit", "{\"events\":12}"), &person));
    cr_assert_eq(person.events, 12);
}
