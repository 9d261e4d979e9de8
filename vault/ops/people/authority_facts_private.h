/**
 * @file authority_facts_private.h
 * Inside the room: all rights at one moment as a set of facts, so that two moments can be compared.
 *
 * A fact is an object {what,…,event}: `what` is user, role, portfolio, client, reach, policy or setting; the
 * members beside it say of whom and to what; `value` is what may change while the fact stays; `event` is
 * where it comes from.
 */
#ifndef VAULT_OPS_PEOPLE_AUTHORITY_FACTS_PRIVATE_H
#define VAULT_OPS_PEOPLE_AUTHORITY_FACTS_PRIVATE_H

#include "vault/ops/call_private.h"

/** The name under which a fact stands in a set; @p first and @p second as far as the kind has them, else "".
 */
void fact_key(const char *what, const char *first, const char *second, struct buffer *key);

/**
 * Everything that the tables of @p store say at @p at: users who are active, their roles in force, the
 * portfolios that those reach, their clients, what roles reach, the policy and the settings.
 * @param facts  key: fact; one reference for the caller.
 */
int authority_facts(struct call *call, struct store *store, int64_t at, json_t **facts) VAULT_MUST_CHECK;

#endif
