/**
 * @file approval_private.h
 * Inside the room: requests for approval as operations see them.
 */
#ifndef VAULT_OPS_PEOPLE_APPROVAL_PRIVATE_H
#define VAULT_OPS_PEOPLE_APPROVAL_PRIVATE_H

#include "vault/access/approvals.h"
#include "vault/ops/call_private.h"

/** The request that the argument `request` names. */
int approval_find(struct call *call, struct approval *approval) VAULT_MUST_CHECK;
/** {request,requester,state,action,type,ids[],needed,approved_by[],filed,until?,left}. NULL without memory. */
json_t *approval_row(struct call *call, const struct approval *approval);

#endif
