/**
 * @file policy_private.h
 * Inside the room: finding a proposed policy by what a person typed of its hash.
 */
#ifndef VAULT_OPS_POLICY_POLICY_PRIVATE_H
#define VAULT_OPS_POLICY_POLICY_PRIVATE_H

#include "vault/ops/call_private.h"

/** The event that proposed it; the last one of several that proposed the same. VAULT_ENOTFOUND. */
int policy_find_proposal(struct call *call, const char *asked, int64_t *proposal) VAULT_MUST_CHECK;

#endif
