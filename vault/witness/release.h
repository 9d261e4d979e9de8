/**
 * @file release.h
 * Accountable decryption, the witness's side: keys of records are released upon events of a log that is
 * witnessed here, and every release stands in a log of the witness's own before it leaves.
 *
 * Everything is in the directory `release` of the witness's: `keys` (0600: the X25519 pair that record keys
 * are sealed to, and the release log's keys), `log`, `log.tree`, `log.offsets` (the release log, as
 * vault/log/FORMATS.md describes a log), `settled` (how many of its
 * entries the witness's file `state` has; the rest is read from the log at a start), `people` (whose
 * signatures count, learned from the witnessed logs), `rates` (optional: how many keys a person may have
 * released).  Losing `keys` loses what is sealed to them: keep a copy, apart from any vault's backup.
 *
 * Thread safety: as for a witness.
 */
#ifndef VAULT_WITNESS_RELEASE_H
#define VAULT_WITNESS_RELEASE_H

#include "vault/witness/witness.h"

/** Open, or make, the release part of a witness; closed with it.  VAULT_EINPUT, VAULT_EDAMAGED, VAULT_EIO, …
 */
int witness_release_open(
    struct witness *witness, const char *directory, struct failure *failure) VAULT_MUST_CHECK;

/** Has this witness ever released?  Then it must be opened with its release part, since checkpoints that it released upon
 * stand in that part's log alone until a start has read them back: without them it could cosign a fork of such a one. */
bool witness_release_exists(const char *directory);

/** The key of the release log (type NOTE_ED25519, named like the witness with "/release" behind); NULL where
 * none is open. */
const struct note_key *witness_release_key(const struct witness *witness);

/** Keys that one person may have released in a clock hour and in a day (UTC). */
struct release_rates {
    uint64_t hour;
    uint64_t day;
};
#define RELEASE_HOUR_DEFAULT 20000u
#define RELEASE_DAY_DEFAULT 60000u

/** Of the file `rates`, or the defaults where there is none. */
int witness_release_rates(
    const char *directory, struct release_rates *rates, struct failure *failure) VAULT_MUST_CHECK;
/** A running witness sees it with its next request. */
int witness_release_set_rates(
    const char *directory, const struct release_rates *rates, struct failure *failure) VAULT_MUST_CHECK;

#endif
