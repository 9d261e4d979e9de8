/**
 * @file keepers.h
 * Roles kept by a quorum: K admins together can give the role, none of them alone, and no admin ever holds
 * its secret.
 *
 * Whoever draws the secret (at the role's making, at each new epoch) splits it among the admins of that time.
 * An admin's signed grant is its first approval; others approve it, each by a signed event of his own.  The
 * session of each who approved boxes his share for the new member, whose next session puts K of them
 * together.  Members do not complete grants of such a role; they do begin its epochs, and split its secret
 * anew when another admin came.
 */
#ifndef VAULT_ACCESS_KEEPERS_H
#define VAULT_ACCESS_KEEPERS_H

#include "vault/access/session_parts.h"
#include "vault/crypto/box.h"

/** "quorum:K" in a role's `keepers`. */
#define KEEPERS_QUORUM "quorum:"
#define KEEPERS_QUORUM_MIN 2u

/** K of "quorum:K" (KEEPERS_QUORUM_MIN to SHARE_HOLDERS_MAX, without leading zeros); 0 for anything else. */
unsigned keepers_quorum(const char *keepers);

/** K of a role; 0 where no quorum keeps it, or there is no such role. */
int keepers_of_role(
    struct session *session, const char *role, unsigned *needed, struct failure *failure) VAULT_MUST_CHECK;

/** Have @p needed admins approved the person's grant?  What the tables say: after authority_check() it is what the log says. */
int keepers_approved(struct session *session, const char *role, const char *user, unsigned needed, bool *approved,
    struct failure *failure) VAULT_MUST_CHECK;

/** What a role's shares look like beside the admins of now. */
struct keepers_state {
    unsigned needed;  /* K; 0: no quorum keeps the role, and all else is 0 */
    unsigned admins;  /* active ones */
    unsigned holders; /* active admins with a share */
    bool lacking;     /* an admin is without a share that he should have */
    bool surplus;     /* somebody has one, or was given one, who should not any more */
};
int keepers_state(struct session *session, const char *role, struct keepers_state *state,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Split the role's secret among the active admins, the first SHARE_HOLDERS_MAX by name; nothing if no quorum
 * keeps it. With fewer than K admins nobody gets a share until there are as many. In the caller's
 * transaction.
 * @param event  the event by which it is done.
 */
int keepers_split(struct session *session, const char *role, int64_t epoch, const struct box_key *pair,
    uint64_t event, struct failure *failure) VAULT_MUST_CHECK;

/** Somebody is no admin any more, or disabled: his shares go at once, those given to him too, and their roles
 * to a next epoch. In the caller's transaction. */
int keepers_leave(struct session *session, const char *user, struct failure *failure) VAULT_MUST_CHECK;

/** A grant was made, or taken back: shares given on for an earlier one go. In the caller's transaction. */
int keepers_forget_grant(
    struct session *session, const char *role, const char *user, struct failure *failure) VAULT_MUST_CHECK;

/** Put together what was given to this person, where enough is there; give on what he approved. */
int keepers_take(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
int keepers_give(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
