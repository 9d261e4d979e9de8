#include <argon2.h>
#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/passphrase.h"

static const uint8_t salt[PASSPHRASE_SALT_SIZE] = "sixteen bytes ..";

static struct secret *text(const char *words)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    return secret_copy(bytes_of_text(words));
}

Test(passphrase_key, libargon2_gives_the_vector_of_rfc_9106)
{
    /* Section 5.3: Argon2id, 3 passes, 32 KiB, 4 lanes, with secret and associated data. */
    static const uint8_t wanted[32] = {0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b,
        0x53, 0xc9, 0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59};
    uint8_t out[32], password[32], salt_bytes[16], secret[8], data[12];
    memset(password, 1, sizeof password);
    memset(salt_bytes, 2, sizeof salt_bytes);
    memset(secret, 3, sizeof secret);
    memset(data, 4, sizeof data);
    argon2_context context = {.out = out, .outlen = sizeof out, .pwd = password, .pwdlen = sizeof password,
        .salt = salt_bytes, .saltlen = sizeof salt_bytes, .secret = secret, .secretlen = sizeof secret, .ad = data,
        .adlen = sizeof data, .t_cost = 3, .m_cost = 32, .lanes = 4, .threads = 4, .version = ARGON2_VERSION_13};
    cr_assert_eq(argon2id_ctx(&context), ARGON2_OK);
    cr_assert_arr_eq(out, wanted, sizeof wanted);
}

Test(passphrase_key, two_engines_agree_at_one_lane)
{
    static const struct passphrase_cost costs[] = {{64 * 1024, 3, 1}, {65 * 1024 + 8, 4, 1}};
    static const char *const words[] = {"", "correct horse", "正确的马，电池"};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 3; j++) {
            struct secret *passphrase = text(words[j]);
            struct secret *a = NULL, *b = NULL;
            cr_assert_eq(passphrase_key_by(PASSPHRASE_LIBSODIUM, passphrase, salt, costs[i], &a), VAULT_OK);
            cr_assert_eq(passphrase_key_by(PASSPHRASE_LIBARGON2, passphrase, salt, costs[i], &b), VAULT_OK);
            cr_assert(secret_equal(a, b));
            secret_free(a);
            secret_free(b);
            secret_free(passphrase);
        }
    }
}

Test(passphrase_key, more_lanes_go_to_libargon2)
{
    struct secret *passphrase = text("lanes");
    struct secret *one = NULL, *two = NULL, *again = NULL;
    cr_assert_eq(passphrase_key(passphrase, salt, (struct passphrase_cost){64 * 1024, 3, 1}, &one), VAULT_OK);
    cr_assert_eq(passphrase_key(passphrase, salt, (struct passphrase_cost){64 * 1024, 3, 2}, &two), VAULT_OK);
    cr_assert_eq(passphrase_key_by(PASSPHRASE_LIBARGON2, passphrase, salt, (struct passphrase_cost){64 * 1024, 3, 2}, &again), VAULT_OK);
    cr_assert(!secret_equal(one, two));
    cr_assert(secret_equal(two, again));
    secret_free(one);
    secret_free(two);
    secret_free(again);
    secret_free(passphrase);
}

Test(passphrase_key, refuses_less_than_the_floor_and_more_than_the_ceiling)
{
    static const struct passphrase_cost bad[] = {{64 * 1024 - 1, 3, 1}, {64 * 1024, 2, 1}, {64 * 1024, 3, 0},
        {PASSPHRASE_MEMORY_CEILING + 1, 3, 1}, {64 * 1024, PASSPHRASE_PASSES_CEILING + 1, 1}, {64 * 1024, 3, 17}};
    struct secret *passphrase = text("floor");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct secret *key = passphrase;
        cr_assert_eq(passphrase_key(passphrase, salt, bad[i], &key), VAULT_EINPUT);
        cr_assert_null(key);
    }
    secret_free(passphrase);
}

Test(passphrase_calibrate, stays_between_floor_and_a_quarter_of_the_memory)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct passphrase_cost quick = passphrase_calibrate(1);
    cr_assert_eq(quick.memory, PASSPHRASE_MEMORY_FLOOR);
    cr_assert_eq(quick.passes, PASSPHRASE_PASSES_FLOOR);
    cr_assert_eq(quick.lanes, 1);
}
