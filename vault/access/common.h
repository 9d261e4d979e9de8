/**
 * @file common.h
 * What the sessions of one process share: the log, open once, so that they share its syncs; and the store
 * key, so that a session can go on without its passphrase.
 *
 * It starts sealed: the first session_open() that names it fills it.  All functions may be called from many
 * threads at once.  It outlives every session that names it.
 */
#ifndef VAULT_ACCESS_COMMON_H
#define VAULT_ACCESS_COMMON_H

#include "vault/access/session.h"

struct session_common;
struct log; /* log/log.h */

/** Sealed. @p known as in session_options: it is held against the log by the first session, and kept at the
 * end. */
int session_common_new(const char *directory, const char *known, struct session_common **common,
    struct failure *failure) VAULT_MUST_CHECK;
/** Remember the log's checkpoint, wipe the keys, close. NULL is allowed. */
void session_common_free(struct session_common *common);

/** Has anybody opened it yet? */
bool session_common_opened(struct session_common *common);

/** The log, borrowed for as long as the common part is there; NULL while sealed. */
struct log *session_common_log(struct session_common *common);

/**
 * The number of the last change that the store holds, by whichever process; -1: none, or still sealed.
 * A session that saw another one must be brought up to date: session_refresh().
 */
int session_common_changes(
    struct session_common *common, int64_t *last, struct failure *failure) VAULT_MUST_CHECK;

/**
 * What somebody may be: is the account active, and which roles does it hold now?
 * @param roles  one a line, sorted, appended; without those that ran out.
 */
int session_common_standing(struct session_common *common, const char *user, bool *active,
    struct buffer *roles, struct failure *failure) VAULT_MUST_CHECK;

/* --- A session that goes on --- */

/** What a session is opened again from, without the passphrase: the person's seed (sealed under a key that the common part
 * has in guarded memory), name, host and the session's id.  Worth as much as the passphrase while the common part is open. */
struct session_ticket;
int session_ticket_new(const struct session *session, struct session_ticket **ticket) VAULT_MUST_CHECK;
void session_ticket_free(struct session_ticket *ticket);
/** The id that its events carry. */
const char *session_ticket_id(const struct session_ticket *ticket);

/**
 * Before the next operation: has anything been changed since, by whomever?  Then forget what was decided with
 * and which keys were opened, see whether the person may still be here, and complete what waits for a
 * member's keys.  Cheap where nothing was changed.
 * @retval VAULT_EDENIED  the person was disabled meanwhile; an event.  The session is of no further use.
 */
int session_refresh(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
