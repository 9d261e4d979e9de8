/**
 * @file tell_private.h
 * Inside the room: telling people that something waits for them, or was done without them, beside the log: the firm's own
 * program (setting approval.hook) and the system's sendmail (approval.mail).  Both get ids, names of users, and codes; no
 * reason, no client.  That it was tried, and how it ended, is an event: approval.tell.
 */
#ifndef VAULT_OPS_PEOPLE_TELL_PRIVATE_H
#define VAULT_OPS_PEOPLE_TELL_PRIVATE_H

#include "vault/ops/call_private.h"

/**
 * @param what    "approval.request", "breakglass.open", …
 * @param about   index of the event.
 * @param people  array of names of users; borrowed.
 * Failures of the program or of mail are in the event and stop nothing.
 */
int tell_people(struct call *call, const char *what, uint64_t about, const json_t *people) VAULT_MUST_CHECK;

#endif
