/**
 * @file confine.h
 * What the processes of a server give up before the first byte of a client.
 */
#ifndef VAULT_SERVER_CONFINE_H
#define VAULT_SERVER_CONFINE_H

#include "vault/base/error.h"

#include <stdbool.h>

/**
 * From here on this process (and its threads) can neither open nor make files, start programs, send signals
 * to others or look into them, nor make sockets that reach another machine.  Seccomp (libseccomp) refuses the
 * calls; Landlock, where the kernel has it, refuses paths as well.
 * @param landlock  whether the kernel had it.
 * @retval VAULT_EVERSION  the kernel has no seccomp filters; the process is not confined.
 */
int confine_front(bool *landlock, struct failure *failure) VAULT_MUST_CHECK;

/**
 * What the keeper gives up: starting programs, looking into other processes, changing what the system is made of.  It
 * goes on to open the vault's files and, where there are witnesses, sockets.
 */
int confine_keeper(struct failure *failure) VAULT_MUST_CHECK;

#endif
