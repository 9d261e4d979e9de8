/**
 * @file repeated_private.h
 * Inside the room: an operation that is asked for with a key, so that it can be asked for again.
 */
#ifndef VAULT_OPS_REPEATED_PRIVATE_H
#define VAULT_OPS_REPEATED_PRIVATE_H

#include "vault/ops/call_private.h"

/** Give the first answer to @p what's key again, or run @p handle and keep its answer beside the change.
 *  VAULT_EINPUT, VAULT_EEXISTS as in access/repeat.h, and what the handler gives. */
int repeated_run(
    struct call *call, const struct operation_call *what, int (*handle)(struct call *call)) VAULT_MUST_CHECK;

#endif
