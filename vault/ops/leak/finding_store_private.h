/**
 * @file finding_store_private.h
 * Inside the room: findings between log and store.  The log says which versions there are, who reviewed and
 * signed them, and their hashes; the store keeps their texts, sealed under a key that investigators share.
 */
#ifndef VAULT_OPS_LEAK_FINDING_STORE_PRIVATE_H
#define VAULT_OPS_LEAK_FINDING_STORE_PRIVATE_H

#include "vault/incident/finding.h"
#include "vault/incident/finding_history.h"
#include "vault/ops/sealed_part_private.h"

#define FINDING_NOTE_MAX 4096u

/** All findings, as the log's events say.  @p problem as in findings_feed(). */
int finding_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct findings **findings) VAULT_MUST_CHECK;

/**
 * One finding by its id, or the beginning of it that only one has.
 * @param findings  the caller's; @p finding is borrowed from it.
 */
int finding_find(struct call *call, struct findings **findings, const json_t **finding) VAULT_MUST_CHECK;

/** The document of a version. */
int finding_document(
    struct call *call, const json_t *finding, int64_t version, json_t **document) VAULT_MUST_CHECK;

/** Add the texts of reviews and of a withdrawal, as `note`, to a copy of what the history says of a finding.
 */
int finding_notes(struct call *call, json_t *finding) VAULT_MUST_CHECK;

/**
 * Refuse for a reason that is no policy's, and log it as a denial.
 * @retval VAULT_EDENIED  logged; VAULT_ELOG.
 */
int finding_refuse(struct call *call, const struct access_request *request, const char *id,
    const char *reason) VAULT_MUST_CHECK;

/**
 * Hold every finding's texts in the store against the log's events, and those of cases and of the firm's
 * facts.
 * @param problem  as in findings_feed(); index UINT64_MAX for a text that no event names.
 */
int finding_verify(struct call *call, struct findings *findings,
    int (*problem)(void *context, uint64_t index, const char *what), void *context) VAULT_MUST_CHECK;

#endif
