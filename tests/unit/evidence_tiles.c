/* Tiles: names as the specification writes them, and a tree that can be put together again from what was
 * published. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/evidence/tiles.h"

Test(evidence_tiles, names)
{
    static const struct {
        struct tile tile;
        const char *path;
    } names[] = {{{0, false, 1234067, 256}, "tile/0/x001/x234/067"}, {{0, false, 0, 112}, "tile/0/000.p/112"},
        {{1, false, 0, 256}, "tile/1/000"}, {{2, false, 0, 1}, "tile/2/000.p/1"},
        {{0, true, 5, 256}, "tile/entries/005"}, {{0, true, 1000, 3}, "tile/entries/x001/000.p/3"},
        {{63, false, 999, 256}, "tile/63/999"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[TILE_PATH_SIZE];
        tile_path(&names[i].tile, path);
        cr_expect_str_eq(path, names[i].path);
    }
}

struct grown {
    struct hash *nodes;
    size_t count;
    struct tree_edge edge;
    struct hasher *hasher;
};

static int put_leaf(void *context, uint64_t index, struct buffer *leaf)
{
    (void)context;
    buffer_put_format(leaf, "leaf %llu", (unsigned long long)index);
    return buffer_error(leaf);
}

static int node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct grown *grown = context;
    *hash = grown->nodes[tree_position(level, index)];
    return VAULT_OK;
}

static void grow(struct grown *grown, uint64_t size)
{
    while (grown->edge.size < size) {
        struct hash leaf;
        struct hash fresh[TREE_LEVELS + 1];
        struct buffer text = {0};
        cr_assert_eq(put_leaf(NULL, grown->edge.size, &text), VAULT_OK);
        tree_leaf_hash(grown->hasher, buffer_bytes(&text), &leaf);
        size_t whole = tree_edge_add(&grown->edge, grown->hasher, &leaf, fresh);
        memcpy(grown->nodes + grown->count, fresh, whole * sizeof *fresh);
        grown->count += whole;
        buffer_free(&text);
    }
}

/* Read every entry tile, hash what is in it, hold it against the hash tiles, and build the tree's root. */
static void read_back(const char *directory, uint64_t size, struct hasher *hasher, struct hash *root)
{
    struct tree_edge edge = {0};
    for (uint64_t index = 0; index * TILE_WIDTH < size; index++) {
        uint64_t left = size - index * TILE_WIDTH;
        struct tile tile = {0, true, index, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH};
        char name[TILE_PATH_SIZE];
        struct buffer entries = {0};
        struct buffer hashes = {0};
        tile_path(&tile, name);
        char *path = file_path(directory, name);
        cr_assert_eq(file_read(path, 1u << 20, &entries, NULL), VAULT_OK, "%s", path);
        free(path);
        tile.entries = false;
        tile_path(&tile, name);
        path = file_path(directory, name);
        cr_assert_eq(file_read(path, 1u << 20, &hashes, NULL), VAULT_OK, "%s", path);
        free(path);
        cr_assert_eq(hashes.size, tile.width * (size_t)HASH_SIZE);
        struct reader reader = reader_of(buffer_bytes(&entries));
        for (unsigned i = 0; i < tile.width; i++) {
            struct hash hash;
            struct hash fresh[TREE_LEVELS + 1];
            tree_leaf_hash(hasher, reader_take(&reader, reader_u16(&reader)), &hash);
            cr_assert(
                bytes_equal(hash_bytes(&hash), bytes_of(hashes.data + i * (size_t)HASH_SIZE, HASH_SIZE)));
            (void)tree_edge_add(&edge, hasher, &hash, fresh);
        }
        cr_assert_eq(reader_end(&reader), VAULT_OK);
        buffer_free(&entries);
        buffer_free(&hashes);
    }
    tree_edge_root(&edge, hasher, root);
}

Test(evidence_tiles, a_log_that_grows_is_published_step_by_step)
{
    static const uint64_t sizes[] = {1, 2, 255, 256, 257, 700, 700, 66000};
    struct grown grown = {.nodes = calloc(140000, sizeof(struct hash)), .hasher = hasher_new()};
    struct tiles_source source = {.nodes = {node, &grown}, .leaf = put_leaf};
    char directory[] = "/tmp/strongroom-tiles-XXXXXX";
    char command[100];
    uint64_t have = 0;
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_not_null(mkdtemp(directory));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct hash wanted;
        struct hash root;
        struct buffer checkpoint = {0};
        uint64_t files;
        grow(&grown, sizes[i]);
        tree_edge_root(&grown.edge, grown.hasher, &wanted);
        cr_assert_eq(tiles_write(directory, &source, have, sizes[i], true, bytes_of_text("a checkpoint\n"),
                         &files, NULL),
            VAULT_OK);
        read_back(directory, sizes[i], grown.hasher, &root);
        cr_expect(hash_equal(&root, &wanted), "%d", (int)sizes[i]);
        cr_expect(sizes[i] != have || files == 0, "nothing new, nothing written");
        char *path = file_path(directory, "checkpoint");
        cr_assert_eq(file_read(path, 100, &checkpoint, NULL), VAULT_OK);
        free(path);
        buffer_free(&checkpoint);
        have = sizes[i];
    }
    /* 66000 entries: 257 full tiles and one of 208; level 1: one full and one of 1; level 2: one of 1. */
    char *path = file_path(directory, "tile/1/001.p/1");
    cr_expect(file_exists(path));
    free(path);
    path = file_path(directory, "tile/2/000.p/1");
    cr_expect(file_exists(path));
    free(path);
    (void)snprintf(command, sizeof command, "rm -r %s", directory);
    cr_assert_eq(system(command), 0);
    hasher_free(grown.hasher);
    free(grown.nodes);
}
