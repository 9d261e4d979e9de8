/**
 * @file watch.h
 * Looks through the log for what somebody should look at: unusual volume (unusual.h), work outside of the
 * firm's hours (hours.h), the first time that somebody is shown something of a client, and bursts of failed
 * logins; and tells of access reviews fourteen, seven and one days before they are due, and when they were
 * missed; likewise of entries of registers before they lapse.  It comes after what it looks at, so that nobody waits for it: each entry is looked at once,
 * whoever's session comes next does it, and where it has come to and each person's last days are kept in the
 * store, sealed.  That is a cache: without it the last thirty days are read from the log anew.  The sessions of
 * a server, or one alone, keep it in memory between their runs and store the first, those in which something is
 * told, and one a minute: what a crash or an end takes of it is looked at again, and had nothing to be told.
 */
#ifndef VAULT_ACCESS_WATCH_H
#define VAULT_ACCESS_WATCH_H

#include "vault/access/session_parts.h"
#include "vault/base/json.h"

#define WATCH_AT_ONCE 20000u /* entries, so that nobody is kept for long */

/** So many entries were not looked at yet. */
int watch_lag(struct session *session, uint64_t *entries, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Look at the next entries, at most WATCH_AT_ONCE.
 * @param raised  an array of what alerts_raise() gave, a new reference; NULL for none.
 * @retval VAULT_EBUSY  another session was at it, or changes something: nothing was done.
 */
int watch_run(struct session *session, json_t **raised, struct failure *failure) VAULT_MUST_CHECK;

#endif
