/**
 * @file copy_seeds.h
 * The seeds of exported copies (crypto/fingerprint.h), boxed for the roles that may read marks, by their
 * commitments.
 *
 * Like everything of this room it works inside the caller's transaction and says nothing of who may.
 */
#ifndef VAULT_KEYS_COPY_SEEDS_H
#define VAULT_KEYS_COPY_SEEDS_H

#include "vault/crypto/hash.h"
#include "vault/keys/issue.h"

/** Box @p seed for a role's public half of @p epoch. */
int copy_seed_put(struct issue *issue, const char *role, int64_t epoch, struct bytes public_key,
    const struct hash *commitment, const struct secret *seed) VAULT_MUST_CHECK;

/**
 * Open the seed with whichever of the person's roles it is boxed for.
 * @retval VAULT_ENOTFOUND  no seed of this commitment is in the store.
 * @retval VAULT_ENOKEY     boxed for roles that the person is not in.
 * @retval VAULT_EFORGED    the box does not open, or holds a seed of another commitment.
 */
int copy_seed_open(struct issue *issue, struct keyring *keyring, const struct hash *commitment,
    struct secret **seed) VAULT_MUST_CHECK;

/** Box every seed of a role's old pair for its next epoch.  What does not open stays as it is, for 'trace
 * marks' to tell. */
int copy_seeds_rebox(struct issue *issue, const char *role, const struct box_key *old_pair,
    const struct box_key *pair, int64_t epoch) VAULT_MUST_CHECK;

#endif
