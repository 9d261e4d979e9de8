/**
 * @file scratch.h
 * Files on their way in and out: the paths that people name are theirs, never the server's, so what is to be
 * imported is kept here until it is read, and what an operation wrote until it is fetched.
 *
 * Plaintext never reaches a disk: it is kept in memory (tmpfs), sealed things beside the vault.  What nobody
 * fetches is removed after some minutes, all of it at the start and at the end.  Thread-safe.
 */
#ifndef VAULT_SERVER_SCRATCH_H
#define VAULT_SERVER_SCRATCH_H

#include "vault/base/json.h"
#include "vault/base/ulid.h"

#define SCRATCH_UPLOADS_MAX (UINT64_C(1) << 30) /* bytes of all that was brought and not yet used */
#define SCRATCH_ITEMS_MAX 256u
#define SCRATCH_OF_ONE 32u /* of them kept for one owner, so that nobody takes the room of all */
#define SCRATCH_KEEP_SECONDS 600u
#define SCRATCH_ID_SIZE (ULID_TEXT_SIZE + 21) /* "ULID-number" */

struct scratch;

/**
 * @param directory  of the vault; its lock is held by the caller, so what is left there is nobody's.
 * @retval VAULT_EIO  no place; @p failure names it.
 */
int scratch_new(const char *directory, struct scratch **scratch, struct failure *failure) VAULT_MUST_CHECK;
/** Remove everything. NULL is allowed. */
void scratch_free(struct scratch *scratch);

/** One file or directory, for the one thread that has it. */
struct scratch_item;

/**
 * A place for a file that the person calls @p name (its last part counts).
 * @param owner   a login's id: nobody else finds it.
 * @param sealed  it holds no plaintext, and may be large.
 * @retval VAULT_EINPUT  no name for a file;  VAULT_EBUSY  too many;  VAULT_EIO.
 */
int scratch_begin(struct scratch *scratch, const char *owner, const char *name, bool sealed,
    struct scratch_item **item, struct failure *failure) VAULT_MUST_CHECK;
/** Where it is, or is to be written. Borrowed from the item. */
const char *scratch_path(const struct scratch_item *item);
/** Append to the file. VAULT_ELIMIT above SCRATCH_UPLOADS_MAX in all. */
int scratch_write(struct scratch *scratch, struct scratch_item *item, struct bytes bytes,
    struct failure *failure) VAULT_MUST_CHECK;
/** Ready: from now on it is found by its id. @p id holds SCRATCH_ID_SIZE. */
void scratch_keep(struct scratch *scratch, struct scratch_item *item, char *id);
/** Ready, as scratch_keep(): every file in it, as an array of {id,path}; a path is "" for the item itself. */
int scratch_keep_all(struct scratch *scratch, struct scratch_item *item, json_t **files,
    struct failure *failure) VAULT_MUST_CHECK;
/** Take an item back that was kept: it is not found any more, and the caller's. VAULT_ENOTFOUND. */
int scratch_take(struct scratch *scratch, const char *owner, const char *id, struct scratch_item **item,
    struct failure *failure) VAULT_MUST_CHECK;
/** Open one file for reading; it goes on to be there.  The caller closes it, and frees @p label.
 *  VAULT_ENOTFOUND, VAULT_ENOMEM: *file is -1. */
int scratch_open(struct scratch *scratch, const char *owner, const char *id, int *file, struct buffer *label,
    struct failure *failure) VAULT_MUST_CHECK;
/** Is it one file, rather than one of a directory's? */
bool scratch_single(struct scratch *scratch, const char *owner, const char *id);
/** What an item is about, told again when it is opened: in the caller's own form.  Before it is kept.
 *  @p label is emptied. */
void scratch_label(struct scratch_item *item, struct buffer *label);
/** Remove it, whatever is in it. NULL is allowed. */
void scratch_drop(struct scratch *scratch, struct scratch_item *item);

/** Remove all of one owner; of everybody what is old if @p owner is NULL. */
void scratch_expire(struct scratch *scratch, const char *owner);

#endif
