#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/store/setting.h"

static char directory[64];
static char path[96];
static struct secret *key;
static struct failure failure;

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(directory, "/tmp/unit-store-XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/store.db", directory);
    key = secret_random(KEY_SIZE);
}

static void stop(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
    secret_free(key);
}

TestSuite(store, .init = start, .fini = stop);

static struct store *fresh(void)
{
    struct store *store = NULL;
    cr_assert_eq(store_create(path, key, &store, &failure), VAULT_OK, "%s", failure.text);
    return store;
}

Test(store, engine_encrypts_and_is_new_enough)
{
    struct buffer version = {0};
    cr_assert_eq(store_engine(&version, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_gt(version.size, 3);
    buffer_free(&version);
}

Test(store, opens_with_its_key_only)
{
    struct store *store = fresh();
    store_free(store);
    struct secret *other = secret_random(KEY_SIZE);
    cr_assert_eq(store_open(path, other, &store, &failure), VAULT_EFORGED);
    cr_assert_null(store);
    cr_assert_eq(store_open(path, key, &store, NULL), VAULT_OK);
    store_free(store);
    secret_free(other);
}

Test(store, the_file_is_not_sqlite_to_anybody_else)
{
    struct buffer content = {0};
    store_free(fresh());
    cr_assert_eq(file_read(path, 1 << 24, &content, NULL), VAULT_OK);
    cr_assert_null(memmem(content.data, content.size, "SQLite format", 13));
    cr_assert_null(memmem(content.data, content.size, "CREATE TABLE", 12));
    buffer_free(&content);
}

Test(store, does_not_create_over_what_is_there_nor_open_what_is_not)
{
    struct store *store = NULL;
    cr_assert_eq(store_open(path, key, &store, &failure), VAULT_ENOTFOUND);
    store_free(fresh());
    cr_assert_eq(store_create(path, key, &store, NULL), VAULT_EEXISTS);
}

Test(store, rolls_back_what_was_not_committed)
{
    struct store *store = fresh();
    int64_t value;
    cr_assert_eq(store_begin(store, &failure), VAULT_OK);
    cr_assert_eq(store_setting_put(store, "n", 7, &failure), VAULT_OK);
    store_rollback(store);
    cr_assert_eq(store_setting_get(store, "n", -1, &value, &failure), VAULT_OK);
    cr_assert_eq(value, -1);
    cr_assert_eq(store_begin(store, &failure), VAULT_OK);
    cr_assert_eq(store_setting_put(store, "n", 7, &failure), VAULT_OK);
    cr_assert_eq(store_commit(store, &failure), VAULT_OK);
    store_free(store);
    cr_assert_eq(store_open(path, key, &store, NULL), VAULT_OK);
    cr_assert_eq(store_setting_get(store, "n", -1, &value, &failure), VAULT_OK);
    cr_assert_eq(value, 7);
    store_free(store);
}

Test(store, every_query_prepares)
{
    struct store *store = fresh();
    for (int query = 0; query < QUERY_COUNT; query++) {
        struct statement *statement = NULL;
        cr_assert_eq(statement_own(store, (enum query)query, &statement, &failure), VAULT_OK, "%d: %s", query, failure.text);
        statement_free(statement);
    }
    store_free(store);
}

Test(store, a_copy_opens_with_the_same_key_and_checks_out)
{
    char copy[128];
    struct store *store = fresh();
    (void)snprintf(copy, sizeof copy, "%s/copy.db", directory);
    cr_assert_eq(store_setting_put(store, "n", 9, &failure), VAULT_OK);
    cr_assert_eq(store_copy(store, copy, &failure), VAULT_OK, "%s", failure.text);
    store_free(store);
    cr_assert_eq(store_open(copy, key, &store, &failure), VAULT_OK, "%s", failure.text);
    int64_t value;
    cr_assert_eq(store_setting_get(store, "n", -1, &value, NULL), VAULT_OK);
    cr_assert_eq(value, 9);
    cr_assert_eq(store_check(store, &failure), VAULT_OK, "%s", failure.text);
    store_free(store);
}

Test(store, check_finds_a_flipped_byte)
{
    struct buffer content = {0};
    store_free(fresh());
    cr_assert_eq(file_read(path, 1 << 24, &content, NULL), VAULT_OK);
    content.data[content.size - 1000] ^= 1;
    cr_assert_eq(file_replace(path, buffer_bytes(&content), 0600, NULL), VAULT_OK);
    struct store *store = NULL;
    int result = store_open(path, key, &store, NULL);
    if (result == VAULT_OK)
        result = store_check(store, &failure);
    cr_assert_eq(vault_exit_status(result), 3);
    store_free(store);
    buffer_free(&content);
}
