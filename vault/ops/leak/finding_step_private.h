/**
 * @file finding_step_private.h
 * Inside the room: one step of a finding, from the decision to its event.
 *
 *   step_begin(); …change step.document…; step_commit_…(); step_end();
 *
 * A step is checked twice: before it, so that a person is told, and again with changes held still, so that
 * two investigators cannot do what only one may.
 */
#ifndef VAULT_OPS_LEAK_FINDING_STEP_PRIVATE_H
#define VAULT_OPS_LEAK_FINDING_STEP_PRIVATE_H

#include "vault/ops/leak/finding_store_private.h"

struct step {
    struct call *call;
    const char *event; /* "finding.review" */
    struct access_request request;
    struct decision decision;
    struct findings *findings;
    const json_t *finding; /* in `findings`; NULL for a draft */
    char id[ULID_TEXT_SIZE];
    int64_t version;  /* that the step is about, or makes */
    json_t *document; /* of the newest version */
    bool supersede;
    uint64_t index; /* of the event, when it is logged */
};

/**
 * Find the finding of the argument `id` (none for a draft), decide, and open its newest version.
 * @retval VAULT_EDENIED  by a policy, by finding_may(), or because the finding names this person; logged.
 */
int step_begin(struct step *step) VAULT_MUST_CHECK;
void step_end(struct step *step);

/** Refuse, as an event, if the document names the person himself. */
int step_check_named(struct step *step) VAULT_MUST_CHECK;

/** Store step->document as the next version, and log it. */
int step_commit_version(struct step *step) VAULT_MUST_CHECK;
/** Log a judgement on the version, with a text that is stored sealed (NULL: none) and a result (NULL: none).
 */
int step_commit_note(struct step *step, const char *result_word, const char *note) VAULT_MUST_CHECK;
/** Log what has no text: a signature. */
int step_commit_event(struct step *step) VAULT_MUST_CHECK;

/** {id, version, sha256, status, event} after the step, as the log says now; with @p more (taken over, may be
 * NULL). */
int step_reply(struct step *step, json_t *more) VAULT_MUST_CHECK;

#endif
