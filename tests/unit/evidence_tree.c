/* Proofs over every small tree: right ones are believed, others are not. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/evidence/tree.h"

#define MOST 70u

/* A file in post-order, as log.tree is. */
struct post_order {
    struct hash nodes[2 * MOST];
    size_t count;
    struct hash leaves[MOST];
    struct hash roots[MOST + 1];
};

static int stored_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct post_order *file = context;
    uint64_t at = tree_position(level, index);
    cr_assert_lt(at, file->count);
    *hash = file->nodes[at];
    return VAULT_OK;
}

static void build(struct post_order *file, struct hasher *hasher)
{
    struct tree_edge edge = {0};
    struct hash fresh[TREE_LEVELS + 1];
    file->count = 0;
    for (size_t i = 0; i < MOST; i++) {
        uint8_t leaf = (uint8_t)i;
        cr_assert_eq(file->count, tree_node_count(i));
        tree_edge_root(&edge, hasher, &file->roots[i]);
        tree_leaf_hash(hasher, bytes_of(&leaf, 1), &file->leaves[i]);
        size_t count = tree_edge_add(&edge, hasher, &file->leaves[i], fresh);
        memcpy(file->nodes + file->count, fresh, count * sizeof fresh[0]);
        file->count += count;
    }
    tree_edge_root(&edge, hasher, &file->roots[MOST]);
}

Test(log_tree, edge_and_stored_nodes_agree)
{
    struct post_order file;
    struct tree_nodes nodes = {stored_node, &file};
    struct hasher *hasher = hasher_new();
    build(&file, hasher);
    for (uint64_t size = 0; size <= MOST; size++) {
        struct hash root;
        struct tree_edge edge;
        cr_assert_eq(tree_root(&nodes, hasher, size, &root), VAULT_OK);
        cr_assert(hash_equal(&root, &file.roots[size]));
        cr_assert_eq(tree_edge_load(&nodes, size, &edge), VAULT_OK);
        tree_edge_root(&edge, hasher, &root);
        cr_assert(hash_equal(&root, &file.roots[size]));
        cr_assert_eq(tree_leaves_of(tree_node_count(size)), size);
        cr_assert_eq(tree_leaves_of(tree_node_count(size + 1) - 1), size);
    }
    hasher_free(hasher);
}

Test(log_tree, inclusion_is_believed_only_where_it_is_true)
{
    struct post_order file;
    struct tree_nodes nodes = {stored_node, &file};
    struct hasher *hasher = hasher_new();
    build(&file, hasher);
    for (uint64_t size = 1; size <= MOST; size++)
        for (uint64_t index = 0; index < size; index++) {
            struct buffer proof = {0};
            struct hash *leaf = &file.leaves[index];
            struct hash *root = &file.roots[size];
            cr_assert_eq(tree_inclusion(&nodes, hasher, index, size, &proof), VAULT_OK);
            struct bytes bytes = buffer_bytes(&proof);
            cr_assert_eq(tree_check_inclusion(hasher, leaf, index, size, bytes, root), VAULT_OK);
            cr_assert_eq(
                tree_check_inclusion(hasher, leaf, (index + 1) % MOST, size, bytes, root), VAULT_EFORGED);
            cr_assert_eq(
                tree_check_inclusion(hasher, leaf, index, size, bytes, &file.roots[size - 1]), VAULT_EFORGED);
            if (bytes.size > 0) {
                proof.data[bytes.size / 2] ^= 1;
                cr_assert_eq(tree_check_inclusion(hasher, leaf, index, size, bytes, root), VAULT_EFORGED);
                proof.data[bytes.size / 2] ^= 1;
                bytes.size -= HASH_SIZE;
                cr_assert_eq(tree_check_inclusion(hasher, leaf, index, size, bytes, root), VAULT_EFORGED);
            }
            buffer_put_data(&proof, root->data, HASH_SIZE);
            cr_assert_eq(
                tree_check_inclusion(hasher, leaf, index, size, buffer_bytes(&proof), root), VAULT_EFORGED);
            buffer_free(&proof);
        }
    hasher_free(hasher);
}

Test(log_tree, consistency_is_believed_only_where_it_is_true)
{
    struct post_order file;
    struct tree_nodes nodes = {stored_node, &file};
    struct hasher *hasher = hasher_new();
    build(&file, hasher);
    for (uint64_t size = 1; size <= MOST; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct buffer proof = {0};
            struct hash *before = &file.roots[old];
            struct hash *root = &file.roots[size];
            cr_assert_eq(tree_consistency(&nodes, hasher, old, size, &proof), VAULT_OK);
            struct bytes bytes = buffer_bytes(&proof);
            cr_assert_eq(tree_check_consistency(hasher, old, before, size, root, bytes), VAULT_OK);
            cr_assert_eq(
                tree_check_consistency(hasher, old, &file.roots[old - 1], size, root, bytes), VAULT_EFORGED);
            cr_assert_eq(tree_check_consistency(hasher, old, before, size, &file.roots[size - 1], bytes),
                VAULT_EFORGED);
            if (bytes.size > 0) {
                proof.data[0] ^= 0x80;
                cr_assert_eq(tree_check_consistency(hasher, old, before, size, root, bytes), VAULT_EFORGED);
                proof.data[0] ^= 0x80;
                bytes.size -= HASH_SIZE;
                cr_assert_eq(tree_check_consistency(hasher, old, before, size, root, bytes), VAULT_EFORGED);
            }
            buffer_put_data(&proof, root->data, HASH_SIZE);
            cr_assert_eq(
                tree_check_consistency(hasher, old, before, size, root, buffer_bytes(&proof)), VAULT_EFORGED);
            buffer_free(&proof);
        }
    hasher_free(hasher);
}

Test(log_tree, refuses_what_is_out_of_range)
{
    struct post_order file;
    struct tree_nodes nodes = {stored_node, &file};
    struct hasher *hasher = hasher_new();
    struct buffer proof = {0};
    build(&file, hasher);
    cr_assert_eq(tree_inclusion(&nodes, hasher, 5, 5, &proof), VAULT_EUSAGE);
    cr_assert_eq(tree_consistency(&nodes, hasher, 6, 5, &proof), VAULT_EUSAGE);
    cr_assert_eq(proof.size, 0);
    cr_assert_eq(tree_check_inclusion(hasher, &file.leaves[0], 0, 0, bytes_of(NULL, 0), &file.roots[0]),
        VAULT_EFORGED);
    cr_assert_eq(tree_check_consistency(hasher, 2, &file.roots[2], 1, &file.roots[1], bytes_of(NULL, 0)),
        VAULT_EFORGED);
    hasher_free(hasher);
}

static int failing_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    (void)context;
    (void)level;
    (void)index;
    (void)hash;
    return VAULT_EIO;
}

Test(log_tree, hands_on_a_failing_read_and_leaves_the_proof_as_it_was)
{
    struct tree_nodes nodes = {failing_node, NULL};
    struct hasher *hasher = hasher_new();
    struct buffer proof = {0};
    struct hash root;
    struct tree_edge edge;
    buffer_put_u8(&proof, 7);
    cr_assert_eq(tree_root(&nodes, hasher, 9, &root), VAULT_EIO);
    cr_assert_eq(tree_inclusion(&nodes, hasher, 3, 9, &proof), VAULT_EIO);
    cr_assert_eq(tree_consistency(&nodes, hasher, 3, 9, &proof), VAULT_EIO);
    cr_assert_eq(tree_edge_load(&nodes, 9, &edge), VAULT_EIO);
    cr_assert_eq(proof.size, 1);
    buffer_free(&proof);
    hasher_free(hasher);
}
