/* What the log says of registers: what a kind takes, that signatures are of what is in force, and what has
 * lapsed. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/access/registers.h"
#include "vault/access/replay.h"
#include "vault/crypto/secret.h"

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define OTHER "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct replay *replay;
static struct failure failure;
static uint64_t next;

/* Takes over @p what. */
static int feed(const char *actor, const char *event, json_t *what)
{
    json_t *leaf = json_pack("{s:s,s:{s:s,s:s},s:{s:s},s:o}", "event", event, "actor", "id", actor, "type",
        strcmp(actor, "vault") == 0 ? "system" : "user", "decision", "effect", "permit", "change", what);
    cr_assert_not_null(leaf);
    failure_clear(&failure);
    int result = replay_feed(replay, next++, leaf, &failure);
    json_decref(leaf);
    return result;
}

static void add_person(const char *user, const char *role)
{
    cr_assert_eq(feed("vault", "user.add", json_pack("{s:s,s:s,s:s}", "user", user, "sign", KEY, "box", KEY)),
        VAULT_OK);
    cr_assert_eq(feed("vault", "grant.add", json_pack("{s:s,s:s}", "role", role, "user", user)), VAULT_OK);
}

static void start(void)
{
    static const char *const roles[] = {"admin", "accountant"};
    next = 0;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(replay_new(&replay, &failure), VAULT_OK);
    cr_assert_eq(feed("vault", "vault.birth", json_pack("{s:s,s:i}", "origin", "x", "events", 9)), VAULT_OK);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(feed("vault", "role.add",
                         json_pack("{s:s,s:s,s:s,s:i,s:s}", "role", roles[i], "base", roles[i], "keepers",
                             "admins", "epoch", 1, "public", KEY)),
            VAULT_OK);
    add_person("ann", "admin");
    add_person("amy", "accountant");
    add_person("bob", "accountant");
}

static void stop(void)
{
    replay_free(replay);
}

TestSuite(registers, .init = start, .fini = stop);

static json_t *training(const char *user, int until, int version)
{
    return json_pack("{s:s,s:s,s:[s],s:i,s:i}", "kind", "training", "name", "safety", "users", user, "until",
        until, "version", version);
}

static json_t *rule(const char *hash, int until, int version)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i}", "kind", "rule", "name", "secrecy", "hash", hash, "until", until,
        "version", version);
}

static json_t *signature(const char *hash, int version)
{
    return json_pack("{s:s,s:s,s:i}", "name", "secrecy", "hash", hash, "version", version);
}

/* "training:safety@1000 rule:…" of what has lapsed; @p soon is when the next thing does. */
static void expect_lapsed(const char *user, int64_t now, const char *wanted, int64_t soon)
{
    char text[300] = "";
    json_t *lapsed = NULL;
    int64_t when = 0;
    cr_assert_eq(registers_lapsed(replay_store(replay), user, now, &lapsed, &when, &failure), VAULT_OK);
    for (size_t i = 0; i < json_array_size(lapsed); i++) {
        const json_t *one = json_array_get(lapsed, i);
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s:%s@%lld", i == 0 ? "" : " ",
            json_text(one, "kind"), json_text(one, "name"), (long long)json_number(one, "since", 0));
    }
    json_decref(lapsed);
    cr_assert_str_eq(text, wanted);
    cr_assert_eq(when, soon, "%lld", (long long)when);
}

Test(registers, empty_nothing_has_lapsed)
{
    expect_lapsed("amy", INT64_MAX, "", INT64_MAX);
}

Test(registers, a_training_lapses_on_its_date_and_is_renewed)
{
    cr_assert_eq(feed("ann", "register.add", training("amy", 1000, 1)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 999, "", 1000);
    expect_lapsed("amy", 1000, "training:safety@1000", INT64_MAX);
    expect_lapsed("bob", 1000, "", INT64_MAX);
    cr_assert_eq(feed("ann", "register.renew", training("amy", 2000, 1)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 1500, "", 2000);
    json_t *end = json_pack("{s:s,s:s,s:[s]}", "kind", "training", "name", "safety", "users", "amy");
    cr_assert_eq(feed("ann", "register.end", end), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 3000, "", INT64_MAX);
    cr_assert_eq(feed("ann", "register.add", training("amy", 4000, 2)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 3000, "", 4000);
}

Test(registers, only_admins_keep_them_whatever_a_policy_says)
{
    cr_assert_neq(feed("amy", "register.add", training("amy", 1000, 1)), VAULT_OK);
    cr_assert_eq(feed("ann", "register.add", training("amy", 1000, 1)), VAULT_OK);
    cr_assert_neq(feed("amy", "register.renew", training("amy", 9000, 1)), VAULT_OK);
}

Test(registers, what_does_not_fit_what_is_there_is_damage)
{
    cr_assert_neq(feed("ann", "register.renew", training("amy", 1000, 1)), VAULT_OK);
    cr_assert_neq(feed("ann", "register.add", training("amy", 1000, 2)), VAULT_OK);
    cr_assert_neq(feed("ann", "register.add", training("amy", 0, 1)), VAULT_OK);
    cr_assert_eq(feed("ann", "register.add", training("amy", 1000, 1)), VAULT_OK);
    cr_assert_neq(feed("ann", "register.add", training("amy", 2000, 2)), VAULT_OK);
    cr_assert_neq(feed("ann", "register.renew", training("bob", 2000, 1)), VAULT_OK);
}

Test(registers, kinds_say_whose_an_entry_is_and_whether_it_needs_words)
{
    static const char *const wrong[] = {"entrustment", "audit", "hobby", "rule"};
    for (size_t i = 0; i < 4;
         i++) /* a person's entrustment, a person's audit, no kind, a rule without words */
        cr_assert_neq(feed("ann", "register.add",
                          json_pack("{s:s,s:s,s:[s],s:i,s:i}", "kind", wrong[i], "name", "x", "users", "amy",
                              "until", 9, "version", 1)),
            VAULT_OK, "%s", wrong[i]);
    json_t *nobody =
        json_pack("{s:s,s:s,s:i,s:i}", "kind", "training", "name", "x", "until", 9, "version", 1);
    cr_assert_neq(feed("ann", "register.add", nobody), VAULT_OK);
    for (size_t i = 0; register_kind_at(i) != NULL; i++)
        cr_assert_eq(register_kind_find(register_kind_at(i)->name), register_kind_at(i));
    cr_assert_null(register_kind_find("hobby"));
}

Test(registers, a_rule_is_signed_in_the_words_in_force)
{
    cr_assert_eq(feed("ann", "register.add", rule(KEY, 1000, 1)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 1500, "rule:secrecy@1000", INT64_MAX);
    cr_assert_neq(feed("amy", "register.sign", signature(OTHER, 1)), VAULT_OK);
    cr_assert_neq(feed("amy", "register.sign", signature(KEY, 2)), VAULT_OK);
    cr_assert_eq(feed("amy", "register.sign", signature(KEY, 1)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 1500, "", INT64_MAX);
    expect_lapsed("bob", 1500, "rule:secrecy@1000", INT64_MAX);
    cr_assert_neq(feed("amy", "register.sign", signature(KEY, 1)), VAULT_OK); /* twice */
    cr_assert_eq(feed("ann", "register.renew", rule(OTHER, 3000, 2)), VAULT_OK, "%s", failure.text);
    expect_lapsed("amy", 2000, "", 3000);
    expect_lapsed("amy", 3000, "rule:secrecy@3000", INT64_MAX);
    cr_assert_neq(feed("amy", "register.sign", signature(KEY, 1)), VAULT_OK); /* what was in force */
}

Test(registers, the_firm_says_what_counts)
{
    cr_assert_eq(feed("ann", "register.add", training("amy", 1000, 1)), VAULT_OK);
    cr_assert_eq(
        feed("ann", "setting.set", json_pack("{s:s,s:s}", "name", "register.gate", "value", "complete")),
        VAULT_OK, "%s", failure.text);
    expect_lapsed("bob", 500, "training:safety@0", INT64_MAX);
    expect_lapsed("amy", 500, "", 1000);
    /* Alone nobody loosens it. */
    cr_assert_neq(feed("ann", "setting.set", json_pack("{s:s,s:s}", "name", "register.gate", "value", "off")),
        VAULT_OK);
}
