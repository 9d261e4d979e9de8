/* Zeros behind the last group: made by who writes often, found by everybody, and no entry is lost or made by
 * them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/log_fixture.h"

#define OFTEN 40 /* groups, enough for room to be made */
#define STEP ((size_t)256 << 10)
#define SECTOR 512u

static size_t length_of(const char *path)
{
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    return (size_t)status.st_size;
}

static void expect_whole(struct fixture *fixture, uint64_t size)
{
    struct found found;
    cr_assert_eq(fixture_verify(fixture, &found), VAULT_OK, "%s", fixture->failure.text);
    cr_assert_eq(found.problems, 0, "%s at %llu", found.what, (unsigned long long)found.index);
    cr_assert_eq(found.result.size, size);
    cr_assert_eq(log_size(fixture->log), size);
}

Test(log_room, who_writes_often_makes_it_and_takes_it_along)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 5), VAULT_OK);
    cr_assert_eq(length_of(fixture.path), log_bytes(fixture.log), "made at once");
    cr_assert_eq(fixture_append(&fixture, OFTEN), VAULT_OK);
    size_t length = length_of(fixture.path);
    cr_assert_eq(length % STEP, 0);
    cr_assert_gt(length, log_bytes(fixture.log));
    expect_whole(&fixture, 5 + OFTEN);
    uint64_t size = 5 + OFTEN;
    for (; log_bytes(fixture.log) < STEP + STEP / 2; size += 40)
        cr_assert_eq(fixture_append_group(&fixture, 40), VAULT_OK);
    cr_assert_eq(length_of(fixture.path), 2 * STEP);
    expect_whole(&fixture, size);
    uint64_t end = log_bytes(fixture.log);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert_eq(length_of(fixture.path), end, "left behind");
    expect_whole(&fixture, size);
    fixture_end(&fixture);
}

Test(log_room, others_append_in_it_and_see_each_other)
{
    struct fixture fixture;
    struct log *second = NULL;
    struct buffer leaf = {0};
    uint64_t first;
    fixture_start(&fixture);
    struct log_event event = fixture_event(&fixture);
    cr_assert_eq(fixture_append(&fixture, OFTEN), VAULT_OK);
    size_t length = length_of(fixture.path);
    cr_assert_eq(log_open(fixture.directory, &fixture.keys, &second, NULL), VAULT_OK);
    cr_assert_eq(log_size(second), OFTEN);
    cr_assert_eq(log_append(second, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(first, OFTEN);
    cr_assert_eq(length_of(fixture.path), length, "not in the room");
    cr_assert_eq(log_size(fixture.log), OFTEN);
    cr_assert_eq(log_refresh(fixture.log, NULL), VAULT_OK);
    cr_assert_eq(log_size(fixture.log), OFTEN + 1);
    cr_assert_eq(log_append(second, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK); /* without having asked */
    cr_assert_eq(log_append(second, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(first, OFTEN + 3);
    /* Who made the room goes; the other one goes on. */
    log_free(fixture.log);
    fixture.log = second;
    cr_assert_eq(log_refresh(second, NULL), VAULT_OK);
    cr_assert_eq(length_of(fixture.path), log_bytes(second));
    cr_assert_eq(log_read(second, OFTEN + 3, &leaf, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    expect_whole(&fixture, OFTEN + 6);
    buffer_free(&leaf);
    fixture_end(&fixture);
}

Test(log_room, what_closes_does_not_cut_off_what_others_wrote)
{
    struct fixture fixture;
    struct log *second = NULL;
    uint64_t first;
    fixture_start(&fixture);
    struct log_event event = fixture_event(&fixture);
    cr_assert_eq(fixture_append(&fixture, OFTEN), VAULT_OK);
    cr_assert_eq(log_open(fixture.directory, &fixture.keys, &second, NULL), VAULT_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(log_append(second, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    expect_whole(&fixture, OFTEN + 3);
    log_free(second);
    expect_whole(&fixture, OFTEN + 3);
    fixture_end(&fixture);
}

/* --- What a crash leaves --- */

/* A log of three entries, another group of one behind it, and the caches as they are before that is
 * acknowledged. */
struct crash {
    struct buffer log, tree, offsets;
    struct buffer whole; /* the log with the last group */
    struct buffer left;  /* what a crash left of it */
};

static void crash_start(struct fixture *fixture, struct crash *crash, size_t first, size_t last)
{
    char ticket[1024];
    memset(crash, 0, sizeof *crash);
    fixture_start(fixture);
    memset(ticket, 'T', sizeof ticket);
    cr_assert_eq(json_object_set_new(fixture->members, "ticket", json_stringn(ticket, 1 + first)), 0);
    cr_assert_eq(fixture_append(fixture, 3), VAULT_OK);
    fixture_load(fixture, "log", &crash->log);
    fixture_load(fixture, "log.tree", &crash->tree);
    fixture_load(fixture, "log.offsets", &crash->offsets);
    cr_assert_eq(json_object_set_new(fixture->members, "ticket", json_stringn(ticket, 1 + last)), 0);
    cr_assert_eq(fixture_append(fixture, 1), VAULT_OK);
    fixture_load(fixture, "log", &crash->whole);
}

static void crash_end(struct fixture *fixture, struct crash *crash)
{
    buffer_free(&crash->log);
    buffer_free(&crash->tree);
    buffer_free(&crash->offsets);
    buffer_free(&crash->whole);
    buffer_free(&crash->left);
    fixture_end(fixture);
}

/* The file up to @p size of its bytes, and zeros behind. */
static void crash_fill(struct crash *crash, size_t size, size_t room)
{
    buffer_reset(&crash->left);
    buffer_put_data(&crash->left, crash->whole.data, size);
    uint8_t *rest = buffer_grow(&crash->left, crash->whole.size - size + room);
    cr_assert_not_null(rest);
    memset(rest, 0, crash->whole.size - size + room);
}

static int crash_open(struct fixture *fixture, const struct crash *crash, bool caches)
{
    fixture_store(fixture, "log", buffer_bytes(&crash->left));
    fixture_remove(fixture, "log.tree");
    fixture_remove(fixture, "log.offsets");
    if (caches) {
        fixture_store(fixture, "log.tree", buffer_bytes(&crash->tree));
        fixture_store(fixture, "log.offsets", buffer_bytes(&crash->offsets));
    }
    return fixture_reopen(fixture);
}

/* Where only the zeros that belong to a group are missing, nothing is. */
static bool is_whole(const struct crash *crash)
{
    return memcmp(crash->left.data, crash->whole.data, crash->whole.size) == 0;
}

Test(log_room, a_torn_end_in_it_is_cut_wherever_it_tore, .timeout = 120)
{
    struct fixture fixture;
    struct crash crash;
    crash_start(&fixture, &crash, 0, 0);
    for (size_t size = crash.log.size; size <= crash.whole.size; size++) {
        crash_fill(&crash, size, size % 3 * 1500);
        uint64_t wanted = is_whole(&crash) ? 4 : 3;
        cr_assert_eq(
            crash_open(&fixture, &crash, size % 2 == 0), VAULT_OK, "%zu: %s", size, fixture.failure.text);
        cr_assert_eq(log_size(fixture.log), wanted, "%zu", size);
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
        if (size % 20 == 0)
            expect_whole(&fixture, wanted + 1);
    }
    crash_end(&fixture, &crash);
}

/* Every choice of sectors of the last group that a power cut kept from the disk. */
static void lose_sectors(struct fixture *fixture, struct crash *crash)
{
    size_t from = crash->log.size / SECTOR;
    size_t count = (crash->whole.size - 1) / SECTOR - from + 1;
    for (unsigned lost = 0; lost < 1u << count; lost++) {
        crash_fill(crash, crash->whole.size, lost % 2 == 0 ? 2048 : 7);
        for (size_t i = 0; i < count; i++) {
            size_t start = (from + i) * SECTOR < crash->log.size ? crash->log.size : (from + i) * SECTOR;
            size_t end =
                (from + i + 1) * SECTOR < crash->whole.size ? (from + i + 1) * SECTOR : crash->whole.size;
            if ((lost >> i & 1) != 0)
                memset(crash->left.data + start, 0, end - start);
        }
        cr_assert_eq(crash_open(fixture, crash, true), VAULT_OK, "%zu to %zu, lost %x: %s", crash->log.size,
            crash->whole.size, lost, fixture->failure.text);
        cr_assert_eq(log_size(fixture->log), is_whole(crash) ? 4 : 3, "%zu to %zu, lost %x", crash->log.size,
            crash->whole.size, lost);
    }
    expect_whole(fixture, 3);
}

/* Where the group begins and ends within a sector matters by the byte; STRONGROOM_TEST_FULL=1 tries them all. */
Test(log_room, sectors_in_it_that_were_never_written_are_a_torn_end, .timeout = 240)
{
    for (size_t pad = 0; pad < SECTOR; pad += getenv("STRONGROOM_TEST_FULL") != NULL ? 1 : 7) {
        struct fixture fixture;
        struct crash crash;
        crash_start(&fixture, &crash, pad % 171, pad);
        size_t begins = crash.log.size % SECTOR;
        size_t ends = crash.whole.size % SECTOR;
        if (begins > SECTOR - 70 || begins < 2 || ends < 18 || ends > SECTOR - 2 || pad % 31 == 0)
            lose_sectors(&fixture, &crash);
        crash_end(&fixture, &crash);
    }
}

Test(log_room, zeros_of_any_length_are_room)
{
    struct fixture fixture;
    struct crash crash;
    size_t lengths[] = {
        1, 2, 3, 4, 15, 16, 60, 61, 62, 511, 512, 4095, 4096, 4097, 65536, STEP, 9 * STEP + 1};
    crash_start(&fixture, &crash, 0, 0);
    for (size_t i = 0; i < 2 * sizeof lengths / sizeof lengths[0]; i++) {
        crash_fill(&crash, crash.whole.size, lengths[i / 2]);
        cr_assert_eq(crash_open(&fixture, &crash, i % 2 == 0), VAULT_OK, "%s", fixture.failure.text);
        expect_whole(&fixture, 4);
        cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK, "%s", fixture.failure.text);
        cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
        expect_whole(&fixture, 6);
    }
    crash_end(&fixture, &crash);
}

/* --- What somebody else leaves --- */

/* What opens holds every acknowledged entry, as it was. */
static void expect_all_or_refusal(struct fixture *fixture, int result, uint64_t size, size_t at)
{
    if (result != VAULT_OK) {
        cr_assert(result == VAULT_EDAMAGED || result == VAULT_EFORGED || result == VAULT_EROLLBACK, "%zu: %s",
            at, fixture->failure.text);
        return;
    }
    cr_assert_eq(log_size(fixture->log), size, "%zu", at);
    expect_whole(fixture, size);
}

Test(log_room, garbage_in_it_is_cut_or_refused_and_never_believed)
{
    struct fixture fixture;
    struct crash crash;
    unsigned refused = 0;
    crash_start(&fixture, &crash, 0, 0);
    fixture_load(&fixture, "log.tree", &crash.tree);
    fixture_load(&fixture, "log.offsets", &crash.offsets);
    for (size_t at = 0; at < 700; at++) {
        crash_fill(&crash, crash.whole.size, 2000);
        uint8_t *room = crash.left.data + crash.whole.size;
        memset(room + at, 0xa5, at % 5 == 0 ? 600 : 1);
        int result = crash_open(&fixture, &crash, true);
        refused += result != VAULT_OK;
        expect_all_or_refusal(&fixture, result, 4, at);
    }
    cr_assert_gt(refused, 0); /* what stands where a group would begin and is none */
    cr_assert_lt(refused, 600); /* what stands where a sector before it was not written */
    /* An old group again, behind the last one or further on. */
    for (size_t at = 0; at < 2; at++) {
        crash_fill(&crash, crash.whole.size, 4000);
        memcpy(crash.left.data + crash.whole.size + at * 700, crash.whole.data + crash.log.size,
            crash.whole.size - crash.log.size);
        expect_all_or_refusal(&fixture, crash_open(&fixture, &crash, true), 4, at);
    }
    crash_end(&fixture, &crash);
}

Test(log_room, a_changed_last_group_before_it_is_refused, .timeout = 120)
{
    struct fixture fixture;
    struct crash crash;
    crash_start(&fixture, &crash, 0, 0);
    fixture_load(&fixture, "log.tree", &crash.tree);
    fixture_load(&fixture, "log.offsets", &crash.offsets);
    for (size_t at = crash.log.size; at < crash.whole.size; at++) {
        for (unsigned mask = 0x40; mask <= 0xff; mask += 0xff - 0x40) {
            crash_fill(&crash, crash.whole.size, 900);
            crash.left.data[at] ^= (uint8_t)mask;
            cr_assert_neq(crash_open(&fixture, &crash, true), VAULT_OK, "byte %zu", at);
            cr_assert_null(fixture.log);
        }
    }
    /* Zeros over the whole of it are a cut, which the caches know. */
    crash_fill(&crash, crash.log.size, 900);
    cr_assert_eq(crash_open(&fixture, &crash, true), VAULT_EROLLBACK);
    crash_end(&fixture, &crash);
}
