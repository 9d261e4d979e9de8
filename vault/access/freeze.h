/**
 * @file freeze.h
 * Work on clients frozen by an incident: `incident.freeze` by one person at once, `incident.unfreeze` by two.
 *
 * Frozen are clients, portfolios, all, or what one person may do on any client.  All are signed events of
 * authority (authority.h), by an admin or an investigator; policies see them as `frozen` on clients, records
 * and the vault (rule `frozen-clients`), so that whoever investigates, and shows nothing of a client, goes
 * on.  user.contain (containment.h) is another thing, lifted by one, and refused as denied (exit 2), not as
 * frozen (5); it shows nothing of any client either, not even the list.  Who is frozen is contained too,
 * until he is unfrozen.
 *
 * The event of a freeze carries the hash of all tables of authority as they were just before it.  Replay
 * reckons it again from the log alone, so a log whose freeze tells another state than its events make does
 * not verify.
 *
 * What a session reads here is the store as it is now, whichever process wrote it.
 */
#ifndef VAULT_ACCESS_FREEZE_H
#define VAULT_ACCESS_FREEZE_H

#include "vault/access/decide.h"
#include "vault/access/session_parts.h"
#include "vault/crypto/hash.h"

#define FREEZE_EVENT "incident.freeze"
#define UNFREEZE_EVENT "incident.unfreeze"
#define UNFREEZE_PROPOSAL_EVENT "incident.propose_unfreeze"
#define FREEZE_TARGETS_MAX 500u

/** Whose work stands still. */
enum freeze_kind { FREEZE_OF_ALL, FREEZE_OF_CLIENT, FREEZE_OF_PORTFOLIO, FREEZE_OF_PERSON };
/** "all", "client", "portfolio", "person"; what events and the store's table say. */
const char *freeze_kind_name(enum freeze_kind kind);

/** Is anything frozen at all, by an incident or since somebody is contained?  One look. */
int freeze_any(struct store *store, bool *any, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Does an incident freeze what a person does on a client?
 * @param client  NULL: on any, so only what freezes all, or the person.
 */
int freeze_covers(struct store *store, const char *user, const struct client_facts *client, bool *covers,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Between the event of a freeze and its being in the store, nobody is shown anything: who freezes holds a
 * lock from before its event until it is stored, and who is about to show something, once his own event is
 * durable, waits for it and looks then.  So no event of what was shown comes after a freeze of it in the log.
 * @param lock  to be given to freeze_end(); -1 on error.
 * @retval VAULT_EIO  the lock cannot be had.
 */
int freeze_begin(struct session *session, int *lock, struct failure *failure) VAULT_MUST_CHECK;
void freeze_end(int lock);
/** Make the file of the lock and the count, so that who has the vault open for long need not look for it again and
 *  again.  Best effort. */
void freeze_prepare(const char *directory);
/**
 * A number that is another one after each freeze; 0 before the first.
 * @param wait  first wait until whoever is about to freeze has done it.
 * @retval VAULT_EIO, VAULT_ENOMEM  show nothing.
 */
int freeze_count(
    struct session *session, bool wait, uint64_t *count, struct failure *failure) VAULT_MUST_CHECK;
/** The store as it is now, though the session's own stands at an earlier state.  The caller's to free. */
int freeze_open(struct session *session, struct store **store, struct failure *failure) VAULT_MUST_CHECK;

/** What is frozen: array of {kind,target,event} (user.contain is not); NULL on error, else the caller's. */
int freeze_list(struct store *store, json_t **list, struct failure *failure) VAULT_MUST_CHECK;
/** Is exactly this frozen?  @p target as in events: "" for all, a client's ULID, a name. */
int freeze_is(struct store *store, enum freeze_kind kind, const char *target, bool *is,
    struct failure *failure) VAULT_MUST_CHECK;

/** The `change` of a freeze or an unfreeze but for `snapshot` and `proposal`: {kind,targets[]}.  NULL without
 * memory. */
json_t *freeze_change(enum freeze_kind kind, const json_t *targets);
/** What a proposal to unfreeze goes by: the hash of its canonical change. VAULT_ENOMEM. */
int freeze_hash(const json_t *change, struct hash *hash, struct buffer *text) VAULT_MUST_CHECK;

/** A proposal by somebody else who is still active to unfreeze just this; 0 if there is none.
 *  @param own  has the session's person proposed it? */
int freeze_find_proposal(struct session *session, const struct hash *hash, int64_t *seq, bool *own,
    struct failure *failure) VAULT_MUST_CHECK;

/** Ask for new epochs of all roles that reach what is frozen; their members' next sessions begin them.  In
 * the caller's transaction.  @p count of roles. */
int freeze_rotate(struct session *session, enum freeze_kind kind, const json_t *targets, unsigned *count,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
