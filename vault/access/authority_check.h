/**
 * @file authority_check.h
 * Before keys are handed on: the store only repeats what the log's signed events say, and so is held against them.
 *
 * Every user's slot opens the store key, so anybody with the files can plant a row: a user, a grant, a reach, a public
 * key.  A session that boxed a secret for it would give away what no row alone can open.
 */
#ifndef VAULT_ACCESS_AUTHORITY_CHECK_H
#define VAULT_ACCESS_AUTHORITY_CHECK_H

#include "vault/access/recipients.h"
#include "vault/access/session_parts.h"

/**
 * Replay the log's signed changes and compare all tables of authority.  The first call of a session reads the whole
 * log, later ones what was appended since.  The caller holds changes still (change_hold()).
 * @retval VAULT_EFORGED  a row is missing, differs, or is nobody's; @p failure names the first.
 */
int authority_check(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The public keys that new client keys of a portfolio are sealed to: each must stand in a signed event, and the signer's
 * own key in one, up to the vault's birth.  Costs a few entries of the log, however long it is.
 * @retval VAULT_EFORGED
 */
int authority_check_portfolio(struct session *session, const char *portfolio, struct failure *failure) VAULT_MUST_CHECK;

/** The recipients of record keys: each must stand in a signed event of an admin's. As cheap as the last one.
 *  @retval VAULT_EFORGED */
int authority_check_recipients(struct session *session, const struct recipients *recipients, struct failure *failure)
    VAULT_MUST_CHECK;

/** The public key of a role in its present epoch.  In the first epoch it is as cheap as the last one, later a replay.
 *  @retval VAULT_EFORGED */
int authority_check_role(struct session *session, const char *role, struct failure *failure) VAULT_MUST_CHECK;

/** The recovery sheet's public key (BOX_PUBLIC_SIZE bytes), as the vault's birth says it. */
int authority_recovery(struct session *session, uint8_t *public_key, struct failure *failure) VAULT_MUST_CHECK;

#endif
