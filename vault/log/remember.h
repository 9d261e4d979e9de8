/**
 * @file remember.h
 * What a user's own machine remembers of a log: the last checkpoint it saw, as ssh's known_hosts remembers
 * keys.
 *
 * The files hold public text (signed checkpoints).  One file an origin, named by the first 32 hexadecimal
 * digits of the origin's SHA-256.  Whoever can rewrite the vault cannot rewrite these, as long as the user's
 * home is not on the same machine.
 */
#ifndef VAULT_LOG_REMEMBER_H
#define VAULT_LOG_REMEMBER_H

#include "vault/log/log.h"

/** $XDG_STATE_HOME/strongroom/known, else ~/.local/state/strongroom/known; the caller frees it with free(3).
 *  NULL without memory or without a home. */
char *remember_directory(void);

/** The file of an origin in such a directory, with @p suffix behind its name; the caller frees it. NULL without memory. */
char *remember_path(const char *origin, const char *directory, const char *suffix);

/**
 * Hold the log against what was remembered of it; a log never seen before is taken as it is.
 * @retval VAULT_EROLLBACK  shorter, or another history.  Both checkpoints are kept beside the remembered one
 * as <name>.rejected-<time>.known and .shown, and @p failure names them.
 * @retval VAULT_EFORGED    what was remembered was not signed by this vault's key.
 */
int remember_check(struct log *log, const char *directory, struct failure *failure) VAULT_MUST_CHECK;

/** Remember the log's last checkpoint if it is larger than the remembered one and extends it; refuses as
 *  remember_check() does.  Makes the directory. */
int remember_update(struct log *log, const char *directory, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Keep two checkpoints that contradict each other, the log's last one and @p theirs, as
 * <name>.rejected-<time>.known and .shown in a directory, and say so in the remedy of @p failure.
 */
void remember_keep(struct log *log, const char *directory, struct bytes theirs, struct failure *failure);

/** Size of the remembered checkpoint, 0 where nothing is remembered; not compared with the log. */
int remember_size(
    const struct log *log, const char *directory, uint64_t *size, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Let the log go back on purpose (a backup was restored): what was remembered of this origin is set aside as
 * <name>.accepted-<time>, so that the next checkpoint is taken as it is.  Nothing remembered is no error.
 */
int remember_forget(const char *origin, const char *directory, struct failure *failure) VAULT_MUST_CHECK;

#endif
