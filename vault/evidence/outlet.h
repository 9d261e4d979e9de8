/**
 * @file outlet.h
 * Where a bundle grows: files one after another into a directory or a ustar archive, hashed on the way.
 *
 * Inside the room of evidence; nothing has its final name before outlet_place().
 */
#ifndef VAULT_EVIDENCE_OUTLET_H
#define VAULT_EVIDENCE_OUTLET_H

#include "vault/crypto/hash.h"

struct outlet;

struct outlet_file {
    char *name;
    uint64_t size;
    struct hash hash;
};

/** @p seconds is the files' time in an archive. VAULT_EEXISTS, VAULT_EIO, VAULT_ENOMEM. */
int outlet_new(const char *path, bool archive, uint64_t seconds, struct outlet **outlet,
    struct failure *failure) VAULT_MUST_CHECK;
/** What was not placed is removed. */
void outlet_free(struct outlet *outlet);

/** One file is open at a time; begin ends the one before. */
int outlet_begin(struct outlet *outlet, const char *name, struct failure *failure) VAULT_MUST_CHECK;
int outlet_put(struct outlet *outlet, struct bytes bytes, struct failure *failure) VAULT_MUST_CHECK;
int outlet_end(struct outlet *outlet, struct failure *failure) VAULT_MUST_CHECK;
/** A whole file. */
int outlet_file(
    struct outlet *outlet, const char *name, struct bytes content, struct failure *failure) VAULT_MUST_CHECK;

/** The files so far, sorted by name. */
const struct outlet_file *outlet_files(struct outlet *outlet, size_t *count);

/** End the archive and have everything on disk. */
int outlet_finish(struct outlet *outlet, struct failure *failure) VAULT_MUST_CHECK;
int outlet_place(struct outlet *outlet, struct failure *failure) VAULT_MUST_CHECK;

#endif
