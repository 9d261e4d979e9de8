/**
 * @file decoys.h
 * Decoys: made-up clients that exist to be recognised.  Which clients they are, for whom, since when.
 *
 * A client is a decoy if the register says so.  The register is a table of rows that look alike, most of
 * which stand for nothing: each has a token (of the client, under a key of its portfolio's directory), an
 * entry sealed for who holds that key, so that his program can leave decoys out and notice a touch, and the
 * same entry boxed for the investigators.  Whoever has neither key learns from it neither which clients are
 * decoys nor how many there are.
 *
 * An entry is an object: client (id), client_no, name, tax_id?, portfolio, for {kind: "user", "role" or
 * "portfolio", name}, people[] (whom it was assigned to), order (what an investigator ordered, exactly as its
 * event committed to), event (index of that event), planted, retired? (instants in milliseconds).
 *
 * Errors are those of the store and VAULT_ENOMEM besides what is told; on error outputs are NULL or false.
 * One thread.
 */
#ifndef VAULT_ACCESS_DECOYS_H
#define VAULT_ACCESS_DECOYS_H

#include "vault/access/clients.h"

#define DECOY_ORDER_CLIENTS_MAX 60 /* that one order names */
#define DECOY_PEOPLE_MAX 20        /* that an entry names */
#define DECOY_LIKE_MAX 20          /* clients that are to be alike */

struct decoy {
    struct ulid client;
    char portfolio[NAME_SIZE_MAX + 1];
    int64_t planted;     /* instants */
    int64_t retired;     /* INT64_MAX: not retired */
    const json_t *entry; /* as above; borrowed for the call */
};

/** Was it planted so that this person sees it? */
bool decoy_is_for(const json_t *entry, const char *user);

/**
 * All decoys, retired ones too, for an investigator; stops at the first non-zero return of @p each and hands
 * it on. Takes about 50 µs a row of the register: who asks about many clients keeps what he got.
 * @retval VAULT_ENOKEY   the person does not hold the role `investigator`, or its key is newer than what the
 * register was sealed for last (an admin's next session seals it anew).
 * @retval VAULT_EFORGED  a row was edited.
 */
int decoys_each(struct session *session, int (*each)(void *context, const struct decoy *decoy), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * Is the client a decoy, as somebody who works with it can tell?  False without the key of its portfolio's
 * directory.
 * @param entry  may be NULL; else a new reference, NULL if it is none.
 * @retval VAULT_EFORGED  its row was edited.
 */
int decoys_find(struct session *session, const struct client_facts *client, bool *decoy, json_t **entry,
    struct failure *failure) VAULT_MUST_CHECK;

/* --- Ordering and carrying out: an investigator says what is to be, the session of somebody who adds clients
 * does it --- */

/**
 * Keep an order until it is carried out, in the caller's change; sealed for the portfolio's directory and the
 * investigators.
 * @param seq  of the event that committed to it.
 */
int decoys_order(struct session *session, const char *portfolio, const json_t *order, uint64_t seq,
    struct failure *failure) VAULT_MUST_CHECK;

/** The commitment that the event of an order holds: base64 of SHA-256 over the canonical order, which has a
 * salt. */
json_t *decoys_commitment(const json_t *order);

struct decoy_order {
    int64_t row;
    char portfolio[NAME_SIZE_MAX + 1];
    uint64_t seq;
    json_t *order;
};
void decoy_order_free(struct decoy_order *order);

/**
 * The first order above @p after that the session can open through a portfolio's directory.
 * @retval VAULT_ENOTFOUND  there is none.
 */
int decoys_next_order(struct session *session, int64_t after, struct decoy_order *order,
    struct failure *failure) VAULT_MUST_CHECK;
/** Those that wait, for an investigator; as decoys_each(), with order, portfolio and seq. */
int decoys_orders(struct session *session, int (*each)(void *context, const struct decoy_order *order),
    void *context, struct failure *failure) VAULT_MUST_CHECK;
/** It is carried out; in the caller's change. */
int decoys_order_done(struct session *session, int64_t row, struct failure *failure) VAULT_MUST_CHECK;

/** Put or replace a client's entry, in the caller's change; there are then as many rows that stand for
 * nothing as fill up a multiple of DECOY_ROWS. */
#define DECOY_ROWS 32
int decoys_put(struct session *session, const char *portfolio, const struct ulid *client, const json_t *entry,
    struct failure *failure) VAULT_MUST_CHECK;

/** Entries of one portfolio, for who holds the key of its directory; as decoys_each(). VAULT_ENOKEY without
 * it. */
int decoys_each_in(struct session *session, const char *portfolio,
    int (*each)(void *context, const struct decoy *decoy), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is something waiting that this session could do (an order, or a register to be sealed anew)?  True once a
 * session. */
bool decoys_due(struct session *session);
/** Seal the register anew for the investigators where their role has a new key; what the session cannot open
 * stays. */
int decoys_reseal(struct session *session, struct failure *failure) VAULT_MUST_CHECK;

#endif
