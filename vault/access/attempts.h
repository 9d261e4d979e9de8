/**
 * @file attempts.h
 * Failed logins on their way to the log.
 *
 * Who does not get in has no key to write the log with.  What he tried is sealed to the vault's attempts key (whose
 * public half is in the slots file) and appended to a file; the next session writes it into the log and empties it.
 * The file is bounded: an attacker can fill it, but not the disk.
 */
#ifndef VAULT_ACCESS_ATTEMPTS_H
#define VAULT_ACCESS_ATTEMPTS_H

#include "vault/access/session.h"
#include "vault/keys/slots.h"

#define ATTEMPTS_FILE "attempts"
#define ATTEMPTS_BYTES_MAX (256u * 1024)

/** Why somebody did not get in. */
#define ATTEMPT_PASSPHRASE "passphrase" /* or there is no such user */
#define ATTEMPT_CODE "code"             /* the passphrase was right, the second factor was not */
#define ATTEMPT_NO_FACTOR "no second factor" /* the firm asks for one, and there is none */
#define ATTEMPT_ADDRESS "address"       /* a session's token, from where the session may not be used */

/** Note that @p user (as claimed; a name that is none is noted as "?") did not get in. Failures are ignored: the
 *  login has failed already, and there is nobody to tell. */
void attempts_note(const char *directory, struct bytes attempts_public, const char *user, const char *host,
    const char *why);

/** Write the noted attempts into the log as `session.refuse` events and empty the file. */
int attempts_log(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
