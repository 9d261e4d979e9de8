/**
 * @file bundle_fixture.h
 * A made-up vault's log with two witnesses and a log of releases, bundles of it, and what an attacker does to
 * them: with the files only, or with the log's own key as well.
 */
#ifndef TESTS_UNIT_BUNDLE_FIXTURE_H
#define TESTS_UNIT_BUNDLE_FIXTURE_H

#include "vault/evidence/bundle.h"
#include "vault/evidence/bundle_writer.h"

#define KIT_ENTRIES 21
#define KIT_RELEASES 5
#define KIT_OLD 8
#define KIT_TIME INT64_C(1767225600000) /* of entry 0: 2026-01-01 */
#define KIT_NOW (KIT_TIME + 7200000)

/** A tree over leaves, with all its nodes. */
struct kit_log {
    struct note_key key;
    struct sign_key *signer;
    struct buffer leaves[KIT_ENTRIES];
    size_t count;
    struct hash nodes[2 * KIT_ENTRIES];
    size_t node_count;
    struct tree_edge edge;
};

struct kit {
    struct kit_log log;
    struct kit_log releases;
    struct note_key witness_keys[2];
    struct sign_key *witnesses[2];
    struct hasher *hasher;
    struct buffer policy;
    struct trust *trust;
    char directory[64]; /* ours; everything is made below it */
};

void kit_start(struct kit *kit);
void kit_end(struct kit *kit);

/** Leave leaf @p index another than it was (and build the tree anew): what a rewritten log is. */
void kit_rewrite(struct kit *kit, size_t index, const char *purpose);
/** Change the text of a leaf of the log, or of the releases, and build its tree anew. */
void kit_change_leaf(struct kit *kit, size_t index, const char *old, const char *fresh);
void kit_change_release(struct kit *kit, size_t index, const char *old, const char *fresh);
void kit_root(struct kit *kit, const struct kit_log *log, uint64_t size, struct hash *root);
void kit_proof(
    struct kit *kit, const struct kit_log *log, uint64_t index, uint64_t size, struct buffer *proof);
/** The same with what earlier calls found out. */
int kit_next_proof(
    struct kit *kit, struct tree_path *path, uint64_t index, uint64_t size, struct buffer *proof);
/** A signed checkpoint of the first @p size entries, cosigned by the first @p witnesses witnesses an hour
 * later. */
void kit_checkpoint(
    struct kit *kit, const struct kit_log *log, uint64_t size, size_t witnesses, struct buffer *note);
/** The policy, with a quorum of so many; frees the one before. */
void kit_policy(struct kit *kit, size_t quorum);

/** Trust the public samples' policy and give their directory; ends the test as skipped, and says so, where they are not at hand. */
void kit_use_samples(struct kit *kit, char samples[256]);

enum kit_bundle { KIT_RANGE, KIT_REDACTED, KIT_SELECTION, KIT_BUNDLES };
/** Write one below the kit's directory and give its path. */
void kit_bundle(struct kit *kit, enum kit_bundle which, bool archive, size_t witnesses, char path[128]);

/** Check and give the rule that refused it, or BUNDLE_ACCEPTED. */
enum bundle_rule kit_check(const struct kit *kit, const char *path, const struct bundle_options *more);

/* --- A bundle's files in memory, to be changed and put back --- */

#define FILES_MAX 40
struct files {
    size_t count;
    char names[FILES_MAX][80];
    struct buffer content[FILES_MAX];
};
void files_load(struct files *files, const char *path);
void files_free(struct files *files);
struct buffer *files_get(struct files *files, const char *name);
void files_set(struct files *files, const char *name, struct bytes content);
void files_drop(struct files *files, const char *name);
/** Write all of them into a fresh directory below the kit's and give its path. */
void files_store(struct kit *kit, const struct files *files, char path[128]);
/** List and sign them anew with the log's key, as who holds that key can; the rest of the manifest as it is.
 */
void files_resign(struct kit *kit, struct files *files);
/** Store, check, and forget. */
enum bundle_rule files_check(struct kit *kit, const struct files *files);

/** Replace the first occurrence; it must be there. */
void text_replace(struct buffer *text, const char *old, const char *fresh);
/** Line @p number (from 0) without its line feed. */
struct bytes text_line(const struct buffer *text, size_t number);
size_t text_lines(const struct buffer *text);

#endif
