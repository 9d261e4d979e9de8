/**
 * @file witnessed.h
 * The witnesses of a session's log: who they are (authority, from signed events), and whether they have seen
 * enough of the log for more to be disclosed.
 */
#ifndef VAULT_ACCESS_WITNESSED_H
#define VAULT_ACCESS_WITNESSED_H

#include "vault/access/session.h"
#include "vault/log/witnesses.h"

#define WITNESS_CA_MAX ((size_t)16 * 1024)

/** Open the log's witnesses as the store lists them; NULL in the session where there are none, or again after
 * a change of them. */
int witnessed_open(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/**
 * At the start of a session: hold the log against what was cosigned, and, if that is more than a minute old,
 * ask the witnesses.  Those who cannot be reached are remembered as the session's warning.
 * @param accept  a contradiction is accepted, and the session marked as rolled back.
 * @retval VAULT_EROLLBACK  the log is shorter than, or another than, what was cosigned.
 */
int witnessed_check(struct session *session, bool accept, struct failure *failure) VAULT_MUST_CHECK;

/**
 * May something more be disclosed, so many events further on?  Where the firm's limit (`witness.max_lag`)
 * would be passed the witnesses are asked first.
 * @param more  events that are about to be logged for it; 0 where they are in the log already.
 * @retval VAULT_ELOG       beyond the limit; nothing may be disclosed.
 * @retval VAULT_EROLLBACK  a witness contradicts the log.
 */
int witnessed_allows(struct session *session, uint64_t more, struct failure *failure) VAULT_MUST_CHECK;

/** NULL where there are none. */
struct witnesses *session_witnesses(struct session *session);

/** Have the log's last checkpoint cosigned now. Errors of witnesses_send(); VAULT_OK where there are no
 * witnesses. */
int witnessed_send(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

/** The latest checkpoint with a quorum of cosignatures, appended, and its size; without witnesses the log's
 * own last one.  VAULT_ENOTFOUND: none yet. */
int witnessed_checkpoint(
    struct session *session, struct buffer *note, uint64_t *size, struct failure *failure) VAULT_MUST_CHECK;

/** Which keys a reader of this log should trust, as a C2SP tlog-policy, appended. */
int witnessed_policy(struct session *session, struct buffer *text, struct failure *failure) VAULT_MUST_CHECK;

/** One witness as it was added; spans are borrowed for the call. Stops at a non-zero return. */
struct witness_row {
    const char *name;
    const char *vkey;
    const char *url;
    struct bytes pin;
    struct bytes ca;
    const char *added_by;
    int64_t seq;
};
int witnessed_each(struct session *session, int (*each)(void *context, const struct witness_row *row),
    void *context, struct failure *failure) VAULT_MUST_CHECK;
/** So many of the witnesses must cosign a checkpoint, 0 where there are none. */
int witnessed_quorum(
    struct session *session, size_t count, size_t *quorum, struct failure *failure) VAULT_MUST_CHECK;

#endif
