#include "vault/access/replayed_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/authority.h"
#include "vault/access/session_private.h"
#include "vault/base/file.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal.h"
#include "vault/evidence/tree.h"
#include "vault/log/remember.h"

#define VERSION 1u
#define ENTRY_SIZE (8 + HASH_SIZE)
#define FILE_SIZE_MAX ((size_t)64 << 20)

void replayed_free(struct replayed *replayed)
{
    buffer_free(&replayed->entries);
    hasher_free(replayed->hasher);
    memset(replayed, 0, sizeof *replayed);
}

/* --- The list --- */

size_t replayed_count(const struct replayed *replayed)
{
    return replayed->entries.size / ENTRY_SIZE;
}

struct replayed_entry replayed_at(const struct replayed *replayed, size_t at)
{
    struct replayed_entry entry;
    struct reader reader = reader_of(bytes_of(replayed->entries.data + at * ENTRY_SIZE, ENTRY_SIZE));
    entry.index = reader_u64(&reader);
    memcpy(entry.hash.data, reader.rest.data, HASH_SIZE);
    return entry;
}

static bool leaf_hash(struct replayed *replayed, struct bytes leaf, struct hash *hash)
{
    if (replayed->hasher == NULL && (replayed->hasher = hasher_new()) == NULL)
        return false;
    tree_leaf_hash(replayed->hasher, leaf, hash);
    return true;
}

bool replayed_is(struct replayed *replayed, const struct replayed_entry *entry, struct bytes leaf)
{
    struct hash hash;
    return leaf_hash(replayed, leaf, &hash) && bytes_equal(hash_bytes(&hash), hash_bytes(&entry->hash));
}

void replayed_add(struct replayed *replayed, uint64_t index, struct bytes leaf)
{
    struct hash hash;
    if (!leaf_hash(replayed, leaf, &hash)) {
        replayed->entries.error = VAULT_ENOMEM;
        return;
    }
    buffer_put_u64(&replayed->entries, index);
    buffer_put(&replayed->entries, hash_bytes(&hash));
}

/* --- The file: version || size || root || entries, sealed --- */

static char *path_of(const struct session *session)
{
    char suffix[NAME_SIZE_MAX + 16];
    (void)snprintf(suffix, sizeof suffix, ".%s.replayed", session->user);
    return session->known == NULL ? NULL : remember_path(session->origin, session->known, suffix);
}

/* Another set of authority's events has other entries that matter. */
static int place_of(const struct session *session, struct place *place)
{
    struct hash events;
    struct buffer names = {0};
    authority_events(&names);
    hash_sha256(buffer_bytes(&names), &events);
    place_start(place, "replayed", &session->vault);
    place_add_text(place, session->origin);
    place_add_text(place, session->user);
    place_add(place, hash_bytes(&events));
    int result = buffer_error(&names);
    buffer_free(&names);
    return result;
}

static int key_of(const struct session *session, struct secret **key)
{
    return secret_derive(session->seed, "replayed", 1, key);
}

/* Numbers that rise and lie within the log: else it is no list of ours. */
static bool in_order(const struct replayed *replayed)
{
    bool good = replayed->entries.size % ENTRY_SIZE == 0;
    for (size_t i = 0; i < replayed_count(replayed) && good; i++) {
        uint64_t index = replayed_at(replayed, i).index;
        good = index < replayed->size && (i == 0 || replayed_at(replayed, i - 1).index < index);
    }
    return good;
}

static bool same_root(struct session *session, uint64_t size, struct bytes root)
{
    struct hash now;
    return size <= log_size(session->log) && log_root(session->log, size, &now, NULL) == VAULT_OK &&
           bytes_equal(hash_bytes(&now), root);
}

static void take(struct session *session, struct bytes plain, struct replayed *replayed)
{
    struct reader reader = reader_of(plain);
    uint8_t version = reader_u8(&reader);
    uint64_t size = reader_u64(&reader);
    struct bytes root = reader_take(&reader, HASH_SIZE);
    if (version != VERSION || reader.short_read || !same_root(session, size, root))
        return;
    replayed->size = size;
    buffer_put(&replayed->entries, reader.rest);
    if (!in_order(replayed)) {
        replayed->size = 0;
        buffer_reset(&replayed->entries);
    }
}

int replayed_load(struct session *session, struct replayed *replayed)
{
    struct place place;
    struct buffer sealed = {0};
    struct buffer plain = {0};
    struct secret *key = NULL;
    char *path = path_of(session);
    memset(replayed, 0, sizeof *replayed);
    if (path == NULL)
        return session->known == NULL ? VAULT_OK : VAULT_ENOMEM;
    int result = place_of(session, &place);
    if (result == VAULT_OK)
        result = file_read(path, FILE_SIZE_MAX, &sealed, NULL);
    if (result == VAULT_OK)
        result = key_of(session, &key);
    if (result == VAULT_OK)
        result = seal_open(key, place_bytes(&place), buffer_bytes(&sealed), &plain);
    if (result == VAULT_OK)
        take(session, buffer_bytes(&plain), replayed);
    result = result == VAULT_ENOMEM ? result : buffer_error(&replayed->entries);
    buffer_free(&plain);
    buffer_free(&sealed);
    secret_free(key);
    free(path);
    return result;
}

void replayed_save(struct session *session, const struct replayed *replayed)
{
    struct place place;
    struct hash root;
    struct buffer plain = {0};
    struct buffer sealed = {0};
    struct secret *key = NULL;
    char *path = path_of(session);
    if (path == NULL || place_of(session, &place) != VAULT_OK ||
        buffer_error(&replayed->entries) != VAULT_OK ||
        log_root(session->log, replayed->size, &root, NULL) != VAULT_OK || key_of(session, &key) != VAULT_OK)
        goto out;
    buffer_put_u8(&plain, VERSION);
    buffer_put_u64(&plain, replayed->size);
    buffer_put(&plain, hash_bytes(&root));
    buffer_put(&plain, buffer_bytes(&replayed->entries));
    if (buffer_error(&plain) == VAULT_OK &&
        seal(key, place_bytes(&place), buffer_bytes(&plain), &sealed) == VAULT_OK &&
        sealed.size <= FILE_SIZE_MAX)
        (void)!file_replace(path, buffer_bytes(&sealed), 0600, NULL);
out:
    buffer_free(&plain);
    buffer_free(&sealed);
    secret_free(key);
    free(path);
}
