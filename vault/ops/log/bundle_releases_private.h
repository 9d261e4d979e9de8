/**
 * @file bundle_releases_private.h
 * Inside the room: the releases of one witness that go with a bundle's entries (bundle contract, section 8).
 *
 * The whole release log goes along, so that none can be missing; releases of entries that the bundle does not
 * tell, and of other vaults, are there as their hashes.
 */
#ifndef VAULT_OPS_LOG_BUNDLE_RELEASES_PRIVATE_H
#define VAULT_OPS_LOG_BUNDLE_RELEASES_PRIVATE_H

#include "vault/evidence/bundle_writer.h"
#include "vault/ops/call_private.h"

struct bundle_releases;

/**
 * Read the release log of the witness that the argument `releases` names; none if there is no such argument.
 * To be called before the bundle's own checkpoint is taken, since a release must not be of a later event.
 * @retval VAULT_ENOTFOUND  no such witness; the remedy lists those that there are.
 */
int bundle_releases_read(struct call *call, struct bundle_releases **releases) VAULT_MUST_CHECK;
void bundle_releases_free(struct bundle_releases *releases);

/** Before the first entry: the tree has @p size. NULL is allowed, as below. */
int bundle_releases_start(struct bundle_releases *releases, uint64_t size) VAULT_MUST_CHECK;
/** This entry is told in full. */
void bundle_releases_tell(struct bundle_releases *releases, uint64_t index);
/** Behind the last entry and proof file. */
int bundle_releases_write(struct bundle_releases *releases, struct bundle_writer *writer) VAULT_MUST_CHECK;

#endif
