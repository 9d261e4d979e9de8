/**
 * @file second_factor_private.h
 * Inside the room: what the log's events change of second factors.
 */
#ifndef VAULT_ACCESS_SECOND_FACTOR_PRIVATE_H
#define VAULT_ACCESS_SECOND_FACTOR_PRIVATE_H

#include "vault/access/authority_private.h"
#include "vault/access/second_factor.h"

/** Each by the person himself; VAULT_EDENIED otherwise. */
int apply_totp_enroll(struct apply *apply) VAULT_MUST_CHECK;
int apply_totp_confirm(struct apply *apply) VAULT_MUST_CHECK;
int apply_totp_remove(struct apply *apply) VAULT_MUST_CHECK;
/** By somebody else. */
int apply_totp_reset(struct apply *apply) VAULT_MUST_CHECK;

#endif
