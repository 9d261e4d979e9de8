#include "vault/crypto/totp.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

static const char *secret_text(const struct secret *secret)
{
    return (const char *)secret_bytes(secret).data;
}

int totp_code(const struct secret *secret, uint64_t step, char code[TOTP_CODE_SIZE])
{
    size_t size = secret_bytes(secret).size;
    memset(code, 0, TOTP_CODE_SIZE);
    if (oath_init() != OATH_OK || size != TOTP_SECRET_SIZE)
        return VAULT_EINTERNAL;
    return oath_hotp_generate(secret_text(secret), size, step, TOTP_DIGITS, false,
               OATH_HOTP_DYNAMIC_TRUNCATION, code) == OATH_OK
               ? VAULT_OK
               : VAULT_EINTERNAL;
}

int totp_find(const struct secret *secret, int64_t instant, uint64_t above, struct bytes code, uint64_t *step)
{
    char expected[TOTP_CODE_SIZE];
    uint64_t now = instant < 0 ? 0 : (uint64_t)instant / 1000 / TOTP_STEP_SECONDS;
    int result = VAULT_OK;
    bool found = false;
    *step = 0;
    for (uint64_t at = now == 0 ? 0 : now - 1; at <= now + 1 && result == VAULT_OK; at++) {
        result = totp_code(secret, at, expected);
        bool same = bytes_equal_constant_time(bytes_of(expected, TOTP_DIGITS), code);
        if (result == VAULT_OK && same && at > above && !found) {
            found = true;
            *step = at;
        }
    }
    wipe(expected, sizeof expected);
    return result == VAULT_OK && !found ? VAULT_EPASSPHRASE : result;
}

int totp_base32(const struct secret *secret, char text[TOTP_BASE32_SIZE])
{
    char *encoded = NULL;
    size_t size = 0;
    memset(text, 0, TOTP_BASE32_SIZE);
    if (oath_init() != OATH_OK ||
        oath_base32_encode(secret_text(secret), secret_bytes(secret).size, &encoded, &size) != OATH_OK)
        return VAULT_ENOMEM;
    bool fits = size < TOTP_BASE32_SIZE;
    if (fits)
        memcpy(text, encoded, size);
    wipe(encoded, size);
    free(encoded);
    return fits ? VAULT_OK : VAULT_EINTERNAL;
}
