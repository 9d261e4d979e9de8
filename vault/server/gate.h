/**
 * @file gate.h
 * What keeps logins from becoming an attack: so many key derivations at once and so many that wait, and after
 * failures a pause that grows, for each account and for each source.
 *
 * A pause is refused before any derivation and without looking whether there is such an account, so that
 * known and unknown names are treated alike.  Memory is bounded: the oldest failures are forgotten first.
 * Thread-safe.
 */
#ifndef VAULT_SERVER_GATE_H
#define VAULT_SERVER_GATE_H

#include "vault/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define GATE_FREE_TRIES 3u /* failures in a row that cost no pause yet */
#define GATE_PAUSE_MAX 60u /* seconds, of a source */
#define GATE_PAUSE_ACCOUNT \
    15u /* seconds, of an account: others must not be able to keep its owner out for long */
#define GATE_FORGET_SECONDS 900u /* without a failure, and all is forgotten */

struct gate;

/** @p at_once derivations run together, @p waiting callers wait for their turn; both at least 1. */
struct gate *gate_new(unsigned at_once, unsigned waiting);
void gate_free(struct gate *gate);

/**
 * May this login be tried now?  Waits for a turn, some seconds at most.
 * @param retry_after  seconds, where it may not.
 * @retval VAULT_OK       the caller derives, and calls gate_leave().
 * @retval VAULT_ELIMIT   a pause after failures.
 * @retval VAULT_EBUSY    too many at once.
 */
int gate_enter(
    struct gate *gate, const char *user, const char *source, unsigned *retry_after) VAULT_MUST_CHECK;
/** @p failed counts against the account and the source; otherwise the account is forgiven, and the source by
 * half. */
void gate_leave(struct gate *gate, const char *user, const char *source, bool failed);

#endif
