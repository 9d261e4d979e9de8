/* The log played into an empty store: what takes hold, when, and what is left out. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/access/replay.h"
#include "vault/crypto/secret.h"

#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY_B "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static struct replay *replay;
static struct failure failure;

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(replay_new(&replay, &failure), VAULT_OK, "%s", failure.text);
}

static void stop(void)
{
    replay_free(replay);
}

TestSuite(replay, .init = start, .fini = stop);

/* Text with ' for ", so that it can be read. */
static int feed(uint64_t index, const char *text)
{
    char quoted[1024];
    json_t *leaf = NULL;
    size_t size = strlen(text);
    cr_assert(size < sizeof quoted);
    for (size_t i = 0; i <= size; i++)
        quoted[i] = text[i] == '\'' ? '"' : text[i];
    cr_assert_eq(json_read(bytes_of(quoted, size), &leaf, NULL), VAULT_OK, "%s", text);
    failure_clear(&failure);
    int result = replay_feed(replay, index, leaf, &failure);
    json_decref(leaf);
    return result;
}

#define PERMIT "'decision':{'effect':'permit'}"
#define VAULT_SAYS "'actor':{'id':'vault','type':'system'}," PERMIT
#define ANN_SAYS "'actor':{'id':'ann','type':'user'}," PERMIT

static void birth(void)
{
    cr_assert_eq(
        feed(0, "{'event':'vault.birth'," VAULT_SAYS ",'change':{'origin':'x','events':4}}"), VAULT_OK);
    cr_assert_eq(feed(1, "{'event':'user.add'," VAULT_SAYS ",'change':{'user':'ann','sign':'" KEY_A
                         "','box':'" KEY_A "'}}"),
        VAULT_OK, "%s", failure.text);
    cr_assert_eq(
        feed(2,
            "{'event':'role.add'," VAULT_SAYS
            ",'change':{'role':'admin','base':'admin','keepers':'admins','epoch':1,'public':'" KEY_A "'}}"),
        VAULT_OK);
    cr_assert_eq(
        feed(3, "{'event':'grant.add'," VAULT_SAYS ",'change':{'role':'admin','user':'ann'}}"), VAULT_OK);
}

static int count(enum query query)
{
    struct statement *statement;
    bool row = true;
    int rows = 0;
    cr_assert_eq(store_query(replay_store(replay), query, &statement, NULL), VAULT_OK);
    while (statement_step(statement, &row, NULL) == VAULT_OK && row)
        rows++;
    return rows;
}

#define ADD_BOB "'event':'user.add'," ANN_SAYS ",'change':{'user':'bob','sign':'" KEY_B "','box':'" KEY_B "'}"

Test(replay, what_the_vault_did_at_its_birth_holds)
{
    birth();
    cr_assert_eq(count(QUERY_USER_LIST), 1);
    cr_assert_eq(count(QUERY_GRANT_LIST), 1);
    cr_assert_not_null(replay_public_key(replay, bytes_of_text("ann")));
    cr_assert_null(replay_public_key(replay, bytes_of_text("an")));
    cr_assert_null(replay_public_key(replay, bytes_of_text("annn")));
}

Test(replay, an_intent_takes_hold_with_its_outcome)
{
    birth();
    cr_assert_eq(feed(4, "{" ADD_BOB ",'phase':'intent'}"), VAULT_OK);
    cr_assert_eq(count(QUERY_USER_LIST), 1);
    cr_assert_null(replay_public_key(replay, bytes_of_text("bob")));
    cr_assert(replay_wants(replay, bytes_of_text("record.import")), "it may be the outcome");
    cr_assert_eq(
        feed(5, "{'event':'user.add'," ANN_SAYS ",'phase':'outcome','intent':4,'result':{'status':'ok'}}"),
        VAULT_OK);
    cr_assert_eq(count(QUERY_USER_LIST), 2);
    const uint8_t *key = replay_public_key(replay, bytes_of_text("bob"));
    cr_assert(key != NULL && key[0] == 1 && key[31] == 1);
    cr_assert_not(replay_wants(replay, bytes_of_text("record.import")));
    cr_assert(replay_wants(replay, bytes_of_text("grant.add")));
}

Test(replay, an_intent_that_was_undone_does_not)
{
    birth();
    cr_assert_eq(feed(4, "{" ADD_BOB ",'phase':'intent'}"), VAULT_OK);
    cr_assert_eq(feed(5, "{'event':'user.add'," ANN_SAYS
                         ",'phase':'outcome','intent':4,'result':{'status':'undone'}}"),
        VAULT_OK);
    cr_assert_eq(
        feed(6, "{'event':'user.add'," ANN_SAYS ",'phase':'outcome','intent':4,'result':{'status':'ok'}}"),
        VAULT_OK);
    cr_assert_eq(count(QUERY_USER_LIST), 1);
}

Test(replay, what_was_noted_within_waits_for_the_parents_outcome)
{
    birth();
    cr_assert_eq(feed(4, "{'event':'portfolio.add'," ANN_SAYS ",'change':{'portfolio':'main'}}"), VAULT_OK);
    cr_assert_eq(
        feed(6, "{'event':'client.add'," ANN_SAYS ",'phase':'intent','within':5,'change':{'portfolio':'main',"
                "'clients':['01ARZ3NDEKTSV4RRFFQ69G5FAV'],'user':'ann'}}"),
        VAULT_OK);
    cr_assert_eq(count(QUERY_CLIENT_IDS), 0);
    cr_assert_eq(feed(7, "{'event':'record.import'," ANN_SAYS
                         ",'phase':'outcome','intent':5,'result':{'status':'ok'}}"),
        VAULT_OK);
    cr_assert_eq(count(QUERY_CLIENT_IDS), 1);
    cr_assert_eq(count(QUERY_ASSIGNMENT_LIST), 1);
}

Test(replay, nothing_is_believed_of_the_vault_after_its_birth)
{
    birth();
    cr_assert_eq(feed(4, "{" ADD_BOB "}"), VAULT_OK);
    cr_assert_eq(feed(5, "{'event':'grant.add'," VAULT_SAYS ",'change':{'role':'admin','user':'bob'}}"),
        VAULT_EDAMAGED);
    cr_assert_not_null(strstr(failure.text, "person"));
    cr_assert_eq(count(QUERY_GRANT_LIST), 1);
}

Test(replay, the_first_event_says_where_the_birth_ends)
{
    cr_assert_eq(feed(0, "{'event':'vault.birth'," VAULT_SAYS ",'change':{'origin':'x'}}"), VAULT_EDAMAGED);
    cr_assert_eq(feed(1, "{'event':'user.add'," VAULT_SAYS ",'change':{'user':'ann','sign':'" KEY_A
                         "','box':'" KEY_A "'}}"),
        VAULT_EDAMAGED);
    cr_assert_eq(count(QUERY_USER_LIST), 0);
}

Test(replay, a_change_that_was_denied_is_left_out)
{
    birth();
    cr_assert_eq(feed(4, "{" ADD_BOB "}"), VAULT_OK);
    cr_assert_eq(
        feed(5, "{'event':'grant.add','actor':{'id':'bob','type':'user'},'decision':{'effect':'deny'},"
                "'change':{'role':'admin','user':'bob'}}"),
        VAULT_EDAMAGED);
    cr_assert_eq(count(QUERY_GRANT_LIST), 1);
}

Test(replay, a_change_that_does_not_fit_is_told_and_later_ones_take_hold)
{
    birth();
    cr_assert_eq(feed(4, "{'event':'grant.add'," ANN_SAYS ",'change':{'role':'admin','user':'nobody'}}"),
        VAULT_EDAMAGED);
    cr_assert_eq(feed(5, "{'event':'user.add'," ANN_SAYS ",'change':{'user':'bob','sign':'x','box':'x'}}"),
        VAULT_EDAMAGED);
    cr_assert_null(replay_public_key(replay, bytes_of_text("bob")));
    cr_assert_eq(feed(6, "{" ADD_BOB "}"), VAULT_OK, "%s", failure.text);
    cr_assert_eq(feed(7, "{" ADD_BOB "}"), VAULT_EDAMAGED);
    cr_assert_eq(count(QUERY_USER_LIST), 2);
}

Test(replay, a_disabled_person_still_has_a_key)
{
    birth();
    cr_assert_eq(feed(4, "{'event':'user.disable'," ANN_SAYS ",'change':{'user':'ann'}}"), VAULT_OK);
    cr_assert_not_null(replay_public_key(replay, bytes_of_text("ann")));
}

Test(replay, what_changes_nothing_may_be_fed_too)
{
    birth();
    cr_assert_eq(feed(4, "{'event':'record.read'," ANN_SAYS "}"), VAULT_OK);
    cr_assert_eq(feed(5, "{'event':'record.read'," ANN_SAYS ",'phase':'outcome'}"), VAULT_OK);
    cr_assert_not(replay_wants(replay, bytes_of_text("record.read")));
    cr_assert_not(replay_wants(replay, bytes_of_text("")));
}

Test(replay, keys_are_found_among_many)
{
    birth();
    for (unsigned i = 0; i < 500; i++) {
        char leaf[512];
        unsigned shuffled = i * 7919 % 500;
        (void)snprintf(leaf, sizeof leaf,
            "{'event':'user.add'," ANN_SAYS ",'change':{'user':'u%03u','sign':'" KEY_B "','box':'" KEY_B
            "'}}",
            shuffled);
        cr_assert_eq(feed(4 + i, leaf), VAULT_OK, "%s", failure.text);
    }
    for (unsigned i = 0; i < 500; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "u%03u", i);
        cr_assert_not_null(replay_public_key(replay, bytes_of_text(name)), "%s", name);
    }
    cr_assert_null(replay_public_key(replay, bytes_of_text("u500")));
}

static size_t watched;
static uint64_t watched_last;

static void watch(void *context, uint64_t index, const json_t *leaf)
{
    cr_assert_eq(context, &watched);
    cr_assert_not_null(json_text(leaf, "event"));
    watched++;
    watched_last = index;
}

Test(replay, a_watch_sees_what_took_hold_and_nothing_else)
{
    replay_watch(replay, watch, &watched);
    birth();
    size_t born = watched;
    cr_assert_gt(born, 2);
    cr_assert_eq(
        feed(10, "{'event':'portfolio.add','phase':'intent'," ANN_SAYS ",'change':{'portfolio':'p'}}"),
        VAULT_OK);
    cr_assert_eq(
        feed(11, "{'event':'portfolio.add','phase':'intent'," ANN_SAYS ",'change':{'portfolio':'q'}}"),
        VAULT_OK);
    cr_assert_eq(watched, born, "an intent has not taken hold");
    cr_assert_eq(feed(12, "{'event':'portfolio.add','phase':'outcome','intent':11," ANN_SAYS
                          ",'result':{'status':'undone'}}"),
        VAULT_OK);
    cr_assert_eq(watched, born, "nor has what was undone");
    cr_assert_eq(feed(13, "{'event':'portfolio.add','phase':'outcome','intent':10," ANN_SAYS
                          ",'result':{'status':'ok'}}"),
        VAULT_OK);
    cr_assert_eq(watched, born + 1);
    cr_assert_eq(watched_last, 10);
}
