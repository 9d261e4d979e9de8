/**
 * @file finding_case.h
 * What a finding takes from a trace: the facts of the case, in the form that can be signed.
 *
 * Canonical JSON has no fractions, so probabilities are whole numbers of parts per million.
 *
 *   {"case"?, "before"?, "sha256"?, "subject"?, "file", "rows", "linked", "decoys", "columns":[…], "leaked":[…], "not_before", "current_until",
 *    "none", "backup", "unlogged", "people", "clients"?:[…],
 *    "persons":[{"actor","posterior","alone","held_back","seen","seen_fully","only_he","never_saw",
 *                "saw_other_versions","decoys","rows_apart","nearest"?,
 *                "way":{"kind","rows","first_event","last_event","export"?}}],
 *    "groups":[{"actors":[…],"posterior","explains":[…]}]}
 *
 * `people` is how many the trace told of; the likeliest FINDING_CASE_PEOPLE of them are kept.
 */
#ifndef VAULT_INCIDENT_FINDING_CASE_H
#define VAULT_INCIDENT_FINDING_CASE_H

#include "vault/base/json.h"

#define FINDING_CASE_PEOPLE 20u
#define FINDING_CASE_GROUPS 8u
#define FINDING_CASE_CLIENTS 500u
#define FINDING_PPM 1000000

/**
 * Take over what `trace --json --details` printed of one leak.  Members that are not known are left out.
 * @param facts  NULL on error.
 * @retval VAULT_EINPUT  not such a result: a member is missing, or of another kind, or out of its range.
 */
int finding_case_read(const json_t *trace, json_t **facts, struct failure *failure) VAULT_MUST_CHECK;

#endif
