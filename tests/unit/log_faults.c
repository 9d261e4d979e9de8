/* No event, no data: what cannot be written is said so, and the log stays as it was. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/log_fixture.h"

/* Writes and syncs of this program, the n-th of which may fail. */
static int write_fails;
static int sync_fails;
static int truncate_fails;
static int failing_errno = EIO;

ssize_t __real_pwrite(int file, const void *data, size_t size, off_t offset);
int __real_fdatasync(int file);
int __real_ftruncate(int file, off_t size);
ssize_t __wrap_pwrite(int file, const void *data, size_t size, off_t offset);
int __wrap_fdatasync(int file);
int __wrap_ftruncate(int file, off_t size);

ssize_t __wrap_pwrite(int file, const void *data, size_t size, off_t offset)
{
    if (write_fails > 0 && --write_fails == 0) {
        (void)__real_pwrite(file, data, size / 2, offset); /* a short write, and then the error */
        errno = failing_errno;
        return -1;
    }
    return __real_pwrite(file, data, size, offset);
}

int __wrap_fdatasync(int file)
{
    if (sync_fails > 0 && --sync_fails == 0) {
        errno = failing_errno;
        return -1;
    }
    return __real_fdatasync(file);
}

int __wrap_ftruncate(int file, off_t size)
{
    if (truncate_fails > 0 && --truncate_fails == 0) {
        errno = failing_errno;
        return -1;
    }
    return __real_ftruncate(file, size);
}

static void expect_whole(struct fixture *fixture, uint64_t size)
{
    struct found found;
    cr_assert_eq(fixture_verify(fixture, &found), VAULT_OK, "%s", fixture->failure.text);
    cr_assert_eq(found.problems, 0, "%s at %llu", found.what, (unsigned long long)found.index);
    cr_assert_eq(found.result.size, size);
}

Test(log_faults, a_failing_write_or_sync_changes_nothing)
{
    struct fixture fixture;
    int *faults[] = {&write_fails, &sync_fails};
    int reasons[] = {EIO, ENOSPC, EDQUOT, EROFS};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    for (size_t i = 0; i < 8; i++) {
        struct buffer before = {0};
        struct buffer after = {0};
        fixture_load(&fixture, "log", &before);
        failing_errno = reasons[i / 2];
        *faults[i % 2] = 1;
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
        cr_assert_neq(fixture.failure.text[0], '\0');
        fixture_load(&fixture, "log", &after);
        cr_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
        cr_assert_eq(log_size(fixture.log), 2 + i);
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK, "%s", fixture.failure.text);
        expect_whole(&fixture, 3 + i);
        buffer_free(&before);
        buffer_free(&after);
    }
    fixture_end(&fixture);
}

Test(log_faults, a_cache_that_cannot_be_written_costs_nothing_but_time)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    write_fails = 2; /* log.tree */
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 3);
    write_fails = 3; /* log.offsets */
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    struct buffer leaf = {0};
    cr_assert_eq(log_read(fixture.log, 3, &leaf, &fixture.failure), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    expect_whole(&fixture, 6);
    buffer_free(&leaf);
    fixture_end(&fixture);
}

/* Zeros ahead of the groups: without them an append costs more, and nothing else. */
Test(log_faults, room_that_cannot_be_made_or_is_taken_back_costs_nothing_but_time)
{
    struct fixture fixture;
    struct stat status;
    fixture_start(&fixture);
    failing_errno = ENOSPC;
    cr_assert_eq(fixture_append(&fixture, 16), VAULT_OK);
    write_fails = 2; /* the first of the zeros, of which half is there */
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(write_fails, 0);
    cr_assert_eq(stat(fixture.path, &status), 0);
    cr_assert_gt((uint64_t)status.st_size, log_bytes(fixture.log));
    cr_assert_neq(status.st_size % (256 << 10), 0);
    expect_whole(&fixture, 17);
    cr_assert_eq(fixture_append(&fixture, 400), VAULT_OK);
    for (int i = 0; i < 2; i++) {
        int *fault = i == 0 ? &write_fails : &sync_fails;
        *fault = 1;
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
        cr_assert_eq(stat(fixture.path, &status), 0);
        cr_assert_eq((uint64_t)status.st_size, log_bytes(fixture.log));
        expect_whole(&fixture, 417 + (uint64_t)i);
        cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
        cr_assert_eq(stat(fixture.path, &status), 0);
        cr_assert_gt((uint64_t)status.st_size, log_bytes(fixture.log));
    }
    truncate_fails = 1; /* at closing */
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(stat(fixture.path, &status), 0);
    cr_assert_gt((uint64_t)status.st_size, log_bytes(fixture.log));
    expect_whole(&fixture, 419);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 420);
    fixture_end(&fixture);
}

Test(log_faults, what_cannot_be_taken_back_poisons_the_handle)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    write_fails = 1;
    truncate_fails = 1;
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "open the log again"));
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(log_size(fixture.log), 2);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 3);
    sync_fails = 1;
    truncate_fails = 1;
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK); /* whole or absent */
    cr_assert(log_size(fixture.log) == 3 || log_size(fixture.log) == 4);
    expect_whole(&fixture, log_size(fixture.log));
    fixture_end(&fixture);
}

Test(log_faults, a_deleted_file_is_noticed)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    fixture_remove(&fixture, "log");
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "deleted"));
    cr_assert_eq(log_reserve(fixture.log, 100, NULL), VAULT_ELOG);
    cr_assert_eq(log_refresh(fixture.log, NULL), VAULT_ELOG);
    fixture_end(&fixture);
}

Test(log_faults, a_replaced_file_is_noticed)
{
    struct fixture fixture;
    struct buffer copy = {0};
    char fresh[128];
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    fixture_load(&fixture, "log", &copy);
    fixture_store(&fixture, "copy", buffer_bytes(&copy));
    (void)snprintf(fresh, sizeof fresh, "%s/copy", fixture.directory);
    cr_assert_eq(rename(fresh, fixture.path), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    struct buffer again = {0};
    fixture_load(&fixture, "log", &again);
    cr_assert(bytes_equal(buffer_bytes(&copy), buffer_bytes(&again)));
    buffer_free(&copy);
    buffer_free(&again);
    fixture_end(&fixture);
}

Test(log_faults, a_shortened_file_is_noticed)
{
    struct fixture fixture;
    struct buffer content = {0};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    fixture_load(&fixture, "log", &content);
    cr_assert_eq(truncate(fixture.path, (off_t)content.size - 1), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "1 bytes shorter"));
    cr_assert_eq(log_refresh(fixture.log, NULL), VAULT_EROLLBACK);
    buffer_free(&content);
    fixture_end(&fixture);
}

Test(log_faults, a_read_only_file_is_read_and_not_written)
{
    struct fixture fixture;
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    cr_assert_eq(chmod(fixture.path, 0444), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "read-only"));
    cr_assert_eq(log_reserve(fixture.log, 10, NULL), VAULT_ELOG);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    expect_whole(&fixture, 3);
    cr_assert_eq(chmod(fixture.path, 0600), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 4);
    fixture_end(&fixture);
}

/* The size limit of a process stands for a full disk where there is no root to mount one. */
Test(log_faults, the_limit_of_a_process_is_no_deadly_signal)
{
    struct fixture fixture;
    struct rlimit limit;
    struct buffer content = {0};
    fixture_start(&fixture);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    fixture_load(&fixture, "log", &content);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {content.size + 100, limit.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "bytes are missing"));
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    expect_whole(&fixture, 4);
    /* Nor where zeros are written ahead. */
    small.rlim_cur = content.size + 40000;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    uint64_t size = 4;
    while (fixture_append(&fixture, 1) == VAULT_OK && size < 1000)
        size++;
    cr_assert(size > 20 && size < 1000, "%d", (int)size);
    cr_assert_eq(fixture.failure.error, VAULT_ELOG);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_whole(&fixture, size);
    buffer_free(&content);
    fixture_end(&fixture);
}

/* Fill what is left of a small disk but for some bytes. */
static void fill_disk(const char *path, size_t leave)
{
    struct statvfs system;
    static char block[4096];
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    cr_assert_geq(file, 0);
    for (;;) {
        cr_assert_eq(fstatvfs(file, &system), 0);
        if (system.f_bavail * system.f_frsize <= leave || write(file, block, sizeof block) <= 0)
            break;
    }
    (void)close(file);
}

Test(log_faults, a_full_disk_discloses_nothing_and_says_what_is_missing, .timeout = 60)
{
    struct fixture fixture;
    char filler[128];
    fixture_start_empty(&fixture);
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", fixture.directory, "tmpfs", 0, "size=2m") != 0) {
        fixture_end(&fixture);
        cr_skip_test("SKIPPED: a small disk can be mounted by root only");
    }
    cr_assert_eq(log_create(fixture.directory, &fixture.keys, &fixture.log, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    (void)snprintf(filler, sizeof filler, "%s/filler", fixture.directory);
    fill_disk(filler, 0);
    /* What was reserved ahead is ours still. */
    uint64_t size = 3;
    while (fixture_append(&fixture, 1) == VAULT_OK && size < 100000)
        size++;
    cr_assert_gt(size, 50);
    cr_assert_eq(fixture.failure.error, VAULT_ELOG);
    cr_assert_not_null(strstr(fixture.failure.text, "bytes are missing"));
    cr_assert_neq(fixture.failure.remedy[0], '\0');
    cr_assert_eq(log_size(fixture.log), size);
    expect_whole(&fixture, size);
    cr_assert_eq(log_reserve(fixture.log, 1 << 20, &fixture.failure), VAULT_ELOG);
    cr_assert_eq(fixture_reopen(&fixture), VAULT_OK, "%s", fixture.failure.text);
    expect_whole(&fixture, size);
    cr_assert_eq(unlink(filler), 0);
    cr_assert_eq(log_reserve(fixture.log, 1 << 20, NULL), VAULT_OK);
    fill_disk(filler, 0);
    cr_assert_eq(fixture_append(&fixture, 100), VAULT_OK); /* reserved */
    expect_whole(&fixture, size + 100);
    log_free(fixture.log);
    fixture.log = NULL;
    cr_assert_eq(umount(fixture.directory), 0);
    fixture_end(&fixture);
}
