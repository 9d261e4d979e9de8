/**
 * @file backup_private.h
 * Inside the room: what a backup is made of.
 *
 * One ZIP archive, its members stored as they are: everything in them is encrypted already, so there is
 * nothing to compress, and an archive that claims to grow is none of ours.  manifest.json (canonical JSON)
 * says what belongs to it:
 *
 *     {"v":1,"type":"strongroom-backup","origin":…,"created":…,"entries":N,"checkpoint":…,
 *      "files":[{"name":…,"size":N,"sha256":…},…]}
 *
 * `entries` is the size of the log in it and `checkpoint` that size's signed note.
 */
#ifndef VAULT_OPS_KEEPING_BACKUP_PRIVATE_H
#define VAULT_OPS_KEEPING_BACKUP_PRIVATE_H

#include "vault/crypto/hash.h"

#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_MANIFEST_MAX ((size_t)256 << 10)
#define BACKUP_FILES_MAX 4

struct backup_file {
    const char *name; /* one of the known names, static */
    uint64_t size;
    struct hash hash;
};

struct backup_manifest {
    char origin[96];
    int64_t created;
    uint64_t entries;
    struct buffer checkpoint;
    struct backup_file files[BACKUP_FILES_MAX];
    size_t count;
};

struct call;
struct session_options;
struct reply;

/** Write the vault to @p out under what @p action permits, told by an intent and an outcome named @p event. */
int backup_write(
    struct call *call, const char *action, const char *event, const char *out) VAULT_MUST_CHECK;
/** As vault_restore(), but what comes of it is a copy to practise on (session_exercise()), by what drill.run
 * permits; its first event is drill.run. */
int restore_exercise(const char *backup, const struct session_options *options, const struct reply *reply,
    struct failure *failure) VAULT_MUST_CHECK;

/** The known name that equals @p name, or NULL. */
const char *backup_name(const char *name);
/** Must a backup have this file?  `attempts` may be missing. */
bool backup_required(const char *name);

/** Append the manifest's text. */
int backup_manifest_write(const struct backup_manifest *manifest, struct buffer *text) VAULT_MUST_CHECK;
/** @retval VAULT_EDAMAGED  not the manifest of a backup, a name that no backup has, twice, or missing.
 *  @retval VAULT_EVERSION  of a newer program. */
int backup_manifest_read(
    struct bytes text, struct backup_manifest *manifest, struct failure *failure) VAULT_MUST_CHECK;
void backup_manifest_free(struct backup_manifest *manifest);

/** Hash the first @p size bytes of an open file. VAULT_EDAMAGED if there are fewer. */
int backup_hash(int file, uint64_t size, struct hash *hash) VAULT_MUST_CHECK;

#endif
