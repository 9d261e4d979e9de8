/**
 * @file tree.h
 * The Merkle tree of RFC 6962 section 2.1 (the same in RFC 9162): hashes, roots, proofs and their checks.
 *
 * Pure: where the nodes are kept is the caller's affair, told through `struct tree_nodes`.  A node (level,
 * index) is the hash over the leaves [index * 2^level, (index + 1) * 2^level); only nodes of whole subtrees
 * are asked for.  Stored in the order in which they become whole ("post-order"), node k of the file is never
 * changed again.
 */
#ifndef VAULT_EVIDENCE_TREE_H
#define VAULT_EVIDENCE_TREE_H

#include "vault/crypto/hash.h"

#define TREE_LEVELS 64

struct tree_nodes {
    /** Fetch one node; an error ends the calculation and is handed on. */
    int (*node)(void *context, unsigned level, uint64_t index, struct hash *hash);
    void *context;
};

/** SHA-256(0x00 || leaf) and SHA-256(0x01 || left || right). */
void tree_leaf_hash(struct hasher *hasher, struct bytes leaf, struct hash *hash);
void tree_node_hash(
    struct hasher *hasher, const struct hash *left, const struct hash *right, struct hash *hash);

/** How many nodes a file in post-order holds for @p size leaves, and where one of them is. */
uint64_t tree_node_count(uint64_t size);
uint64_t tree_position(unsigned level, uint64_t index);
/** The most leaves for which @p nodes nodes suffice. */
uint64_t tree_leaves_of(uint64_t nodes);

/** The root of the first @p size leaves; of none, SHA-256 of nothing. */
int tree_root(
    const struct tree_nodes *nodes, struct hasher *hasher, uint64_t size, struct hash *root) VAULT_MUST_CHECK;

/** RFC 6962 section 2.1.1, from the leaf's sibling up; VAULT_EUSAGE unless index < size. */
int tree_inclusion(const struct tree_nodes *nodes, struct hasher *hasher, uint64_t index, uint64_t size,
    struct buffer *proof) VAULT_MUST_CHECK;
/** RFC 6962 section 2.1.2; empty for equal sizes and for an old size of 0; VAULT_EUSAGE if old_size > size.
 */
int tree_consistency(const struct tree_nodes *nodes, struct hasher *hasher, uint64_t old_size, uint64_t size,
    struct buffer *proof) VAULT_MUST_CHECK;

/** What proofs of neighbouring leaves have in common, kept between them; {0} to start with. */
struct tree_path {
    size_t count;
    struct {
        uint64_t start;
        uint64_t size; /* never 0 once it is filled in */
        struct hash hash;
    } siblings[TREE_LEVELS];
};

/** As tree_inclusion(), for many leaves of one tree: in order, two nodes are fetched for each, not two a
 * level. */
int tree_inclusion_next(const struct tree_nodes *nodes, struct hasher *hasher, struct tree_path *path,
    uint64_t index, uint64_t size, struct buffer *proof) VAULT_MUST_CHECK;

/** VAULT_EFORGED unless @p proof shows that the leaf is at @p index of the tree with this root. */
int tree_check_inclusion(struct hasher *hasher, const struct hash *leaf, uint64_t index, uint64_t size,
    struct bytes proof, const struct hash *root) VAULT_MUST_CHECK;
/** VAULT_EFORGED unless @p proof shows that the tree of @p size extends that of @p old_size. */
int tree_check_consistency(struct hasher *hasher, uint64_t old_size, const struct hash *old_root,
    uint64_t size, const struct hash *root, struct bytes proof) VAULT_MUST_CHECK;

/** The right edge of a growing tree: the whole subtrees that add up to its size; {0} is the empty tree. */
struct tree_edge {
    uint64_t size;
    struct hash nodes[TREE_LEVELS]; /* [level] holds where that bit of size is set */
};

/** Add a leaf hash; the nodes that became whole go to @p fresh (at most TREE_LEVELS + 1), the leaf first. */
size_t tree_edge_add(struct tree_edge *edge, struct hasher *hasher, const struct hash *leaf,
    struct hash fresh[TREE_LEVELS + 1]);
void tree_edge_root(const struct tree_edge *edge, struct hasher *hasher, struct hash *root);
int tree_edge_load(const struct tree_nodes *nodes, uint64_t size, struct tree_edge *edge) VAULT_MUST_CHECK;

static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
    return bytes_equal(hash_bytes(a), hash_bytes(b));
}

#endif
