/**
 * @file trust.h
 * C2SP tlog-policy (https://c2sp.org/tlog-policy): which logs and witnesses a reader of evidence trusts, and
 * how many witnesses must have cosigned.  It comes from outside the evidence, always.
 *
 * Lines: `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME all|any|K MEMBER…`, and exactly one
 * `quorum NAME|none`.  Pure; nothing here knows a vault.
 */
#ifndef VAULT_EVIDENCE_TRUST_H
#define VAULT_EVIDENCE_TRUST_H

#include "vault/evidence/note.h"

#define TRUST_SIZE_MAX ((size_t)256 * 1024)
#define TRUST_LOGS_MAX 64
#define TRUST_WITNESSES_MAX 64
#define TRUST_GROUPS_MAX 64

struct trust;

struct trust_witness {
    struct bytes name; /* opaque octets; borrowed from the trust */
    struct bytes url;  /* may be empty */
    struct note_key key;
};

/**
 * Read a policy.
 * @param trust  NULL on error; else the caller frees it with trust_free().
 * @retval VAULT_EINPUT  not a policy, or a key that is both a log's and a witness's; @p failure names the
 * line.
 * @retval VAULT_ELIMIT  longer, or with more logs, witnesses or groups, than the limits above.
 */
int trust_parse(struct bytes text, struct trust **trust, struct failure *failure) VAULT_MUST_CHECK;
void trust_free(struct trust *trust);

size_t trust_log_count(const struct trust *trust);
const struct note_key *trust_log(const struct trust *trust, size_t index);
size_t trust_witness_count(const struct trust *trust);
const struct trust_witness *trust_witness(const struct trust *trust, size_t index);

/** Does the quorum need anybody at all? */
bool trust_needs_witness(const struct trust *trust);
/** Is the quorum met by the witnesses marked in @p cosigned, one flag a witness in their order? */
bool trust_quorum(const struct trust *trust, const bool *cosigned);

/** What a checkpoint was found to carry. */
struct trust_found {
    struct checkpoint checkpoint; /* borrows from the note */
    const struct note_key *log;   /* whose signature it bears; borrowed from the trust */
    size_t cosignatures;          /* valid ones of known witnesses */
    bool cosigned[TRUST_WITNESSES_MAX];
    uint64_t times[TRUST_WITNESSES_MAX]; /* POSIX seconds, 0 where there is none */
    uint64_t first;                      /* the earliest and the latest of them; 0 if there are none */
    uint64_t last;
};

/**
 * Hold a signed checkpoint against the policy: exactly three lines, signed by a log whose key's name is the
 * origin, no line of a known key that does not verify, no cosignature from the future.  Whether the quorum is
 * met is left to trust_quorum(), since not every checkpoint needs one (a release log's own, say).
 * @param now  POSIX seconds; a cosignature after it is refused.
 * @return NULL, or what is wrong in a few words (a sentence that is listed for translation).
 */
const char *trust_check(const struct trust *trust, struct bytes raw, uint64_t now, struct trust_found *found);

/**
 * Append a policy.
 * @param quorum  how many of the witnesses must cosign, 0 for none; more than there are is VAULT_EUSAGE.
 */
int trust_format(const struct note_key *logs, size_t log_count, const struct trust_witness *witnesses,
    size_t witness_count, size_t quorum, struct buffer *text) VAULT_MUST_CHECK;

#endif
