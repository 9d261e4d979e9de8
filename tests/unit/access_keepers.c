/* Roles that a quorum of admins keeps: K of them give it, fewer do not, and what is in the tables is not
 * believed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/change.h"
#include "vault/access/keepers.h"
#include "vault/access/session_parts.h"
#include "vault/crypto/passphrase.h"
#include "vault/keys/shares.h"
#include "vault/ops/ops.h"

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

static void on(const char *name, const char *role, const char *user)
{
    must(name, json_pack("{s:s,s:s}", "role", role, "user", user));
}

static int try_approve(const char *user)
{
    return try("grant.approve", json_pack("{s:s,s:s}", "role", "partners", "user", user));
}

/* Counts what a query of one parameter or two yields. */
static int rows(enum query query, const char *first, const char *second)
{
    struct statement *statement;
    bool row = true;
    int count = 0;
    cr_assert_eq(store_query(session_store(session), query, &statement, NULL), VAULT_OK);
    if (first != NULL)
        bind_text(statement, 1, first);
    if (second != NULL)
        bind_text(statement, 2, second);
    while (statement_step(statement, &row, NULL) == VAULT_OK && row)
        count++;
    return count;
}

static bool reads(const char *user)
{
    must_be(user);
    return try("record.list", json_pack("{s:s}", "client", "K1")) == VAULT_OK;
}

static bool has_key(const char *user)
{
    const struct box_key *key;
    must_be(user);
    return keyring_role(session_keyring(session), "partners", &key, NULL) == VAULT_OK;
}

/* root, ada and ann are admins; partners is kept by two of them; amy made K1, which partners reach. */
static void start(void)
{
    static const char *const people[] = {"amy", "ben", "eve", "ada", "ann"};
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-keepers-XXXXXX");
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
    on("grant.add", "accountant", "amy");
    on("grant.add", "admin", "ada");
    on("grant.add", "admin", "ann");
    must("role.add",
        json_pack("{s:s,s:s,s:[s]}", "role", "partners", "keepers", "quorum:2", "portfolios", "main"));
    must_be("amy");
    must("client.add", json_pack("{s:s,s:s}", "client_no", "K1", "name", "First"));
    must_be("root");
    must("assignment.add", json_pack("{s:[s],s:s}", "clients", "K1", "user", "ben"));
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

TestSuite(access_keepers, .init = start, .fini = stop, .timeout = 120);

/* root asks, ada approves, ben takes. */
static void give_to(const char *user)
{
    must_be("root");
    on("grant.add", "partners", user);
    must_be("ada");
    on("grant.approve", "partners", user);
    cr_assert(has_key(user));
}

Test(access_keepers, words_that_name_a_quorum)
{
    static const char *const wrong[] = {"quorum", "quorum:", "quorum:0", "quorum:1", "quorum:02", "quorum:33",
        "quorum:2x", "quorum:+2", "quorum: 2", "quorum:200", "members", ""};
    cr_assert_eq(keepers_quorum("quorum:2"), 2);
    cr_assert_eq(keepers_quorum("quorum:32"), 32);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(keepers_quorum(wrong[i]), 0, "%s", wrong[i]);
}

Test(access_keepers, a_role_needs_as_many_admins_and_opens_records)
{
    cr_assert_eq(
        try("role.add", json_pack("{s:s,s:s}", "role", "many", "keepers", "quorum:4")), VAULT_EINPUT);
    cr_assert_not_null(strstr(failure.text, "there are 3"), "%s", failure.text);
    cr_assert_eq(try("role.add", json_pack("{s:s,s:s}", "role", "one", "keepers", "quorum:1")), VAULT_EINPUT);
    cr_assert_eq(try("role.add", json_pack("{s:s,s:s,s:s}", "role", "logs", "like", "investigator", "keepers",
                                     "quorum:2")),
        VAULT_EINPUT);
}

Test(access_keepers, no_admin_holds_the_secret)
{
    const struct box_key *key;
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 3);
    must("role.show", json_pack("{s:s}", "role", "partners"));
    cr_assert_eq(json_number(json_object_get(answered, "quorum"), "needed", 0), 2);
    cr_assert_eq(json_number(json_object_get(answered, "quorum"), "of", 0), 3);
    cr_assert_eq(keyring_role(session_keyring(session), "partners", &key, NULL), VAULT_ENOKEY);
}

Test(access_keepers, one_admin_alone_cannot_and_counts_once)
{
    on("grant.add", "partners", "ben");
    cr_assert_eq(json_number(answered, "needed", 0), 2);
    cr_assert_eq(json_number(answered, "shares", 0), 1);
    cr_assert_eq(try_approve("ben"), VAULT_EEXISTS);
    cr_assert_eq(try("grant.add", json_pack("{s:s,s:s}", "role", "partners", "user", "ben")), VAULT_EEXISTS);
    must_be("root");
    cr_assert(!has_key("ben"));
    must_be("amy");
    cr_assert(!has_key("ben"));
    cr_assert(!reads("ben"));
}

Test(access_keepers, two_admins_can)
{
    give_to("ben");
    must_be("amy"); /* boxes the portfolio's keys for the role */
    cr_assert(reads("ben"));
    must_be("ada");
    cr_assert_eq(try_approve("ben"), VAULT_EEXISTS);
    cr_assert_eq(try_approve("eve"), VAULT_ENOTFOUND);
    must_be("root");
    must("log.verify", json_object());
    cr_assert(json_is_true(json_object_get(answered, "ok")));
}

Test(access_keepers, members_complete_no_grant)
{
    give_to("ben");
    must_be("root");
    on("grant.add", "partners", "eve");
    must_be("ben");
    cr_assert(!has_key("eve"));
    must_be("ann");
    on("grant.approve", "partners", "eve");
    cr_assert(has_key("eve"));
}

Test(access_keepers, who_approves_is_an_admin_and_not_the_member)
{
    on("grant.add", "partners", "ben");
    must_be("ben");
    cr_assert_eq(try_approve("ben"), VAULT_EDENIED);
    must_be("root");
    on("grant.add", "partners", "ada");
    must_be("ada");
    cr_assert_eq(try_approve("ada"), VAULT_EDENIED);
}

Test(access_keepers, revoking_begins_an_epoch_with_new_shares_and_then_it_is_given_again)
{
    give_to("ben");
    give_to("eve");
    must_be("root");
    on("grant.remove", "partners", "eve");
    cr_assert(has_key("ben"));
    must_be("root");
    must("role.show", json_pack("{s:s}", "role", "partners"));
    cr_assert_eq(json_number(answered, "epoch", 0), 2);
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 3);
    cr_assert(!has_key("eve"));
    give_to("eve");
}

/* Approvals outlive an epoch; shares do not, and are given again. */
Test(access_keepers, an_epoch_between_two_approvals)
{
    give_to("ben");
    give_to("eve");
    must_be("root");
    on("grant.add", "partners", "amy");
    on("grant.remove", "partners", "eve");
    must_be("ben");
    must_be("ada");
    on("grant.approve", "partners", "amy");
    cr_assert_eq(json_number(answered, "shares", 0), 1);
    cr_assert(!has_key("amy"));
    must_be("root");
    cr_assert(has_key("amy"));
}

Test(access_keepers, an_admin_who_left_no_longer_counts)
{
    give_to("eve");
    must_be("ann");
    on("grant.add", "partners", "ben");
    must_be("root");
    must("user.disable", json_pack("{s:s}", "user", "ann"));
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 2);
    on("grant.approve", "partners", "ben");
    cr_assert_eq(json_number(answered, "shares", 0), 1);
    cr_assert(!has_key("ben"));
    must_be("eve"); /* begins the next epoch, shares for root and ada */
    must_be("root");
    must_be("ada");
    on("grant.approve", "partners", "ben");
    cr_assert(has_key("ben"));
}

Test(access_keepers, another_admin_gets_a_share_from_a_member)
{
    must_be("root");
    on("grant.remove", "admin", "ann");
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 2);
    give_to("ben");
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 2);
    must_be("root");
    on("grant.add", "admin", "amy");
    must_be("ben");
    cr_assert_eq(rows(QUERY_ROLE_SHARE_HOLDERS, "partners", NULL), 3);
    must_be("amy");
    on("grant.add", "partners", "eve");
    must_be("ada");
    on("grant.approve", "partners", "eve");
    cr_assert(has_key("eve"));
}

/* Approvals stay with a grant; a member who was disabled is given nothing on their strength. */
Test(access_keepers, who_was_disabled_is_given_nothing_again)
{
    const json_t *member;
    size_t i;
    give_to("ben");
    give_to("eve");
    must_be("root");
    on("grant.add", "partners", "amy");
    must("user.disable", json_pack("{s:s}", "user", "eve"));
    must("user.disable", json_pack("{s:s}", "user", "amy"));
    must_be("ben"); /* drops eve's box and begins an epoch */
    must_be("root");
    must_be("ada");
    must("role.show", json_pack("{s:s}", "role", "partners"));
    cr_assert_eq(json_number(answered, "epoch", 0), 2);
    cr_assert_eq(json_array_size(json_object_get(answered, "members")), 3);
    json_array_foreach(json_object_get(answered, "members"), i, member)
    {
        cr_assert_eq(json_number(member, "shares", 0), 0);
        cr_assert_eq(
            json_is_true(json_object_get(member, "pending")), strcmp(json_text(member, "user"), "ben") != 0);
    }
}

/* --- What somebody with the store's key writes --- */

static void plant_share(const char *holder, int64_t epoch, int64_t split, int64_t number, struct bytes boxed)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_ROLE_SHARE_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "partners");
    bind_text(statement, 2, holder);
    bind_number(statement, 3, epoch);
    bind_number(statement, 4, split);
    bind_number(statement, 5, number);
    bind_bytes(statement, 6, boxed);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
}

struct kept_share {
    int64_t epoch;
    int64_t split;
    int64_t number;
    struct buffer boxed;
};

static struct kept_share take_share(const char *holder)
{
    struct kept_share share = {0};
    struct statement *statement;
    bool row = false;
    cr_assert_eq(store_query(session_store(session), QUERY_ROLE_SHARE_GET, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "partners");
    bind_text(statement, 2, holder);
    cr_assert_eq(statement_step(statement, &row, NULL), VAULT_OK);
    cr_assert(row);
    share.epoch = column_number(statement, 0);
    share.split = column_number(statement, 1);
    share.number = column_number(statement, 2);
    buffer_put(&share.boxed, column_bytes(statement, 3));
    statement_reset(statement);
    return share;
}

static void drop_shares(void)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_ROLE_SHARES_DROP, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "partners");
    cr_assert_eq(statement_run(statement, NULL), VAULT_OK);
}

Test(access_keepers, a_share_of_an_old_epoch_is_refused)
{
    give_to("ben");
    give_to("eve");
    must_be("root");
    struct kept_share old = take_share("root");
    on("grant.remove", "partners", "eve");
    must_be("ben");
    must_be("root");
    drop_shares();
    plant_share("root", old.epoch + 1, old.split, old.number, buffer_bytes(&old.boxed));
    cr_assert_eq(try("grant.add", json_pack("{s:s,s:s}", "role", "partners", "user", "eve")), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "partners"), "%s", failure.text);
    buffer_free(&old.boxed);
}

Test(access_keepers, swapped_shares_are_found)
{
    struct kept_share own = take_share("root");
    struct kept_share other = take_share("ada");
    drop_shares();
    plant_share("root", own.epoch, own.split, own.number, buffer_bytes(&other.boxed));
    plant_share("ada", other.epoch, other.split, other.number, buffer_bytes(&own.boxed));
    cr_assert_eq(try("grant.add", json_pack("{s:s,s:s}", "role", "partners", "user", "ben")), VAULT_EFORGED);
    buffer_free(&own.boxed);
    buffer_free(&other.boxed);
}

/* A box of the last epoch is no approval: one admin grants, plants a box, and has a member begin an epoch. */
Test(access_keepers, a_planted_box_is_not_renewed)
{
    struct statement *statement;
    give_to("ben");
    give_to("amy");
    must_be("root");
    on("grant.add", "partners", "eve");
    cr_assert_eq(store_query(session_store(session), QUERY_ROLE_SECRET_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "partners");
    bind_number(statement, 2, 1);
    bind_text(statement, 3, "eve");
    bind_bytes(statement, 4, bytes_of_text("nothing"));
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
    on("grant.remove", "partners", "amy");
    cr_assert(has_key("ben"));
    cr_assert(!has_key("eve"));
}

/* Somebody planted as an admin gets no share of a new role. */
Test(access_keepers, a_planted_admin_gets_no_share)
{
    struct statement *statement;
    cr_assert_eq(store_query(session_store(session), QUERY_GRANT_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "admin");
    bind_text(statement, 2, "eve");
    bind_number(statement, 3, 0);
    bind_text(statement, 4, "root");
    bind_number(statement, 5, 3);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(try("role.add", json_pack("{s:s,s:s}", "role", "more", "keepers", "quorum:2")), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "eve"), "%s", failure.text);
}

/* A planted approval makes no admin's session give his share. */
Test(access_keepers, a_planted_approval_is_not_followed)
{
    struct statement *statement;
    on("grant.add", "partners", "ben");
    cr_assert_eq(store_query(session_store(session), QUERY_APPROVAL_PUT, &statement, NULL), VAULT_OK);
    bind_text(statement, 1, "partners");
    bind_text(statement, 2, "ben");
    bind_text(statement, 3, "ada");
    bind_number(statement, 4, json_number(answered, "event", -1));
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(as("ada"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "approval of 'partners' 'ben' 'ada'"), "%s", failure.text);
}

/* An admin whose program lies: his share is well boxed and wrong. */
Test(access_keepers, a_wrong_share_makes_no_key)
{
    struct share_holder holders[3] = {{"ada"}, {"ann"}, {"root"}};
    struct box_key *foreign = box_key_new();
    on("grant.add", "partners", "ben");
    must_be("ada");
    struct issue issue = {session_store(session), *session_vault(session), &failure};
    struct split split = {"partners", 1, 7};
    cr_assert_eq(shares_split(&issue, &split, foreign, 2, holders, 3), VAULT_OK);
    on("grant.approve", "partners", "ben");
    must_be("root");
    cr_assert_eq(as("ben"), VAULT_EFORGED);
    cr_assert_not_null(strstr(failure.text, "do not make the key"), "%s", failure.text);
    box_key_free(foreign);
}
