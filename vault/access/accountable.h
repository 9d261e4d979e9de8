/**
 * @file accountable.h
 * Accountable decryption of this vault: how record keys are wrapped, wrapping them again, and the break-glass
 * sheet.
 */
#ifndef VAULT_ACCESS_ACCOUNTABLE_H
#define VAULT_ACCESS_ACCOUNTABLE_H

#include "vault/access/recipients.h"
#include "vault/access/session_parts.h"

/** struct record_keys.wrapping and .release; @p context is the session. */
int accountable_wrapping(void *context, enum compartment compartment, struct record_wrapping *wrapping,
    struct failure *failure) VAULT_MUST_CHECK;
int accountable_release(void *context, struct releases *releases, struct failure *failure) VAULT_MUST_CHECK;

/** Is the compartment settled to be so, and are keys still to be wrapped again? */
struct accountable_state {
    bool on;
    bool todo;
};
int accountable_state(struct session *session, enum compartment compartment, struct accountable_state *state,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is any compartment?  Then a further recipient takes two people. */
int accountable_any(struct session *session, bool *any, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Wrap again what this person's keys open: some of it, or with @p all to the end.  Resumable at any point;
 * every batch is a change of its own (accountable.rewrap).
 * @param done  keys that were wrapped.
 * @param left  of the compartments, how many are not through (bits); others' keys are needed, or a witness.
 */
int accountable_finish(struct session *session, bool all, uint64_t *done, unsigned *left,
    void (*progress)(void *context, uint64_t done), void *context, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Use a break-glass sheet in this session: an event (breakglass.use), after which the sheet is no recipient
 * any more.
 * @param shares  one after another, each behind a byte that says its size.
 * @retval VAULT_EINPUT  they do not fit together.
 */
int accountable_break_glass(struct session *session, const struct secret *shares, struct failure *failure)
    VAULT_MUST_CHECK;

#endif
