/**
 * @file disclosed_private.h
 * Inside the room: the index of disclosures of a session's vault, for whoever asks it, checks it or keeps it.
 */
#ifndef VAULT_OPS_LEAK_DISCLOSED_PRIVATE_H
#define VAULT_OPS_LEAK_DISCLOSED_PRIVATE_H

#include "vault/ops/call_private.h"
#include "vault/trace/disclosures.h"

/** Write what the index lacks, if nobody else is writing, and open it.  disclosures_free() before anything is
 * written to the store. */
int disclosed_open(struct call *call, struct disclosures **disclosures) VAULT_MUST_CHECK;

/**
 * Hold the index against the log; where it differs, each difference goes to the callback and the index is
 * written anew.
 * @param checked  entries of the log that were in it.
 */
int disclosed_check(struct call *call, int (*difference)(void *context, const char *what), void *context,
    uint64_t *checked) VAULT_MUST_CHECK;

#endif
