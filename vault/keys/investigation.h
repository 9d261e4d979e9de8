/**
 * @file investigation.h
 * The keys that investigators share: what findings are sealed under.
 *
 * Each is KEY_SIZE random bytes under a number of its own, boxed for every role that acts like
 * "investigator", in the epoch that the role is in.  When such a role has gone on to a later epoch, the next
 * finding is sealed under a new key, so that who left opens nothing written afterwards; the earlier keys are
 * boxed for the new epoch too, by whoever opens them.
 *
 * Who may have a key is said by grants of those roles; the caller holds the tables against the log before
 * anything is boxed for them (access/authority_check.h).  Every function that writes works inside the
 * caller's write transaction.
 */
#ifndef VAULT_KEYS_INVESTIGATION_H
#define VAULT_KEYS_INVESTIGATION_H

#include "vault/keys/issue.h"

/** The role that a role must act like. */
#define INVESTIGATION_BASE "investigator"

/**
 * Which key is to be written under?
 * @param number  the newest; 0 if there is none, or somebody may have kept it who has left since.
 */
int investigation_current(struct issue *issue, int64_t *number) VAULT_MUST_CHECK;

/** Open a key. VAULT_ENOKEY: no role of the person leads there; VAULT_EFORGED: a box that should open does
 * not.
 *  @p key is the caller's, NULL on error. */
int investigation_open(
    struct issue *issue, struct keyring *keyring, int64_t number, struct secret **key) VAULT_MUST_CHECK;

/** Draw the next key and box it for all. VAULT_ENOKEY: the person is no investigator. */
int investigation_draw(
    struct issue *issue, struct keyring *keyring, int64_t *number, struct secret **key) VAULT_MUST_CHECK;

/** Is some key that this person opens not boxed for the present epoch of some such role? */
int investigation_missing(struct issue *issue, struct keyring *keyring, bool *missing) VAULT_MUST_CHECK;

/** Box what is missing of the keys that this person opens; others are left for somebody else. */
int investigation_share(struct issue *issue, struct keyring *keyring) VAULT_MUST_CHECK;

#endif
