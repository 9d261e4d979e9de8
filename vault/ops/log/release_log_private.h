/**
 * @file release_log_private.h
 * Inside the room: the release log of one witness, read from it and held against what it signed.
 *
 * The witness shows this vault's entries in full and others' as their leaf hashes, so that the whole tree can
 * be computed and nothing was left out.  Memory grows by 64 bytes an entry, which are the nodes of that tree;
 * leaves are handed over one by one and not kept.
 */
#ifndef VAULT_OPS_LOG_RELEASE_LOG_PRIVATE_H
#define VAULT_OPS_LOG_RELEASE_LOG_PRIVATE_H

#include "vault/access/recipients.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"
#include "vault/ops/call_private.h"

struct release_log;

/** One entry: its leaf, or only the hash of it. */
struct release_log_entry {
    uint64_t index;
    bool whole;
    struct bytes leaf; /* borrowed for the call; empty unless whole */
    struct hash hash;  /* of the leaf, in either case */
};

/** @p call and @p recipient (a witness, no sheet) are borrowed. @p log is NULL on error. */
int release_log_new(
    struct call *call, const struct recipient *recipient, struct release_log **log) VAULT_MUST_CHECK;
void release_log_free(struct release_log *log);

/**
 * Read every entry; @p entry (may be NULL) sees each as it comes, before the signature over all of them is
 * checked, so that nothing it was shown counts unless this returns VAULT_OK.
 * @retval VAULT_EFORGED  not what the witness's key signed;  VAULT_EIO  the witness shows nothing.
 */
int release_log_read(struct release_log *log,
    int (*entry)(void *context, const struct release_log_entry *entry), void *context) VAULT_MUST_CHECK;

/**
 * Read the same entries once more, those that release_log_read() has seen, with the proof of each.
 * @retval VAULT_EFORGED  the witness shows another entry than before.
 */
int release_log_prove(struct release_log *log,
    int (*entry)(void *context, const struct release_log_entry *entry, struct bytes proof),
    void *context) VAULT_MUST_CHECK;

/** What was read, valid after release_log_read(): the signed note, its key, and how many entries it is over.
 */
struct bytes release_log_checkpoint(const struct release_log *log);
const struct note_key *release_log_key(const struct release_log *log);
uint64_t release_log_size(const struct release_log *log);

#endif
