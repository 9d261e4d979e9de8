/**
 * @file assess_private.h
 * Inside the room: what an assessment counts, for op_assess.c and assess_count.c.
 *
 * Two readings.  Strictly: all that the person was shown, or, where nobody is named, every row of the leaked
 * file; each kind of data under its lowest threshold; as many people as there may be.  Leniently: only what
 * can be tied to the leak, which is the records of the firm that the leaked file holds, each once, with the
 * columns that agree, under its highest threshold; as many people as there are at least.  Without a trace
 * nothing is tied to a leak, so nothing counts for the offence; people are still those who were shown, since
 * who was shown something may have taken it.
 */
#ifndef VAULT_OPS_INCIDENT_ASSESS_PRIVATE_H
#define VAULT_OPS_INCIDENT_ASSESS_PRIVATE_H

#include "vault/law/gauge.h"
#include "vault/ops/incident/incident_step_private.h"
#include "vault/ops/leak/person_seen_private.h"

struct assessing {
    struct incident_step step;
    struct law *law;
    struct person_seen *seen;
    json_t *trace;          /* NULL: none was named */
    struct law_pieces tied; /* of the lenient reading */
    bool named;             /* somebody through whom it leaked */
    uint64_t persons_strict, persons_lenient;
    bool in_service;
};

/** Count what the arguments `person` and `trace` name: seen, tied, people.  VAULT_EUSAGE: neither;
 * VAULT_ENOTFOUND. */
int assess_gather(struct assessing *a) VAULT_MUST_CHECK;
/** A new array of the clients of a trace whose rows leaked; nobody is to be told for one that was made up. */
json_t *assess_clients(const json_t *trace);

#endif
