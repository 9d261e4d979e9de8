/**
 * @file trace_keys.h
 * Keys with which a leak's rows are linked to records and compared with them, and which open nothing.
 *
 * Writers note trace tokens and fingerprints of a record under the *trace branch* of the index key of its
 * compartment (records/fingerprint.h).  The roles that trace (those like `investigator`) are given, for every
 * portfolio: of `books`, `bank` and `tax` the index key itself, since their records are found by the tokens
 * that searching uses; of the other compartments the branch alone, which makes no search token and opens no
 * client's card.
 *
 * VAULT_ENOKEY, VAULT_EFORGED as in keyring.h.
 */
#ifndef VAULT_KEYS_TRACE_KEYS_H
#define VAULT_KEYS_TRACE_KEYS_H

#include "vault/keys/issue.h"

/** The trace branch of an index key; the caller frees. */
int trace_branch(const struct secret *index_key, struct secret **branch) VAULT_MUST_CHECK;

/** The trace branch of a portfolio's compartment, through the index key or a tracing role's box. Borrowed. */
int keyring_trace(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **branch, struct failure *failure) VAULT_MUST_CHECK;

/** The key of search tokens, through the same; of `books`, `bank` and `tax`. Borrowed. */
int keyring_trace_search(struct keyring *keyring, const char *portfolio, enum compartment compartment,
    const struct secret **key, struct failure *failure) VAULT_MUST_CHECK;

/** Box what tracing roles are given for every one of them, in its present epoch; inside the caller's
 * transaction. */
int issue_trace_keys(struct issue *issue, const char *portfolio, enum compartment compartment,
    const struct secret *index_key) VAULT_MUST_CHECK;

/** The same for one role, by a person who may have the key only through that role's last epoch. VAULT_ENOKEY.
 */
int issue_trace_key_again(struct issue *issue, struct keyring *keyring, const char *role,
    const char *portfolio, enum compartment compartment) VAULT_MUST_CHECK;

#endif
