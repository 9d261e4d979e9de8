#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/keys/slots.h"

static char path[64];
static struct slots *slots;
static struct secret *seed, *store_key, *passphrase, *wrong;
static struct ulid vault;

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)snprintf(path, sizeof path, "/tmp/unit-slots-%ld", (long)getpid());
    struct box_key *attempts = box_key_new();
    vault = ulid_new();
    slots = slots_new(&vault, box_key_public(attempts));
    box_key_free(attempts);
    seed = secret_random(KEY_SIZE);
    store_key = secret_random(KEY_SIZE);
    passphrase = secret_copy(bytes_of_text("open sesame"));
    wrong = secret_copy(bytes_of_text("open sesam"));
    cr_assert_eq(slots_put(slots, "alice", passphrase, passphrase_floor(), seed, store_key), VAULT_OK);
}

static void stop(void)
{
    slots_free(slots);
    secret_free(seed);
    secret_free(store_key);
    secret_free(passphrase);
    secret_free(wrong);
    (void)unlink(path);
}

TestSuite(slots, .init = start, .fini = stop);

static int try_open(const struct slots *from, const char *user, const struct secret *words)
{
    struct secret *a = NULL, *b = NULL;
    int result = slots_open(from, user, words, &a, &b);
    if (result == VAULT_OK)
        cr_assert(secret_equal(a, seed) && secret_equal(b, store_key));
    else
        cr_assert(a == NULL && b == NULL);
    secret_free(a);
    secret_free(b);
    return result;
}

Test(slots, opens_after_saving_and_loading)
{
    struct slots *again = NULL;
    cr_assert_eq(slots_save(slots, path, NULL), VAULT_OK);
    cr_assert_eq(slots_load(path, &again, NULL), VAULT_OK);
    cr_assert(ulid_equal(slots_vault(again), &vault));
    cr_assert_eq(try_open(again, "alice", passphrase), VAULT_OK);
    cr_assert_eq(try_open(again, "alice", wrong), VAULT_EPASSPHRASE);
    cr_assert_eq(try_open(again, "nobody", passphrase), VAULT_EPASSPHRASE);
    slots_free(again);
}

Test(slots, a_new_passphrase_replaces_the_old)
{
    cr_assert_eq(slots_put(slots, "alice", wrong, passphrase_floor(), seed, store_key), VAULT_OK);
    cr_assert_eq(try_open(slots, "alice", passphrase), VAULT_EPASSPHRASE);
    cr_assert_eq(try_open(slots, "alice", wrong), VAULT_OK);
    slots_remove(slots, "alice");
    cr_assert_eq(try_open(slots, "alice", wrong), VAULT_EPASSPHRASE);
}

Test(slots, no_byte_can_be_changed_into_something_that_opens_wrongly, .timeout = 200)
{
    struct buffer content = {0};
    cr_assert_eq(slots_save(slots, path, NULL), VAULT_OK);
    cr_assert_eq(file_read(path, SLOTS_SIZE_MAX, &content, NULL), VAULT_OK);
    /* Every byte is flipped and loaded; those that still load are opened, which costs a derivation each. */
    for (size_t i = 0; i < content.size; i++) {
        struct slots *changed = NULL;
        content.data[i] ^= 1;
        cr_assert_eq(file_replace(path, buffer_bytes(&content), 0600, NULL), VAULT_OK);
        int result = slots_load(path, &changed, NULL);
        if (result == VAULT_OK && i % 16 == 0)
            (void)try_open(changed, "alice", passphrase); /* asserts that what opens is right */
        slots_free(changed);
        content.data[i] ^= 1;
    }
    buffer_free(&content);
}

Test(slots, a_slot_moved_to_another_name_or_vault_does_not_open)
{
    struct buffer content = {0};
    struct slots *changed = NULL;
    cr_assert_eq(slots_save(slots, path, NULL), VAULT_OK);
    cr_assert_eq(file_read(path, SLOTS_SIZE_MAX, &content, NULL), VAULT_OK);
    char *name = memmem(content.data, content.size, "alice", 5);
    cr_assert_not_null(name);
    memcpy(name, "mally", 5);
    cr_assert_eq(file_replace(path, buffer_bytes(&content), 0600, NULL), VAULT_OK);
    cr_assert_eq(slots_load(path, &changed, NULL), VAULT_OK);
    cr_assert_eq(try_open(changed, "mally", passphrase), VAULT_EPASSPHRASE);
    slots_free(changed);
    buffer_free(&content);
}

Test(slots, names_are_checked)
{
    static const char *const bad[] = {"", "Alice", "a b", "-a", "a/b", "名", "a\"b"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(!name_valid(bad[i]), "%s", bad[i]);
    cr_assert(name_valid("a") && name_valid("a.b_c-9"));
    char long_name[NAME_SIZE_MAX + 2];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    cr_assert(!name_valid(long_name));
    cr_assert(!name_valid(NULL));
}
