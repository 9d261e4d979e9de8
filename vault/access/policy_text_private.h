/**
 * @file policy_text_private.h
 * Inside the room: the text of the policy that a new vault starts with.
 */
#ifndef VAULT_ACCESS_POLICY_TEXT_PRIVATE_H
#define VAULT_ACCESS_POLICY_TEXT_PRIVATE_H

#include "vault/base/bytes.h"

/** Static; Cedar text of policy/default.cedar. */
struct bytes default_policy(void);

#endif
