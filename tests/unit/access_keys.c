/* Keys are handed on to whom the log names, not to whom a row names; and a new epoch leaves nobody outside. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/change.h"
#include "vault/access/session_parts.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"
#include "vault/store/setting.h"

static char directory[96];
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

static int as(const char *user)
{
    struct session_options open = {.directory = directory, .user = user, .passphrase = passphrase};
    session_free(session);
    session = NULL;
    failure_clear(&failure);
    return session_open(&open, &session, &failure);
}

static void must_be(const char *user)
{
    cr_assert_eq(as(user), VAULT_OK, "%s: %s", user, failure.text);
}

static int try(const char *name, json_t *arguments)
{
    bool secret = strcmp(name, "user.add") == 0;
    struct operation_call call = {.name = name, .arguments = arguments, .secret = secret ? passphrase : NULL};
    failure_clear(&failure);
    int result = operation_run(session, &call, &reply, &failure);
    json_decref(arguments);
    return result;
}

static void must(const char *name, json_t *arguments)
{
    cr_assert_eq(try(name, arguments), VAULT_OK, "%s: %s", name, failure.text);
}

static void grant(const char *role, const char *user)
{
    must("grant.add", json_pack("{s:s,s:s}", "role", role, "user", user));
}

static void revoke(const char *role, const char *user)
{
    must("grant.remove", json_pack("{s:s,s:s}", "role", role, "user", user));
}

static void start(void)
{
    static const char *const people[] = {"amy", "ben", "eve", "ada"};
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-keys-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
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
    must_be("root");
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        must("user.add", json_pack("{s:s}", "user", people[i]));
    grant("accountant", "amy");
    must_be("amy");
    must("client.add", json_pack("{s:s,s:s}", "client_no", "K1", "name", "First"));
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

TestSuite(access_keys, .init = start, .fini = stop, .timeout = 120);

/* --- Rows that somebody with the store's key has planted --- */

static void plant_grant(const char *role, const char *user, const char *by, int64_t seq)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_GRANT_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, role);
    bind_text(statement, 2, user);
    bind_number(statement, 3, 0);
    bind_text(statement, 4, by);
    bind_number(statement, 5, seq);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
}

static uint8_t foreign[32] = {9, 9, 9};

static void plant_role_key(const char *role, int64_t epoch)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_ROLE_EPOCH, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, role);
    bind_number(statement, 2, epoch);
    bind_bytes(statement, 3, bytes_of(foreign, sizeof foreign));
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
}

static void plant_portfolio_key(int compartment, int64_t epoch, int64_t seq)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_PORTFOLIO_KEY_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "main");
    bind_number(statement, 2, compartment);
    bind_number(statement, 3, epoch);
    bind_bytes(statement, 4, bytes_of(foreign, sizeof foreign));
    bind_number(statement, 5, seq);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
}

Test(access_keys, a_planted_grant_is_not_completed)
{
    plant_grant("accountant", "eve", "root", 3);
    cr_assert_eq(as("amy"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "eve"), "%s", failure.text);
}

/* Signed indeed, and taken back since. */
Test(access_keys, a_grant_that_was_revoked_is_not_brought_back)
{
    must_be("root");
    grant("accountant", "eve");
    int64_t event = json_number(answered, "event", -1);
    must_be("amy");
    must_be("root");
    revoke("accountant", "eve");
    plant_grant("accountant", "eve", "root", event);
    cr_assert_eq(as("amy"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "eve"), "%s", failure.text);
}

Test(access_keys, a_planted_user_stops_all_handing_on)
{
    struct statement *statement;
    must_be("root");
    grant("accountant", "ben");
    cr_assert_eq(store_query(session_store(session), QUERY_USER_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "mallory");
    bind_bytes(statement, 2, bytes_of(foreign, sizeof foreign));
    bind_bytes(statement, 3, bytes_of(foreign, sizeof foreign));
    bind_number(statement, 4, 0);
    bind_number(statement, 5, 20);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK);
    cr_assert_eq(as("amy"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "mallory"), "%s", failure.text);
}

Test(access_keys, a_portfolio_is_not_boxed_for_a_foreign_role_key)
{
    must_be("root");
    must("role.add", json_pack("{s:s,s:[s]}", "role", "readers", "portfolios", "main"));
    plant_role_key("readers", 1);
    cr_assert_eq(as("amy"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "readers"), "%s", failure.text);
}

Test(access_keys, client_keys_are_not_sealed_to_a_foreign_key)
{
    plant_portfolio_key(COMPARTMENT_COUNT - 1, 9, 13);
    cr_assert_eq(try("client.add", json_pack("{s:s,s:s}", "client_no", "K2", "name", "Second")), VAULT_EFORGED);
    must_be("root");
    cr_assert_eq(try("client.add", json_pack("{s:s,s:s}", "client_no", "K2", "name", "Second")), VAULT_EFORGED);
}

/* An event that is signed by a person, but by one who is no admin, gives nobody a right. */
Test(access_keys, a_grant_by_nobody_who_may_is_not_completed)
{
    uint64_t event = 0;
    must_be("eve");
    cr_assert_eq(event_append(session, "grant.add",
                     json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:{s:s,s:s}}", "actor", "id", "eve", "type", "user",
                         "decision", "effect", "permit", "policies", "resources", "change", "role", "accountant", "user",
                         "eve"),
                     &event, &failure),
        VAULT_OK, "%s", failure.text);
    plant_grant("accountant", "eve", "eve", (int64_t)event);
    cr_assert_eq(as("amy"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "eve"), "%s", failure.text);
}

/* --- Epochs --- */

static void reads(const char *user)
{
    must_be(user);
    must("client.show", json_pack("{s:s}", "client", "K1"));
    must("record.list", json_pack("{s:s}", "client", "K1"));
}

static void assign(const char *user)
{
    must("assignment.add", json_pack("{s:[s],s:s}", "clients", "K1", "user", user));
}

/* Revoking an admin takes the directory alone to its next epoch; then a role that reaches all compartments goes on. */
Test(access_keys, compartments_of_different_epochs_go_on_together)
{
    must_be("root");
    grant("admin", "ada");
    grant("accountant", "ben");
    assign("ben");
    grant("accountant", "eve");
    reads("amy");
    must_be("root");
    revoke("admin", "ada");
    must_be("root");
    revoke("accountant", "eve");
    reads("amy");
    reads("ben");
    reads("amy");
    must("client.add", json_pack("{s:s,s:s}", "client_no", "K3", "name", "Third"));
    must("record.list", json_pack("{s:s}", "client", "K3"));
    must_be("root");
    must("client.show", json_pack("{s:s}", "client", "K1"));
}

static int64_t old_client_keys(void)
{
    struct statement *statement;
    struct statement *keys;
    bool row = false;
    int64_t old = 0;
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT; i++) {
        cr_assert_eq(store_query(session_store(session), QUERY_PORTFOLIO_KEY_GET, &statement, NULL), VAULT_OK);
        bind_text(statement, 1, "main");
        bind_number(statement, 2, i);
        cr_assert_eq(statement_step(statement, &row, NULL), VAULT_OK);
        cr_assert_eq(store_query(session_store(session), QUERY_CLIENT_KEY_OLD_COUNT, &keys, NULL), VAULT_OK);
        bind_text(keys, 1, "main");
        bind_number(keys, 2, i);
        bind_number(keys, 3, column_number(statement, 0));
        cr_assert_eq(statement_step(keys, &row, NULL), VAULT_OK);
        old += column_number(keys, 0);
        statement_reset(statement);
        statement_reset(keys);
    }
    return old;
}

/* Whoever reaches the directory alone, as an admin, does not take the re-wrapping of the others for done. */
Test(access_keys, rewrapping_is_not_given_up_by_who_cannot_do_it)
{
    int64_t pending = 0;
    must_be("root");
    cr_assert_eq(store_setting_put(session_store(session), "rewrap.main", 1, &failure), VAULT_OK);
    for (int i = COMPARTMENT_DIRECTORY + 1; i < COMPARTMENT_COUNT; i++)
        plant_portfolio_key(i, 50, 13);
    must_be("root");
    cr_assert_eq(store_setting_get(session_store(session), "rewrap.main", 0, &pending, &failure), VAULT_OK);
    cr_assert_eq(pending, 1);
    cr_assert(old_client_keys() > 0);
}

Test(access_keys, a_revoked_member_leaves_nothing_under_the_old_epoch)
{
    must_be("root");
    grant("accountant", "eve");
    must_be("amy");
    must_be("root");
    revoke("accountant", "eve");
    reads("amy");
    cr_assert_eq(old_client_keys(), 0);
    must_be("root");
    must("log.verify", json_object());
    cr_assert(json_is_true(json_object_get(answered, "ok")));
}
