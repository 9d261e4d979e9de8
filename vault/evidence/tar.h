/**
 * @file tar.h
 * POSIX ustar archives (IEEE Std 1003.1, pax interchange, "ustar Interchange Format"), as strict as evidence
 * needs them: regular files and directories only, no extensions, every unused byte zero.
 */
#ifndef VAULT_EVIDENCE_TAR_H
#define VAULT_EVIDENCE_TAR_H

#include "vault/base/bytes.h"

#define TAR_BLOCK 512u
#define TAR_NAME_MAX 100
#define TAR_FILE_MAX ((uint64_t)077777777777)

struct tar_entry {
    char name[TAR_NAME_MAX + 1];
    bool directory;       /* its name then ends with a slash */
    struct bytes content; /* borrows from the archive */
};

/**
 * Take the next entry off the front of @p rest; start with the whole archive.
 * @param more  false at the end of the archive, which has then been read to its last byte.
 * @return NULL, or what is wrong with the archive in a few words.
 */
const char *tar_next(struct bytes *rest, struct tar_entry *entry, bool *more);

/** The header of a regular file, modified at @p seconds; VAULT_ELIMIT if name or size do not fit. */
int tar_header(const char *name, uint64_t size, uint64_t seconds, uint8_t block[TAR_BLOCK]) VAULT_MUST_CHECK;
/** How many zero bytes follow a content of @p size bytes. */
size_t tar_padding(uint64_t size);

#endif
