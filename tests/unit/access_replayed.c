/* A second session does not look again for the entries of the log that make authority: it reads those, and what is new. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/access/authority_check.h"
#include "vault/access/change.h"
#include "vault/access/replayed_private.h"
#include "vault/access/session_parts.h"
#include "vault/base/file.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"

#define FILLING (REPLAYED_STEP + 100)

static char home[64];
static char directory[96];
static char known[96];
static struct session *session;
static struct secret *passphrase;
static struct failure failure;
static struct passphrase_cost cost;

static void must_be(const char *user)
{
    struct session_options open = {.directory = directory, .user = user, .passphrase = passphrase, .known = known};
    session_free(session);
    session = NULL;
    failure_clear(&failure);
    cr_assert_eq(session_open(&open, &session, &failure), VAULT_OK, "%s: %s", user, failure.text);
}

static void finish(void)
{
    cr_assert_eq(session_finish(session, &failure), VAULT_OK, "%s", failure.text);
}

static void must(const char *name, json_t *arguments)
{
    bool secret = strcmp(name, "user.add") == 0;
    struct operation_call call = {.name = name, .arguments = arguments, .secret = secret ? passphrase : NULL};
    cr_assert_eq(operation_run(session, &call, NULL, &failure), VAULT_OK, "%s: %s", name, failure.text);
    json_decref(arguments);
}

/* As reads would: entries that give nobody a right. */
static void fill_log(void)
{
    static struct log_event events[FILLING];
    uint64_t first;
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[]}", "actor", "id", "vault", "type", "system", "decision",
        "effect", "permit", "policies", "resources");
    for (size_t i = 0; i < FILLING; i++)
        events[i] = (struct log_event){.name = "note.made", .members = members};
    cr_assert_eq(log_append(session_log(session), events, FILLING, &first, &failure), VAULT_OK, "%s", failure.text);
    json_decref(members);
}

static int check(void)
{
    failure_clear(&failure);
    cr_assert_eq(change_hold(session, &failure), VAULT_OK, "%s", failure.text);
    int result = authority_check(session, &failure);
    change_release(session);
    return result;
}

static void start(void)
{
    struct vault_birth birth;
    cost = passphrase_floor();
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(home, "/tmp/unit-replayed-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    (void)snprintf(directory, sizeof directory, "%s/vault", home);
    (void)snprintf(known, sizeof known, "%s/known", home);
    passphrase = secret_copy(bytes_of_text("a passphrase of a test"));
    struct vault_options options = {.directory = directory,
        .admin = "root",
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &cost};
    cr_assert_eq(vault_create(&options, &birth, &failure), VAULT_OK, "%s", failure.text);
    vault_birth_free(&birth);
    must_be("root");
    must("user.add", json_pack("{s:s}", "user", "amy"));
    must("user.add", json_pack("{s:s}", "user", "eve"));
    must("grant.add", json_pack("{s:s,s:s}", "role", "accountant", "user", "amy"));
    finish();
    must_be("amy");
    fill_log();
    finish();
}

static void stop(void)
{
    char command[160];
    session_free(session);
    session = NULL;
    secret_free(passphrase);
    (void)snprintf(command, sizeof command, "rm -rf %s", home);
    cr_assert_eq(system(command), 0);
}

TestSuite(access_replayed, .init = start, .fini = stop, .timeout = 120);

/* --- What lies on the disk --- */

/* The list that the machine keeps for @p user; false if there is none. */
static bool list_of(const char *user, char path[200])
{
    char end[40];
    bool found = false;
    (void)snprintf(end, sizeof end, ".%s.replayed", user);
    DIR *entries = opendir(known);
    cr_assert_not_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL && !found; entry = readdir(entries)) {
        size_t size = strlen(entry->d_name);
        found = size > strlen(end) && strcmp(entry->d_name + size - strlen(end), end) == 0;
        if (found)
            (void)snprintf(path, 200, "%s/%.64s", known, entry->d_name);
    }
    (void)closedir(entries);
    return found;
}

static void flip(const char *path, off_t offset)
{
    uint8_t byte;
    int file = open(path, O_RDWR);
    cr_assert_eq(pread(file, &byte, 1, offset), 1);
    byte ^= 1;
    cr_assert_eq(pwrite(file, &byte, 1, offset), 1);
    cr_assert_eq(close(file), 0);
}

/* An entry among those that give nobody a right: who reads all of the log falls over it. */
static void break_filling(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/log", directory);
    struct buffer content = {0};
    cr_assert_eq(file_read(path, 1 << 24, &content, NULL), VAULT_OK);
    size_t used = content.size;
    while (used > 0 && content.data[used - 1] == 0)
        used--;
    buffer_free(&content);
    flip(path, (off_t)(used * 3 / 5));
}

static void keep_list(const char *user, char path[200])
{
    must_be(user);
    cr_assert_eq(check(), VAULT_OK, "%s", failure.text);
    finish();
    cr_assert(list_of(user, path));
}

/* --- The tests --- */

Test(access_replayed, entries_that_give_no_right_are_not_read_again)
{
    char path[200];
    keep_list("amy", path);
    break_filling();
    must_be("amy");
    cr_assert_eq(check(), VAULT_OK, "%s", failure.text);
    /* Whose machine keeps no list reads all of it, and falls over the broken one. */
    must_be("root");
    cr_assert_neq(check(), VAULT_OK);
}

Test(access_replayed, a_short_log_is_not_worth_a_list)
{
    char path[200];
    keep_list("amy", path);
    must_be("root");
    must("user.add", json_pack("{s:s}", "user", "ben"));
    finish();
    struct buffer before = {0};
    struct buffer after = {0};
    cr_assert_eq(file_read(path, 1 << 20, &before, NULL), VAULT_OK);
    must_be("amy");
    cr_assert_eq(check(), VAULT_OK, "%s", failure.text);
    finish();
    cr_assert_eq(file_read(path, 1 << 20, &after, NULL), VAULT_OK);
    cr_assert(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
    buffer_free(&before);
    buffer_free(&after);
}

Test(access_replayed, what_came_after_the_list_takes_hold)
{
    char path[200];
    keep_list("amy", path);
    must_be("root");
    must("user.add", json_pack("{s:s}", "user", "ben"));
    must("grant.remove", json_pack("{s:s,s:s}", "role", "accountant", "user", "amy"));
    finish();
    must_be("amy");
    cr_assert_eq(check(), VAULT_OK, "%s", failure.text);
}

Test(access_replayed, a_planted_row_is_found_all_the_same)
{
    struct statement *statement;
    char path[200];
    keep_list("root", path);
    must_be("root");
    cr_assert_eq(store_query(session_store(session), QUERY_GRANT_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "accountant");
    bind_text(statement, 2, "eve");
    bind_number(statement, 3, 0);
    bind_text(statement, 4, "root");
    bind_number(statement, 5, 3);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(check(), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "eve"), "%s", failure.text);
}

/* Then all of the log is read, which is why the broken entry is met. */
Test(access_replayed, a_list_that_was_changed_is_not_believed)
{
    char path[200];
    keep_list("amy", path);
    break_filling();
    flip(path, 100);
    must_be("amy");
    cr_assert_neq(check(), VAULT_OK);
}

Test(access_replayed, nor_one_of_somebody_else)
{
    char path[200];
    char mine[200];
    char command[420];
    keep_list("root", path);
    keep_list("amy", mine);
    break_filling();
    (void)snprintf(command, sizeof command, "cp %s %s", path, mine);
    cr_assert_eq(system(command), 0);
    must_be("amy");
    cr_assert_neq(check(), VAULT_OK);
}
