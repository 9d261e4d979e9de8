/**
 * @file behind.h
 * Drafts of an import, put behind the caller (write-behind): while he reads the next ones, a thread of its
 * own matches, seals and stores those before.
 *
 * What comes of a draft is what records_put() makes of it, in the same order; only when it is told differs.
 * The thread starts once there is work for it, and works inside the caller's transaction.  From a
 * behind_put() that took a draft until the next behind_settle(), it alone uses the store, the keyring, the
 * postings and the `struct records`: the caller settles before he uses any of them, and before he ends the
 * transaction.
 *
 * One `struct behind` belongs to one thread, and so does the callback.  Plain text waiting in it is bounded
 * (some megabytes), never leaves memory, and is wiped.
 */
#ifndef VAULT_RECORDS_BEHIND_H
#define VAULT_RECORDS_BEHIND_H

#include "vault/records/records.h"

struct behind;

/** What came of one draft; borrowed for the callback. */
struct behind_told {
    const char *where; /* of the draft */
    int result;        /* of its records_put() */
    const struct record_written *written;
    const struct failure *failure; /* where there is one */
};

/**
 * @param records   of the session; @p postings as for records_put(), not NULL.  Both are borrowed until
 * behind_free().
 * @param tell      called in the order of the drafts, by behind_put() and behind_settle(), while the thread
 * may be at work.  What it gives other than VAULT_OK ends everything: that is then the error of each further
 * call.
 * @retval VAULT_ENOMEM
 */
int behind_new(struct records *records, struct postings *postings,
    int (*tell)(void *context, const struct behind_told *told), void *context,
    struct behind **behind) VAULT_MUST_CHECK;
/** Ends the thread.  What was not settled may be put or not, and is not told.  NULL is allowed. */
void behind_free(struct behind *behind);

/**
 * Take a draft; everything in @p draft is borrowed for the call but `fields`, which nobody may change
 * afterwards.
 * @param taken  false: this one is for the caller, with records_put(): a client's own record, a file, one
 * that tells its id or is larger than most, one that fails already, the first few of all.  Everything before
 * it is settled.
 * @retval the error of `tell`.  After VAULT_EINPUT, VAULT_ELIMIT, VAULT_EEXISTS and VAULT_ENOKEY of a draft
 * the thread goes on with the next; after another, nothing more is put, and it is the error here if `tell`
 * lets it pass.
 */
int behind_put(struct behind *behind, const struct permit *permit, const struct record_author *author,
    const struct draft *draft, bool *taken) VAULT_MUST_CHECK;

/** Wait until all that was taken is put and told, and the thread rests.  It rests after an error, too. */
int behind_settle(struct behind *behind) VAULT_MUST_CHECK;

#endif
