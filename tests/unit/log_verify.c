/* Whatever is changed in a log is found, by opening it or by verifying it. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/log_fixture.h"

/* Opens with the right entries and verifies with a problem, or does not open. */
static void expect_found(struct fixture *fixture, const struct buffer *leaves, size_t count, size_t at)
{
    struct found found;
    if (fixture_reopen(fixture) != VAULT_OK) {
        cr_assert(fixture->failure.error == VAULT_EDAMAGED || fixture->failure.error == VAULT_EFORGED ||
                      fixture->failure.error == VAULT_EVERSION || fixture->failure.error == VAULT_EROLLBACK,
            "byte %zu: %s", at, fixture->failure.text);
        cr_assert_null(fixture->log);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct buffer leaf = {0};
        if (log_read(fixture->log, i, &leaf, NULL) == VAULT_OK)
            cr_assert(bytes_equal(buffer_bytes(&leaf), buffer_bytes(&leaves[i])), "byte %zu", at);
        else
            cr_assert_eq(leaf.size, 0);
        buffer_free(&leaf);
    }
    cr_assert_eq(fixture_verify(fixture, &found), VAULT_OK, "byte %zu: %s", at, fixture->failure.text);
    cr_assert_gt(found.problems, 0, "a change of byte %zu was not found", at);
}

#define ENTRIES 4

static void every_byte(bool caches)
{
    struct fixture fixture;
    struct buffer log = {0};
    struct buffer tree = {0};
    struct buffer offsets = {0};
    struct buffer leaves[ENTRIES] = {{0}};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(fixture_append_group(&fixture, 2), VAULT_OK);
    for (size_t i = 0; i < ENTRIES; i++)
        cr_assert_eq(log_read(fixture.log, i, &leaves[i], NULL), VAULT_OK);
    fixture_load(&fixture, "log", &log);
    fixture_load(&fixture, "log.tree", &tree);
    fixture_load(&fixture, "log.offsets", &offsets);
    for (size_t at = 0; at < log.size; at++)
        for (unsigned bit = 0; bit < 8; bit += at % 32 == 0 ? 1 : 5) {
            log.data[at] ^= (uint8_t)(1u << bit);
            fixture_store(&fixture, "log", buffer_bytes(&log));
            log.data[at] ^= (uint8_t)(1u << bit);
            fixture_store(&fixture, "log.tree", buffer_bytes(&tree));
            fixture_store(&fixture, "log.offsets", buffer_bytes(&offsets));
            if (!caches)
                fixture_remove(&fixture, at % 2 == 0 ? "log.tree" : "log.offsets");
            expect_found(&fixture, leaves, ENTRIES, at);
        }
    for (size_t i = 0; i < ENTRIES; i++)
        buffer_free(&leaves[i]);
    buffer_free(&log);
    buffer_free(&tree);
    buffer_free(&offsets);
    fixture_end(&fixture);
}

Test(log_verify, every_changed_byte_of_the_file_is_found, .timeout = 240)
{
    every_byte(true);
}

Test(log_verify, every_changed_byte_is_found_without_caches, .timeout = 240)
{
    every_byte(false);
}

/* Frames are opened in chunks; of a log that ends with one (865 entries of the fixture do) none are left for
 * the next. */
Test(log_verify, a_log_that_ends_where_a_chunk_does)
{
    for (size_t entries = 861; entries <= 868; entries++) {
        struct fixture fixture;
        struct found found;
        fixture_start(&fixture);
        cr_assert_eq(fixture_append_group(&fixture, entries), VAULT_OK);
        cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK, "%zu: %s", entries, fixture.failure.text);
        cr_expect_eq(found.problems, 0);
        fixture_end(&fixture);
    }
}

Test(log_verify, names_the_entry_that_was_changed)
{
    struct fixture fixture;
    struct found found;
    struct buffer log = {0};
    struct buffer offsets = {0};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append_group(&fixture, 50), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 50), VAULT_OK);
    fixture_load(&fixture, "log", &log);
    fixture_load(&fixture, "log.offsets", &offsets);
    for (size_t index = 0; index < 99; index += 7)
        for (size_t part = 0; part < 64; part += 3) { /* header, nonce, text */
            struct reader reader = reader_of(bytes_of(offsets.data + 8 * index, 8));
            size_t at = (size_t)reader_u64(&reader) + part;
            log.data[at] ^= 1;
            fixture_store(&fixture, "log", buffer_bytes(&log));
            log.data[at] ^= 1;
            cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
            cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
            cr_assert_eq(found.index, index, "entry %zu byte %zu: %s", index, part, found.what);
            /* A wrong length also makes what follows unreadable up to the next entry. */
            cr_assert_leq(found.problems, part < 4 ? 2 : 1, "entry %zu byte %zu: %llu problems", index, part,
                (unsigned long long)found.problems);
        }
    buffer_free(&log);
    buffer_free(&offsets);
    fixture_end(&fixture);
}

/* Entries, groups and whole files that are authentic, but elsewhere. */
Test(log_verify, moved_and_foreign_bytes_are_found)
{
    struct fixture fixture;
    struct fixture other;
    struct buffer log = {0};
    struct buffer changed = {0};
    struct buffer leaves[6] = {{0}};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append_group(&fixture, 6), VAULT_OK);
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(log_read(fixture.log, i, &leaves[i], NULL), VAULT_OK);
    fixture_load(&fixture, "log", &log);

    /* The same length for all: swap two frames of the group. */
    size_t frame = leaves[1].size + 45;
    size_t first = 0;
    for (size_t at = 64; at + 5 < log.size; at++) /* the first frame of that length and type */
        if (log.data[at + 4] == 2 && log.data[at] == 0 && log.data[at + 1] == 0 &&
            (size_t)(log.data[at + 2] << 8 | log.data[at + 3]) + 5 == frame) {
            first = at;
            break;
        }
    cr_assert_gt(first, 0);
    buffer_put(&changed, buffer_bytes(&log));
    memcpy(changed.data + first, log.data + first + frame, frame);
    memcpy(changed.data + first + frame, log.data + first, frame);
    fixture_store(&fixture, "log", buffer_bytes(&changed));
    expect_found(&fixture, leaves, 6, first);

    /* A log of other entries, of the same keys and size. */
    fixture_start(&other);
    cr_assert_eq(fixture_append_group(&other, 6), VAULT_OK);
    fixture_load(&other, "log", &changed);
    fixture_store(&fixture, "log", buffer_bytes(&changed));
    struct found found;
    struct buffer note = {0};
    fixture_store(&fixture, "log", buffer_bytes(&log));
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert_eq(log_checkpoint(fixture.log, &note, NULL), VAULT_OK);
    fixture_store(&fixture, "log", buffer_bytes(&changed));
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK); /* a fork: whole in itself, */
    cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
    cr_assert_eq(
        log_extends(fixture.log, buffer_bytes(&note), &fixture.failure), VAULT_EROLLBACK); /* but another */

    /* Of another vault. */
    fixture.keys.vault.data[3] ^= 1;
    cr_assert_eq(fixture_reopen(&fixture), VAULT_EFORGED);
    for (size_t i = 0; i < 6; i++)
        buffer_free(&leaves[i]);
    buffer_free(&note);
    buffer_free(&log);
    buffer_free(&changed);
    fixture_end(&other);
    fixture_end(&fixture);
}

Test(log_verify, a_vault_key_that_is_not_the_signer_is_refused)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    fixture.keys.vault_key = fixture.person;
    cr_assert_neq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert(fixture.failure.error == VAULT_EFORGED || fixture.failure.error == VAULT_EDAMAGED);
    fixture_end(&fixture);
}

Test(log_verify, a_seal_key_that_is_not_the_log_s_is_refused)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    fixture.keys.seal_key = fixture.seed;
    cr_assert_neq(fixture_reopen(&fixture), VAULT_OK);
    fixture_end(&fixture);
}

/* Whoever has the vault's keys, but not the person's, writes an event in that person's name. */
Test(log_verify, an_event_in_another_s_name_is_found)
{
    struct fixture fixture;
    struct found found;
    uint64_t first;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    struct log_event framed = {"record.read", fixture.members, fixture.vault_key};
    cr_assert_eq(log_append(fixture.log, &framed, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
    cr_assert_eq(found.problems, 1);
    cr_assert_eq(found.index, 2);
    cr_assert_eq(found.result.signatures, 4);
    fixture_end(&fixture);
}

Test(log_verify, an_unknown_actor_is_found)
{
    struct fixture fixture;
    struct found found;
    uint64_t first;
    fixture_start(&fixture);
    cr_assert_eq(json_object_set_new(json_object_get(fixture.members, "actor"), "id", json_string("u-8")), 0);
    struct log_event event = fixture_event(&fixture);
    cr_assert_eq(log_append(fixture.log, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
    cr_assert_eq(found.problems, 1);
    fixture_end(&fixture);
}

struct seen {
    uint64_t leaves;
    uint64_t last;
    uint64_t problems;
    const uint8_t *key;
};

static bool wants(void *context, struct bytes event)
{
    (void)context;
    return bytes_equal(event, bytes_of_text("vault.birth"));
}

static int take_leaf(void *context, uint64_t index, const json_t *leaf)
{
    struct seen *seen = context;
    cr_assert_eq(json_number(leaf, "seq", -1), (int64_t)index);
    seen->leaves++;
    seen->last = index;
    return VAULT_OK;
}

static const uint8_t *give_key(void *context, struct bytes actor)
{
    (void)actor;
    return ((struct seen *)context)->key;
}

static int count_problem(void *context, const struct log_problem *problem)
{
    (void)problem;
    ((struct seen *)context)->problems++;
    return VAULT_OK;
}

Test(log_verify, hands_over_what_is_wanted_and_checks_signatures_from_where_it_is_told)
{
    struct fixture fixture;
    uint64_t first;
    struct log_verify_result result;
    fixture_start(&fixture);
    json_t *members = json_deep_copy(fixture.members);
    cr_assert_eq(json_object_set_new(json_object_get(members, "actor"), "type", json_string("system")), 0);
    struct log_event birth = {"vault.birth", members, NULL};
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(log_append(fixture.log, &birth, 1, &first, NULL), VAULT_OK);
        cr_assert_eq(fixture_append_group(&fixture, 10), VAULT_OK);
    }
    struct seen seen = {.key = sign_key_public(fixture.person).data};
    struct log_verify_options options = {.threads = 1,
        .context = &seen,
        .leaf = take_leaf,
        .wants = wants,
        .public_key = give_key,
        .problem = count_problem};
    cr_assert_eq(log_verify(fixture.log, &options, &result, NULL), VAULT_OK);
    cr_assert_eq(seen.leaves, 3);
    cr_assert_eq(seen.last, 22);
    cr_assert_eq(seen.problems, 0);
    cr_assert_eq(result.signatures, 33);
    options.from = 20;
    cr_assert_eq(log_verify(fixture.log, &options, &result, NULL), VAULT_OK);
    cr_assert_eq(seen.leaves, 6);
    cr_assert_eq(result.signatures, 13);
    cr_assert_eq(result.size, 33);
    options.skip_signatures = true;
    cr_assert_eq(log_verify(fixture.log, &options, &result, NULL), VAULT_OK);
    cr_assert_eq(result.signatures, 0);
    cr_assert_eq(seen.problems, 0);
    json_decref(members);
    fixture_end(&fixture);
}
