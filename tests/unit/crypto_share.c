#include <criterion/criterion.h>

#include "vault/crypto/share.h"

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
}

TestSuite(share, .init = start);

static void free_all(struct secret **shares, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        secret_free(shares[i]);
}

Test(share, any_k_of_n_restore_and_fewer_do_not)
{
    for (unsigned needed = 1; needed <= 5; needed++) {
        struct secret *shares[5], *secret = secret_random(KEY_SIZE);
        cr_assert_eq(share_split(secret, needed, 5, shares), VAULT_OK);
        for (unsigned mask = 1; mask < 32; mask++) {
            struct secret *some[5], *whole = NULL;
            unsigned count = 0;
            for (unsigned i = 0; i < 5; i++) {
                if ((mask >> i & 1) != 0)
                    some[count++] = shares[i];
            }
            cr_assert_eq(share_combine(some, count, &whole), VAULT_OK);
            cr_assert_eq(secret_equal(whole, secret), count >= needed, "%u of %u", count, needed);
            secret_free(whole);
        }
        free_all(shares, 5);
        secret_free(secret);
    }
}

Test(share, refuses_what_cannot_be_shared_and_shares_that_do_not_fit)
{
    struct secret *shares[40], *secret = secret_random(KEY_SIZE), *whole = NULL;
    cr_assert_eq(share_split(secret, 0, 3, shares), VAULT_EINPUT);
    cr_assert_eq(share_split(secret, 4, 3, shares), VAULT_EINPUT);
    cr_assert_eq(share_split(secret, 2, 33, shares), VAULT_EINPUT);
    cr_assert_eq(share_split(secret, 2, 3, shares), VAULT_OK);
    struct secret *twice[] = {shares[0], shares[0]};
    cr_assert_eq(share_combine(twice, 2, &whole), VAULT_EINPUT);
    struct secret *cut = secret_copy(bytes_of(secret_bytes(shares[1]).data, 10));
    struct secret *uneven[] = {shares[0], cut};
    cr_assert_eq(share_combine(uneven, 2, &whole), VAULT_EINPUT);
    cr_assert_null(whole);
    secret_free(cut);
    free_all(shares, 3);
    secret_free(secret);
}
