/**
 * @file permit.h
 * The paper without which no record opens.  Only the policy step (vault/access) makes one, after the event that says
 * so is durable; the layer test holds every other room to that.
 */
#ifndef VAULT_RECORDS_PERMIT_H
#define VAULT_RECORDS_PERMIT_H

#include "vault/base/compartment.h"
#include "vault/base/ulid.h"

enum permit_use {
    PERMIT_HEADS = 1,  /* what a list or search shows: date, key, title */
    PERMIT_BODIES = 2, /* whole records, masked but for `reveal` */
    PERMIT_WRITE = 4   /* new records and versions; comparing with what is there */
};

struct permit_terms {
    unsigned uses;           /* of enum permit_use */
    unsigned compartments;   /* bit 1 << enum compartment */
    const int64_t *clients;  /* rows of the clients it covers, ascending; borrowed for permit_make() */
    size_t client_count;
    const char *const *reveal; /* field paths shown unmasked; "*" for all; copied */
    size_t reveal_count;
    uint64_t event; /* index of the durable event that allows it */
};

struct permit;

/** Only vault/access calls this. NULL without memory. */
struct permit *permit_make(const struct permit_terms *terms);
void permit_free(struct permit *permit);

bool permit_covers(const struct permit *permit, enum permit_use use, int64_t client, enum compartment compartment);
bool permit_reveals(const struct permit *permit, const char *field);
uint64_t permit_event(const struct permit *permit);

#endif
