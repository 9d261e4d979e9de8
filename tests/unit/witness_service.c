/* The witness: its exact answers, and that it never goes back. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/witness_fixture.h"
#include "vault/base/file.h"

static void expect_conflict(
    struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size, const char *text)
{
    struct witness_answer answer;
    cr_assert_eq(scene_add(scene, grove, old_size, size, &answer), 409);
    cr_assert_str_eq(answer.content_type, "text/x.tlog.size");
    cr_assert_str_eq(buffer_text(&answer.body), text);
    buffer_free(&answer.body);
}

static void expect_cosigned(struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size)
{
    struct witness_answer answer;
    cr_assert_eq(scene_add(scene, grove, old_size, size, &answer), 200, "%s", buffer_text(&answer.body));
    cr_assert(scene_is_cosigned(scene, grove, size, &answer));
    buffer_free(&answer.body);
}

Test(witness_service, follows_a_log_that_grows)
{
    struct scene scene;
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 1);
    expect_cosigned(&scene, &scene.log, 1, 7);
    expect_cosigned(&scene, &scene.log, 7, 8);
    expect_cosigned(&scene, &scene.log, 8, 8);
    expect_cosigned(&scene, &scene.log, 8, 599);
    scene_end(&scene);
}

Test(witness_service, an_empty_log_may_be_cosigned_too)
{
    struct scene scene;
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 0);
    expect_cosigned(&scene, &scene.log, 0, 3);
    scene_end(&scene);
}

Test(witness_service, an_old_size_that_is_not_ours_is_told_ours)
{
    struct scene scene;
    scene_start(&scene);
    expect_conflict(&scene, &scene.log, 3, 5, "0\n");
    expect_cosigned(&scene, &scene.log, 0, 9);
    expect_conflict(&scene, &scene.log, 0, 12, "9\n");
    expect_conflict(&scene, &scene.log, 8, 12, "9\n");
    expect_conflict(&scene, &scene.log, 8, 8, "9\n");
    expect_conflict(&scene, &scene.log, 10, 12, "9\n");
    scene_end(&scene);
}

Test(witness_service, a_fork_is_never_cosigned_and_is_kept)
{
    struct scene scene;
    char command[240];
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 9);
    expect_conflict(&scene, &scene.fork, 9, 9, "9\n");
    cr_assert_eq(scene_status(&scene, &scene.fork, 9, 20), 422);
    expect_cosigned(&scene, &scene.log, 9, 9);
    expect_cosigned(&scene, &scene.log, 9, 21);
    (void)snprintf(command, sizeof command, "test $(ls %s/forks/*.submitted %s/forks/*.cosigned | wc -l) = 4",
        scene.directory, scene.directory);
    cr_assert_eq(system(command), 0);
    scene_end(&scene);
}

Test(witness_service, a_log_that_is_not_known)
{
    struct scene scene;
    struct grove stranger;
    scene_start(&scene);
    grove_make(&stranger, "vault.example/b", 1, UINT64_MAX);
    cr_assert_eq(scene_status(&scene, &stranger, 0, 3), 404);
    grove_free(&stranger);
    scene_end(&scene);
}

Test(witness_service, a_key_that_is_not_known)
{
    struct scene scene;
    struct grove liar;
    scene_start(&scene);
    grove_make(&liar, "vault.example/a", 2, UINT64_MAX);
    cr_assert_eq(scene_status(&scene, &liar, 0, 3), 403);
    grove_free(&liar);
    scene_end(&scene);
}

static unsigned ask(struct scene *scene, const struct buffer *body)
{
    struct witness_answer answer;
    witness_add_checkpoint(scene->witness, buffer_bytes(body), &answer);
    buffer_free(&answer.body);
    return answer.status;
}

Test(witness_service, every_changed_byte_of_a_request_is_refused)
{
    struct scene scene;
    struct buffer body = {0};
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 9);
    grove_body(&scene.log, 9, 20, &body);
    for (size_t i = 0; i < body.size; i++) {
        body.data[i] ^= 1;
        unsigned status = ask(&scene, &body);
        cr_assert(status == 400 || status == 403 || status == 404 || status == 409 || status == 422,
            "byte %zu: %u", i, status);
        body.data[i] ^= 1;
    }
    for (size_t size = 0; size < body.size; size++) {
        struct buffer cut = {.data = body.data, .size = size};
        cr_assert_eq(ask(&scene, &cut), 400, "%zu bytes", size);
    }
    cr_assert_eq(ask(&scene, &body), 200);
    buffer_free(&body);
    scene_end(&scene);
}

Test(witness_service, an_old_size_above_the_checkpoints_is_no_request)
{
    struct scene scene;
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 9);
    cr_assert_eq(scene_status(&scene, &scene.log, 10, 9), 400);
    scene_end(&scene);
}

Test(witness_service, a_proof_that_is_too_long_or_not_needed)
{
    struct scene scene;
    struct buffer body = {0};
    scene_start(&scene);
    buffer_put_text(&body, "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n");
    grove_checkpoint(&scene.log, 3, &body);
    cr_assert_eq(ask(&scene, &body), 422);
    buffer_reset(&body);
    buffer_put_text(&body, "old 0\n");
    for (int i = 0; i < 64; i++)
        buffer_put_text(&body, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    buffer_put_u8(&body, '\n');
    grove_checkpoint(&scene.log, 3, &body);
    cr_assert_eq(ask(&scene, &body), 400);
    buffer_free(&body);
    scene_end(&scene);
}

Test(witness_service, extension_lines_and_signatures_of_strangers_pass)
{
    struct scene scene;
    struct buffer text = {0};
    struct buffer body = {0};
    struct grove stranger;
    struct hash root;
    scene_start(&scene);
    grove_make(&stranger, "somebody.example", 3, UINT64_MAX);
    tree_leaf_hash(scene.hasher, bytes_of_text("vault.example/a 0"), &root);
    struct checkpoint checkpoint = {bytes_of_text("vault.example/a"), 1, root};
    checkpoint_format(&checkpoint, &text);
    buffer_put_text(&text, "an extension\n");
    buffer_put_text(&body, "old 0\n\n");
    buffer_put(&body, buffer_bytes(&text));
    buffer_put_u8(&body, '\n');
    cr_assert_eq(note_put_signature(&stranger.key, stranger.signer, buffer_bytes(&text), &body), VAULT_OK);
    cr_assert_eq(note_put_signature(&scene.log.key, scene.log.signer, buffer_bytes(&text), &body), VAULT_OK);
    cr_assert_eq(ask(&scene, &body), 200);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK);
    expect_cosigned(&scene, &scene.log, 1, 2);
    buffer_free(&text);
    buffer_free(&body);
    grove_free(&stranger);
    scene_end(&scene);
}

Test(witness_service, what_it_cosigned_is_known_after_a_restart)
{
    struct scene scene;
    struct hash hash;
    char origin[2 * HASH_SIZE + 1];
    struct witness_answer answer;
    scene_start(&scene);
    for (uint64_t size = 1; size < 40; size++)
        expect_cosigned(&scene, &scene.log, size - 1, size);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK, "%s", scene.failure.text);
    expect_conflict(&scene, &scene.log, 0, 50, "39\n");
    hash_sha256(bytes_of_text("vault.example/a"), &hash);
    hex_encode(hash_bytes(&hash), origin);
    witness_checkpoint(scene.witness, bytes_of_text(origin), &answer);
    cr_assert_eq(answer.status, 200);
    struct note note;
    cr_assert_eq(note_parse(buffer_bytes(&answer.body), &note), VAULT_OK);
    cr_assert_eq(note_verify(&note, witness_key(scene.witness), NULL), VAULT_OK);
    cr_assert_eq(note_verify(&note, &scene.log.key, NULL), VAULT_OK);
    buffer_free(&answer.body);
    expect_cosigned(&scene, &scene.log, 39, 50);
    scene_end(&scene);
}

Test(witness_service, taking_a_log_out_and_in_is_no_way_back)
{
    struct scene scene;
    struct buffer vkey = {0};
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 9);
    cr_assert_eq(witness_log_remove(scene.directory, "vault.example/a", &scene.failure), VAULT_OK);
    cr_assert_eq(witness_log_remove(scene.directory, "vault.example/a", NULL), VAULT_ENOTFOUND);
    cr_assert_eq(scene_status(&scene, &scene.log, 9, 12), 404);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK);
    note_key_format(&scene.log.key, &vkey);
    cr_assert_eq(witness_log_add(scene.directory, buffer_text(&vkey), NULL, NULL), VAULT_OK);
    cr_assert_eq(witness_log_add(scene.directory, buffer_text(&vkey), NULL, NULL), VAULT_EEXISTS);
    expect_conflict(&scene, &scene.fork, 0, 12, "9\n");
    expect_cosigned(&scene, &scene.log, 9, 12);
    buffer_free(&vkey);
    scene_end(&scene);
}

Test(witness_service, two_never_run_on_one_directory)
{
    struct scene scene;
    struct witness *second;
    scene_start(&scene);
    cr_assert_eq(witness_open(scene.directory, NULL, &second, &scene.failure), VAULT_EBUSY);
    cr_assert_null(second);
    scene_end(&scene);
}

/* --- Many at once --- */

#define LOGS 24
#define STEPS 25

struct crowd {
    struct scene *scene;
    struct grove *grove;
    unsigned wrong;
};

static void *grow(void *context)
{
    struct crowd *one = context;
    for (uint64_t i = 0; i < STEPS; i++)
        one->wrong += scene_status(one->scene, one->grove, i, i + 1) != 200;
    return NULL;
}

Test(witness_service, those_who_wait_share_a_sync, .timeout = 120)
{
    struct scene scene;
    struct crowd crowd[LOGS];
    pthread_t threads[LOGS];
    struct witness_counts counts;
    scene_start(&scene);
    for (int i = 0; i < LOGS; i++) {
        char name[40];
        struct buffer vkey = {0};
        (void)snprintf(name, sizeof name, "vault.example/many-%d", i);
        crowd[i] = (struct crowd){.scene = &scene, .grove = malloc(sizeof(struct grove))};
        grove_make(crowd[i].grove, name, 10 + i, UINT64_MAX);
        note_key_format(&crowd[i].grove->key, &vkey);
        cr_assert_eq(witness_log_add(scene.directory, buffer_text(&vkey), NULL, NULL), VAULT_OK);
        buffer_free(&vkey);
    }
    for (int i = 0; i < LOGS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, grow, &crowd[i]), 0);
    for (int i = 0; i < LOGS; i++)
        (void)pthread_join(threads[i], NULL);
    witness_counts(scene.witness, &counts);
    cr_assert_eq(counts.cosigned, LOGS * STEPS);
    cr_assert_lt(counts.syncs, LOGS * STEPS / 2, "%llu", (unsigned long long)counts.syncs);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK);
    for (int i = 0; i < LOGS; i++) {
        cr_assert_eq(crowd[i].wrong, 0);
        cr_assert_eq(scene_status(&scene, crowd[i].grove, STEPS, STEPS + 1), 200);
        grove_free(crowd[i].grove);
        free(crowd[i].grove);
    }
    scene_end(&scene);
}

/* One log, many who send the same and other sizes: never two answers that contradict each other. */
static void *push(void *context)
{
    struct crowd *one = context;
    for (uint64_t i = 0; i < GROVE_LEAVES; i += 20)
        for (uint64_t size = i + 1; size < i + 20 && size < GROVE_LEAVES; size += 7) {
            unsigned status = scene_status(one->scene, one->grove, i, size);
            one->wrong += status == 200 && one->grove == &one->scene->fork && size > 5;
            one->wrong += status != 200 && status != 409 && status != 422;
        }
    return NULL;
}

Test(witness_service, a_crowd_on_one_log_gets_one_history, .timeout = 120)
{
    struct scene scene;
    struct crowd crowd[8];
    pthread_t threads[8];
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 10);
    for (int i = 0; i < 8; i++) {
        crowd[i] = (struct crowd){&scene, i % 2 == 0 ? &scene.log : &scene.fork, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, push, &crowd[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(crowd[i].wrong, 0);
    }
    scene_end(&scene);
}

/* --- The state file --- */

static int parse(struct bytes file, uint64_t *size)
{
    struct cosigned_table table = {0};
    size_t end;
    uint64_t number;
    int result = state_parse(file, &table, &end, &number, NULL);
    const struct cosigned *row = cosigned_find(&table, bytes_of_text("vault.example/a"));
    *size = row == NULL ? 0 : row->size;
    cosigned_free(&table);
    return result;
}

static void load(const struct scene *scene, struct buffer *file)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/state", scene->directory);
    cr_assert_eq(file_read(path, 1 << 20, file, NULL), VAULT_OK);
}

Test(witness_state, a_changed_byte_never_brings_back_an_older_state)
{
    struct scene scene;
    struct buffer file = {0};
    uint64_t size;
    scene_start(&scene);
    for (uint64_t i = 1; i < 6; i++)
        expect_cosigned(&scene, &scene.log, i - 1, i);
    load(&scene, &file);
    cr_assert_eq(parse(buffer_bytes(&file), &size), VAULT_OK);
    cr_assert_eq(size, 5);
    for (size_t i = 0; i < file.size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            file.data[i] ^= (uint8_t)(1u << bit);
            cr_assert_eq(parse(buffer_bytes(&file), &size), VAULT_EDAMAGED, "byte %zu", i);
            file.data[i] ^= (uint8_t)(1u << bit);
        }
    buffer_free(&file);
    scene_end(&scene);
}

Test(witness_state, a_torn_group_was_never_answered_for)
{
    struct scene scene;
    struct buffer file = {0};
    size_t before;
    uint64_t size;
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 4);
    load(&scene, &file);
    before = file.size;
    buffer_reset(&file);
    expect_cosigned(&scene, &scene.log, 4, 5);
    load(&scene, &file);
    for (size_t cut = before; cut < file.size; cut++) {
        cr_assert_eq(parse(bytes_of(file.data, cut), &size), VAULT_OK, "cut at %zu", cut);
        cr_assert_eq(size, 4);
    }
    cr_assert_eq(parse(buffer_bytes(&file), &size), VAULT_OK);
    cr_assert_eq(size, 5);
    /* A sector that the disk never wrote. */
    memset(file.data + before, 0, file.size - before);
    cr_assert_eq(parse(buffer_bytes(&file), &size), VAULT_OK);
    cr_assert_eq(size, 4);
    buffer_free(&file);
    scene_end(&scene);
}

Test(witness_state, a_changed_state_is_not_served)
{
    struct scene scene;
    struct buffer file = {0};
    char path[100];
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 4);
    load(&scene, &file);
    file.data[file.size / 2] ^= 1;
    (void)snprintf(path, sizeof path, "%s/state", scene.directory);
    cr_assert_eq(file_replace(path, buffer_bytes(&file), 0600, NULL), VAULT_OK);
    cr_assert_eq(scene_reopen(&scene), VAULT_EDAMAGED);
    cr_assert_null(scene.witness);
    buffer_free(&file);
    scene_end(&scene);
}

Test(witness_state, the_file_is_written_anew_when_it_has_grown, .timeout = 120)
{
    struct scene scene;
    struct buffer file = {0};
    struct buffer pad = {0};
    scene_start(&scene);
    /* Extension lines make notes long, so that the file grows fast. */
    for (int i = 0; i < 60000 / 80; i++)
        buffer_put_format(&pad, "%079d\n", i);
    for (uint64_t size = 1; size < 150; size++) {
        struct hash root;
        struct buffer text = {0};
        struct buffer body = {0};
        hash_sha256(bytes_of(&size, sizeof size), &root);
        struct checkpoint checkpoint = {bytes_of_text("vault.example/a"), size, root};
        checkpoint_format(&checkpoint, &text);
        buffer_put(&text, buffer_bytes(&pad));
        struct cosigned_table *table = &scene.witness->table;
        struct cosigned *row = cosigned_row(table, bytes_of_text("vault.example/a"));
        buffer_put(&body, buffer_bytes(&text));
        buffer_put_u8(&body, '\n');
        cr_assert_eq(
            note_put_signature(&scene.log.key, scene.log.signer, buffer_bytes(&text), &body), VAULT_OK);
        struct step step = {.row = row, .size = size, .root = root, .time = 1, .note = body};
        pthread_mutex_lock(&scene.witness->lock);
        cr_assert_eq(state_commit(scene.witness, &step), VAULT_OK);
        pthread_mutex_unlock(&scene.witness->lock);
        buffer_free(&text);
    }
    cr_assert_lt(scene.witness->state.end, (uint64_t)5 * 1024 * 1024);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK, "%s", scene.failure.text);
    expect_conflict(&scene, &scene.log, 0, 200, "149\n");
    buffer_free(&pad);
    buffer_free(&file);
    scene_end(&scene);
}

Test(witness_service, a_state_that_cannot_be_written_ends_the_service)
{
    struct scene scene;
    scene_start(&scene);
    expect_cosigned(&scene, &scene.log, 0, 4);
    int good = scene.witness->state.descriptor;
    scene.witness->state.descriptor = -1;
    cr_assert_eq(scene_status(&scene, &scene.log, 4, 5), 500);
    scene.witness->state.descriptor = good;
    cr_assert(witness_failed(scene.witness));
    cr_assert_eq(scene_status(&scene, &scene.log, 4, 5), 500);
    cr_assert_eq(scene_reopen(&scene), VAULT_OK);
    expect_cosigned(&scene, &scene.log, 4, 5);
    scene_end(&scene);
}
