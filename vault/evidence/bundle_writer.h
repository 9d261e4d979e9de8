/**
 * @file bundle_writer.h
 * An evidence bundle, written: streamed, in bounded memory, whole or not at all.
 *
 * The caller hands over entries in order with their proofs, from wherever they come; every proof is held
 * against the checkpoint's root before it is written.  The bundle grows under a name of its own beside its
 * place (".part-<process>") and gets its name when it is whole and on disk.  One writer belongs to one
 * thread.
 *
 * Order of calls: new, entries, proof files, release and release entries, finish, free.
 */
#ifndef VAULT_EVIDENCE_BUNDLE_WRITER_H
#define VAULT_EVIDENCE_BUNDLE_WRITER_H

#include "vault/evidence/manifest.h"
#include "vault/evidence/tree.h"

/** Proof files are files each, so not for a whole log. */
#define BUNDLE_PROOF_FILES_MAX ((size_t)65536)

/** What the bundle is to be; borrowed until bundle_writer_free(). */
struct bundle_plan {
    const char *out;
    bool archive;            /* a ustar archive; else a directory */
    struct bytes checkpoint; /* signed note, with its cosignatures */
    const struct note_key *log_key;
    const struct sign_key *signer;     /* of the log's key; signs the manifest */
    const struct note_key *other_keys; /* that signed something in the bundle, for people to compare */
    size_t other_key_count;
    struct scope scope;   /* of a selection, `count` is counted here */
    struct bytes purpose; /* JSON string with its quotes, canonical */
    int64_t created;      /* instant */
    /* Ties to an earlier checkpoint; old_size 0 for none. */
    uint64_t old_size;
    struct hash old_root;
    struct bytes old_proof;
    struct bytes old_checkpoint; /* signed note; may be empty */
    struct bytes case_file;      /* case.json, whose hash an entry of an incident.bundle tells; may be empty */
};

/** One entry as it goes into the bundle. */
struct bundle_entry {
    uint64_t index;
    struct bytes leaf;     /* empty: only its hash is told */
    struct hash leaf_hash; /* needed only where the leaf is empty */
    struct bytes proof;    /* audit path for the checkpoint's size */
};

struct bundle_writer;

/**
 * @param writer  NULL on error.
 * @retval VAULT_EEXISTS  there is something at that place already.
 * @retval VAULT_EINPUT   the plan's checkpoint is none.
 * @retval VAULT_EIO, VAULT_ENOMEM
 */
int bundle_writer_new(
    const struct bundle_plan *plan, struct bundle_writer **writer, struct failure *failure) VAULT_MUST_CHECK;
/** What is not finished is removed. */
void bundle_writer_free(struct bundle_writer *writer);

/**
 * @retval VAULT_EUSAGE   out of order, or outside the scope.
 * @retval VAULT_EDAMAGED the proof does not show this entry under the checkpoint.
 * @retval VAULT_EIO      with how much could not be written.
 */
int bundle_writer_entry(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure) VAULT_MUST_CHECK;

/** A .tlog-proof file of an entry that was told; indexes must ascend.  VAULT_ELIMIT beyond
 * BUNDLE_PROOF_FILES_MAX. */
int bundle_writer_proof(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure) VAULT_MUST_CHECK;

/** Begin the releases: the release log's signed checkpoint, its key, and which of its entries follow. */
int bundle_writer_release(struct bundle_writer *writer, struct bytes checkpoint, const struct note_key *key,
    const struct scope *scope, struct failure *failure) VAULT_MUST_CHECK;
int bundle_writer_release_entry(
    struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure) VAULT_MUST_CHECK;

/**
 * A file of the case, once all entries are in; it stands under its hash, and @p case_file must tell of that.
 * @param hash  SHA-256 of the content; each at most once.
 * @retval VAULT_EUSAGE  the plan has no case.  VAULT_EIO, VAULT_ENOMEM.
 */
int bundle_writer_case_file(struct bundle_writer *writer, const struct hash *hash, struct bytes content,
    struct failure *failure) VAULT_MUST_CHECK;

/** What came of it. */
struct bundle_written {
    uint64_t told;
    uint64_t redacted;
    uint64_t releases;
    struct hash manifest_hash;
};

/** Write what is left, sign, and sync; the bundle still has no name.  VAULT_EUSAGE if entries of a range are
 * missing. */
int bundle_writer_finish(
    struct bundle_writer *writer, struct bundle_written *written, struct failure *failure) VAULT_MUST_CHECK;
/** Give it its name; VAULT_EEXISTS if somebody else took it meanwhile. */
int bundle_writer_place(struct bundle_writer *writer, struct failure *failure) VAULT_MUST_CHECK;

/** The README.txt of a bundle, in Chinese and English. */
void bundle_readme(const struct manifest *manifest, const struct bundle_written *written, bool extends,
    bool has_case, struct buffer *text);

#endif
