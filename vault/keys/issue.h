/**
 * @file issue.h
 * Making keys and handing them on: roles, portfolios, clients, and their next epochs.
 *
 * Every function works inside the caller's write transaction and changes only boxes, never authority: that a person
 * or role may have a key is said by the signed event that the caller has logged before.
 */
#ifndef VAULT_KEYS_ISSUE_H
#define VAULT_KEYS_ISSUE_H

#include "vault/keys/keyring.h"

/** Where keys are made. */
struct issue {
    struct store *store;
    struct ulid vault;
    struct failure *failure;
};

/** Box a role's pair for a holder: a user by his public key, or "" by the recovery public key. */
int issue_role_box(struct issue *issue, const struct box_key *role_key, const char *role, int64_t epoch,
    const char *holder, struct bytes holder_public) VAULT_MUST_CHECK;

/** Open a holder's box of a role's epoch; @p inner is the role's secret half. VAULT_ENOKEY: no such box. */
int issue_role_open(struct issue *issue, const struct box_key *holder_key, const char *role, int64_t epoch,
    const char *holder, struct secret **inner) VAULT_MUST_CHECK;

/** A user's public box key. */
int issue_user_public(struct issue *issue, const char *user, uint8_t public_key[BOX_PUBLIC_SIZE]) VAULT_MUST_CHECK;

/** The public half of a role or of a portfolio's compartment in its present epoch. */
int issue_role_public(struct issue *issue, const char *role, int64_t *epoch, uint8_t public_key[BOX_PUBLIC_SIZE])
    VAULT_MUST_CHECK;
int issue_portfolio_public(struct issue *issue, const char *portfolio, enum compartment compartment, int64_t *epoch,
    uint8_t public_key[BOX_PUBLIC_SIZE]) VAULT_MUST_CHECK;

/**
 * Box a portfolio's pair for a role's present epoch.
 */
int issue_portfolio_box(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch, const char *role) VAULT_MUST_CHECK;

/** Box the (new or carried over) index key for a portfolio's new pair, and what roles that trace are given of it. */
int issue_index_key(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch, const struct secret *index_key) VAULT_MUST_CHECK;

/** Box @p pair for every role whose reach (authority) includes the compartment. */
int issue_portfolio_to_roles(struct issue *issue, const struct box_key *pair, const char *portfolio,
    enum compartment compartment, int64_t epoch) VAULT_MUST_CHECK;

/**
 * A new client's keys, one a compartment (but for the directory), boxed for its portfolio's public halves: whoever
 * adds a client needs no key to do so.
 * @param keys  COMPARTMENT_COUNT results, so that the client's first record can be sealed; the caller frees them.
 *              The directory's is NULL.  All NULL on error.
 */
int issue_client_keys(struct issue *issue, const struct client_ref *client,
    struct secret *keys[COMPARTMENT_COUNT]) VAULT_MUST_CHECK;

/**
 * Box up to @p limit client keys that are still under an older epoch of the portfolio's compartment for the present one.
 * @param left  how many are still old; 0 means that the older epochs' boxes have been dropped.
 * @retval VAULT_ENOKEY  the person's keys do not open one of them; what came before it is boxed, @p left holds.
 */
int issue_rewrap_clients(struct issue *issue, struct keyring *keyring, const char *portfolio,
    enum compartment compartment, int limit, int64_t *left) VAULT_MUST_CHECK;

#endif
