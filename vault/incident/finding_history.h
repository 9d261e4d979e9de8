/**
 * @file finding_history.h
 * What became of findings, from the log's events alone: versions, review, signatures, withdrawal.
 *
 * Events `finding.draft|change|review|sign|withdraw` carry a member
 *   finding {id, version, of?, part?, sha256?, sealed?, result?, supersede?, trace_case?}
 * and are signed by their actor, as every event is: reviewing, signing or withdrawing a finding is signing an
 * event that names its version and, in `of`, the SHA-256 of that version.  Where an event brings a text (a
 * version, the note of a review, the reason of a withdrawal), `part` is its name in the store, `sha256` the
 * hash of the text, and `sealed` the hash of the sealed bytes, by which everybody can tell that they are the
 * same.
 *
 * One function says who may do what next, finding_may(); an event that it would not have let through counts
 * for nothing, whoever wrote it.
 */
#ifndef VAULT_INCIDENT_FINDING_HISTORY_H
#define VAULT_INCIDENT_FINDING_HISTORY_H

#include "vault/base/json.h"

#define FINDING_EVENTS "finding.*"

struct findings;

/** NULL without memory. */
struct findings *findings_new(void);
void findings_free(struct findings *findings);

/**
 * Take in an event, in the log's order; others than those above are passed over.  What has a phase counts
 * once its outcome says "ok".
 * @param problem  told of an event that does not fit, at its index; may be NULL.
 */
int findings_feed(struct findings *findings, uint64_t index, const json_t *leaf,
    int (*problem)(void *context, uint64_t index, const char *what), void *context) VAULT_MUST_CHECK;

/**
 * One finding, NULL if there is none; borrowed until the next feed:
 *   {id, trace_case?, status, author, authors[], version, signed_version?, withdrawn?{by,event,time,part?},
 *    versions[{version,sha256,part,sealed,by,event,time,supersede?,
 *              review?{by,result,event,time,part?,sealed?}, signatures[{by,as,event,time}]}]}
 * status: draft, returned, accepted, signed, withdrawn.  `as`: author, reviewer.  `version` is the newest,
 * `signed_version` the newest that both have signed.
 */
const json_t *findings_get(const struct findings *findings, const char *id);
/** All of them, by id: an object; borrowed, and not to be changed. */
json_t *findings_all(const struct findings *findings);

/** The newest version of a finding, or the one of this number; NULL. */
const json_t *finding_version(const json_t *finding, int64_t version);

/** What somebody is about to do. */
struct finding_step {
    const char *event; /* "finding.sign" */
    const char *actor;
    int64_t version;
    bool supersede; /* a change that is to take the place of a signed version */
};

/**
 * May this be the next event of the finding?
 * @param finding  NULL: there is none yet.
 * @retval VAULT_EDENIED   this person may not: reviews what he wrote, signs what he neither wrote nor
 * accepted.
 * @retval VAULT_EINPUT    nobody may now: it is signed, withdrawn, not accepted, or of another version.
 * @retval VAULT_ENOTFOUND, VAULT_EEXISTS
 */
int finding_may(
    const json_t *finding, const struct finding_step *step, struct failure *failure) VAULT_MUST_CHECK;

#endif
