/**
 * @file container.h
 * What a bundle comes in, read: a directory or a ustar archive, as a list of files sorted by name.
 *
 * Only names that a bundle can have are accepted, each once; symbolic links, devices and the like never.
 * Contents are mapped, not read, so memory does not grow with them; whoever cuts a mapped file short ends the
 * reading process with SIGBUS.
 */
#ifndef VAULT_EVIDENCE_CONTAINER_H
#define VAULT_EVIDENCE_CONTAINER_H

#include "vault/base/bytes.h"

#define CONTAINER_FILES_MAX ((size_t)1 << 20)
#define CONTAINER_NAME_MAX 100
#define CONTAINER_CASE_DIGITS 64 /* of a SHA-256 */

struct container;

/** Where and why a container is refused. */
struct container_fault {
    char name[CONTAINER_NAME_MAX + 1]; /* of the file; empty for the whole */
    const char *what;                  /* one of a few static sentences */
};

/**
 * @param container  NULL on error; else container_free() gives it back.
 * @retval VAULT_EFORGED    it is there, but no bundle's container; @p fault says why.
 * @retval VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM  with @p failure.
 */
int container_open(const char *path, struct container **container, struct container_fault *fault,
    struct failure *failure) VAULT_MUST_CHECK;
void container_free(struct container *container);

size_t container_count(const struct container *container);
const char *container_name(const struct container *container, size_t index);
/** The index of a file; false if it is not there. */
bool container_find(const struct container *container, const char *name, size_t *index);

/**
 * Map a file's content; give it back with container_drop() before the next but a few thousand.
 * @retval VAULT_EFORGED  it is no regular file any more;  VAULT_EIO, VAULT_ENOMEM.
 */
int container_get(const struct container *container, size_t index, struct bytes *content,
    struct failure *failure) VAULT_MUST_CHECK;
void container_drop(const struct container *container, struct bytes content);

/** Is this "proofs/<index>.tlog-proof"?  Gives the index. */
bool container_proof_name(const char *name, uint64_t *index);
/** Is this "files/<SHA-256 in lower-case hexadecimal>", a file of a case? */
bool container_case_name(const char *name);

#endif
