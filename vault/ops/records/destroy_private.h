/**
 * @file destroy_private.h
 * Inside the room: may a record be erased?  Not before the law's period is over, nor while a case holds it or
 * an incident froze its client.
 */
#ifndef VAULT_OPS_RECORDS_DESTROY_PRIVATE_H
#define VAULT_OPS_RECORDS_DESTROY_PRIVATE_H

#include "vault/law/retention.h"
#include "vault/ops/incident/incident_step_private.h"

#define DESTROY_RECORDS_MAX 5000u

/** One that might be erased. */
struct erasable {
    uint64_t row;
    struct ulid id;
    struct client_facts client; /* but for its row */
    enum record_kind kind;
    char period[8];
    int64_t version;
    int64_t at;
    struct hash sealed; /* of its sealed parts, as they lie in the store */
};
/** Of a row of ERASABLE_LIST or ERASABLE_ONE. */
void erasable_read(struct statement *row, struct erasable *erasable);

/** What the law, cases and freezes say now. */
struct destroy_rules {
    struct law *law;
    struct cases *cases;
    int64_t now;
};
int destroy_rules_open(struct call *call, struct destroy_rules *rules) VAULT_MUST_CHECK;
void destroy_rules_free(struct destroy_rules *rules);

/**
 * @param why   a sentence where it must stay, else "".
 * @param kept  it is by its period that it must stay, and by nothing else.
 */
int destroy_may(struct call *call, const struct destroy_rules *rules, const struct erasable *erasable,
    char why[400], bool *kept) VAULT_MUST_CHECK;

#endif
