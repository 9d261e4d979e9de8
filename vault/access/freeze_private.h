/**
 * @file freeze_private.h
 * Inside the room: freezing and unfreezing as the log says it.
 */
#ifndef VAULT_ACCESS_FREEZE_PRIVATE_H
#define VAULT_ACCESS_FREEZE_PRIVATE_H

#include "vault/access/authority_private.h"

/** VAULT_EDENIED: the actor is neither admin nor investigator.  VAULT_EDAMAGED: the tables are not what the
 * snapshot says. */
int apply_incident_freeze(struct apply *apply) VAULT_MUST_CHECK;
/** VAULT_EDAMAGED: nobody else has proposed it, or it is not frozen. */
int apply_incident_unfreeze(struct apply *apply) VAULT_MUST_CHECK;
int apply_incident_propose_unfreeze(struct apply *apply) VAULT_MUST_CHECK;

#endif
