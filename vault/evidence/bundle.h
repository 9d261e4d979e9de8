/**
 * @file bundle.h
 * An evidence bundle, checked: by somebody who has no vault, no network and no trust in whoever made it.
 *
 * Trust comes from a policy (trust.h) that the auditor got otherwise, and from checkpoints that he kept. What
 * a bundle proves, and in which steps, is written in FORMATS.md of this room.  Files are mapped; memory grows
 * by 32 bytes an entry at most (to see that no id stands twice) and by 64 a release.
 *
 * One `struct bundle` belongs to one thread.
 */
#ifndef VAULT_EVIDENCE_BUNDLE_H
#define VAULT_EVIDENCE_BUNDLE_H

#include "vault/evidence/container.h"
#include "vault/evidence/manifest.h"
#include "vault/evidence/trust.h"

/** Everything that a bundle can be refused for; bundle_rule_code() and bundle_rule_text() tell them. */
enum bundle_rule {
    BUNDLE_ACCEPTED,
    BUNDLE_CONTAINER,
    BUNDLE_MISSING,
    BUNDLE_CHECKPOINT,
    BUNDLE_QUORUM,
    BUNDLE_AGE,
    BUNDLE_VKEYS,
    BUNDLE_VKEYS_MISSING,
    BUNDLE_MANIFEST,
    BUNDLE_MANIFEST_SIGNATURE,
    BUNDLE_MANIFEST_CHECKPOINT,
    BUNDLE_MANIFEST_FUTURE,
    BUNDLE_MANIFEST_FILES,
    BUNDLE_MANIFEST_HASH,
    BUNDLE_ENTRY,
    BUNDLE_ENTRY_ORDER,
    BUNDLE_ENTRY_COUNT,
    BUNDLE_ENTRY_REDACTED,
    BUNDLE_ENTRY_PROOF,
    BUNDLE_LEAF,
    BUNDLE_LEAF_SEQ,
    BUNDLE_LEAF_ID,
    BUNDLE_CONSISTENCY,
    BUNDLE_CONSISTENCY_PROOF,
    BUNDLE_OLD_CHECKPOINT,
    BUNDLE_KEPT,
    BUNDLE_KEPT_SHORTER,
    BUNDLE_KEPT_HISTORY,
    BUNDLE_KEPT_UNPROVED,
    BUNDLE_PROOF_FILE,
    BUNDLE_RELEASE_CHECKPOINT,
    BUNDLE_RELEASE_LEAF,
    BUNDLE_RELEASE_ACCESS,
    BUNDLE_RELEASE_PARTNER,
    BUNDLE_CASE,
    BUNDLE_CASE_FILE,
    BUNDLE_RULES /* how many */
};

/** Stable name of a rule, as in "entry.proof", and the section of the bundle's contract that it comes from.
 */
const char *bundle_rule_code(enum bundle_rule rule);
/** An English sentence without a full stop, listed for translation; never NULL. */
const char *bundle_rule_text(enum bundle_rule rule);

#define BUNDLE_NOWHERE UINT64_MAX

/** Why a bundle was refused, and where. */
struct bundle_refusal {
    enum bundle_rule rule;
    char file[CONTAINER_NAME_MAX + 1]; /* empty where no file can be named */
    uint64_t line;                     /* from 1; BUNDLE_NOWHERE */
    uint64_t entry;                    /* an index in the log; BUNDLE_NOWHERE */
    const char *detail;                /* more of it, static and listed for translation; may be NULL */
};

/** What is odd but refuses nothing. */
enum bundle_warning { BUNDLE_LATER_THAN_WITNESSED, BUNDLE_TIME_RAN_BACK, BUNDLE_EXERCISE, BUNDLE_WARNINGS };
const char *bundle_warning_text(enum bundle_warning warning);

/** How the bundle was shown to extend the checkpoint that the auditor kept. */
enum bundle_kept { BUNDLE_KEPT_NONE, BUNDLE_KEPT_SAME, BUNDLE_KEPT_PROOF, BUNDLE_KEPT_RANGE };

/** What was found.  Spans borrow from the bundle; strings in them are raw JSON strings without their quotes.
 */
struct bundle_report {
    struct bundle_refusal refusal; /* rule BUNDLE_ACCEPTED: it was not refused */
    struct trust_found checkpoint;
    struct manifest manifest;
    struct hash manifest_hash;
    uint64_t told;      /* entries with their leaf */
    uint64_t redacted;  /* entries without */
    int64_t first_time; /* instants of the first and last told event; INT64_MAX, INT64_MIN if there is none */
    int64_t last_time;
    bool has_old; /* the bundle shows that it extends an earlier checkpoint */
    uint64_t old_size;
    bool has_old_checkpoint; /* and holds that checkpoint, signed */
    struct trust_found old_checkpoint;
    enum bundle_kept kept;
    uint64_t kept_size;
    bool has_release;
    struct trust_found release_checkpoint;
    uint64_t releases; /* of this vault */
    bool has_case;     /* case.json is there, and an entry tells its hash */
    uint64_t case_event;
    uint64_t case_files; /* of the case, each what its name says and told by case.json */
    uint64_t proof_files;
    uint64_t warning_counts[BUNDLE_WARNINGS];
    uint64_t warning_first[BUNDLE_WARNINGS]; /* the first entry of each */
};

struct bundle_options {
    const struct trust *trust;
    const struct note_key *manifest_key; /* may sign the manifest in the log's place; may be NULL */
    struct bytes kept;                   /* a checkpoint that the auditor kept; no bytes for none */
    uint64_t max_age;                    /* seconds; 0 for any */
    int64_t now;                         /* instant: what is the future */
    void (*progress)(void *context, uint64_t done, uint64_t total); /* entries; may be NULL */
    void *context;
};

struct bundle;

/**
 * Read and check a bundle, from its first byte to its last.
 * @param bundle  what the report borrows from, freed with bundle_free(); NULL on error other than
 * VAULT_EFORGED.
 * @retval VAULT_OK       accepted.
 * @retval VAULT_EFORGED  refused; @p report says why, and its other members hold only what was found before.
 * @retval VAULT_EINPUT   the kept checkpoint is none of a log that the policy knows.
 * @retval VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM  it could not be read, with @p failure.
 */
int bundle_check(const char *path, const struct bundle_options *options, struct bundle **bundle,
    struct bundle_report *report, struct failure *failure) VAULT_MUST_CHECK;
void bundle_free(struct bundle *bundle);

#endif
