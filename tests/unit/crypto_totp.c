/* Codes of time: RFC 6238's vectors, the window, replay. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/crypto/totp.h"

static struct secret *vector_secret(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    return secret_copy(bytes_of_text("12345678901234567890"));
}

Test(crypto_totp, codes_are_those_of_rfc_6238)
{
    /* Appendix B, SHA-1; the last six of its eight digits. */
    static const struct {
        int64_t seconds;
        const char *code;
    } vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"},
        {2000000000, "279037"}, {20000000000, "353130"}};
    struct secret *secret = vector_secret();
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        char code[TOTP_CODE_SIZE];
        cr_assert_eq(totp_code(secret, (uint64_t)vectors[i].seconds / TOTP_STEP_SECONDS, code), VAULT_OK);
        cr_assert_str_eq(code, vectors[i].code);
    }
    secret_free(secret);
}

Test(crypto_totp, the_window_is_one_step_either_way)
{
    struct secret *secret = vector_secret();
    const uint64_t now = 37037036; /* of 1111111109 */
    for (uint64_t at = now - 3; at <= now + 3; at++) {
        char code[TOTP_CODE_SIZE];
        uint64_t step = 0;
        cr_assert_eq(totp_code(secret, at, code), VAULT_OK);
        bool within = at >= now - 1 && at <= now + 1;
        cr_assert_eq(totp_find(secret, INT64_C(1111111109000), 0, bytes_of_text(code), &step),
            within ? VAULT_OK : VAULT_EPASSPHRASE);
        cr_assert_eq(step, within ? at : 0);
    }
    secret_free(secret);
}

Test(crypto_totp, a_step_that_was_used_is_used_and_so_are_those_before)
{
    struct secret *secret = vector_secret();
    const uint64_t now = 37037036;
    char code[TOTP_CODE_SIZE];
    uint64_t step;
    cr_assert_eq(totp_code(secret, now, code), VAULT_OK);
    cr_assert_eq(totp_find(secret, INT64_C(1111111109000), now - 1, bytes_of_text(code), &step), VAULT_OK);
    cr_assert_eq(
        totp_find(secret, INT64_C(1111111109000), now, bytes_of_text(code), &step), VAULT_EPASSPHRASE);
    cr_assert_eq(
        totp_find(secret, INT64_C(1111111109000), now + 1, bytes_of_text(code), &step), VAULT_EPASSPHRASE);
    secret_free(secret);
}

Test(crypto_totp, what_is_no_code_is_none)
{
    static const char *const wrong[] = {"", "08180", "0818040", "O81804", " 81804", "08180\0"};
    struct secret *secret = vector_secret();
    uint64_t step;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        cr_assert_eq(
            totp_find(secret, INT64_C(1111111109000), 0, bytes_of_text(wrong[i]), &step), VAULT_EPASSPHRASE);
    secret_free(secret);
}

Test(crypto_totp, the_secret_is_told_in_base32)
{
    char text[TOTP_BASE32_SIZE];
    struct secret *secret = vector_secret();
    cr_assert_eq(totp_base32(secret, text), VAULT_OK);
    cr_assert_str_eq(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    secret_free(secret);
}
