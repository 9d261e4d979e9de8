/**
 * @file keeper.h
 * The process that holds the keys.  It never sees HTTP: it takes the messages of message.h, each from a
 * conversation of its own, and nothing else.
 */
#ifndef VAULT_SERVER_KEEPER_H
#define VAULT_SERVER_KEEPER_H

#include "vault/server/logins.h"

struct keeper;

/** Take the lock of the directory, so that there is one server of it.
 *  @retval VAULT_ENOTFOUND  there is no vault;  VAULT_EBUSY  another server serves it. */
int keeper_new(
    const struct logins_options *options, struct keeper **keeper, struct failure *failure) VAULT_MUST_CHECK;
/**
 * Serve until @p stop becomes true or @p control ends.
 * @param control  a SOCK_SEQPACKET socket on which conversations arrive, one descriptor (SCM_RIGHTS) a
 * message.
 */
int keeper_run(
    struct keeper *keeper, int control, const volatile int *stop, struct failure *failure) VAULT_MUST_CHECK;
/** NULL is allowed. */
void keeper_free(struct keeper *keeper);

#endif
