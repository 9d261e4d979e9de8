/* What the log says of freezing: who may, that unfreezing takes two, and that the state before it is the one
 * told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/access/freeze.h"
#include "vault/access/replay.h"
#include "vault/crypto/secret.h"

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

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
    static const char *const roles[] = {"admin", "accountant", "investigator"};
    next = 0;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(replay_new(&replay, &failure), VAULT_OK);
    cr_assert_eq(feed("vault", "vault.birth", json_pack("{s:s,s:i}", "origin", "x", "events", 14)), VAULT_OK);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(feed("vault", "role.add",
                         json_pack("{s:s,s:s,s:s,s:i,s:s}", "role", roles[i], "base", roles[i], "keepers",
                             "admins", "epoch", 1, "public", KEY)),
            VAULT_OK);
    add_person("ann", "admin");
    add_person("amy", "accountant");
    add_person("ina", "investigator");
    add_person("ivo", "investigator");
}

static void stop(void)
{
    replay_free(replay);
}

TestSuite(freeze, .init = start, .fini = stop);

static json_t *change(const char *kind, const char *target)
{
    return json_pack("{s:s,s:[s]}", "kind", kind, "targets", target);
}

static json_t *with_snapshot(json_t *what)
{
    struct hash hash;
    cr_assert_eq(authority_hash(replay_store(replay), &hash, &failure), VAULT_OK);
    json_object_set_new(what, "snapshot", json_base64(hash_bytes(&hash)));
    return what;
}

static bool covers(const char *user)
{
    bool is = false;
    cr_assert_eq(freeze_covers(replay_store(replay), user, NULL, &is, &failure), VAULT_OK);
    return is;
}

Test(freeze, is_for_admins_and_investigators_whatever_a_policy_says)
{
    cr_assert_eq(feed("amy", FREEZE_EVENT, with_snapshot(change("all", ""))), VAULT_EDAMAGED);
    cr_assert_not(covers("amy"));
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("all", ""))), VAULT_OK, "%s", failure.text);
    cr_assert(covers("amy"));
    cr_assert_eq(
        feed("ann", FREEZE_EVENT, with_snapshot(change("person", "amy"))), VAULT_OK, "%s", failure.text);
}

Test(freeze, tells_the_state_before_it_or_does_not_verify)
{
    json_t *early = with_snapshot(change("person", "amy"));
    cr_assert_eq(
        feed("ann", "grant.add", json_pack("{s:s,s:s}", "role", "accountant", "user", "ivo")), VAULT_OK);
    cr_assert_eq(feed("ina", FREEZE_EVENT, early), VAULT_EDAMAGED);
    cr_assert_not_null(strstr(failure.text, "another than its snapshot says"), "%s", failure.text);
    cr_assert_not(covers("amy"));
    cr_assert_eq(feed("ina", FREEZE_EVENT, change("all", "")), VAULT_EDAMAGED); /* says none */
}

Test(freeze, is_of_something)
{
    static const char *const wrong[][2] = {{"all", "x"}, {"client", ""}, {"everything", ""}, {"person", ""}};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(
            feed("ina", FREEZE_EVENT, with_snapshot(change(wrong[i][0], wrong[i][1]))), VAULT_EDAMAGED);
    json_t *none = with_snapshot(change("client", "x"));
    json_object_set_new(none, "targets", json_array());
    cr_assert_eq(feed("ina", FREEZE_EVENT, none), VAULT_EDAMAGED);
}

static int unfreeze(const char *actor, json_t *what, uint64_t proposal)
{
    json_object_set_new(what, "proposal", json_integer((json_int_t)proposal));
    return feed(actor, UNFREEZE_EVENT, what);
}

Test(freeze, ends_by_two_people_who_are_not_frozen_themselves)
{
    cr_assert_eq(feed("ina", UNFREEZE_PROPOSAL_EVENT, change("all", "")), VAULT_EDAMAGED); /* is not frozen */
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("all", ""))), VAULT_OK);
    cr_assert_eq(unfreeze("ina", change("all", ""), next), VAULT_EDAMAGED);
    cr_assert_eq(feed("amy", UNFREEZE_PROPOSAL_EVENT, change("all", "")), VAULT_EDAMAGED);
    uint64_t proposal = next;
    cr_assert_eq(feed("ina", UNFREEZE_PROPOSAL_EVENT, change("all", "")), VAULT_OK, "%s", failure.text);
    cr_assert_eq(unfreeze("ina", change("all", ""), proposal), VAULT_EDAMAGED);       /* the same person */
    cr_assert_eq(unfreeze("amy", change("all", ""), proposal), VAULT_EDAMAGED);       /* no investigator */
    cr_assert_eq(unfreeze("ivo", change("person", "amy"), proposal), VAULT_EDAMAGED); /* something else */
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("person", "ivo"))), VAULT_OK);
    cr_assert_eq(unfreeze("ivo", change("all", ""), proposal), VAULT_EDAMAGED); /* is frozen */
    cr_assert(covers("amy"));
    cr_assert_eq(unfreeze("ann", change("all", ""), proposal), VAULT_OK, "%s", failure.text);
    cr_assert_not(covers("amy"));
    cr_assert(covers("ivo"));
    cr_assert_eq(unfreeze("ann", change("all", ""), proposal), VAULT_EDAMAGED); /* it has been used */
}

Test(freeze, of_a_person_is_not_lifted_by_a_release)
{
    bool is = false;
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("person", "amy"))), VAULT_OK);
    cr_assert_eq(feed("ann", "user.release", json_pack("{s:s}", "user", "amy")), VAULT_EDAMAGED);
    cr_assert(covers("amy"));
    uint64_t proposal = next;
    cr_assert_eq(feed("ina", UNFREEZE_PROPOSAL_EVENT, change("person", "amy")), VAULT_OK);
    cr_assert_eq(unfreeze("ivo", change("person", "amy"), proposal), VAULT_OK);
    cr_assert_eq(freeze_any(replay_store(replay), &is, &failure), VAULT_OK);
    cr_assert_not(is);
}

Test(freeze, of_a_client_or_a_portfolio_covers_just_that)
{
    struct client_facts client = {.portfolio = "main"};
    bool is = true;
    char id[ULID_TEXT_SIZE];
    ulid_format(&client.id, id);
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("portfolio", "other"))), VAULT_OK);
    cr_assert_eq(freeze_covers(replay_store(replay), "amy", &client, &is, &failure), VAULT_OK);
    cr_assert_not(is);
    cr_assert_not(covers("amy"));
    cr_assert_eq(feed("ina", FREEZE_EVENT, with_snapshot(change("client", id))), VAULT_OK);
    cr_assert_eq(freeze_covers(replay_store(replay), "amy", &client, &is, &failure), VAULT_OK);
    cr_assert(is);
    json_t *list = NULL;
    cr_assert_eq(freeze_list(replay_store(replay), &list, &failure), VAULT_OK);
    cr_assert_eq(json_array_size(list), 2);
    json_decref(list);
}
