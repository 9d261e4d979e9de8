/**
 * @file decoy_carry_private.h
 * Inside the room: an order for decoys that is being carried out.
 */
#ifndef VAULT_OPS_DECOYS_DECOY_CARRY_PRIVATE_H
#define VAULT_OPS_DECOYS_DECOY_CARRY_PRIVATE_H

#include "vault/ops/decoys/decoy_company_private.h"
#include "vault/ops/decoys/decoy_habits_private.h"
#include "vault/ops/decoys/decoy_private.h"

struct carrying {
    struct call call;
    const struct decoy_order *order;
    struct company_samples *samples;
    struct habits *habits; /* of the clients of whoever is in session; NULL before he furnishes any */
    json_t *people; /* who is to see it */
    json_t *made;   /* ids of clients that this order has made */
    int64_t source; /* of the list that some client came from, 0 */
    size_t with_source;
};

/** Learn what the firm's clients look like. */
int carrying_learn(struct carrying *carrying) VAULT_MUST_CHECK;

/** Up to @p most rows of a person's clients, some at random if there are more. */
int carrying_clients_of(struct carrying *carrying, const char *person, int64_t *rows, size_t most, size_t *count)
    VAULT_MUST_CHECK;
/** Learn how the clients book that the person in session works on and may read. VAULT_ENOMEM. */
int carrying_observe(struct carrying *carrying, struct habits *habits) VAULT_MUST_CHECK;

/** What is no event of its own, wholly or not at all: what @p put puts into the store, and that the order is done.
 * Gives what @p put gave, or the store's own errors. */
int carrying_done(struct carrying *carrying, int (*put)(struct carrying *carrying, const json_t *context),
    const json_t *context) VAULT_MUST_CHECK;

/** Give the clients of an order of kind DECOY_FURNISH their records, wholly or not at all.
 * @retval VAULT_EDENIED, VAULT_ENOKEY  not this session's to do. */
#define DECOY_FURNISH "furnish"
int carrying_furnish(struct carrying *carrying) VAULT_MUST_CHECK;

#endif
