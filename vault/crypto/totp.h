/**
 * @file totp.h
 * One-time codes of time: RFC 6238 over RFC 4226 with HMAC-SHA-1, steps of 30 seconds and six digits, which
 * is what every authenticator knows.  The arithmetic is liboath's.  Any thread.
 */
#ifndef VAULT_CRYPTO_TOTP_H
#define VAULT_CRYPTO_TOTP_H

#include "vault/crypto/secret.h"

#define TOTP_SECRET_SIZE 20
#define TOTP_STEP_SECONDS 30
#define TOTP_DIGITS 6
#define TOTP_CODE_SIZE (TOTP_DIGITS + 1)
#define TOTP_BASE32_SIZE 33 /* 20 bytes are 32 characters; and NUL */

/** The code of a step; the caller wipes it. VAULT_EINTERNAL: the library fails. */
int totp_code(const struct secret *secret, uint64_t step, char code[TOTP_CODE_SIZE]) VAULT_MUST_CHECK;

/**
 * Which step is a code of: that of @p instant (milliseconds since 1970), the one before, or the one after?
 *
 * Each is compared in constant time, and all three are.
 * @param above  only steps above this one count, so that no code is taken twice.
 * @retval VAULT_EPASSPHRASE  of none of them.
 */
int totp_find(const struct secret *secret, int64_t instant, uint64_t above, struct bytes code,
    uint64_t *step) VAULT_MUST_CHECK;

/** The secret as people type it: 32 characters of A-Z and 2-7; the caller wipes it. */
int totp_base32(const struct secret *secret, char text[TOTP_BASE32_SIZE]) VAULT_MUST_CHECK;

#endif
