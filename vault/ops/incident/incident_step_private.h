/**
 * @file incident_step_private.h
 * Inside the room: one step of a case, from the decision to its event; and the firm's facts of the law.
 *
 *   incident_begin(); …put step.about and text together…; incident_commit(); incident_end();
 *
 * What people write is sealed in the store under the investigators' key, as findings are; the event holds its
 * hashes.
 */
#ifndef VAULT_OPS_INCIDENT_INCIDENT_STEP_PRIVATE_H
#define VAULT_OPS_INCIDENT_INCIDENT_STEP_PRIVATE_H

#include "vault/incident/case.h"
#include "vault/law/facts.h"
#include "vault/ops/leak/finding_store_private.h"

struct incident_step {
    struct call *call;
    const char *event; /* "incident.note" */
    bool reads;        /* it changes nothing of the case, and so may be done at any time */
    struct access_request request;
    struct decision decision;
    struct cases *cases;
    const json_t *one; /* in `cases`; NULL for a case to be opened */
    char id[ULID_TEXT_SIZE];
    json_t *about;  /* what the event says besides id and part */
    json_t *text;   /* what is sealed; NULL: nothing */
    uint64_t index; /* of the event, when it is logged */
};

/** Decide, and find the case of the argument `id`; none for "incident.open", whose id is drawn. */
int incident_begin(struct incident_step *step) VAULT_MUST_CHECK;
/** Seal and store the text, if there is one, and log the event; checked anew with changes held still. */
int incident_commit(struct incident_step *step) VAULT_MUST_CHECK;
void incident_end(struct incident_step *step);

/** Put a text of the argument @p name, and the file of the argument `file`, into what is sealed. */
int incident_add_text(struct incident_step *step, const char *name) VAULT_MUST_CHECK;
int incident_add_file(struct incident_step *step) VAULT_MUST_CHECK;
/** Take over arguments `moments` (object: name → date or RFC 3339) and `circumstances` (name → yes, no);
 * checked. */
int incident_add_facts(struct incident_step *step, const struct law *law) VAULT_MUST_CHECK;

/** All cases, as the log's events say.  @p problem as in cases_feed(). */
int incident_history(struct call *call, int (*problem)(void *context, uint64_t index, const char *what),
    void *context, struct cases **cases) VAULT_MUST_CHECK;
/** The case of the argument `id`, which may be the beginning of it; @p one is borrowed. VAULT_ENOTFOUND,
 * VAULT_EINPUT. */
int incident_find(struct call *call, const struct cases *cases, const json_t **one) VAULT_MUST_CHECK;
/** The entries of a case as they stand (entries_of()): a new array. */
int incident_entries(struct call *call, const json_t *one, json_t **entries) VAULT_MUST_CHECK;
/** The JSON that a step of a case sealed. */
int incident_part(struct call *call, const char *id, const json_t *step, json_t **text) VAULT_MUST_CHECK;

/** The facts that the firm has set, or those of the program.  @p event of the one that set them, -1: none. */
int incident_law(struct call *call, struct law **law, int64_t *event) VAULT_MUST_CHECK;
/** The clocks of a case as they stand now: law_duties(), and of each `todo`, what to type (case_todo()); of those that a
 * freeze may have fulfilled `proposed` {event,at,by}, the first one since the case's earliest moment. */
int incident_duties(
    struct call *call, const struct law *law, const json_t *one, json_t **duties) VAULT_MUST_CHECK;
/** When the event of the log happened that is to show that a duty was done.
 *  @retval VAULT_ENOTFOUND, VAULT_EINPUT  it was denied, or undone. */
int incident_shown_at(struct call *call, int64_t event, int64_t *at) VAULT_MUST_CHECK;

/** Parts of cases and of facts that the log names, each held against its hashes. */
int incident_verify(struct sealed_parts *checking) VAULT_MUST_CHECK;
int facts_verify(struct sealed_parts *checking) VAULT_MUST_CHECK;

#endif
