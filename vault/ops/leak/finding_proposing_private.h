/**
 * @file finding_proposing_private.h
 * Inside the room: what finding_people.c, which plays the log up to each disclosure, and finding_omissions.c,
 * which looks for what was left undone until then, share.
 */
#ifndef VAULT_OPS_LEAK_FINDING_PROPOSING_PRIVATE_H
#define VAULT_OPS_LEAK_FINDING_PROPOSING_PRIVATE_H

#include "vault/access/replay.h"
#include "vault/ops/leak/finding_people_private.h"

struct proposing {
    struct call *call;
    json_t *document;
    const struct finding_cause *cause;
    struct replay *replay;
    json_t *alerts;   /* about the person: as alerts_list() gives them */
    json_t *changes;  /* grants to the person, and reviews' verdicts on them: their leaves, with "index" */
    uint64_t *events; /* ascending */
    size_t count;
    size_t next;
    /* Of the disclosure that is looked at. */
    uint64_t event;
    int64_t time;
    const char *portfolio; /* of the client in question, or NULL */
    char portfolio_name[NAME_SIZE_MAX + 1];
};

/** Propose somebody for a part, by the events (indices) and the disclosure that is looked at. */
int proposing_name(struct proposing *p, const char *user, const char *part, const json_t *shown,
    const char *policy) VAULT_MUST_CHECK;

/** Call back with each of the person's grants that was in force: role, end (0: none), who gave it, its event's
 * index. Ends with what @p each gave, or the store's own errors. */
int proposing_grants(struct proposing *p,
    int (*each)(struct proposing *p, struct statement *grant, void *context), void *context) VAULT_MUST_CHECK;

/** What proposing_omissions() looks at, once. */
int proposing_gather(struct proposing *p) VAULT_MUST_CHECK;

/**
 * Who left undone what would have stopped the disclosure:
 *   skipped-review     started a review of a grant that let him in, which nobody had decided on when it was
 * due (setting review.missed); ignored-alert      was shown an alert about him, and nobody had taken note of
 * it within alert.within (setting); left-account-open  prolonged a grant that was to have ended, or kept it
 * in a review after he had left.
 */
int proposing_omissions(struct proposing *p) VAULT_MUST_CHECK;

#endif
