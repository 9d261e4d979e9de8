/**
 * @file tiles.h
 * C2SP tlog-tiles (https://c2sp.org/tlog-tiles): a log as files that never change, for others to follow.
 *
 * tile/L/N[.p/W] holds 256 (or W) hashes of level 8L of the tree, tile/entries/N[.p/W] the leaves behind
 * them, each with its length as a big-endian uint16.  N is written as groups of three digits, all but the
 * last with an x.
 */
#ifndef VAULT_EVIDENCE_TILES_H
#define VAULT_EVIDENCE_TILES_H

#include "vault/evidence/tree.h"

#define TILE_WIDTH 256u
#define TILE_HEIGHT 8
#define TILE_PATH_SIZE 96

struct tile {
    unsigned level; /* ignored for entries */
    bool entries;
    uint64_t index;
    unsigned width; /* 1 to TILE_WIDTH */
};

/** "tile/0/x001/x234/067.p/12" */
void tile_path(const struct tile *tile, char path[TILE_PATH_SIZE]);

/** Where the log comes from. */
struct tiles_source {
    struct tree_nodes nodes;
    /** Append one leaf to @p leaf. */
    int (*leaf)(void *context, uint64_t index, struct buffer *leaf);
    void *context;
    /** Now and then; may be NULL. */
    void (*progress)(void *context, uint64_t done, uint64_t total);
};

/**
 * Write the tiles of the first @p size entries that are not there yet, and at last the checkpoint, each whole
 * or not at all.  What another run left is gone on with: full tiles below @p have, which a checkpoint there
 * vouches for, are not looked at; partial ones that a full one replaces are left, as the specification
 * allows.
 * @param have  entries that the published checkpoint has; 0 for none.
 * @param files  how many were written.
 * @retval VAULT_EIO, VAULT_ENOMEM, or an error of the source.
 */
int tiles_write(const char *directory, const struct tiles_source *source, uint64_t have, uint64_t size,
    bool entries, struct bytes checkpoint, uint64_t *files, struct failure *failure) VAULT_MUST_CHECK;

#endif
