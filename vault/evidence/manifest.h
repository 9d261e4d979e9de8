/**
 * @file manifest.h
 * A bundle's manifest.json, which lists what belongs to it, and manifest.sig, which signs that.
 */
#ifndef VAULT_EVIDENCE_MANIFEST_H
#define VAULT_EVIDENCE_MANIFEST_H

#include "vault/evidence/note.h"

#define MANIFEST_FIRST_LINE "vault-evidence-manifest/v1"

/** Which entries of a log are there. */
struct scope {
    bool range; /* every entry from start on and before end; else a selection that claims no completeness */
    uint64_t start; /* of a range */
    uint64_t end;
    uint64_t count;
    struct bytes query; /* of a selection, as raw JSON string with its quotes; empty if there is none */
};

/** A manifest taken apart; spans are raw text of it (see canonical.h). */
struct manifest {
    struct bytes origin;
    uint64_t tree_size;
    int64_t created; /* instant */
    struct bytes created_text;
    struct bytes purpose; /* JSON string with its quotes */
    struct scope scope;
    struct bytes files; /* the array; manifest_file() takes it apart */
    bool has_release;
    struct bytes release_origin;
    uint64_t release_size;
    struct scope release_scope;
};

/** NULL, or what is wrong with it.  Checks the form of everything but `files`. */
const char *manifest_read(struct bytes text, struct manifest *manifest);

/** Does this raw JSON string (without its quotes) name that origin? */
bool manifest_names(struct bytes raw, struct bytes origin);

struct manifest_file {
    struct bytes name;
    struct hash hash;
    uint64_t size;
};
/** Take the next one: start with *rest = manifest.files.  *more is false at the end.  NULL, or what is wrong.
 */
const char *manifest_file(struct bytes *rest, struct manifest_file *file, bool *more);

/** Append the text that manifest.sig signs. */
void manifest_signed_text(struct bytes origin, const struct hash *manifest_hash, struct buffer *text);
/** A note over exactly that text with exactly one signature, by this key.  VAULT_EINPUT, VAULT_EFORGED. */
int manifest_check_signature(struct bytes note, struct bytes origin, const struct hash *manifest_hash,
    const struct note_key *key) VAULT_MUST_CHECK;

/* --- Writing; strings are raw JSON strings with their quotes --- */

void scope_write(const struct scope *scope, struct buffer *text);
/** Everything up to the files. */
void manifest_write_start(int64_t created, struct buffer *text);
void manifest_write_file(
    bool first, const char *name, const struct hash *hash, uint64_t size, struct buffer *text);
/** Everything behind the files; of @p manifest: origin, tree_size, purpose, scope and the release part. */
void manifest_write_end(const struct manifest *manifest, struct buffer *text);

#endif
