/**
 * @file bundle_private.h
 * Inside the room: a bundle while it is checked, and the steps of that.
 *
 * Every step answers VAULT_OK, or VAULT_EFORGED after bundle_refuse(), or an error that keeps it from
 * reading.
 */
#ifndef VAULT_EVIDENCE_BUNDLE_PRIVATE_H
#define VAULT_EVIDENCE_BUNDLE_PRIVATE_H

#include "vault/evidence/bundle.h"
#include "vault/evidence/entry.h"
#include "vault/evidence/tlog_proof.h"

/** In the place of an access_seq: nothing is told of this release, or it is another vault's. */
#define RELEASE_REDACTED UINT64_MAX
#define RELEASE_OTHER (UINT64_MAX - 1)

/** A release of a key, as far as the entries are held against it. */
struct release {
    uint64_t seq;
    uint64_t access_seq;
    struct hash access_leaf;
};

struct bundle {
    const struct bundle_options *options;
    struct bundle_report *report;
    struct failure *failure;
    struct container *container;
    struct hasher *hasher;
    struct bytes checkpoint; /* mapped for as long as the bundle lives, since the report borrows from them */
    struct bytes manifest;
    struct bytes old_checkpoint;
    struct bytes release_checkpoint;
    bool has_kept;
    struct trust_found kept;
    bool kept_by_range; /* the root of the first kept.checkpoint.size entries is to be computed from them */
    struct release *releases; /* by access_seq, then seq */
    size_t *by_seq;           /* the same in the order of seq, as indexes */
    size_t release_count;
};

/** Note why and where; the first reason stays.  @return VAULT_EFORGED */
int bundle_refuse(
    struct bundle *bundle, enum bundle_rule rule, const char *file, uint64_t entry, const char *detail);

/** Map a file; *there is false, and no error, if there is none. */
int bundle_map(struct bundle *bundle, const char *name, struct bytes *content, bool *there) VAULT_MUST_CHECK;

/* --- The steps --- */

int bundle_check_manifest(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_keys(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_consistency(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_kept(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_releases(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_entries(struct bundle *bundle) VAULT_MUST_CHECK;
int bundle_check_proofs(struct bundle *bundle) VAULT_MUST_CHECK;

/* --- case.json --- */

/** The hash that an entry must tell. */
struct case_sought {
    bool there;
    char hash[2 * HASH_SIZE + 1]; /* in hexadecimal */
};
int bundle_case_hash(struct bundle *bundle, struct case_sought *sought) VAULT_MUST_CHECK;
/** Is this the entry? Then the report says so. */
void bundle_case_match(struct bundle *bundle, const struct case_sought *sought, const struct entry *entry);
/** After all entries: one told of it, and it tells of every file of the case that is there. */
int bundle_case_check(struct bundle *bundle, const struct case_sought *sought) VAULT_MUST_CHECK;

/** Releases of an entry are those of releases[first] up to, not with, the returned index. */
size_t bundle_releases_of(const struct bundle *bundle, uint64_t access_seq, size_t *first);
const struct release *bundle_release(const struct bundle *bundle, uint64_t seq);

/* --- entries.jsonl, of the log or of releases --- */

struct entries {
    struct bundle *bundle;
    const char *file;
    const struct checkpoint *checkpoint;
    const struct scope *scope;
    /** Called for every entry that is in the tree; may be NULL. */
    int (*entry)(void *context, const struct entry *entry);
    void *context;
};
/** Form, order, scope and inclusion of every line. */
int bundle_walk(const struct entries *entries) VAULT_MUST_CHECK;

#endif
