/* Appending, reading, opening again; threads and processes; torn ends. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/log_fixture.h"
#include "vault/base/instant.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"

/* The clock of this program, which a test may turn. */
static int64_t turned; /* milliseconds */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME && result == 0)
        now->tv_sec += turned / 1000;
    return result;
}

static void expect_whole(struct fixture *fixture, uint64_t size)
{
    struct found found;
    cr_assert_eq(fixture_verify(fixture, &found), VAULT_OK, "%s", fixture->failure.text);
    cr_assert_eq(found.problems, 0, "%s at %llu", found.what, (unsigned long long)found.index);
    cr_assert_eq(found.result.size, size);
    cr_assert_eq(found.result.signatures, size);
    struct hash root;
    cr_assert_eq(log_root(fixture->log, size, &root, NULL), VAULT_OK);
    cr_assert(hash_equal(&root, &found.result.root));
}

Test(log_file, a_new_log_is_empty_and_signed)
{
    struct fixture fixture;
    struct log *second = NULL;
    struct buffer note = {0};
    fixture_start(&fixture);
    cr_assert_eq(log_size(fixture.log), 0);
    cr_assert_eq(log_checkpoint(fixture.log, &note, NULL), VAULT_OK);
    cr_assert_not_null(strstr(buffer_text(&note), "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    cr_assert_eq(log_create(fixture.directory, &fixture.keys, &second, NULL), VAULT_EEXISTS);
    cr_assert_null(second);
    cr_assert_eq(log_read(fixture.log, 0, &note, NULL), VAULT_ENOTFOUND);
    expect_whole(&fixture, 0);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert_eq(log_size(fixture.log), 0);
    buffer_free(&note);
    fixture_end(&fixture);
}

Test(log_file, what_was_appended_is_read_after_opening_again)
{
    struct fixture fixture;
    struct buffer before = {0};
    struct buffer after = {0};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 5), VAULT_OK);
    cr_assert_eq(fixture_append_group(&fixture, 30), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(log_size(fixture.log), 37);
    cr_assert_eq(log_read(fixture.log, 20, &before, NULL), VAULT_OK);
    expect_whole(&fixture, 37);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(log_size(fixture.log), 37);
    cr_assert_eq(log_read(fixture.log, 20, &after, NULL), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    cr_assert_eq(log_read(fixture.log, 37, &after, NULL), VAULT_ENOTFOUND);
    expect_whole(&fixture, 37);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 38);
    buffer_free(&before);
    buffer_free(&after);
    fixture_end(&fixture);
}

Test(log_file, proofs_of_the_open_log_hold)
{
    struct fixture fixture;
    struct hasher *hasher = hasher_new();
    struct hash roots[21];
    fixture_start(&fixture);
    for (uint64_t size = 0; size <= 20; size++) {
        cr_assert_eq(log_root(fixture.log, size, &roots[size], NULL), VAULT_OK);
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    }
    for (uint64_t index = 0; index < 20; index++) {
        struct buffer proof = {0};
        struct buffer text = {0};
        struct hash leaf;
        cr_assert_eq(log_read(fixture.log, index, &text, NULL), VAULT_OK);
        tree_leaf_hash(hasher, buffer_bytes(&text), &leaf);
        cr_assert_eq(log_inclusion_proof(fixture.log, index, 20, &proof, NULL), VAULT_OK);
        cr_assert_eq(
            tree_check_inclusion(hasher, &leaf, index, 20, buffer_bytes(&proof), &roots[20]), VAULT_OK);
        buffer_reset(&proof);
        cr_assert_eq(log_consistency_proof(fixture.log, index, 20, &proof, NULL), VAULT_OK);
        cr_assert_eq(
            tree_check_consistency(hasher, index, &roots[index], 20, &roots[20], buffer_bytes(&proof)),
            VAULT_OK);
        buffer_free(&proof);
        buffer_free(&text);
    }
    cr_assert_eq(log_root(fixture.log, 22, &roots[0], NULL), VAULT_ENOTFOUND);
    hasher_free(hasher);
    fixture_end(&fixture);
}

Test(log_file, time_never_runs_backwards)
{
    struct fixture fixture;
    uint64_t index;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    turned = -3600 * 1000;
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    turned = 7200 * 1000;
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    turned = 0;
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 8);
    int64_t now = instant_now();
    cr_assert_eq(log_find_time(fixture.log, now - 60000, &index, NULL), VAULT_OK);
    cr_assert_eq(index, 0);
    cr_assert_eq(log_find_time(fixture.log, now + 60000, &index, NULL), VAULT_OK);
    cr_assert_eq(index, 6);
    cr_assert_eq(log_find_time(fixture.log, now + 86400000, &index, NULL), VAULT_OK);
    cr_assert_eq(index, 8);
    fixture_end(&fixture);
}

#define THREADS 8
#define EACH 200

static void *append_many(void *context)
{
    struct fixture *fixture = context;
    struct log_event event = fixture_event(fixture);
    uint64_t last = 0;
    for (int i = 0; i < EACH; i++) {
        uint64_t first;
        cr_assert_eq(log_append(fixture->log, &event, 1, &first, NULL), VAULT_OK);
        cr_assert(i == 0 || first > last);
        last = first;
    }
    return NULL;
}

Test(log_file, eight_threads, .timeout = 60)
{
    struct fixture fixture;
    pthread_t threads[THREADS];
    fixture_start(&fixture);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, append_many, &fixture), 0);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_assert_eq(log_size(fixture.log), THREADS * EACH);
    expect_whole(&fixture, THREADS * EACH);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    expect_whole(&fixture, THREADS * EACH);
    fixture_end(&fixture);
}

#define PROCESSES 16

/* What a child was told: its entry's index, and a checkpoint that it could show to others. */
struct told {
    uint64_t first;
    uint64_t size;
    struct hash root;
};

static bool show_checkpoint(struct log *log, struct told *told)
{
    struct note note;
    struct checkpoint checkpoint;
    struct buffer text = {0};
    bool shown = log_checkpoint(log, &text, NULL) == VAULT_OK &&
                 note_parse(buffer_bytes(&text), &note) == VAULT_OK &&
                 checkpoint_parse(note.text, &checkpoint) == VAULT_OK;
    told->size = shown ? checkpoint.size : 0;
    told->root = shown ? checkpoint.root : (struct hash){{0}};
    buffer_free(&text);
    return shown;
}

/* In a child: open, append, and say over the pipe what was got. */
static int append_in_child(struct fixture *fixture, int out)
{
    struct log *log = NULL;
    struct log_event event = fixture_event(fixture);
    if (log_open(fixture->directory, &fixture->keys, &log, NULL) != VAULT_OK)
        return 1;
    for (int i = 0; i < 20; i++) {
        struct told told = {0};
        if (log_append(log, &event, 1, &told.first, NULL) != VAULT_OK || !show_checkpoint(log, &told) ||
            write(out, &told, sizeof told) != sizeof told)
            return 2;
    }
    log_free(log);
    return 0;
}

/* Two checkpoints of one size are one, and it is that of the log in the end. */
static void expect_one_history(struct fixture *fixture, const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct hash root;
        cr_assert_eq(log_root(fixture->log, told[i].size, &root, NULL), VAULT_OK);
        cr_assert(hash_equal(&root, &told[i].root), "two checkpoints of size %d", (int)told[i].size);
        cr_assert_gt(told[i].size, told[i].first, "an answer without its entry");
    }
}

Test(log_file, sixteen_processes_write_one_checkpoint_of_a_size, .timeout = 60)
{
    struct fixture fixture;
    int ends[2];
    static bool seen[PROCESSES * 20];
    static struct told told[PROCESSES * 20];
    size_t count = 0;
    fixture_start(&fixture);
    cr_assert_eq(pipe(ends), 0);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(append_in_child(&fixture, ends[1]));
        cr_assert_gt(child, 0);
    }
    (void)close(ends[1]);
    while (count < PROCESSES * 20 && read(ends[0], &told[count], sizeof told[0]) == sizeof told[0]) {
        cr_assert_lt(told[count].first, PROCESSES * 20);
        cr_assert_not(seen[told[count].first], "index twice");
        seen[told[count].first] = true;
        count++;
    }
    cr_assert_eq(count, PROCESSES * 20);
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        cr_assert_gt(wait(&status), 0);
        cr_assert_eq(status, 0);
    }
    /* Verification refuses an entry that is not at its seq, and a checkpoint that is not its entries'. */
    cr_assert_eq(log_refresh(fixture.log, &fixture.failure), VAULT_OK, "%s", fixture.failure.text);
    expect_whole(&fixture, PROCESSES * 20);
    expect_one_history(&fixture, told, count);
    (void)close(ends[0]);
    fixture_end(&fixture);
}

Test(log_file, a_second_handle_sees_what_the_first_appends)
{
    struct fixture fixture;
    struct log *second = NULL;
    struct log_event event;
    struct buffer leaf = {0};
    uint64_t first;
    fixture_start(&fixture);
    event = fixture_event(&fixture);
    cr_assert_eq(log_open(fixture.directory, &fixture.keys, &second, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    cr_assert_eq(log_size(second), 0);
    cr_assert_eq(log_refresh(second, NULL), VAULT_OK);
    cr_assert_eq(log_size(second), 3);
    cr_assert_eq(log_read(second, 2, &leaf, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    cr_assert_eq(log_append(second, &event, 1, &first, NULL), VAULT_OK);
    cr_assert_eq(first, 4);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 6);
    log_free(second);
    buffer_free(&leaf);
    fixture_end(&fixture);
}

/* A crash in the last group leaves some of its bytes and never its nodes and offsets. */
struct crash {
    struct buffer log, tree, offsets; /* before the last group */
    struct buffer whole;              /* the log behind it */
};

static void crash_start(struct fixture *fixture, struct crash *crash)
{
    memset(crash, 0, sizeof *crash);
    fixture_start(fixture);
    cr_assert_eq(fixture_append(fixture, 3), VAULT_OK);
    fixture_load(fixture, "log", &crash->log);
    fixture_load(fixture, "log.tree", &crash->tree);
    fixture_load(fixture, "log.offsets", &crash->offsets);
    cr_assert_eq(fixture_append_group(fixture, 2), VAULT_OK);
    fixture_load(fixture, "log", &crash->whole);
}

static void crash_leave(struct fixture *fixture, const struct crash *crash, struct bytes log)
{
    fixture_store(fixture, "log", log);
    fixture_store(fixture, "log.tree", buffer_bytes(&crash->tree));
    fixture_store(fixture, "log.offsets", buffer_bytes(&crash->offsets));
}

static void crash_end(struct fixture *fixture, struct crash *crash)
{
    buffer_free(&crash->log);
    buffer_free(&crash->tree);
    buffer_free(&crash->offsets);
    buffer_free(&crash->whole);
    fixture_end(fixture);
}

Test(log_file, a_torn_end_is_cut_wherever_it_tore, .timeout = 120)
{
    struct fixture fixture;
    struct crash crash;
    crash_start(&fixture, &crash);
    for (size_t size = crash.log.size; size <= crash.whole.size; size++) {
        crash_leave(&fixture, &crash, bytes_of(crash.whole.data, size));
        uint64_t wanted = size == crash.whole.size ? 5 : 3;
        cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%zu: %s", size, fixture.failure.text);
        cr_assert_eq(log_size(fixture.log), wanted);
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
        cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
        cr_assert_eq(log_size(fixture.log), wanted + 1);
        if (size % 50 == 0)
            expect_whole(&fixture, wanted + 1);
    }
    crash_end(&fixture, &crash);
}

Test(log_file, a_torn_end_is_found_without_caches_too)
{
    struct fixture fixture;
    struct crash crash;
    crash_start(&fixture, &crash);
    fixture_store(&fixture, "log", bytes_of(crash.whole.data, crash.whole.size - 1));
    fixture_remove(&fixture, "log.tree");
    fixture_remove(&fixture, "log.offsets");
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
    expect_whole(&fixture, 3);
    crash_end(&fixture, &crash);
}

/* After a power cut sectors of the last group may be missing anywhere, and read as zeros. */
Test(log_file, sectors_that_were_never_written_are_a_torn_end)
{
    struct fixture fixture;
    struct crash crash;
    struct buffer holed = {0};
    crash_start(&fixture, &crash);
    for (size_t sector = crash.log.size / 512; sector <= (crash.whole.size - 1) / 512; sector++) {
        size_t from = sector * 512 < crash.log.size ? crash.log.size : sector * 512;
        size_t to = (sector + 1) * 512 < crash.whole.size ? (sector + 1) * 512 : crash.whole.size;
        if (to - from < 16)
            continue;
        buffer_reset(&holed);
        buffer_put(&holed, buffer_bytes(&crash.whole));
        memset(holed.data + from, 0, to - from);
        crash_leave(&fixture, &crash, buffer_bytes(&holed));
        cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "sector %zu: %s", sector, fixture.failure.text);
        cr_assert_eq(log_size(fixture.log), 3);
        expect_whole(&fixture, 3);
    }
    buffer_free(&holed);
    crash_end(&fixture, &crash);
}

Test(log_file, a_cut_of_acknowledged_entries_is_refused)
{
    struct fixture fixture;
    struct crash crash;
    crash_start(&fixture, &crash);
    fixture_store(&fixture, "log", buffer_bytes(&crash.log));
    cr_assert_eq(fixture_reopen(&fixture), VAULT_EROLLBACK);
    cr_assert_not_null(strstr(fixture.failure.text, "3 entries, but 5"));
    cr_assert_null(fixture.log);
    crash_end(&fixture, &crash);
}

Test(log_file, caches_are_rebuilt_where_missing_short_or_wrong, .timeout = 120)
{
    struct fixture fixture;
    const char *names[] = {"log.tree", "log.offsets"};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 4), VAULT_OK);
    cr_assert_eq(fixture_append_group(&fixture, 9), VAULT_OK);
    for (int which = 0; which < 2; which++) {
        struct buffer good = {0};
        fixture_load(&fixture, names[which], &good);
        for (size_t size = 0; size < good.size; size += 5) {
            fixture_store(&fixture, names[which], bytes_of(good.data, size));
            cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
            expect_whole(&fixture, 13);
        }
        fixture_remove(&fixture, names[which]);
        cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
        expect_whole(&fixture, 13);
        for (size_t i = 0; i < good.size; i += 7) {
            struct found found;
            struct buffer leaf = {0};
            good.data[i] ^= 0x40;
            fixture_store(&fixture, names[which], buffer_bytes(&good));
            good.data[i] ^= 0x40;
            cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
            cr_assert_eq(fixture_verify(&fixture, &found), VAULT_OK);
            for (uint64_t index = 0; index < 13; index++)
                cr_assert_eq(log_read(fixture.log, index, &leaf, NULL), VAULT_OK);
            if (which == 1) /* reading put the offsets right */
                expect_whole(&fixture, 13);
            buffer_free(&leaf);
        }
        fixture_store(&fixture, names[which], buffer_bytes(&good));
        buffer_free(&good);
    }
    fixture_end(&fixture);
}
