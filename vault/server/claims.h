/**
 * @file claims.h
 * Which keys of requests are at work now: who sends one twice at the same time is told so, and nothing waits.
 * All functions may be called from many threads at once.
 */
#ifndef VAULT_SERVER_CLAIMS_H
#define VAULT_SERVER_CLAIMS_H

#include "vault/base/bytes.h"
#include "vault/base/error.h"

struct claims;
struct claims *claims_new(void);
/** NULL is allowed. */
void claims_free(struct claims *claims);

struct claim;
/** VAULT_EEXISTS: this person's key is at work; VAULT_ENOMEM.  Let go of it with claims_release(). */
int claims_take(struct claims *claims, const char *user, struct bytes key, struct claim **claim,
    struct failure *failure) VAULT_MUST_CHECK;
/** NULL is allowed. */
void claims_release(struct claims *claims, struct claim *claim);

#endif
