/**
 * @file finding_people_private.h
 * Inside the room: who let it happen, as the log's signed events say at the moment of a disclosure.
 *
 * The log is played up to each disclosure that a finding cites for a direct person; what the tables then hold
 * says who granted the role (and approved the grant), assigned the client, added the person, put the policy
 * in force or proposed it, loosened a setting, approved what was asked for, skipped a review, ignored an alert, or left
 * the account open (finding_proposing_private.h).  These are proposals: an investigator confirms or drops
 * each.
 */
#ifndef VAULT_OPS_LEAK_FINDING_PEOPLE_PRIVATE_H
#define VAULT_OPS_LEAK_FINDING_PEOPLE_PRIVATE_H

#include "vault/ops/call_private.h"

struct finding_cause {
    const char *user;     /* the direct person */
    const json_t *events; /* indices of disclosures to him */
    int64_t left;         /* when he left the firm; INT64_MAX: he has not */
};

/**
 * Add what the log says to the document.
 * @retval VAULT_EINPUT     an event that is no disclosure to this person, or was denied.
 * @retval VAULT_ENOTFOUND  an index past the end.
 */
int finding_propose(struct call *call, json_t *document, const struct finding_cause *cause) VAULT_MUST_CHECK;

/** Indices of the disclosures to @p user from event @p first to @p last, at most @p most of them. */
int finding_disclosures(struct call *call, const char *user, uint64_t first, uint64_t last, size_t most,
    json_t **events) VAULT_MUST_CHECK;

#endif
