/**
 * @file shares.h
 * A role's secret in the hands of a quorum: split among admins (vault/crypto/share.h), each share boxed for
 * one of them; to give the role on, each opens his own and boxes it for the new member, who alone puts them
 * together.
 *
 * Like issue.h: inside the caller's write transaction, boxes alone, never authority.  Every box is bound to
 * the vault, role, epoch, split and number of its share, and to whom it passes.  No admin meets another's
 * share, so none ever holds the secret.
 */
#ifndef VAULT_KEYS_SHARES_H
#define VAULT_KEYS_SHARES_H

#include "vault/crypto/share.h"
#include "vault/keys/issue.h"

struct share_holder {
    char user[NAME_SIZE_MAX + 1];
};

/** Which secret was split, and when. */
struct split {
    const char *role;
    int64_t epoch;
    int64_t number; /* the event that split it: shares of two splits do not fit together */
};

/**
 * Split a role's secret, in place of every share that there was; what was given on of those is dropped, too.
 * @param count  0: only drop them.
 * @retval VAULT_EINPUT  unless 1 <= needed <= count <= SHARE_HOLDERS_MAX.
 */
int shares_split(struct issue *issue, const struct split *split, const struct box_key *pair, unsigned needed,
    const struct share_holder *holders, unsigned count) VAULT_MUST_CHECK;

/**
 * Open the holder's share of a role's present epoch and box it for @p member.
 * @retval VAULT_ENOKEY   he has none.
 * @retval VAULT_EFORGED  his is damaged, of another place, or of another epoch.
 */
int shares_give(struct issue *issue, const struct box_key *holder_key, const char *holder, const char *role,
    const char *member) VAULT_MUST_CHECK;

/**
 * Put @p needed of the shares given to @p member together, of admins who still are, and check the result
 * against the role's public key of its present epoch.
 * @param now   an instant: who is an admin then.
 * @param pair  the role's pair; the caller frees it; NULL on error.
 * @retval VAULT_ENOKEY   fewer are there.
 * @retval VAULT_EFORGED  one is not what it says, or together they make another secret; @p failure tells.
 */
int shares_combine(struct issue *issue, const struct box_key *member_key, const char *member,
    const char *role, unsigned needed, int64_t now, struct box_key **pair) VAULT_MUST_CHECK;

/** What was given to a member of a role is used, or no longer wanted. */
int shares_drop_given(struct issue *issue, const char *role, const char *member) VAULT_MUST_CHECK;

/** Drop one user's shares of all roles, what he gave on, and what was given to him. */
int shares_forget(struct issue *issue, const char *user) VAULT_MUST_CHECK;

#endif
