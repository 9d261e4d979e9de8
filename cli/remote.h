/**
 * @file remote.h
 * The other end of a server: the same operations with the same replies as vault/ops/ops.h, over HTTP.
 *
 * Paths are this machine's: what is imported is brought, what an operation writes is fetched and put into its
 * place whole or not at all.  One thread.
 */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "vault/ops/ops.h"

struct remote;

/** @p url as http.h takes it; @p pin "sha256//…", or NULL: what was pinned at the last login, else
 * certificates. Connects to nobody yet. VAULT_EUSAGE. */
int remote_new(
    const char *url, const char *pin, struct remote **remote, struct failure *failure) VAULT_MUST_CHECK;
/** A login that was only for this run ends. NULL is allowed. */
void remote_free(struct remote *remote);

/**
 * Log in.
 * @param code  of the second factor, or NULL.
 * @param needs_code  set where the login failed for want of one; may be NULL.
 * @param keep  write the token, and the pin, for the runs that follow; else it is this one's.
 * @param told  what people may see of it: {session,user,expires}; the caller's.
 */
int remote_login(struct remote *remote, const char *user, const struct secret *passphrase, const struct secret *code,
    bool *needs_code, bool keep, json_t **told, struct failure *failure) VAULT_MUST_CHECK;
/** Take the token of an earlier login. VAULT_EPASSPHRASE: there is none, or it is not @p user's (NULL:
 * anybody's). */
int remote_resume(struct remote *remote, const char *user, struct failure *failure) VAULT_MUST_CHECK;
/** End the session there and forget its token here. */
int remote_logout(struct remote *remote, struct failure *failure) VAULT_MUST_CHECK;
/** The person's sessions, an array; the caller's. */
int remote_sessions(struct remote *remote, json_t **list, struct failure *failure) VAULT_MUST_CHECK;

/** As operation_run(). */
int remote_run(struct remote *remote, const struct operation_call *call, const struct reply *reply,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
