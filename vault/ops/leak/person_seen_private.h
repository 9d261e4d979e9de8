/**
 * @file person_seen_private.h
 * Inside the room: everything that one person was shown in some time, counted.  Nothing of records is opened:
 * the index of disclosures says which versions by which events, kinds and masks say which fields.
 */
#ifndef VAULT_OPS_LEAK_PERSON_SEEN_PRIVATE_H
#define VAULT_OPS_LEAK_PERSON_SEEN_PRIVATE_H

#include "vault/base/number_map.h"
#include "vault/law/gauge.h"
#include "vault/ops/call_private.h"
#include "vault/trace/disclosures.h"

/* Of one client. */
struct seen_client {
    int64_t row;
    uint64_t records; /* distinct ones of which something was shown */
    uint64_t first_event, last_event;
    int64_t first, last; /* seconds */
    struct {
        uint32_t records;
        char from[8], to[8]; /* periods, "" for none */
    } kinds[KIND_LAST + 1];
    uint64_t items;  /* bits of the law's items that were shown of it */
    uint64_t people; /* no fewer than, as below */
    bool card;
};

struct seen_field {
    uint64_t records;
    uint64_t clients;
    uint32_t paths; /* bits of law_field.paths that were shown */
};

struct person_seen {
    const struct law *law;
    struct disclosures *disclosures;
    uint32_t person;
    int64_t since, before; /* seconds, both inclusive */

    struct number_map left_out; /* rows of decoys, who are nobody's data */
    uint64_t decoys;            /* of them, those that he was shown */

    struct seen_client *clients;
    size_t client_count, client_capacity;
    uint64_t kinds[KIND_LAST + 1]; /* records by kind; 0: of those that the store does not have */
    uint64_t cards;                /* clients of whom the card was shown */
    struct seen_field fields[LAW_FIELDS_MAX];
    uint64_t item_clients[LAW_ITEMS_MAX];
    struct law_count count;
    /* Natural persons, as far as kinds and periods tell: no fewer than the people of the fullest period, no
     * more than records about people. */
    uint64_t people_least, people_most;
    uint64_t actions[DISCLOSURE_CLIENT + 1]; /* events */
    struct number_map events;                /* number -> 1 */
    uint64_t first_event, last_event;
    int64_t first, last;
    uint64_t opened; /* versions whose key the program held without showing anything */
};

/** Count; free with person_seen_free() in any case.  The first four members are given. */
int person_seen_count(struct person_seen *seen, struct failure *failure) VAULT_MUST_CHECK;
void person_seen_free(struct person_seen *seen);

/** Fields of an item of the law that were shown: [{kind,fields[],records,clients}].  New reference. */
json_t *person_seen_fields(const struct person_seen *seen, unsigned item);
/** The clients, those with most records first: [{client,records,first,last,first_event,last_event}]; for an assessment,
 *  which says what to tell each of them, @p details adds kinds{KIND: {n,from?,to?}}, classes[], people. */
int person_seen_clients(
    struct call *call, struct person_seen *seen, bool details, json_t **clients) VAULT_MUST_CHECK;

#endif
