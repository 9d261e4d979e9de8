/* The standard vectors: tree, notes, cosignatures, canonical JSON. */
#include "tests/unit/log_vectors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/evidence/canonical.h"
#include "vault/evidence/note.h"
#include "vault/evidence/tree.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct hash hash_of(const char *hex)
{
    struct hash hash;
    cr_assert(hex_decode(hex, strlen(hex), hash.data, HASH_SIZE));
    return hash;
}

/* All nodes of a small tree, by level. */
struct memory_tree {
    struct hash nodes[4][8];
};

static int memory_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct memory_tree *tree = context;
    *hash = tree->nodes[level][index];
    return VAULT_OK;
}

static void build(struct memory_tree *tree, struct hasher *hasher)
{
    for (size_t i = 0; i < 8; i++) {
        uint8_t leaf[16];
        size_t size = strlen(vector_leaves[i]) / 2;
        cr_assert(hex_decode(vector_leaves[i], 2 * size, leaf, size));
        tree_leaf_hash(hasher, bytes_of(leaf, size), &tree->nodes[0][i]);
        struct hash wanted = hash_of(vector_leaf_hashes[i]);
        cr_assert(hash_equal(&tree->nodes[0][i], &wanted));
    }
    for (unsigned level = 1; level < 4; level++)
        for (size_t i = 0; i < 8u >> level; i++)
            tree_node_hash(hasher, &tree->nodes[level - 1][2 * i], &tree->nodes[level - 1][2 * i + 1],
                &tree->nodes[level][i]);
}

Test(log_vectors, roots)
{
    struct memory_tree tree;
    struct tree_nodes nodes = {memory_node, &tree};
    struct tree_edge edge = {0};
    struct hash fresh[TREE_LEVELS + 1];
    struct hash root;
    struct hasher *hasher = hasher_new();
    build(&tree, hasher);
    for (size_t size = 0; size <= 8; size++) {
        struct hash wanted = hash_of(vector_roots[size]);
        cr_assert_eq(tree_root(&nodes, hasher, size, &root), VAULT_OK);
        cr_assert(hash_equal(&root, &wanted));
        tree_edge_root(&edge, hasher, &root);
        cr_assert(hash_equal(&root, &wanted));
        if (size < 8)
            (void)tree_edge_add(&edge, hasher, &tree.nodes[0][size], fresh);
    }
    hasher_free(hasher);
}

static void expect_proof(const struct vector_proof *vector, const struct buffer *proof)
{
    cr_assert_eq(proof->size, vector->count * HASH_SIZE);
    for (size_t i = 0; i < vector->count; i++) {
        struct hash node = hash_of(vector_nodes[vector->nodes[i]]);
        cr_assert_arr_eq(proof->data + i * HASH_SIZE, node.data, HASH_SIZE);
    }
}

Test(log_vectors, inclusion_proofs)
{
    struct memory_tree tree;
    struct tree_nodes nodes = {memory_node, &tree};
    struct hasher *hasher = hasher_new();
    build(&tree, hasher);
    for (size_t i = 0; i < COUNT(vector_inclusion); i++) {
        const struct vector_proof *vector = &vector_inclusion[i];
        struct buffer proof = {0};
        struct hash root = hash_of(vector_roots[vector->size]);
        cr_assert_eq(tree_inclusion(&nodes, hasher, vector->first, vector->size, &proof), VAULT_OK);
        expect_proof(vector, &proof);
        cr_assert_eq(tree_check_inclusion(hasher, &tree.nodes[0][vector->first], vector->first, vector->size,
                         buffer_bytes(&proof), &root),
            VAULT_OK);
        buffer_free(&proof);
    }
    hasher_free(hasher);
}

Test(log_vectors, consistency_proofs)
{
    struct memory_tree tree;
    struct tree_nodes nodes = {memory_node, &tree};
    struct hasher *hasher = hasher_new();
    build(&tree, hasher);
    for (size_t i = 0; i < COUNT(vector_consistency); i++) {
        const struct vector_proof *vector = &vector_consistency[i];
        struct buffer proof = {0};
        struct hash old_root = hash_of(vector_roots[vector->first]);
        struct hash root = hash_of(vector_roots[vector->size]);
        cr_assert_eq(tree_consistency(&nodes, hasher, vector->first, vector->size, &proof), VAULT_OK);
        expect_proof(vector, &proof);
        cr_assert_eq(tree_check_consistency(
                         hasher, vector->first, &old_root, vector->size, &root, buffer_bytes(&proof)),
            VAULT_OK);
        buffer_free(&proof);
    }
    hasher_free(hasher);
}

Test(log_vectors, signed_notes)
{
    for (size_t i = 0; i < COUNT(vector_notes); i++) {
        struct note_key key;
        struct note note;
        struct buffer vkey = {0};
        cr_assert_eq(note_key_parse(bytes_of_text(vector_notes[i].vkey), &key), VAULT_OK);
        note_key_format(&key, &vkey);
        cr_assert_str_eq(buffer_text(&vkey), vector_notes[i].vkey);
        cr_assert_eq(note_parse(bytes_of_text(vector_notes[i].note), &note), VAULT_OK);
        cr_assert_eq(note.count, 1);
        cr_assert_eq(note_verify(&note, &key, NULL), VAULT_OK);
        buffer_free(&vkey);
    }
}

static struct sign_key *signer_of(const char *hex)
{
    uint8_t seed[KEY_SIZE];
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert(hex_decode(hex, strlen(hex), seed, sizeof seed));
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *key = sign_key_from_seed(secret);
    secret_free(secret);
    return key;
}

Test(log_vectors, checkpoint_signed_and_cosigned)
{
    struct note_key log_key;
    struct note_key witness_key;
    struct note note;
    struct checkpoint checkpoint;
    struct buffer again = {0};
    uint64_t time;
    struct sign_key *signer = signer_of(vector_log_seed_hex);
    struct sign_key *witness = signer_of(vector_witness_seed_hex);
    cr_assert_eq(note_key_parse(bytes_of_text(vector_log_vkey), &log_key), VAULT_OK);
    cr_assert_eq(note_key_parse(bytes_of_text(vector_witness_vkey), &witness_key), VAULT_OK);
    cr_assert_arr_eq(log_key.public_key, sign_key_public(signer).data, SIGN_PUBLIC_SIZE);
    cr_assert_arr_eq(witness_key.public_key, sign_key_public(witness).data, SIGN_PUBLIC_SIZE);
    cr_assert_eq(note_parse(bytes_of_text(vector_checkpoint), &note), VAULT_OK);
    cr_assert(bytes_equal(note.text, bytes_of_text(vector_note_text)));
    cr_assert_eq(note_verify(&note, &log_key, NULL), VAULT_OK);
    cr_assert_eq(note_verify(&note, &witness_key, &time), VAULT_OK);
    cr_assert_eq(time, VECTOR_TIMESTAMP);
    cr_assert_eq(strncmp(vector_cosigned_message, "cosignature/v1\ntime 1700000000\n", 31), 0);
    cr_assert_eq(checkpoint_parse(note.text, &checkpoint), VAULT_OK);
    cr_assert_eq(checkpoint.size, 8);
    struct hash root = hash_of(vector_roots[8]);
    cr_assert(hash_equal(&checkpoint.root, &root));
    cr_assert_eq(checkpoint_sign(&checkpoint, &log_key, signer, &again), VAULT_OK);
    cr_assert_eq(strncmp(vector_checkpoint, buffer_text(&again), again.size), 0);
    buffer_free(&again);
    sign_key_free(signer);
    sign_key_free(witness);
}

Test(log_vectors, canonical_json)
{
    json_t *value = NULL;
    struct buffer written = {0};
    cr_assert_eq(json_read(bytes_of_text(vector_jcs_input), &value, NULL), VAULT_OK);
    cr_assert_eq(json_write_canonical(value, &written), VAULT_OK);
    cr_assert_str_eq(buffer_text(&written), vector_jcs_canonical);
    cr_assert(canonical_object(bytes_of_text(vector_jcs_canonical), NULL, NULL));
    cr_assert_not(canonical_check(bytes_of_text(vector_jcs_input)));
    json_decref(value);
    buffer_free(&written);
}

/* The same over the whole shared file, where it is at hand. */
static json_t *shared_vectors(void)
{
    const char *directory = getenv("STRONGROOM_TEST_SHARED");
    struct buffer text = {0};
    json_t *vectors = NULL;
    char *path = file_path(directory != NULL ? directory : "../shared", "log/vectors.json");
    if (file_read(path, (size_t)1 << 24, &text, NULL) == VAULT_OK)
        cr_assert_eq(json_read(buffer_bytes(&text), &vectors, NULL), VAULT_OK);
    free(path);
    buffer_free(&text);
    return vectors;
}

static void check_proofs(const json_t *list, bool inclusion)
{
    struct memory_tree tree;
    struct tree_nodes nodes = {memory_node, &tree};
    struct hasher *hasher = hasher_new();
    build(&tree, hasher);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *wanted = json_object_get(one, "proof_hex");
        uint64_t first = (uint64_t)json_number(one, inclusion ? "index" : "old_size", -1);
        uint64_t size = (uint64_t)json_number(one, inclusion ? "size" : "new_size", -1);
        struct buffer proof = {0};
        cr_assert_eq(inclusion ? tree_inclusion(&nodes, hasher, first, size, &proof)
                               : tree_consistency(&nodes, hasher, first, size, &proof),
            VAULT_OK);
        cr_assert_eq(proof.size, json_array_size(wanted) * HASH_SIZE);
        for (size_t j = 0; j < json_array_size(wanted); j++) {
            struct hash node = hash_of(json_string_value(json_array_get(wanted, j)));
            cr_assert_arr_eq(proof.data + j * HASH_SIZE, node.data, HASH_SIZE);
        }
        buffer_free(&proof);
    }
    hasher_free(hasher);
}

Test(log_vectors, the_whole_shared_file)
{
    json_t *vectors = shared_vectors();
    if (vectors == NULL)
        cr_skip_test("SKIPPED: no vectors.json; set STRONGROOM_TEST_SHARED to the directory that holds "
                     "log/vectors.json");
    check_proofs(json_object_get(vectors, "inclusion"), true);
    check_proofs(json_object_get(vectors, "consistency"), false);
    json_decref(vectors);
}
