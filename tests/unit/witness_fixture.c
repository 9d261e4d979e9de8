#include "tests/unit/witness_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "vault.example/a"

static int node_of(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct grove *grove = context;
    *hash = grove->nodes[tree_position(level, index)];
    return VAULT_OK;
}

void grove_make(struct grove *grove, const char *name, int seed, uint64_t from)
{
    uint8_t bytes[KEY_SIZE];
    struct tree_edge edge = {0};
    struct hash fresh[TREE_LEVELS + 1];
    struct hash leaf;
    size_t count = 0;
    struct hasher *hasher = hasher_new();
    memset(bytes, seed, sizeof bytes);
    struct secret *secret = secret_copy(bytes_of(bytes, sizeof bytes));
    grove->signer = sign_key_from_seed(secret);
    secret_free(secret);
    cr_assert_eq(note_key_make(name, NOTE_ED25519, sign_key_public(grove->signer), &grove->key), VAULT_OK);
    for (uint64_t i = 0; i < GROVE_LEAVES; i++) {
        char text[80];
        (void)snprintf(
            text, sizeof text, "%s %llu%s", name, (unsigned long long)i, i >= from ? " otherwise" : "");
        tree_leaf_hash(hasher, bytes_of_text(text), &leaf);
        size_t more = tree_edge_add(&edge, hasher, &leaf, fresh);
        memcpy(grove->nodes + count, fresh, more * sizeof fresh[0]);
        count += more;
    }
    hasher_free(hasher);
}

void grove_free(struct grove *grove)
{
    sign_key_free(grove->signer);
}

void grove_checkpoint(const struct grove *grove, uint64_t size, struct buffer *note)
{
    struct hasher *hasher = hasher_new();
    struct grove *loose = malloc(sizeof *loose);
    *loose = *grove;
    struct tree_nodes nodes = {node_of, loose};
    struct checkpoint checkpoint = {.origin = bytes_of_text(grove->key.name), .size = size};
    cr_assert_eq(tree_root(&nodes, hasher, size, &checkpoint.root), VAULT_OK);
    cr_assert_eq(checkpoint_sign(&checkpoint, &grove->key, grove->signer, note), VAULT_OK);
    free(loose);
    hasher_free(hasher);
}

void grove_body(struct grove *grove, uint64_t old_size, uint64_t size, struct buffer *body)
{
    struct buffer proof = {0};
    struct hasher *hasher = hasher_new();
    struct tree_nodes nodes = {node_of, grove};
    buffer_put_format(body, "old %llu\n", (unsigned long long)old_size);
    if (old_size <= size)
        cr_assert_eq(tree_consistency(&nodes, hasher, old_size, size, &proof), VAULT_OK);
    for (size_t i = 0; i < proof.size; i += HASH_SIZE) {
        base64_encode(bytes_of(proof.data + i, HASH_SIZE), body);
        buffer_put_u8(body, '\n');
    }
    buffer_put_u8(body, '\n');
    grove_checkpoint(grove, size, body);
    buffer_free(&proof);
    hasher_free(hasher);
}

static void add_log(struct scene *scene, const struct grove *grove)
{
    struct buffer vkey = {0};
    note_key_format(&grove->key, &vkey);
    cr_assert_eq(witness_log_add(scene->directory, buffer_text(&vkey), NULL, &scene->failure), VAULT_OK, "%s",
        scene->failure.text);
    buffer_free(&vkey);
}

void scene_start(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    (void)strcpy(scene->directory, "/tmp/strongroom-witness.XXXXXX");
    cr_assert_eq(crypto_start(), VAULT_OK);
    cr_assert_not_null(mkdtemp(scene->directory));
    scene->hasher = hasher_new();
    grove_make(&scene->log, NAME, 1, UINT64_MAX);
    grove_make(&scene->fork, NAME, 1, 5);
    add_log(scene, &scene->log);
    cr_assert_eq(witness_open(scene->directory, "witness.example/w", &scene->witness, &scene->failure),
        VAULT_OK, "%s", scene->failure.text);
}

int scene_reopen(struct scene *scene)
{
    witness_free(scene->witness);
    failure_clear(&scene->failure);
    return witness_open(scene->directory, NULL, &scene->witness, &scene->failure);
}

void scene_end(struct scene *scene)
{
    char command[100];
    witness_free(scene->witness);
    grove_free(&scene->log);
    grove_free(&scene->fork);
    hasher_free(scene->hasher);
    (void)snprintf(command, sizeof command, "rm -rf %s", scene->directory);
    cr_assert_eq(system(command), 0);
}

unsigned scene_add(
    struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size, struct witness_answer *answer)
{
    struct buffer body = {0};
    grove_body(grove, old_size, size, &body);
    witness_add_checkpoint(scene->witness, buffer_bytes(&body), answer);
    buffer_free(&body);
    return answer->status;
}

unsigned scene_status(struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size)
{
    struct witness_answer answer;
    unsigned status = scene_add(scene, grove, old_size, size, &answer);
    buffer_free(&answer.body);
    return status;
}

bool scene_is_cosigned(
    struct scene *scene, const struct grove *grove, uint64_t size, const struct witness_answer *answer)
{
    struct buffer whole = {0};
    struct note note;
    uint64_t time = 0;
    grove_checkpoint(grove, size, &whole);
    buffer_put(&whole, buffer_bytes(&answer->body));
    bool right = note_parse(buffer_bytes(&whole), &note) == VAULT_OK && note.count == 2 &&
                 note_verify(&note, witness_key(scene->witness), &time) == VAULT_OK && time > 1600000000;
    buffer_free(&whole);
    return right;
}
