#include "vault/evidence/tree.h"

#include <string.h>

/* A run of whole calculations over one tree. */
struct walk {
    const struct tree_nodes *nodes;
    struct hasher *hasher;
    struct buffer *proof;
};

void tree_leaf_hash(struct hasher *hasher, struct bytes leaf, struct hash *hash)
{
    static const uint8_t prefix = 0x00;
    hasher_start(hasher);
    hasher_add(hasher, bytes_of(&prefix, 1));
    hasher_add(hasher, leaf);
    hasher_finish(hasher, hash);
}

void tree_node_hash(
    struct hasher *hasher, const struct hash *left, const struct hash *right, struct hash *hash)
{
    uint8_t message[1 + 2 * HASH_SIZE];
    message[0] = 0x01;
    memcpy(message + 1, left->data, HASH_SIZE);
    memcpy(message + 1 + HASH_SIZE, right->data, HASH_SIZE);
    hasher_start(hasher);
    hasher_add(hasher, bytes_of(message, sizeof message));
    hasher_finish(hasher, hash);
}

uint64_t tree_node_count(uint64_t size)
{
    return 2 * size - (uint64_t)__builtin_popcountll(size);
}

/* The node becomes whole with its last leaf, `level` places after that leaf's own hash. */
uint64_t tree_position(unsigned level, uint64_t index)
{
    uint64_t last = ((index + 1) << level) - 1;
    return tree_node_count(last) + level;
}

uint64_t tree_leaves_of(uint64_t nodes)
{
    uint64_t size = nodes / 2;
    while (tree_node_count(size + 1) <= nodes)
        size++;
    return size;
}

/* The largest power of two below size; size is at least 2. */
static unsigned split_level(uint64_t size)
{
    return 63u - (unsigned)__builtin_clzll(size - 1);
}

/* The hash over [start, start + size), where start is a multiple of a power of two not below size. */
static int range_root(const struct walk *walk, uint64_t start, uint64_t size, struct hash *root)
{
    bool first = true;
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        if ((size >> level & 1) == 0)
            continue;
        struct hash whole;
        uint64_t before = level == TREE_LEVELS - 1 ? 0 : size >> (level + 1) << (level + 1);
        int result = walk->nodes->node(walk->nodes->context, level, (start + before) >> level, &whole);
        if (result != VAULT_OK)
            return result;
        if (first)
            *root = whole;
        else
            tree_node_hash(walk->hasher, &whole, root, root);
        first = false;
    }
    return VAULT_OK;
}

static int put_range(const struct walk *walk, uint64_t start, uint64_t size)
{
    struct hash hash;
    int result = range_root(walk, start, size, &hash);
    if (result == VAULT_OK)
        buffer_put(walk->proof, hash_bytes(&hash));
    return result;
}

static int inclusion(const struct walk *walk, uint64_t start, uint64_t size, uint64_t index)
{
    if (size == 1)
        return VAULT_OK;
    uint64_t left = UINT64_C(1) << split_level(size);
    int result = index < left ? inclusion(walk, start, left, index)
                              : inclusion(walk, start + left, size - left, index - left);
    if (result != VAULT_OK)
        return result;
    return index < left ? put_range(walk, start + left, size - left) : put_range(walk, start, left);
}

/* `known`: the old tree's root is that of [start, start + size) itself, so it need not be told. */
static int consistency(const struct walk *walk, uint64_t start, uint64_t size, uint64_t old_size, bool known)
{
    if (old_size == size)
        return known ? VAULT_OK : put_range(walk, start, size);
    uint64_t left = UINT64_C(1) << split_level(size);
    bool inside = old_size <= left;
    int result = inside ? consistency(walk, start, left, old_size, known)
                        : consistency(walk, start + left, size - left, old_size - left, false);
    if (result != VAULT_OK)
        return result;
    return inside ? put_range(walk, start + left, size - left) : put_range(walk, start, left);
}

int tree_root(const struct tree_nodes *nodes, struct hasher *hasher, uint64_t size, struct hash *root)
{
    struct walk walk = {nodes, hasher, NULL};
    if (size == 0) {
        hasher_start(hasher);
        hasher_finish(hasher, root);
        return VAULT_OK;
    }
    return range_root(&walk, 0, size, root);
}

/* Give back what a failed proof left in the buffer. */
static int finish_proof(struct buffer *proof, size_t before, int result)
{
    if (result == VAULT_OK)
        result = buffer_error(proof);
    if (result != VAULT_OK)
        proof->size = before;
    return result;
}

int tree_inclusion(const struct tree_nodes *nodes, struct hasher *hasher, uint64_t index, uint64_t size,
    struct buffer *proof)
{
    struct walk walk = {nodes, hasher, proof};
    if (index >= size)
        return VAULT_EUSAGE;
    return finish_proof(proof, proof->size, inclusion(&walk, 0, size, index));
}

int tree_consistency(const struct tree_nodes *nodes, struct hasher *hasher, uint64_t old_size, uint64_t size,
    struct buffer *proof)
{
    struct walk walk = {nodes, hasher, proof};
    if (old_size > size)
        return VAULT_EUSAGE;
    if (old_size == 0 || old_size == size)
        return VAULT_OK;
    return finish_proof(proof, proof->size, consistency(&walk, 0, size, old_size, true));
}

/* The sibling at a depth: from the path if that is the same subtree, else calculated into it. */
static int sibling(
    const struct walk *walk, struct tree_path *path, size_t depth, uint64_t start, uint64_t size)
{
    if (depth < path->count && path->siblings[depth].start == start && path->siblings[depth].size == size)
        return VAULT_OK;
    int result = range_root(walk, start, size, &path->siblings[depth].hash);
    path->siblings[depth].start = start;
    path->siblings[depth].size = size;
    path->count = result != VAULT_OK ? depth : depth >= path->count ? depth + 1 : path->count;
    return result;
}

int tree_inclusion_next(const struct tree_nodes *nodes, struct hasher *hasher, struct tree_path *path,
    uint64_t index, uint64_t size, struct buffer *proof)
{
    struct walk walk = {nodes, hasher, proof};
    uint64_t start = 0;
    size_t depth = 0;
    int result = VAULT_OK;
    if (index >= size)
        return VAULT_EUSAGE;
    for (uint64_t rest = size; rest > 1 && result == VAULT_OK; depth++) {
        uint64_t left = UINT64_C(1) << split_level(rest);
        bool goes_left = index - start < left;
        result =
            sibling(&walk, path, depth, goes_left ? start + left : start, goes_left ? rest - left : left);
        start += goes_left ? 0 : left;
        rest = goes_left ? left : rest - left;
    }
    for (size_t i = depth; i > 0 && result == VAULT_OK; i--)
        buffer_put(proof, hash_bytes(&path->siblings[i - 1].hash));
    return result == VAULT_OK ? buffer_error(proof) : result;
}

static bool take_hash(struct bytes *proof, struct hash *hash)
{
    if (proof->size < HASH_SIZE)
        return false;
    memcpy(hash->data, proof->data, HASH_SIZE);
    *proof = bytes_of(proof->data + HASH_SIZE, proof->size - HASH_SIZE);
    return true;
}

/* RFC 9162 section 2.1.3.2. */
int tree_check_inclusion(struct hasher *hasher, const struct hash *leaf, uint64_t index, uint64_t size,
    struct bytes proof, const struct hash *root)
{
    struct hash here = *leaf;
    struct hash other;
    uint64_t last = size - 1;
    if (index >= size || proof.size % HASH_SIZE != 0)
        return VAULT_EFORGED;
    while (take_hash(&proof, &other)) {
        if (last == 0)
            return VAULT_EFORGED;
        if ((index & 1) == 1 || index == last) {
            tree_node_hash(hasher, &other, &here, &here);
            while ((index & 1) == 0 && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        } else {
            tree_node_hash(hasher, &here, &other, &here);
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&here, root) ? VAULT_OK : VAULT_EFORGED;
}

/* RFC 9162 section 2.1.4.2, the loop: `old_here` and `here` climb together. */
static bool climb_both(struct hasher *hasher, uint64_t old_last, uint64_t last, struct bytes proof,
    struct hash *old_here, struct hash *here)
{
    struct hash other;
    while (take_hash(&proof, &other)) {
        if (last == 0)
            return false;
        if ((old_last & 1) == 1 || old_last == last) {
            tree_node_hash(hasher, &other, old_here, old_here);
            tree_node_hash(hasher, &other, here, here);
            while ((old_last & 1) == 0 && old_last != 0) {
                old_last >>= 1;
                last >>= 1;
            }
        } else {
            tree_node_hash(hasher, here, &other, here);
        }
        old_last >>= 1;
        last >>= 1;
    }
    return last == 0;
}

int tree_check_consistency(struct hasher *hasher, uint64_t old_size, const struct hash *old_root,
    uint64_t size, const struct hash *root, struct bytes proof)
{
    if (old_size > size || proof.size % HASH_SIZE != 0)
        return VAULT_EFORGED;
    if (old_size == size)
        return proof.size == 0 && hash_equal(old_root, root) ? VAULT_OK : VAULT_EFORGED;
    if (old_size == 0)
        return proof.size == 0 ? VAULT_OK : VAULT_EFORGED;
    uint64_t old_last = old_size - 1;
    uint64_t last = size - 1;
    while ((old_last & 1) == 1) {
        old_last >>= 1;
        last >>= 1;
    }
    struct hash old_here = *old_root;
    if ((old_size & (old_size - 1)) != 0 && !take_hash(&proof, &old_here))
        return VAULT_EFORGED;
    struct hash here = old_here;
    bool fits = climb_both(hasher, old_last, last, proof, &old_here, &here);
    return fits && hash_equal(&old_here, old_root) && hash_equal(&here, root) ? VAULT_OK : VAULT_EFORGED;
}

size_t tree_edge_add(struct tree_edge *edge, struct hasher *hasher, const struct hash *leaf,
    struct hash fresh[TREE_LEVELS + 1])
{
    unsigned level = 0;
    fresh[0] = *leaf;
    for (; (edge->size >> level & 1) == 1; level++)
        tree_node_hash(hasher, &edge->nodes[level], &fresh[level], &fresh[level + 1]);
    edge->nodes[level] = fresh[level];
    edge->size++;
    return level + 1;
}

void tree_edge_root(const struct tree_edge *edge, struct hasher *hasher, struct hash *root)
{
    uint64_t rest = edge->size;
    if (rest == 0) {
        hasher_start(hasher);
        hasher_finish(hasher, root);
        return;
    }
    *root = edge->nodes[__builtin_ctzll(rest)];
    for (rest &= rest - 1; rest != 0; rest &= rest - 1)
        tree_node_hash(hasher, &edge->nodes[__builtin_ctzll(rest)], root, root);
}

int tree_edge_load(const struct tree_nodes *nodes, uint64_t size, struct tree_edge *edge)
{
    memset(edge, 0, sizeof *edge);
    for (unsigned level = 0; level < TREE_LEVELS; level++) {
        if ((size >> level & 1) == 0)
            continue;
        int result = nodes->node(nodes->context, level, (size >> level) - 1, &edge->nodes[level]);
        if (result != VAULT_OK)
            return result;
    }
    edge->size = size;
    return VAULT_OK;
}
