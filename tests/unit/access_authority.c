/* Changes of authority: what a logged change does to the tables, and how a difference is told. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/access/authority.h"
#include "vault/crypto/secret.h"

static struct store *a, *b;
static struct failure failure;
static char told[4096];

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(store_memory(&a, &failure), VAULT_OK);
    cr_assert_eq(store_memory(&b, &failure), VAULT_OK);
    told[0] = '\0';
}

static void stop(void)
{
    store_free(a);
    store_free(b);
}

TestSuite(authority, .init = start, .fini = stop);

#define KEY "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""

static int apply(struct store *store, const char *event, const char *text, uint64_t seq)
{
    json_t *change = NULL;
    cr_assert_eq(json_read(bytes_of_text(text), &change, &failure), VAULT_OK, "%s", failure.text);
    int result = authority_apply(store, event, "vault", change, seq, 0, NULL);
    json_decref(change);
    return result;
}

static void both(const char *event, const char *text, uint64_t seq)
{
    cr_assert_eq(apply(a, event, text, seq), VAULT_OK, "%s", event);
    cr_assert_eq(apply(b, event, text, seq), VAULT_OK, "%s", event);
}

static int tell(void *context, const char *what)
{
    (void)context;
    (void)strncat(told, what, sizeof told - strlen(told) - 2);
    (void)strcat(told, "\n");
    return VAULT_OK;
}

static void a_small_firm(void)
{
    both("user.add", "{\"user\":\"alice\",\"sign\":" KEY ",\"box\":" KEY "}", 1);
    both("role.add", "{\"role\":\"accountant\",\"base\":\"accountant\",\"keepers\":\"members\",\"epoch\":1,\"public\":" KEY "}", 2);
    both("portfolio.add", "{\"portfolio\":\"main\"}", 3);
    both("portfolio.epoch", "{\"portfolio\":\"main\",\"epoch\":1,\"keys\":{\"books\":" KEY "}}", 4);
    both("reach.add", "{\"role\":\"accountant\",\"portfolio\":\"main\",\"compartments\":[\"directory\",\"books\"]}", 5);
    both("grant.add", "{\"role\":\"accountant\",\"user\":\"alice\"}", 6);
    both("client.add", "{\"portfolio\":\"main\",\"clients\":[\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"],\"user\":\"alice\"}", 7);
    both("policy.set", "{\"hash\":" KEY ",\"text\":\"permit(principal,action,resource);\"}", 8);
}

Test(authority, the_same_changes_give_the_same_tables)
{
    a_small_firm();
    cr_assert_eq(authority_compare(a, b, tell, NULL, &failure), VAULT_OK);
    cr_assert_str_eq(told, "the policy in force is not the text that was set\n", "%s", told);
}

Test(authority, each_difference_is_told_by_its_row)
{
    a_small_firm();
    cr_assert_eq(apply(b, "user.add", "{\"user\":\"mallory\",\"sign\":" KEY ",\"box\":" KEY "}", 9), VAULT_OK);
    cr_assert_eq(apply(b, "grant.add", "{\"role\":\"accountant\",\"user\":\"mallory\"}", 10), VAULT_OK);
    cr_assert_eq(apply(a, "assignment.remove", "{\"user\":\"alice\",\"clients\":[\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"]}", 11), VAULT_OK);
    cr_assert_eq(apply(a, "role.epoch", "{\"role\":\"accountant\",\"epoch\":2,\"public\":" KEY "}", 12), VAULT_OK);
    cr_assert_eq(apply(a, "portfolio.add", "{\"portfolio\":\"north\"}", 13), VAULT_OK);
    cr_assert_eq(authority_compare(a, b, tell, NULL, &failure), VAULT_OK);
    cr_assert_not_null(strstr(told, "user 'mallory' is in the store, but the log does not say so"));
    cr_assert_not_null(strstr(told, "grant 'accountant' 'mallory' is in the store"));
    cr_assert_not_null(strstr(told, "assignment 01ARZ3NDEKTSV4RRFFQ69G5FAV 'alice' is in the store"));
    cr_assert_not_null(strstr(told, "role 'accountant' is not as the log says"));
    cr_assert_not_null(strstr(told, "portfolio 'north' is said by the log, but is missing"));
}

Test(authority, changes_that_do_not_fit_are_damage)
{
    static const char *const bad[][2] = {{"user.add", "{\"user\":\"x\"}"},
        {"user.add", "{\"user\":\"x\",\"sign\":\"AA==\",\"box\":" KEY "}"},
        {"grant.add", "{\"role\":\"none\",\"user\":\"none\"}"},
        {"client.add", "{\"portfolio\":\"main\",\"clients\":[\"not an id\"]}"},
        {"assignment.add", "{\"user\":\"alice\",\"clients\":[\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"]}"},
        {"reach.add", "{\"role\":\"r\",\"portfolio\":\"p\",\"compartments\":[\"moon\"]}"},
        {"role.add", "{}"},
        {"record.read", "{}"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(apply(a, bad[i][0], bad[i][1], i), VAULT_EDAMAGED, "%s %s", bad[i][0], bad[i][1]);
}

Test(authority, removing_undoes_adding)
{
    a_small_firm();
    cr_assert_eq(apply(a, "grant.remove", "{\"role\":\"accountant\",\"user\":\"alice\"}", 20), VAULT_OK);
    cr_assert_eq(apply(a, "user.disable", "{\"user\":\"alice\"}", 21), VAULT_OK);
    cr_assert_eq(authority_compare(a, b, tell, NULL, &failure), VAULT_OK);
    cr_assert_not_null(strstr(told, "user 'alice' is not as the log says"));
    cr_assert_not_null(strstr(told, "grant 'accountant' 'alice' is in the store"));
}
