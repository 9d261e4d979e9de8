/* What belongs to a backup. */
#include <stdlib.h>
#include <string.h>

#include "vault/access/attempts.h"
#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/base/json.h"
#include "vault/ops/keeping/backup_private.h"

#define TYPE "strongroom-backup"
#define MANIFEST_VERSION 1
#define PIECE ((size_t)1 << 20)

static const char *const names[BACKUP_FILES_MAX] = {LAYOUT_SLOTS, LAYOUT_STORE, LAYOUT_LOG, ATTEMPTS_FILE};

const char *backup_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < BACKUP_FILES_MAX; i++) {
        if (strcmp(names[i], name) == 0)
            return names[i];
    }
    return NULL;
}

bool backup_required(const char *name)
{
    return strcmp(name, ATTEMPTS_FILE) != 0;
}

int backup_hash(int file, uint64_t size, struct hash *hash)
{
    struct hasher *hasher = hasher_new();
    uint8_t *piece = malloc(PIECE);
    int result = hasher == NULL || piece == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK)
        hasher_start(hasher);
    for (uint64_t at = 0; at < size && result == VAULT_OK; at += PIECE) {
        size_t some = size - at < PIECE ? (size_t)(size - at) : PIECE;
        result = file_read_at(file, at, piece, some);
        if (result == VAULT_OK)
            hasher_add(hasher, bytes_of(piece, some));
    }
    if (result == VAULT_OK)
        hasher_finish(hasher, hash);
    hasher_free(hasher);
    free(piece); /* encrypted bytes, not wiped */
    return result;
}

/* --- Writing --- */

static json_t *file_json(const struct backup_file *file)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_bytes(&file->hash), hex);
    return json_pack("{s:s,s:I,s:s}", "name", file->name, "size", (json_int_t)file->size, "sha256", hex);
}

int backup_manifest_write(const struct backup_manifest *manifest, struct buffer *text)
{
    char created[INSTANT_TEXT_SIZE];
    json_t *files = json_array();
    int result = VAULT_OK;
    instant_format(manifest->created, created);
    for (size_t i = 0; i < manifest->count && result == VAULT_OK; i++)
        result = json_array_append_new(files, file_json(&manifest->files[i])) == 0 ? VAULT_OK : VAULT_ENOMEM;
    json_t *value = json_pack("{s:i,s:s,s:s,s:s,s:I,s:s%,s:O}", "v", MANIFEST_VERSION, "type", TYPE, "origin",
        manifest->origin, "created", created, "entries", (json_int_t)manifest->entries, "checkpoint",
        manifest->checkpoint.data, manifest->checkpoint.size, "files", files);
    if (result == VAULT_OK)
        result = value == NULL ? VAULT_ENOMEM : json_write_canonical(value, text);
    json_decref(value);
    json_decref(files);
    return result;
}

/* --- Reading --- */

static int damaged(struct failure *failure, const char *what)
{
    return failure_set(failure, VAULT_EDAMAGED, "%s: %s", BACKUP_MANIFEST, what);
}

static bool has_file(const struct backup_manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->count; i++) {
        if (strcmp(manifest->files[i].name, name) == 0)
            return true;
    }
    return false;
}

static int read_file(const json_t *value, struct backup_manifest *manifest, struct failure *failure)
{
    const char *name = backup_name(json_text(value, "name"));
    const char *hex = json_text(value, "sha256");
    int64_t size = json_number(value, "size", -1);
    if (name == NULL || has_file(manifest, name))
        return damaged(failure, "a file that no backup has, or one twice");
    struct backup_file *file = &manifest->files[manifest->count];
    if (size < 0 || hex == NULL || !hex_decode(hex, strlen(hex), file->hash.data, HASH_SIZE))
        return damaged(failure, "a file without size or hash");
    file->name = name;
    file->size = (uint64_t)size;
    manifest->count++;
    return VAULT_OK;
}

static int read_files(const json_t *list, struct backup_manifest *manifest, struct failure *failure)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = read_file(json_array_get(list, i), manifest, failure);
    for (size_t i = 0; i < BACKUP_FILES_MAX && result == VAULT_OK; i++) {
        if (backup_required(names[i]) && !has_file(manifest, names[i]))
            result = failure_set(failure, VAULT_EDAMAGED, "%s: '%s' is missing", BACKUP_MANIFEST, names[i]);
    }
    return result;
}

static int read_head(const json_t *value, struct backup_manifest *manifest, struct failure *failure)
{
    const char *type = json_text(value, "type");
    const char *origin = json_text(value, "origin");
    const char *created = json_text(value, "created");
    const char *checkpoint = json_text(value, "checkpoint");
    int64_t entries = json_number(value, "entries", -1);
    if (type == NULL || strcmp(type, TYPE) != 0)
        return damaged(failure, "not that of a backup");
    if (json_number(value, "v", 0) != MANIFEST_VERSION)
        return failure_set(failure, VAULT_EVERSION, "%s: written by a newer program", BACKUP_MANIFEST);
    if (origin == NULL || strlen(origin) >= sizeof manifest->origin || created == NULL ||
        checkpoint == NULL || entries < 0 || !instant_parse(bytes_of_text(created), &manifest->created))
        return damaged(failure, "incomplete");
    (void)strcpy(manifest->origin, origin);
    manifest->entries = (uint64_t)entries;
    buffer_put_text(&manifest->checkpoint, checkpoint);
    return buffer_error(&manifest->checkpoint);
}

int backup_manifest_read(struct bytes text, struct backup_manifest *manifest, struct failure *failure)
{
    json_t *value = NULL;
    memset(manifest, 0, sizeof *manifest);
    int result = json_read(text, &value, NULL);
    if (result == VAULT_EINPUT)
        result = damaged(failure, "not JSON");
    if (result == VAULT_OK)
        result = read_head(value, manifest, failure);
    if (result == VAULT_OK)
        result = read_files(json_object_get(value, "files"), manifest, failure);
    json_decref(value);
    return result;
}

void backup_manifest_free(struct backup_manifest *manifest)
{
    buffer_free(&manifest->checkpoint);
}
