/* What a user's machine remembers: shorter, forked and extended logs. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/log_fixture.h"
#include "vault/base/file.h"
#include "vault/log/remember.h"

static void known_path(const struct fixture *fixture, char path[128])
{
    (void)snprintf(path, 128, "%s/home/state/known", fixture->directory);
}

static size_t count_files(const char *directory, const char *part)
{
    size_t count = 0;
    DIR *open = opendir(directory);
    cr_assert_not_null(open);
    for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open))
        count += strstr(entry->d_name, part) != NULL ? 1 : 0;
    (void)closedir(open);
    return count;
}

Test(log_remember, follows_a_log_that_grows)
{
    struct fixture fixture;
    char known[128];
    fixture_start(&fixture);
    known_path(&fixture, known);
    cr_assert_eq(remember_check(fixture.log, known, NULL), VAULT_OK); /* never seen */
    cr_assert_eq(remember_update(fixture.log, known, &fixture.failure), VAULT_OK, "%s", fixture.failure.text);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    cr_assert_eq(remember_check(fixture.log, known, NULL), VAULT_OK);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_OK);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_OK);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(remember_check(fixture.log, known, NULL), VAULT_OK);
    cr_assert_eq(count_files(known, "rejected"), 0);
    fixture_end(&fixture);
}

/* Bring an older state of the files back, as a restore would. */
static void roll_back(struct fixture *fixture, const struct buffer *log)
{
    fixture_store(fixture, "log", buffer_bytes(log));
    fixture_remove(fixture, "log.tree");
    fixture_remove(fixture, "log.offsets");
    cr_assert_eq(fixture_reopen(fixture), VAULT_OK, "%s", fixture->failure.text);
}

Test(log_remember, refuses_a_shorter_log_and_keeps_both_checkpoints)
{
    struct fixture fixture;
    struct buffer old = {0};
    char known[128];
    fixture_start(&fixture);
    known_path(&fixture, known);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    fixture_load(&fixture, "log", &old);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_OK);
    roll_back(&fixture, &old);
    cr_assert_eq(remember_check(fixture.log, known, &fixture.failure), VAULT_EROLLBACK);
    cr_assert_not_null(strstr(fixture.failure.text, "3 entries"));
    cr_assert_not_null(strstr(fixture.failure.remedy, "rejected"));
    cr_assert_eq(count_files(known, ".known"), 1);
    cr_assert_eq(count_files(known, ".shown"), 1);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_EROLLBACK);
    buffer_free(&old);
    fixture_end(&fixture);
}

Test(log_remember, refuses_a_fork_that_is_longer)
{
    struct fixture fixture;
    struct buffer old = {0};
    char known[128];
    fixture_start(&fixture);
    known_path(&fixture, known);
    cr_assert_eq(fixture_append(&fixture, 3), VAULT_OK);
    fixture_load(&fixture, "log", &old);
    cr_assert_eq(fixture_append(&fixture, 2), VAULT_OK);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_OK);
    roll_back(&fixture, &old);
    cr_assert_eq(fixture_append(&fixture, 9), VAULT_OK);
    cr_assert_eq(remember_check(fixture.log, known, &fixture.failure), VAULT_EROLLBACK);
    cr_assert_not_null(strstr(fixture.failure.text, "another history"));
    buffer_free(&old);
    fixture_end(&fixture);
}

Test(log_remember, refuses_what_another_key_signed)
{
    struct fixture fixture;
    struct fixture other;
    char known[128];
    fixture_start(&fixture);
    known_path(&fixture, known);
    cr_assert_eq(fixture_append(&fixture, 1), VAULT_OK);
    cr_assert_eq(remember_update(fixture.log, known, NULL), VAULT_OK);
    fixture_start_empty(&other);
    other.keys.vault_key = other.person; /* the same origin, made anew */
    cr_assert_eq(log_create(other.directory, &other.keys, &other.log, NULL), VAULT_OK);
    cr_assert_eq(remember_check(other.log, known, &fixture.failure), VAULT_EFORGED);
    fixture_end(&other);
    fixture_end(&fixture);
}

Test(log_remember, finds_its_directory)
{
    cr_assert_eq(setenv("XDG_STATE_HOME", "/x/state", 1), 0);
    char *path = remember_directory();
    cr_assert_str_eq(path, "/x/state/strongroom/known");
    free(path);
    cr_assert_eq(unsetenv("XDG_STATE_HOME"), 0);
    cr_assert_eq(setenv("HOME", "/home/a", 1), 0);
    path = remember_directory();
    cr_assert_str_eq(path, "/home/a/.local/state/strongroom/known");
    free(path);
    cr_assert_eq(unsetenv("HOME"), 0);
    cr_assert_null(remember_directory());
}
