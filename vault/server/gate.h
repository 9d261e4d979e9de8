/**
 * @file gate.h
 * What keeps logins from becoming an attack: so many key derivations at once and so many that wait, and after
 * failures a pause that grows, for each account and for each source.
 *
 * A pause is refused before any derivation and without looking whether there is such an account, so that
 * known and unknown names are treated alike.  Memory is bounded: the oldest failures are forgotten first.
 *
 * Whoever fails at an account from elsewhere does not keep out its owner: from where somebody has logged in,
 * he meets the pause of that place and of the two together, not that of the account. Thread-safe.
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
#define GATE_PAUSE_CODE 300u /* seconds, of an account's codes: only who has its passphrase comes so far */
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
/** What became of a login. */
enum gate_end {
    GATE_PASSED,   /* the account is forgiven, the source by half, and the two are known to belong together */
    GATE_FAILED,   /* counts against the account and the source */
    GATE_CODE,     /* the passphrase was right, the code wrong: counts against both, and against the account's
                      codes */
    GATE_UNDECIDED /* no code was given where one is needed, or something else went wrong: counts for nothing
                    */
};
void gate_leave(struct gate *gate, const char *user, const char *source, enum gate_end end);

/** May a code of this account be tried now?  For who has shown the passphrase. @retval VAULT_ELIMIT  a pause.
 */
int gate_code(struct gate *gate, const char *user, unsigned *retry_after) VAULT_MUST_CHECK;

#endif
