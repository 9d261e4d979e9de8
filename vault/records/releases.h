/**
 * @file releases.h
 * The record versions that one event asks a witness to release, and the keys that came back.
 *
 * Reading a compartment whose keys are `witnessed` (vault/crypto/witnessed.h) goes in three steps: collect
 * what will be opened (records_need_*()), have the event that names it logged and the keys released
 * (vault/access), and read as always, with the keys lent to the records object (records_lend()).
 */
#ifndef VAULT_RECORDS_RELEASES_H
#define VAULT_RECORDS_RELEASES_H

#include "vault/crypto/witnessed.h"
#include "vault/evidence/release.h"

struct releases;

/** Empty; NULL without memory. */
struct releases *releases_new(void);
/** Wipe and free; NULL is allowed. */
void releases_free(struct releases *releases);

/** The items in the order in which they were collected; borrowed. */
size_t releases_count(const struct releases *releases);
const struct release_item *releases_items(const struct releases *releases);

/** Can the recipient of this name release all of them? */
bool releases_all_for(const struct releases *releases, const uint8_t recipient[WITNESSED_ID_SIZE]);

/** Add what a wrapped key says of itself; VAULT_EFORGED if it is none of its kind. */
int releases_add(struct releases *releases, const struct ulid *client, const struct ulid *record,
    uint64_t version, struct bytes wrapped) VAULT_MUST_CHECK;

/** The keys of items [from, from + count) from a recipient: KEY_SIZE bytes each, which the caller still has
 * to wipe. */
int releases_put(struct releases *releases, size_t from, size_t count,
    const uint8_t recipient[WITNESSED_ID_SIZE], struct bytes keys) VAULT_MUST_CHECK;

/**
 * The key of one version, KEY_SIZE bytes, borrowed.  Quickest in the order in which they were collected.
 * @return  NULL if it was not collected, or not released.
 */
const uint8_t *releases_find(struct releases *releases, const struct ulid *record, uint64_t version,
    struct bytes point, uint8_t recipient[WITNESSED_ID_SIZE]);

#endif
