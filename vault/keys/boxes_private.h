/**
 * @file boxes_private.h
 * Inside the room: the places that boxes are bound to.
 */
#ifndef VAULT_KEYS_BOXES_PRIVATE_H
#define VAULT_KEYS_BOXES_PRIVATE_H

#include "vault/base/compartment.h"
#include "vault/crypto/place.h"

/** A role's secret in the hands of @p holder (a user, or "" for the recovery key). */
void place_role(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, const char *holder);
/** A share of a role's secret, of one split, in the hands of the admin who keeps it. */
void place_share(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, int64_t split,
    int64_t number, const char *holder);
/** The same share on its way to a new member. */
void place_given(struct place *place, const struct ulid *vault, const char *role, int64_t epoch, int64_t split,
    int64_t number, const char *member);
/** A portfolio compartment's secret in the hands of a role's epoch. */
void place_portfolio(struct place *place, const struct ulid *vault, const char *portfolio,
    enum compartment compartment, int64_t epoch, const char *role, int64_t role_epoch);
/** The index key of a portfolio's compartment under an epoch of its pair. */
void place_index(struct place *place, const struct ulid *vault, const char *portfolio, enum compartment compartment,
    int64_t portfolio_epoch);
/** What an epoch of a tracing role may link rows of a portfolio's compartment with. */
void place_trace(struct place *place, const struct ulid *vault, const char *portfolio, enum compartment compartment,
    const char *role, int64_t role_epoch);
/** A client's key of a compartment under an epoch of its portfolio's pair. */
void place_client(struct place *place, const struct ulid *vault, const struct ulid *client,
    enum compartment compartment, int64_t epoch, const char *portfolio, int64_t portfolio_epoch);
/** The seed of an exported copy in the hands of a role's epoch. */
void place_copy(struct place *place, const struct ulid *vault, struct bytes commitment, const char *role,
    int64_t role_epoch);
/** A key that investigators share, in the hands of a role's epoch. */
void place_investigation(
    struct place *place, const struct ulid *vault, int64_t number, const char *role, int64_t role_epoch);

#endif
