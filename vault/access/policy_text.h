/**
 * @file policy_text.h
 * Texts of policies: the one that a new vault starts with, the schema that all of them speak in, and whether
 * a new one may come into force.
 */
#ifndef VAULT_ACCESS_POLICY_TEXT_H
#define VAULT_ACCESS_POLICY_TEXT_H

#include "vault/access/session.h"

#define POLICY_TEXT_MAX ((size_t)1 << 20)

/** Static; Cedar text of policy/default.cedar. */
struct bytes policy_default(void);
/** Static; Cedar text of policy/strongroom.cedarschema. */
struct bytes policy_schema(void);

/**
 * May this text become the policy of the vault?
 * @retval VAULT_EINPUT  it cannot be read, speaks of what the schema does not know, or would leave nobody who
 * is active and may set a policy again; @p failure says which, with line and column.
 * @retval VAULT_ELIMIT  longer than POLICY_TEXT_MAX.
 */
int policy_check(struct session *session, struct bytes text, struct failure *failure) VAULT_MUST_CHECK;

#endif
