/**
 * @file registers_private.h
 * Inside the room: registers as the log says them.
 */
#ifndef VAULT_ACCESS_REGISTERS_PRIVATE_H
#define VAULT_ACCESS_REGISTERS_PRIVATE_H

#include "vault/access/authority_private.h"

/** VAULT_EDAMAGED: what the kind does not take, what is there already, or (renew, end) what is not there. */
int apply_register_add(struct apply *apply) VAULT_MUST_CHECK;
int apply_drill_run(struct apply *apply) VAULT_MUST_CHECK;
int apply_register_renew(struct apply *apply) VAULT_MUST_CHECK;
int apply_register_end(struct apply *apply) VAULT_MUST_CHECK;
/** VAULT_EDAMAGED: not the text that is in force. */
int apply_register_sign(struct apply *apply) VAULT_MUST_CHECK;

#endif
