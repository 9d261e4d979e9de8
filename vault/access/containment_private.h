/**
 * @file containment_private.h
 * Inside the room: one person's access to client work suspended (`user.contain`), and given back
 * (`user.release`).
 *
 * A person may be contained by his own session (which noticed something), by an admin or an investigator, and
 * released by an admin or investigator who is somebody else.
 */
#ifndef VAULT_ACCESS_CONTAINMENT_PRIVATE_H
#define VAULT_ACCESS_CONTAINMENT_PRIVATE_H

#include "vault/access/authority_private.h"

/** VAULT_EDENIED: the actor is none of those. */
int apply_user_contain(struct apply *apply) VAULT_MUST_CHECK;
int apply_user_release(struct apply *apply) VAULT_MUST_CHECK;

#endif
