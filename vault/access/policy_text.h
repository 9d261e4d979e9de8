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
 * The actions that policies speak of, one after another; NULL past the end.
 * @param on  letters of what it is done to: v vault, l log, c client, r record, p portfolio, u user, g role; "" for a
 *            group of actions.
 */
const char *policy_action(size_t i, const char **on);
/** Is it one of them, and no group? */
bool policy_knows_action(const char *action);

/** Can this text be read, and does it agree with the schema?  VAULT_EINPUT, VAULT_ELIMIT as policy_check(). */
int policy_parse_check(struct bytes text, struct failure *failure) VAULT_MUST_CHECK;

/**
 * May this text become the policy of the vault?
 * @retval VAULT_EINPUT  it cannot be read, speaks of what the schema does not know, or would leave nobody who
 * is active and may set a policy again; @p failure says which, with line and column.
 * @retval VAULT_ELIMIT  longer than POLICY_TEXT_MAX.
 */
int policy_check(struct session *session, struct bytes text, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Is it certain that the new policy permits nothing that the old one did not, to anybody, ever?
 * @param because  where it is not certain, takes which rule may permit more.
 */
int policy_narrows(struct bytes old, struct bytes new, bool *narrows, struct buffer *because) VAULT_MUST_CHECK;

#endif
