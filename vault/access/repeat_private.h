/**
 * @file repeat_private.h
 * Inside the room: where changes and the keys of requests meet.
 */
#ifndef VAULT_ACCESS_REPEAT_PRIVATE_H
#define VAULT_ACCESS_REPEAT_PRIVATE_H

#include "vault/access/repeat.h"

/** Inside a change's transaction: if the session expects it, note the key for it.  VAULT_EEXISTS: somebody
 * was quicker. */
int repeat_note(
    struct session *session, const char *event, uint64_t intent, struct failure *failure) VAULT_MUST_CHECK;
/** Is this the change whose end waits for repeat_finish()? */
bool repeat_keeps(const struct session *session, uint64_t intent);

/* --- change.c --- */

/** Commit the change that was kept open, if there is one. */
int change_go_on(struct session *session, struct failure *failure) VAULT_MUST_CHECK;
/** Undo it. */
void change_give_up(struct session *session, int error);

#endif
