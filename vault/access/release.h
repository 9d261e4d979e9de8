/**
 * @file release.h
 * Asking witnesses for record keys, around an event: what is asked for goes into the event, the event becomes
 * durable, and then the keys come.
 *
 * With a break-glass sheet in session nobody is asked: the keys are derived here, and the event says by which
 * sheet.
 */
#ifndef VAULT_ACCESS_RELEASE_H
#define VAULT_ACCESS_RELEASE_H

#include "vault/access/session_parts.h"
#include "vault/base/json.h"

/** What one event asks for; the answer's key is in it, so it lives no longer than the disclosure. */
struct release_ask;
void release_ask_free(struct release_ask *ask);

/**
 * Before the event: add what @p releases hold to its members.  Nothing is added where there are none.
 * @param ask  NULL where there are none; else borrows @p releases.
 */
int release_begin(struct session *session, struct releases *releases, json_t *members,
    struct release_ask **ask, struct failure *failure) VAULT_MUST_CHECK;

/**
 * After it is durable: have the keys released and put into the releases.  NULL asks for nothing.
 * @retval VAULT_ELOG     no witness answers, or none holds these keys: nothing is disclosed.
 * @retval VAULT_EDENIED  a witness refused; @p failure says why in its words.
 * @retval VAULT_EFORGED  an answer that no witness of ours made.
 */
int release_finish(struct session *session, struct release_ask *ask, uint64_t event,
    struct failure *failure) VAULT_MUST_CHECK;

/** {log, seq} of the (last) release, for an outcome event's `release`; NULL where no witness was asked. New
 * reference. */
json_t *release_named(const struct release_ask *ask);

/** Tell every witness of the people that the log has added and disabled; the first failure is returned after
 * all were tried. */
int release_tell_people(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
