/**
 * @file copies.h
 * Who can read the marks of an export: the seed of each copy goes to the investigators alone.
 *
 * It is boxed for every role that acts like the investigator and whose key no admin keeps; where there is
 * none with a member, for all that act like the investigator (SECURITY.md says what an admin could do then).
 * Not even the exporter can open it again.  The roles' public keys are held against signed events of the log
 * before anything is boxed.
 */
#ifndef VAULT_ACCESS_COPIES_H
#define VAULT_ACCESS_COPIES_H

#include "vault/access/session_parts.h"
#include "vault/crypto/fingerprint.h"

/** Positions and biases of this vault, the same for everybody who has a session; free with
 * fingerprint_code_free(). */
int copies_code(
    struct session *session, struct fingerprint_code **code, struct failure *failure) VAULT_MUST_CHECK;

/* --- Decoy rows that were made up for an export, as later imports know them --- */

enum copy_token { COPY_TOKEN_RECORD = 'r', COPY_TOKEN_TAX_ID = 't', COPY_TOKEN_NAME = 'n' };
/** Append the token of a made-up row's id, tax id or name, under a key of the vault; by letters and digits alone. */
int copies_add_token(
    struct session *session, enum copy_token what, const char *text, struct buffer *tokens) VAULT_MUST_CHECK;
/** Was this made up for an export of the vault?  False for NULL and "". */
int copies_made_up(struct session *session, enum copy_token what, const char *text, bool *made_up,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Keep @p seed for the investigators, and the tokens of its decoy rows, durably, in a transaction of its own:
 * before the event that names @p commitment.
 * @param tokens  of copies_add_token(), may be empty.
 * @retval VAULT_EFORGED  a role's key is not what the log says.
 */
int copies_keep(struct session *session, const struct secret *seed, const struct hash *commitment,
    struct bytes tokens, struct failure *failure) VAULT_MUST_CHECK;

/** Open a copy's seed. @retval VAULT_ENOTFOUND, VAULT_ENOKEY, VAULT_EFORGED as copy_seed_open(); without a
 * sentence. */
int copies_open(struct session *session, const struct hash *commitment, struct secret **seed,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
