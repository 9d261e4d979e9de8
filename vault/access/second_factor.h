/**
 * @file second_factor.h
 * A second factor for logins at a server: codes of time (crypto/totp.h), and ten recovery codes, each for
 * once.
 *
 * The secret is sealed under a key of the person's own seed, which only the passphrase opens: a stolen disk
 * tells nothing of it, and nobody can check, guess or replace it who has not the passphrase already.  That
 * somebody has a second factor, and since when, is authority (`totp.enroll`, `totp.confirm`, `totp.remove`,
 * `totp.reset`); it is bound to the event that enrolled it by the secret's hash.
 *
 * It is asked for by servers only.  Embedded, the person's own program would check it, with the passphrase's
 * keys in hand.
 */
#ifndef VAULT_ACCESS_SECOND_FACTOR_H
#define VAULT_ACCESS_SECOND_FACTOR_H

#include "vault/access/session.h"
#include "vault/access/settings.h"
#include "vault/crypto/hash.h"
#include "vault/crypto/totp.h"

#define RECOVERY_CODES 10
#define RECOVERY_CODE_SIZE 20 /* "XXXX-XXXX-XXXX-XXXX" and NUL: 80 bits in base32 */

enum second_factor_state { SECOND_FACTOR_OFF, SECOND_FACTOR_PENDING, SECOND_FACTOR_ON };

int second_factor_state(struct session *session, const char *user, enum second_factor_state *state,
    struct failure *failure) VAULT_MUST_CHECK;

/** What the firm asks for: `login.totp`. */
int second_factor_rule(
    struct session *session, enum second_factor_rule *rule, struct failure *failure) VAULT_MUST_CHECK;

/** A secret that is being enrolled or confirmed, with what the store keeps of it. */
struct second_factor {
    struct secret *secret;
    struct hash hash;
    uint8_t count;                     /* recovery codes that are left */
    struct hash codes[RECOVERY_CODES]; /* of them */
};
void second_factor_free(struct second_factor *factor);

/** A fresh one without recovery codes. */
int second_factor_draw(struct second_factor *factor) VAULT_MUST_CHECK;
/** The one of the session's own person. VAULT_ENOTFOUND: there is none; VAULT_EFORGED: not the one that the
 * log knows. */
int second_factor_open(
    struct session *session, struct second_factor *factor, struct failure *failure) VAULT_MUST_CHECK;
/** Put it into the store, inside the caller's transaction. */
int second_factor_put(
    struct session *session, const struct second_factor *factor, struct failure *failure) VAULT_MUST_CHECK;
/** Ten fresh recovery codes, of which the store is to keep only the hashes; the caller wipes them. */
void second_factor_recovery(struct second_factor *factor, char codes[RECOVERY_CODES][RECOVERY_CODE_SIZE]);

/**
 * Is this a code of the moment that was not used before?  It is used then, durably.
 * @retval VAULT_EPASSPHRASE  it is not.
 */
int second_factor_use(struct session *session, const struct second_factor *factor, struct bytes code,
    struct failure *failure) VAULT_MUST_CHECK;

/** The same, where a recovery code will do as well: that is an event, and the code is gone. */
int second_factor_use_any(
    struct session *session, struct bytes code, struct failure *failure) VAULT_MUST_CHECK;

/**
 * May somebody who has shown the passphrase log in at a server?
 * @param code  empty where none was given.
 * @retval VAULT_EPASSPHRASE  none was given and one is needed (`needs_code`: ask for it); or it is wrong, or
 * was used, which is noted for the log.
 * @retval VAULT_EDENIED      one is required, and he has none; noted for the log.
 */
struct second_factor_asked {
    bool needs_code;
    int64_t
        due; /* the instant from which on a second factor will be required of him; 0: not, or he has one */
};
int second_factor_login(struct session *session, struct bytes code, struct second_factor_asked *asked,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
