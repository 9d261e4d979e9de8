/* Which policies surely permit nothing new; and two people, wherever the log is replayed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vault/access/policy_text.h"
#include "vault/access/replay.h"
#include "vault/access/settings.h"
#include "vault/crypto/secret.h"

static bool narrows(const char *old, const char *new)
{
    struct buffer because = {0};
    bool yes = false;
    cr_assert_eq(policy_narrows(bytes_of_text(old), bytes_of_text(new), &yes, &because), VAULT_OK);
    cr_assert_eq(because.size == 0, yes, "a reason where it may widen");
    buffer_free(&because);
    return yes;
}

#define PERMIT_A \
    "permit (principal in Role::\"a\", action in [Action::\"x\", Action::\"y\"], resource) when { " \
    "context.m };"
#define FORBID_F \
    "forbid (principal, action == Action::\"x\", resource) when { context.n } unless { context.o };"

Test(narrows, the_same_in_other_words_and_another_order)
{
    cr_assert(narrows(PERMIT_A FORBID_F, PERMIT_A FORBID_F));
    cr_assert(narrows(PERMIT_A FORBID_F, FORBID_F "\n// a comment\n@id(\"new name\")" PERMIT_A));
    cr_assert(narrows("permit (principal, action, resource) when { context.m && context.n };",
        "permit (principal, action, resource) when { context.n } when { context.m };"));
}

Test(narrows, less_permitted_or_more_forbidden)
{
    cr_assert(narrows(PERMIT_A FORBID_F, FORBID_F), "a permit less");
    cr_assert(narrows(PERMIT_A, PERMIT_A FORBID_F), "a forbid more");
    cr_assert(narrows(PERMIT_A, "permit (principal in Role::\"a\", action == Action::\"x\", resource) "
                                "when { context.m && context.p } unless { context.q };"));
    cr_assert(narrows(PERMIT_A, "permit (principal in Role::\"a\", action in [Action::\"y\"], resource) "
                                "when { context.m } unless { context.q };"),
        "an action less and a condition more");
    cr_assert(narrows("permit (principal, action, resource);", PERMIT_A), "within everything");
    cr_assert(narrows(PERMIT_A FORBID_F, PERMIT_A "forbid (principal, action == Action::\"x\", resource) "
                                                  "when { context.n };"),
        "an exception less");
    cr_assert(
        narrows(FORBID_F, "forbid (principal, action == Action::\"x\", resource) unless { context.o };"));
}

Test(narrows, anything_else_may_widen)
{
    static const char *const wider[] = {
        "permit (principal, action in [Action::\"x\", Action::\"y\"], resource) when { context.m };" FORBID_F,
        "permit (principal in Role::\"b\", action in [Action::\"x\"], resource) when { context.m };" FORBID_F,
        "permit (principal in Role::\"a\", action in [Action::\"x\", Action::\"z\"], resource) when { "
        "context.m };" FORBID_F,
        "permit (principal in Role::\"a\", action in [Action::\"x\"], resource);" FORBID_F,
        "permit (principal in Role::\"a\", action in [Action::\"x\"], resource) when { context.m || "
        "context.p };" FORBID_F,
        "permit (principal in Role::\"a\", action in [Action::\"x\"], resource) unless { context.m "
        "};" FORBID_F,
        PERMIT_A,
        PERMIT_A "forbid (principal in Role::\"a\", action == Action::\"x\", resource) when { context.n } "
                 "unless { context.o };",
        PERMIT_A
        "forbid (principal, action == Action::\"y\", resource) when { context.n } unless { context.o };",
        PERMIT_A "forbid (principal, action == Action::\"x\", resource) when { context.n && context.r } "
                 "unless { context.o };",
        PERMIT_A "forbid (principal, action == Action::\"x\", resource) when { context.n } unless { "
                 "context.o || context.r };",
        PERMIT_A FORBID_F "permit (principal, action, resource) when { false };",
    };
    for (size_t i = 0; i < sizeof wider / sizeof wider[0]; i++)
        cr_assert_not(narrows(PERMIT_A FORBID_F, wider[i]), "%s", wider[i]);
}

/* --- Two people --- */

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HASH_A "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static struct replay *replay;
static struct failure failure;
static uint64_t next;

static int feed(const char *actor, const char *event, const char *change)
{
    char text[600];
    char quoted[600];
    json_t *leaf = NULL;
    (void)snprintf(text, sizeof text,
        "{'event':'%s','actor':{'id':'%s','type':'%s'},'decision':{'effect':'permit'},'change':%s}", event,
        actor, strcmp(actor, "vault") == 0 ? "system" : "user", change);
    for (size_t i = 0; i <= strlen(text); i++)
        quoted[i] = text[i] == '\'' ? '"' : text[i];
    cr_assert_eq(json_read(bytes_of_text(quoted), &leaf, NULL), VAULT_OK, "%s", text);
    failure_clear(&failure);
    int result = replay_feed(replay, next++, leaf, &failure);
    json_decref(leaf);
    return result;
}

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(replay_new(&replay, &failure), VAULT_OK);
    cr_assert_eq(feed("vault", "vault.birth", "{'origin':'x','events':9}"), VAULT_OK, "%s", failure.text);
    cr_assert_eq(feed("vault", "role.add",
                     "{'role':'admin','base':'admin','keepers':'admins','epoch':1,'public':'" KEY "'}"),
        VAULT_OK);
    static const char *const people[] = {"ann", "ben", "cyn"};
    for (size_t i = 0; i < 3; i++) {
        char change[200];
        (void)snprintf(change, sizeof change, "{'user':'%s','sign':'" KEY "','box':'" KEY "'}", people[i]);
        cr_assert_eq(feed("vault", "user.add", change), VAULT_OK);
        (void)snprintf(change, sizeof change, "{'role':'admin','user':'%s'}", people[i]);
        cr_assert_eq(feed("vault", "grant.add", change), VAULT_OK);
    }
    cr_assert_eq(feed("vault", "policy.set", "{'hash':'" KEY "'}"), VAULT_OK);
    cr_assert_eq(feed("ann", "setting.set", "{'name':'policy.two_people','value':'on'}"), VAULT_OK, "%s",
        failure.text);
}

static void stop(void)
{
    replay_free(replay);
}

TestSuite(two_people, .init = start, .fini = stop);

static size_t policies(void)
{
    struct statement *statement;
    size_t count = 0;
    bool row = true;
    cr_assert_eq(store_query(replay_store(replay), QUERY_POLICY_LIST, &statement, NULL), VAULT_OK);
    while (statement_step(statement, &row, NULL) == VAULT_OK && row)
        count++;
    return count;
}

static bool is_on(void)
{
    bool on = false;
    cr_assert_eq(setting_is_on(replay_store(replay), SETTING_TWO_PEOPLE, &on, NULL), VAULT_OK);
    return on;
}

static int approve(const char *who, const char *hash, uint64_t proposal)
{
    char change[200];
    (void)snprintf(
        change, sizeof change, "{'hash':'%s','proposal':%llu}", hash, (unsigned long long)proposal);
    return feed(who, "policy.approve", change);
}

Test(two_people, a_log_in_which_one_set_a_wider_policy_alone_does_not_replay)
{
    cr_assert_eq(feed("ann", "policy.set", "{'hash':'" HASH_A "'}"), VAULT_EDAMAGED);
    cr_assert_not_null(strstr(failure.text, "two people"));
    cr_assert_eq(policies(), 1);
    cr_assert_eq(feed("ann", "policy.set", "{'hash':'" HASH_A "','narrows':true}"), VAULT_OK);
    cr_assert_eq(policies(), 2);
}

Test(two_people, the_second_is_another_one)
{
    uint64_t proposal = next;
    cr_assert_eq(feed("ann", "policy.propose", "{'hash':'" HASH_A "'}"), VAULT_OK);
    cr_assert_eq(approve("ann", HASH_A, proposal), VAULT_EDAMAGED);
    cr_assert_eq(approve("ben", KEY, proposal), VAULT_EDAMAGED, "another policy");
    cr_assert_eq(approve("ben", HASH_A, proposal + 1), VAULT_EDAMAGED, "no proposal");
    cr_assert_eq(policies(), 1);
    cr_assert_eq(approve("ben", HASH_A, proposal), VAULT_OK, "%s", failure.text);
    cr_assert_eq(policies(), 2);
    cr_assert_eq(approve("cyn", HASH_A, proposal), VAULT_EDAMAGED, "once is enough");
}

Test(two_people, both_are_still_there)
{
    uint64_t proposal = next;
    cr_assert_eq(feed("ann", "policy.propose", "{'hash':'" HASH_A "'}"), VAULT_OK);
    cr_assert_eq(feed("cyn", "user.disable", "{'user':'ann'}"), VAULT_OK);
    cr_assert_eq(approve("ben", HASH_A, proposal), VAULT_EDAMAGED);
    cr_assert_not_null(strstr(failure.text, "disabled"));
}

Test(two_people, the_rule_is_not_switched_off_by_one)
{
    static const char off[] = "{'name':'policy.two_people','value':'off'}";
    char change[120];
    cr_assert_eq(feed("ben", "setting.set", off), VAULT_EDAMAGED);
    cr_assert(is_on());
    uint64_t proposal = next;
    cr_assert_eq(feed("ben", "setting.propose", off), VAULT_OK);
    (void)snprintf(change, sizeof change, "{'name':'policy.two_people','value':'off','proposal':%llu}",
        (unsigned long long)proposal);
    cr_assert_eq(feed("ben", "setting.set", change), VAULT_EDAMAGED);
    cr_assert(is_on());
    cr_assert_eq(feed("ann", "setting.set", change), VAULT_OK, "%s", failure.text);
    cr_assert_not(is_on());
    cr_assert_eq(feed("ann", "policy.set", "{'hash':'" HASH_A "'}"), VAULT_OK);
}

Test(two_people, a_proposal_of_a_setting_approves_no_policy)
{
    uint64_t proposal = next;
    cr_assert_eq(feed("ben", "setting.propose", "{'name':'policy.two_people','value':'off'}"), VAULT_OK);
    cr_assert_eq(approve("ann", HASH_A, proposal), VAULT_EDAMAGED);
    cr_assert_eq(feed("ben", "setting.propose", "{'name':'policy.nonsense','value':'off'}"), VAULT_EDAMAGED);
    cr_assert_eq(
        feed("ben", "setting.set", "{'name':'policy.two_people','value':'perhaps'}"), VAULT_EDAMAGED);
}
