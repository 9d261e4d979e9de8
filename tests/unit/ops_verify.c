/* Verification and restoring through the table of operations, against somebody who has the keys of the vault.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/access/change.h"
#include "vault/access/session_parts.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"

static char directory[96];
static char known[128];
static struct session *session;
static struct secret *passphrase;
static struct failure failure;
static json_t *answered;

static int keep(void *context, json_t *value)
{
    (void)context;
    json_decref(answered);
    answered = json_incref(value);
    return VAULT_OK;
}

static const struct reply reply = {.value = keep};

static void reopen(void)
{
    struct session_options open = {
        .directory = directory, .user = "root", .passphrase = passphrase, .known = known};
    session_free(session);
    failure_clear(&failure);
    cr_assert_eq(session_open(&open, &session, &failure), VAULT_OK, "%s", failure.text);
}

static void start(void)
{
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-ops-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(known, sizeof known, "%s/known", directory);
    (void)strcat(directory, "/vault");
    passphrase = secret_copy(bytes_of_text("a passphrase of a test"));
    struct vault_options options = {.directory = directory,
        .admin = "root",
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &floor};
    cr_assert_eq(vault_create(&options, &birth, &failure), VAULT_OK, "%s", failure.text);
    vault_birth_free(&birth);
    reopen();
}

static void stop(void)
{
    char command[160];
    session_free(session);
    secret_free(passphrase);
    json_decref(answered);
    *strrchr(directory, '/') = '\0';
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
}

TestSuite(ops_verify, .init = start, .fini = stop);

static int run(const char *name, json_t *arguments)
{
    struct operation_call call = {.name = name, .arguments = arguments};
    failure_clear(&failure);
    int result = operation_run(session, &call, &reply, &failure);
    json_decref(arguments);
    return result;
}

static bool says(const char *what)
{
    const json_t *problems = json_object_get(answered, "problems");
    for (size_t i = 0; i < json_array_size(problems); i++) {
        if (strstr(json_text(json_array_get(problems, i), "what"), what) != NULL)
            return true;
    }
    return false;
}

/* A row that nobody has logged, by somebody with the store's key. */
static void slip_in(enum query query, const char *first, const char *second)
{
    struct store *store = session_store(session);
    struct statement *statement;
    cr_assert_eq(store_begin(store, NULL), VAULT_OK);
    cr_assert_eq(store_query(store, query, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, first);
    bind_text(statement, 2, second);
    if (query == QUERY_GRANT_PUT) {
        bind_number(statement, 3, 0);
        bind_text(statement, 4, "root");
        bind_number(statement, 5, 6);
    }
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(store_commit(store, NULL), VAULT_OK);
}

Test(ops_verify, a_new_vault_is_whole)
{
    cr_assert_eq(run("log.verify", json_object()), VAULT_OK, "%s", failure.text);
    cr_assert(json_is_true(json_object_get(answered, "ok")));
    cr_assert_eq(json_number(answered, "signatures", 0) >= 13, true);
}

Test(ops_verify, a_grant_that_only_the_table_knows_is_found)
{
    slip_in(QUERY_GRANT_PUT, "accountant", "root");
    cr_assert_eq(vault_exit_status(run("log.verify", json_object())), 3);
    cr_assert(says("grant 'accountant' 'root' is in the store, but the log does not say so"));
}

Test(ops_verify, a_grant_that_the_table_lacks_is_found)
{
    /* Decided once, so that the session goes on as an admin's. */
    cr_assert_eq(run("log.checkpoint", json_object()), VAULT_OK, "%s", failure.text);
    slip_in(QUERY_GRANT_DROP, "admin", "root");
    cr_assert_eq(vault_exit_status(run("log.verify", json_object())), 3);
    cr_assert(says("is said by the log, but is missing in the store"));
}

static json_t *members(const char *type, const char *id, json_t *change)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:o}", "actor", "id", id, "type", type, "decision",
        "effect", "permit", "policies", "resources", "change", change);
}

/* With the vault's own key, which everybody's store key leads to, and with the row to go with it. */
Test(ops_verify, a_right_that_the_vault_itself_gave_is_none)
{
    json_t *leaf = members("system", "vault", json_pack("{s:s,s:s}", "role", "accountant", "user", "root"));
    struct log_event event = {.name = "grant.add", .members = leaf};
    uint64_t index;
    cr_assert_eq(log_append(session_log(session), &event, 1, &index, &failure), VAULT_OK, "%s", failure.text);
    json_decref(leaf);
    slip_in(QUERY_GRANT_PUT, "accountant", "root");
    cr_assert_eq(vault_exit_status(run("log.verify", json_object())), 3);
    cr_assert(says("a change that no person signed"));
    cr_assert(says("the log does not say so"));
}

Test(ops_verify, somebody_who_is_nobody_is_found)
{
    json_t *leaf = members("user", "mallory", json_pack("{s:s,s:s}", "role", "accountant", "user", "root"));
    struct log_event event = {
        .name = "grant.add", .members = leaf, .signer = identity_sign(session_identity(session))};
    uint64_t index;
    cr_assert_eq(log_append(session_log(session), &event, 1, &index, &failure), VAULT_OK, "%s", failure.text);
    json_decref(leaf);
    cr_assert_eq(vault_exit_status(run("log.verify", json_object())), 3);
    cr_assert(says("the actor is nobody that the log knows"));
}

Test(ops_verify, a_second_birth_is_found)
{
    json_t *leaf =
        members("system", "vault", json_pack("{s:s,s:s}", "origin", session_origin(session), "key", "x"));
    struct log_event event = {.name = "vault.birth", .members = leaf};
    uint64_t index;
    cr_assert_eq(log_append(session_log(session), &event, 1, &index, &failure), VAULT_OK, "%s", failure.text);
    json_decref(leaf);
    cr_assert_eq(vault_exit_status(run("log.verify", json_object())), 3);
    cr_assert(says("a birth that is not this vault's"));
}

Test(ops_verify, whoever_holds_changes_still_is_waited_for)
{
    cr_assert_eq(change_hold(session, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(run("log.verify", json_object()), VAULT_OK, "%s", failure.text);
    change_release(session);
}

/* --- Restoring --- */

static void restored_to(char *path, size_t size)
{
    (void)snprintf(path, size, "%.*s/again", (int)(strrchr(directory, '/') - directory), directory);
}

Test(ops_verify, a_backup_older_than_what_was_seen_is_taken_only_on_purpose)
{
    char out[160];
    char again[128];
    struct stat status;
    restored_to(again, sizeof again);
    (void)snprintf(out, sizeof out, "%s.zip", again);
    cr_assert_eq(run("vault.backup", json_pack("{s:s}", "out", out)), VAULT_OK, "%s", failure.text);
    cr_assert_eq(run("role.list", json_object()), VAULT_OK, "%s", failure.text);
    session_free(session);
    session = NULL;
    struct session_options options = {
        .directory = again, .user = "root", .passphrase = passphrase, .known = known};
    failure_clear(&failure);
    cr_assert_eq(vault_restore(out, &options, &reply, &failure), VAULT_EROLLBACK);
    cr_assert_not_null(strstr(failure.remedy, "--accept-rollback"));
    cr_assert_neq(stat(again, &status), 0, "nothing is left");
    reopen(); /* and the vault itself is still the one that was seen */
    session_free(session);
    session = NULL;
    options.accept_rollback = true;
    failure_clear(&failure);
    cr_assert_eq(vault_restore(out, &options, &reply, &failure), VAULT_OK, "%s", failure.text);
    cr_assert(json_number(answered, "event", -1) > 0);
    (void)strcpy(directory, again);
    reopen();
    cr_assert_eq(run("log.verify", json_object()), VAULT_OK, "%s", failure.text);
}

Test(ops_verify, a_log_put_back_by_hand_opens_only_on_purpose)
{
    char command[512];
    char again[128];
    restored_to(again, sizeof again);
    session_free(session);
    session = NULL;
    (void)snprintf(command, sizeof command, "cp -a %s %s", directory, again);
    cr_assert_eq(system(command), 0);
    reopen();
    cr_assert_eq(run("role.list", json_object()), VAULT_OK, "%s", failure.text);
    session_free(session);
    session = NULL;
    struct session_options options = {
        .directory = again, .user = "root", .passphrase = passphrase, .known = known};
    failure_clear(&failure);
    cr_assert_eq(session_open(&options, &session, &failure), VAULT_EROLLBACK);
    options.accept_rollback = true;
    failure_clear(&failure);
    cr_assert_eq(session_open(&options, &session, &failure), VAULT_OK, "%s", failure.text);
    struct buffer leaf = {0};
    cr_assert_eq(log_read(session_log(session), log_size(session_log(session)) - 1, &leaf, NULL), VAULT_OK);
    cr_assert_not_null(strstr(buffer_text(&leaf), "rollback.accept"));
    cr_assert_not_null(strstr(buffer_text(&leaf), "\"remembered\":{\"size\":"));
    buffer_free(&leaf);
    /* Now the other one is the one that was put back. */
    session_free(session);
    session = NULL;
    options.directory = directory;
    options.accept_rollback = false;
    failure_clear(&failure);
    cr_assert_eq(session_open(&options, &session, &failure), VAULT_EROLLBACK);
}
