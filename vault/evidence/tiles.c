#include "vault/evidence/tiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/base/file.h"
#include "vault/evidence/leaf.h"

void tile_path(const struct tile *tile, char path[TILE_PATH_SIZE])
{
    char groups[48] = "";
    char *end = groups;
    uint64_t scale = 1;
    while (tile->index / scale >= 1000)
        scale *= 1000;
    for (; scale > 0; scale /= 1000)
        end += sprintf(end, "%s%03u", scale > 1 ? "/x" : "/", (unsigned)(tile->index / scale % 1000));
    char level[16] = "entries";
    if (!tile->entries)
        (void)snprintf(level, sizeof level, "%u", tile->level);
    if (tile->width < TILE_WIDTH)
        (void)snprintf(path, TILE_PATH_SIZE, "tile/%s%s.p/%u", level, groups, tile->width);
    else
        (void)snprintf(path, TILE_PATH_SIZE, "tile/%s%s", level, groups);
}

struct publication {
    const char *directory;
    const struct tiles_source *source;
    uint64_t size;
    uint64_t *files;
    struct buffer content;
    struct buffer leaf;
    struct failure *failure;
};

static int make_folders(const char *directory, char *path, struct failure *failure)
{
    for (char *slash = strchr(path + strlen(directory) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int made = mkdir(path, 0755);
        int why = errno;
        if (made != 0 && why != EEXIST)
            (void)failure_set(failure, VAULT_EIO, "%s: cannot be made: %s", path, strerror(why));
        *slash = '/';
        if (made != 0 && why != EEXIST)
            return VAULT_EIO;
    }
    return VAULT_OK;
}

static int put_hashes(struct publication *publication, const struct tile *tile)
{
    const struct tree_nodes *nodes = &publication->source->nodes;
    struct hash hash;
    int result = VAULT_OK;
    for (unsigned i = 0; i < tile->width && result == VAULT_OK; i++) {
        result = nodes->node(nodes->context, tile->level * TILE_HEIGHT, tile->index * TILE_WIDTH + i, &hash);
        buffer_put(&publication->content, hash_bytes(&hash));
    }
    return result;
}

static int put_leaves(struct publication *publication, const struct tile *tile)
{
    const struct tiles_source *source = publication->source;
    int result = VAULT_OK;
    for (unsigned i = 0; i < tile->width && result == VAULT_OK; i++) {
        buffer_reset(&publication->leaf);
        result = source->leaf(source->context, tile->index * TILE_WIDTH + i, &publication->leaf);
        if (result == VAULT_OK && publication->leaf.size > LEAF_SIZE_MAX)
            result = VAULT_ELIMIT;
        buffer_put_u16(&publication->content, (uint16_t)publication->leaf.size);
        buffer_put(&publication->content, buffer_bytes(&publication->leaf));
    }
    return result;
}

static int write_tile(struct publication *publication, const struct tile *tile)
{
    char name[TILE_PATH_SIZE];
    tile_path(tile, name);
    char *path = file_path(publication->directory, name);
    if (path == NULL)
        return failure_set(publication->failure, VAULT_ENOMEM, "%s: no memory", publication->directory);
    int result = VAULT_OK;
    if (file_exists(path))
        goto out;
    buffer_reset(&publication->content);
    result = tile->entries ? put_leaves(publication, tile) : put_hashes(publication, tile);
    if (result == VAULT_OK)
        result = buffer_error(&publication->content);
    if (result == VAULT_OK)
        result = make_folders(publication->directory, path, publication->failure);
    /* Not synced one by one: the checkpoint, which tells of them, is written after a sync of all. */
    if (result == VAULT_OK)
        result = file_replace_lazily(path, buffer_bytes(&publication->content), 0644, publication->failure);
    if (result == VAULT_OK)
        ++*publication->files;
    else
        (void)failure_set(publication->failure, result, "%s: %s", path, vault_error_text(result));
out:
    free(path);
    return result;
}

/* Tiles of one level from the first that the earlier checkpoint did not fill. */
static int write_level(struct publication *publication, unsigned level, bool entries, uint64_t have)
{
    uint64_t hashes = publication->size >> (TILE_HEIGHT * level);
    uint64_t index = (have >> (TILE_HEIGHT * level)) / TILE_WIDTH;
    const struct tiles_source *source = publication->source;
    int result = VAULT_OK;
    for (; index * TILE_WIDTH < hashes && result == VAULT_OK; index++) {
        uint64_t left = hashes - index * TILE_WIDTH;
        struct tile tile = {level, entries, index, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH};
        result = write_tile(publication, &tile);
        if (source->progress != NULL && level == 0)
            source->progress(source->context, index * TILE_WIDTH, hashes);
    }
    return result;
}

int tiles_write(const char *directory, const struct tiles_source *source, uint64_t have, uint64_t size,
    bool entries, struct bytes checkpoint, uint64_t *files, struct failure *failure)
{
    struct publication publication = {
        .directory = directory, .source = source, .size = size, .files = files, .failure = failure};
    *files = 0;
    int result = mkdir(directory, 0755) == 0 || errno == EEXIST
                     ? VAULT_OK
                     : failure_set(failure, VAULT_EIO, "%s: cannot be made: %s", directory, strerror(errno));
    for (unsigned level = 0; level < TREE_LEVELS / TILE_HEIGHT && size >> (TILE_HEIGHT * level) > 0; level++)
        if (result == VAULT_OK)
            result = write_level(&publication, level, false, have);
    if (result == VAULT_OK && entries)
        result = write_level(&publication, 0, true, have);
    char *path = file_path(directory, "checkpoint");
    if (result == VAULT_OK && path == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = file_sync_all(directory, failure);
    if (result == VAULT_OK)
        result = file_replace(path, checkpoint, 0644, failure);
    free(path);
    buffer_free(&publication.content);
    buffer_free(&publication.leaf);
    return result;
}
