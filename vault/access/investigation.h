/**
 * @file investigation.h
 * The keys that investigators share, in a session: opened, drawn anew, and handed on (keys/investigation.h).
 */
#ifndef VAULT_ACCESS_INVESTIGATION_H
#define VAULT_ACCESS_INVESTIGATION_H

#include "vault/access/session_parts.h"

/** Open a key by its number; the caller frees it. VAULT_ENOKEY, VAULT_EFORGED; @p key is then NULL. */
int investigation_key(
    struct session *session, int64_t number, struct secret **key, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The key to write under now, drawn if there is none, or if somebody who has left may have kept it.  The
 * caller holds changes still (change_hold()) and has no transaction open.  Before a key is boxed for others
 * the tables are held against the log.  VAULT_ENOKEY: the person is no investigator.
 */
int investigation_write_key(
    struct session *session, int64_t *number, struct secret **key, struct failure *failure) VAULT_MUST_CHECK;

/** Hand on what this person opens and investigators of a later epoch, or of another role, do not.  Costs one
 * query where nothing is missing. */
int investigation_settle(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
