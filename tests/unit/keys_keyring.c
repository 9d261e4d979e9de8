/* From a person's key through role and portfolio to a client's: and nowhere without the boxes. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/keys/trace_keys.h"

static struct store *store;
static struct failure failure;
static struct ulid vault;
static struct identity *alice, *bob;
static struct box_key *role, *pairs[COMPARTMENT_COUNT];
static struct secret *index_keys[COMPARTMENT_COUNT];
static struct client_ref client;
static struct issue issue;

static void run(enum query query, const char *texts[], struct bytes blob, int blob_at, const int64_t *numbers)
{
    struct statement *statement;
    cr_assert_eq(store_query(store, query, &statement, &failure), VAULT_OK);
    for (int i = 0; i < 8; i++) {
        if (texts[i] != NULL)
            bind_text(statement, i + 1, texts[i]);
        else if (i + 1 == blob_at)
            bind_bytes(statement, i + 1, blob);
        else if (numbers[i] >= 0)
            bind_number(statement, i + 1, numbers[i]);
    }
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK, "%s", failure.text);
}

static struct identity *person(void)
{
    struct secret *seed = secret_random(KEY_SIZE);
    struct identity *identity = NULL;
    cr_assert_eq(identity_open(seed, &identity), VAULT_OK);
    secret_free(seed);
    return identity;
}

static void portfolio_epoch(int64_t epoch)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        box_key_free(pairs[i]);
        pairs[i] = box_key_new();
        if (index_keys[i] == NULL)
            index_keys[i] = secret_random(KEY_SIZE);
        run(QUERY_PORTFOLIO_KEY_PUT, (const char *[8]){"main"}, box_key_public(pairs[i]), 4,
            (int64_t[8]){-1, i, epoch, -1, 1, -1, -1, -1});
        cr_assert_eq(issue_index_key(&issue, pairs[i], "main", (enum compartment)i, epoch, index_keys[i]), VAULT_OK);
        cr_assert_eq(issue_portfolio_to_roles(&issue, pairs[i], "main", (enum compartment)i, epoch), VAULT_OK);
    }
}

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_eq(store_memory(&store, &failure), VAULT_OK);
    vault = ulid_new();
    issue = (struct issue){store, vault, &failure};
    alice = person();
    bob = person();
    role = box_key_new();
    static const int64_t none[8] = {-1, -1, -1, 1, -1, 1, -1, -1};
    run(QUERY_ROLE_PUT, (const char *[8]){"accountant", "accountant", "members"}, box_key_public(role), 5, none);
    run(QUERY_PORTFOLIO_PUT, (const char *[8]){"main"}, bytes_of(NULL, 0), 0, (int64_t[8]){-1, 1, -1, -1, -1, -1, -1, -1});
    run(QUERY_REACH_PUT, (const char *[8]){"accountant", "main"}, bytes_of(NULL, 0), 0,
        (int64_t[8]){-1, -1, (1 << COMPARTMENT_COUNT) - 1 - (1 << COMPARTMENT_PAYROLL), 1, -1, -1, -1, -1});
    cr_assert_eq(issue_role_box(&issue, role, "accountant", 1, "alice", box_key_public(identity_box(alice))), VAULT_OK);
    portfolio_epoch(1);
    client.id = ulid_new();
    (void)strcpy(client.portfolio, "main");
    struct statement *statement;
    cr_assert_eq(store_query(store, QUERY_CLIENT_PUT, &statement, &failure), VAULT_OK);
    bind_bytes(statement, 1, ulid_bytes(&client.id));
    bind_text(statement, 2, "main");
    bind_number(statement, 5, 0);
    bind_bytes(statement, 6, bytes_of(NULL, 0));
    bind_number(statement, 7, 1);
    cr_assert_eq(statement_run(statement, &failure), VAULT_OK);
}

static void stop(void)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        box_key_free(pairs[i]);
        secret_free(index_keys[i]);
        pairs[i] = NULL;
        index_keys[i] = NULL;
    }
    box_key_free(role);
    identity_free(alice);
    identity_free(bob);
    store_free(store);
}

TestSuite(keyring, .init = start, .fini = stop);

static void add_client(struct secret *keys[COMPARTMENT_COUNT])
{
    client.row = 1;
    cr_assert_eq(issue_client_keys(&issue, &client, keys), VAULT_OK, "%s", failure.text);
}

static void free_keys(struct secret *keys[COMPARTMENT_COUNT])
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        secret_free(keys[i]);
}

Test(keyring, a_member_opens_what_the_role_reaches)
{
    struct secret *keys[COMPARTMENT_COUNT];
    struct keyring *keyring = NULL;
    const struct secret *key;
    add_client(keys);
    cr_assert_eq(keyring_new(store, &vault, "alice", alice, &keyring), VAULT_OK);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BOOKS, &key, &failure), VAULT_OK, "%s", failure.text);
    cr_assert(secret_equal(key, keys[COMPARTMENT_BOOKS]));
    cr_assert_eq(keyring_index(keyring, "main", COMPARTMENT_BANK, &key, &failure), VAULT_OK);
    cr_assert(secret_equal(key, index_keys[COMPARTMENT_BANK]));
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_PAYROLL, &key, NULL), VAULT_ENOKEY);
    cr_assert_null(key);
    keyring_free(keyring);
    free_keys(keys);
}

Test(keyring, others_open_nothing_whatever_they_call_themselves)
{
    struct secret *keys[COMPARTMENT_COUNT];
    struct keyring *keyring = NULL;
    const struct secret *key;
    add_client(keys);
    cr_assert_eq(keyring_new(store, &vault, "bob", bob, &keyring), VAULT_OK);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BOOKS, &key, NULL), VAULT_ENOKEY);
    keyring_free(keyring);
    cr_assert_eq(keyring_new(store, &vault, "alice", bob, &keyring), VAULT_OK);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BOOKS, &key, &failure), VAULT_EFORGED);
    cr_assert_null(key);
    keyring_free(keyring);
    free_keys(keys);
}

Test(keyring, boxes_moved_between_compartments_do_not_open)
{
    struct secret *keys[COMPARTMENT_COUNT];
    struct keyring *keyring = NULL;
    struct statement *statement;
    struct buffer boxed = {0};
    const struct secret *key;
    bool row;
    add_client(keys);
    cr_assert_eq(store_query(store, QUERY_CLIENT_KEY_GET, &statement, NULL), VAULT_OK);
    bind_number(statement, 1, 1);
    bind_number(statement, 2, COMPARTMENT_BOOKS);
    cr_assert_eq(statement_step(statement, &row, NULL), VAULT_OK);
    buffer_put(&boxed, column_bytes(statement, 2));
    statement_reset(statement);
    run(QUERY_CLIENT_KEY_PUT, (const char *[8]){NULL}, buffer_bytes(&boxed), 5, (int64_t[8]){1, COMPARTMENT_BANK, 1, 1, -1, -1, -1, -1});
    cr_assert_eq(keyring_new(store, &vault, "alice", alice, &keyring), VAULT_OK);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BANK, &key, NULL), VAULT_EFORGED);
    keyring_free(keyring);
    buffer_free(&boxed);
    free_keys(keys);
}

Test(keyring, a_new_epoch_rewraps_in_batches_and_drops_the_old_boxes)
{
    struct secret *keys[COMPARTMENT_COUNT];
    struct keyring *keyring = NULL;
    const struct secret *key;
    int64_t left = -1;
    add_client(keys);
    portfolio_epoch(2);
    cr_assert_eq(keyring_new(store, &vault, "alice", alice, &keyring), VAULT_OK);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BOOKS, &key, NULL), VAULT_OK, "the old box still opens");
    cr_assert_eq(issue_rewrap_clients(&issue, keyring, "main", COMPARTMENT_BOOKS, 10, &left), VAULT_OK, "%s", failure.text);
    cr_assert_eq(left, 0);
    keyring_forget(keyring);
    cr_assert_eq(keyring_client(keyring, &client, COMPARTMENT_BOOKS, &key, NULL), VAULT_OK);
    cr_assert(secret_equal(key, keys[COMPARTMENT_BOOKS]));
    const struct box_key *old;
    cr_assert_eq(keyring_portfolio(keyring, "main", COMPARTMENT_BOOKS, 1, &old, NULL), VAULT_ENOKEY);
    keyring_free(keyring);
    free_keys(keys);
}

Test(keyring, a_tracing_role_links_rows_and_opens_nothing)
{
    static const int64_t none[8] = {-1, -1, -1, 1, -1, 1, -1, -1};
    struct box_key *tracers = box_key_new();
    struct keyring *keyring = NULL, *writer = NULL;
    const struct secret *branch, *same, *key;
    const struct box_key *pair;
    run(QUERY_ROLE_PUT, (const char *[8]){"investigator", "investigator", "members"}, box_key_public(tracers), 5, none);
    cr_assert_eq(
        issue_role_box(&issue, tracers, "investigator", 1, "bob", box_key_public(identity_box(bob))), VAULT_OK);
    cr_assert_eq(keyring_new(store, &vault, "bob", bob, &keyring), VAULT_OK);
    cr_assert_eq(keyring_new(store, &vault, "alice", alice, &writer), VAULT_OK);
    /* Made before there was such a role: nothing is boxed for it yet. */
    cr_assert_eq(keyring_trace(keyring, "main", COMPARTMENT_IDENTITY, &branch, &failure), VAULT_ENOKEY);
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        cr_assert_eq(issue_trace_keys(&issue, "main", (enum compartment)i, index_keys[i]), VAULT_OK);
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        enum compartment compartment = (enum compartment)i;
        bool searched =
            compartment == COMPARTMENT_BOOKS || compartment == COMPARTMENT_BANK || compartment == COMPARTMENT_TAX;
        cr_assert_eq(keyring_trace(keyring, "main", compartment, &branch, &failure), VAULT_OK, "%s", failure.text);
        cr_assert_eq(keyring_index(keyring, "main", compartment, &key, NULL), VAULT_ENOKEY);
        cr_assert_eq(keyring_portfolio(keyring, "main", compartment, 1, &pair, NULL), VAULT_ENOKEY);
        cr_assert_eq(keyring_client(keyring, &client, compartment, &key, NULL), VAULT_ENOKEY);
        cr_assert_eq(
            keyring_trace_search(keyring, "main", compartment, &key, NULL), searched ? VAULT_OK : VAULT_ENOKEY);
        /* What a writer uses is the same; the accountants here do not reach the payroll. */
        if (compartment != COMPARTMENT_PAYROLL) {
            cr_assert_eq(keyring_trace(writer, "main", compartment, &same, NULL), VAULT_OK);
            cr_assert(secret_equal(branch, same));
        }
    }
    cr_assert_eq(keyring_cards(keyring, "main", &key, NULL), VAULT_ENOKEY);
    keyring_free(keyring);
    keyring_free(writer);
    box_key_free(tracers);
}

Test(keyring, a_trace_key_for_another_place_does_not_open)
{
    static const int64_t none[8] = {-1, -1, -1, 1, -1, 1, -1, -1};
    struct box_key *tracers = box_key_new();
    struct keyring *keyring = NULL;
    struct statement *statement;
    struct buffer boxed = {0};
    const struct secret *branch;
    bool row = false;
    run(QUERY_ROLE_PUT, (const char *[8]){"investigator", "investigator", "members"}, box_key_public(tracers), 5, none);
    cr_assert_eq(
        issue_role_box(&issue, tracers, "investigator", 1, "bob", box_key_public(identity_box(bob))), VAULT_OK);
    cr_assert_eq(issue_trace_keys(&issue, "main", COMPARTMENT_PAYROLL, index_keys[COMPARTMENT_PAYROLL]), VAULT_OK);
    cr_assert_eq(store_query(store, QUERY_TRACE_KEYS, &statement, &failure), VAULT_OK);
    bind_text(statement, 1, "main");
    bind_number(statement, 2, COMPARTMENT_PAYROLL);
    cr_assert_eq(statement_step(statement, &row, &failure), VAULT_OK);
    cr_assert(row);
    buffer_put(&boxed, column_bytes(statement, 2));
    statement_reset(statement);
    run(QUERY_TRACE_KEY_PUT, (const char *[8]){"main", NULL, "investigator"}, buffer_bytes(&boxed), 5,
        (int64_t[8]){-1, COMPARTMENT_IDENTITY, -1, 1, -1, -1, -1, -1});
    cr_assert_eq(keyring_new(store, &vault, "bob", bob, &keyring), VAULT_OK);
    cr_assert_eq(keyring_trace(keyring, "main", COMPARTMENT_PAYROLL, &branch, &failure), VAULT_OK);
    cr_assert_eq(keyring_trace(keyring, "main", COMPARTMENT_IDENTITY, &branch, &failure), VAULT_EFORGED);
    cr_assert_null(branch);
    keyring_free(keyring);
    buffer_free(&boxed);
    box_key_free(tracers);
}
