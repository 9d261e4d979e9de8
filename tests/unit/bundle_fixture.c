#include "tests/unit/bundle_fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"

#define ORIGIN "vault.example/kit"
#define RELEASES "witness.example/kit/releases"

static struct sign_key *signer(int value)
{
    uint8_t seed[KEY_SIZE];
    memset(seed, value, sizeof seed);
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *key = sign_key_from_seed(secret);
    cr_assert_not_null(key);
    secret_free(secret);
    return key;
}

/* --- Leaves and trees --- */

static void put_moment(struct buffer *leaf, size_t index)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(KIT_TIME + (int64_t)index * 1234, text);
    buffer_put_format(leaf, "\"time\":\"%s\"", text);
}

/* Even entries are intents of u-0 to u-3, odd ones their outcomes; every fourth outcome names its release. */
static void put_event(struct buffer *leaf, size_t index, const char *purpose)
{
    buffer_reset(leaf);
    buffer_put_format(leaf, "{\"actor\":{\"id\":\"u-%zu\"},\"decision\":{\"effect\":\"permit\"},", index % 4);
    buffer_put_format(leaf, "\"event\":\"record.read\",\"id\":\"e-%zu\",", index);
    if (index % 2 == 1)
        buffer_put_format(leaf, "\"intent\":%zu,", index - 1);
    buffer_put_format(leaf, "\"purpose\":\"%s\",", purpose);
    if (index % 4 == 1 && index / 4 < KIT_RELEASES)
        buffer_put_format(leaf, "\"release\":{\"log\":\"" RELEASES "\",\"seq\":%zu},", index / 4);
    buffer_put_format(
        leaf, "\"resources\":[{\"id\":\"r-%zu\",\"type\":\"record\"}],\"seq\":%zu,", index % 5, index);
    put_moment(leaf, index);
    buffer_put_text(leaf, ",\"v\":1}");
}

static void put_release(struct kit *kit, struct buffer *leaf, size_t index)
{
    struct hash hash;
    size_t access = 4 * index;
    tree_leaf_hash(kit->hasher, buffer_bytes(&kit->log.leaves[access]), &hash);
    buffer_reset(leaf);
    buffer_put_text(leaf, "{\"access_leaf\":\"");
    base64_encode(hash_bytes(&hash), leaf);
    buffer_put_format(
        leaf, "\",\"access_seq\":%zu,\"event\":\"key.release\",\"id\":\"rel-%zu\",", access, index);
    buffer_put_format(leaf, "\"key\":\"k-%zu\",\"request\":\"q-%zu\",\"seq\":%zu,", index, index, index);
    put_moment(leaf, access);
    buffer_put_text(leaf, ",\"v\":1,\"vault\":\"" ORIGIN "\"}");
}

static void build(struct kit *kit, struct kit_log *log)
{
    struct hash leaf;
    memset(&log->edge, 0, sizeof log->edge);
    log->node_count = 0;
    for (size_t i = 0; i < log->count; i++) {
        struct hash fresh[TREE_LEVELS + 1];
        tree_leaf_hash(kit->hasher, buffer_bytes(&log->leaves[i]), &leaf);
        size_t whole = tree_edge_add(&log->edge, kit->hasher, &leaf, fresh);
        memcpy(log->nodes + log->node_count, fresh, whole * sizeof *fresh);
        log->node_count += whole;
    }
}

static int node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct kit_log *log = context;
    *hash = log->nodes[tree_position(level, index)];
    return VAULT_OK;
}

static struct tree_nodes nodes_of(const struct kit_log *log)
{
    union {
        const struct kit_log *constant;
        struct kit_log *log;
    } same = {.constant = log};
    return (struct tree_nodes){node, same.log};
}

void kit_root(struct kit *kit, const struct kit_log *log, uint64_t size, struct hash *root)
{
    struct tree_nodes nodes = nodes_of(log);
    cr_assert_eq(tree_root(&nodes, kit->hasher, size, root), VAULT_OK);
}

void kit_proof(
    struct kit *kit, const struct kit_log *log, uint64_t index, uint64_t size, struct buffer *proof)
{
    struct tree_nodes nodes = nodes_of(log);
    buffer_reset(proof);
    cr_assert_eq(tree_inclusion(&nodes, kit->hasher, index, size, proof), VAULT_OK);
}

int kit_next_proof(
    struct kit *kit, struct tree_path *path, uint64_t index, uint64_t size, struct buffer *proof)
{
    struct tree_nodes nodes = nodes_of(&kit->log);
    return tree_inclusion_next(&nodes, kit->hasher, path, index, size, proof);
}

void kit_rewrite(struct kit *kit, size_t index, const char *purpose)
{
    put_event(&kit->log.leaves[index], index, purpose);
    build(kit, &kit->log);
}

void kit_change_leaf(struct kit *kit, size_t index, const char *old, const char *fresh)
{
    text_replace(&kit->log.leaves[index], old, fresh);
    build(kit, &kit->log);
}

void kit_change_release(struct kit *kit, size_t index, const char *old, const char *fresh)
{
    text_replace(&kit->releases.leaves[index], old, fresh);
    build(kit, &kit->releases);
}

void kit_checkpoint(
    struct kit *kit, const struct kit_log *log, uint64_t size, size_t witnesses, struct buffer *note)
{
    struct checkpoint checkpoint = {.origin = bytes_of_text(log->key.name), .size = size};
    struct buffer text = {0};
    buffer_reset(note);
    kit_root(kit, log, size, &checkpoint.root);
    checkpoint_format(&checkpoint, &text);
    cr_assert_eq(checkpoint_sign(&checkpoint, &log->key, log->signer, note), VAULT_OK);
    for (size_t i = 0; i < witnesses; i++)
        cr_assert_eq(note_put_cosignature(&kit->witness_keys[i], kit->witnesses[i], buffer_bytes(&text),
                         (uint64_t)(KIT_TIME / 1000) + (size == KIT_ENTRIES ? 3600 : 60) + i, note),
            VAULT_OK);
    buffer_free(&text);
}

void kit_policy(struct kit *kit, size_t quorum)
{
    struct note_key logs[2] = {kit->log.key, kit->releases.key};
    struct trust_witness witnesses[2] = {{.name = bytes_of_text("one"), .key = kit->witness_keys[0]},
        {.name = bytes_of_text("two"), .key = kit->witness_keys[1]}};
    trust_free(kit->trust);
    buffer_reset(&kit->policy);
    cr_assert_eq(trust_format(logs, 2, witnesses, 2, quorum, &kit->policy), VAULT_OK);
    cr_assert_eq(trust_parse(buffer_bytes(&kit->policy), &kit->trust, NULL), VAULT_OK);
}

void kit_start(struct kit *kit)
{
    static const char *const names[] = {"witness.example/one", "witness.example/two"};
    memset(kit, 0, sizeof *kit);
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)strcpy(kit->directory, "/tmp/strongroom-bundle-XXXXXX");
    cr_assert_not_null(mkdtemp(kit->directory));
    kit->hasher = hasher_new();
    kit->log.signer = signer(1);
    kit->releases.signer = signer(2);
    cr_assert_eq(
        note_key_make(ORIGIN, NOTE_ED25519, sign_key_public(kit->log.signer), &kit->log.key), VAULT_OK);
    cr_assert_eq(
        note_key_make(RELEASES, NOTE_ED25519, sign_key_public(kit->releases.signer), &kit->releases.key),
        VAULT_OK);
    for (int i = 0; i < 2; i++) {
        kit->witnesses[i] = signer(10 + i);
        cr_assert_eq(note_key_make(names[i], NOTE_COSIGNATURE, sign_key_public(kit->witnesses[i]),
                         &kit->witness_keys[i]),
            VAULT_OK);
    }
    for (size_t i = 0; i < KIT_ENTRIES; i++)
        put_event(&kit->log.leaves[i], i, "tax");
    kit->log.count = KIT_ENTRIES;
    build(kit, &kit->log);
    for (size_t i = 0; i < KIT_RELEASES; i++)
        put_release(kit, &kit->releases.leaves[i], i);
    kit->releases.count = KIT_RELEASES;
    build(kit, &kit->releases);
    kit_policy(kit, 1);
}

void kit_use_samples(struct kit *kit, char samples[256])
{
    struct buffer policy = {0};
    char path[300];
    const char *shared = getenv("STRONGROOM_TEST_SHARED");
    (void)snprintf(samples, 256, "%s/log/sample", shared == NULL ? "" : shared);
    (void)snprintf(path, sizeof path, "%s/policy.txt", samples);
    if (!file_exists(path)) {
        kit_end(kit); /* a test that is skipped does not come to its end */
        cr_skip_test("SKIPPED: there are no public samples; set STRONGROOM_TEST_SHARED to the directory that holds log/sample");
    }
    cr_assert_eq(file_read(path, TRUST_SIZE_MAX, &policy, NULL), VAULT_OK);
    trust_free(kit->trust);
    cr_assert_eq(trust_parse(buffer_bytes(&policy), &kit->trust, NULL), VAULT_OK);
    buffer_free(&policy);
}

static void remove_all(const char *path)
{
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", path);
    cr_assert_eq(system(command), 0);
}

void kit_end(struct kit *kit)
{
    remove_all(kit->directory);
    for (size_t i = 0; i < KIT_ENTRIES; i++) {
        buffer_free(&kit->log.leaves[i]);
        buffer_free(&kit->releases.leaves[i]);
    }
    for (int i = 0; i < 2; i++)
        sign_key_free(kit->witnesses[i]);
    sign_key_free(kit->log.signer);
    sign_key_free(kit->releases.signer);
    hasher_free(kit->hasher);
    trust_free(kit->trust);
    buffer_free(&kit->policy);
}

/* --- Bundles --- */

struct making {
    struct kit *kit;
    struct bundle_writer *writer;
    struct failure failure;
};

static void put(struct making *making, const struct kit_log *log, uint64_t index, bool redacted,
    int (*writer)(struct bundle_writer *writer, const struct bundle_entry *entry, struct failure *failure))
{
    struct buffer proof = {0};
    struct bundle_entry entry = {.index = index};
    kit_proof(making->kit, log, index, log->count, &proof);
    entry.proof = buffer_bytes(&proof);
    if (redacted)
        tree_leaf_hash(making->kit->hasher, buffer_bytes(&log->leaves[index]), &entry.leaf_hash);
    else
        entry.leaf = buffer_bytes(&log->leaves[index]);
    cr_assert_eq(writer(making->writer, &entry, &making->failure), VAULT_OK, "%s", making->failure.text);
    buffer_free(&proof);
}

static void put_releases(struct making *making)
{
    struct kit *kit = making->kit;
    struct buffer note = {0};
    struct scope scope = {.range = true, .end = KIT_RELEASES};
    kit_checkpoint(kit, &kit->releases, KIT_RELEASES, 0, &note);
    cr_assert_eq(bundle_writer_release(
                     making->writer, buffer_bytes(&note), &kit->releases.key, &scope, &making->failure),
        VAULT_OK, "%s", making->failure.text);
    for (size_t i = 0; i < KIT_RELEASES; i++)
        put(making, &kit->releases, i, false, bundle_writer_release_entry);
    buffer_free(&note);
}

static void put_entries(struct making *making, enum kit_bundle which)
{
    const struct kit_log *log = &making->kit->log;
    static const uint64_t chosen[] = {3, 7, 14};
    if (which == KIT_SELECTION) {
        for (size_t i = 0; i < 3; i++)
            put(making, log, chosen[i], false, bundle_writer_entry);
        for (size_t i = 0; i < 3; i++)
            put(making, log, chosen[i], false, bundle_writer_proof);
        return;
    }
    for (size_t i = which == KIT_RANGE ? 0 : 5; i < (which == KIT_RANGE ? KIT_ENTRIES : 17); i++)
        put(making, log, i, which == KIT_REDACTED && i % 3 == 0, bundle_writer_entry);
    if (which == KIT_RANGE) {
        put(making, log, 3, false, bundle_writer_proof);
        put_releases(making);
    }
}

void kit_bundle(struct kit *kit, enum kit_bundle which, bool archive, size_t witnesses, char path[128])
{
    struct making making = {.kit = kit};
    struct buffer note = {0};
    struct buffer old = {0};
    struct buffer old_proof = {0};
    struct bundle_written written;
    struct tree_nodes nodes = nodes_of(&kit->log);
    (void)snprintf(path, 128, "%s/bundle%s", kit->directory, archive ? ".tar" : "");
    remove_all(path);
    kit_checkpoint(kit, &kit->log, KIT_ENTRIES, witnesses, &note);
    kit_checkpoint(kit, &kit->log, KIT_OLD, witnesses, &old);
    cr_assert_eq(tree_consistency(&nodes, kit->hasher, KIT_OLD, KIT_ENTRIES, &old_proof), VAULT_OK);
    struct bundle_plan plan = {.out = path,
        .archive = archive,
        .checkpoint = buffer_bytes(&note),
        .log_key = &kit->log.key,
        .signer = kit->log.signer,
        .other_keys = kit->witness_keys,
        .other_key_count = 2,
        .scope = {.range = which != KIT_SELECTION,
            .start = which == KIT_REDACTED ? 5 : 0,
            .end = which == KIT_REDACTED ? 17 : KIT_ENTRIES,
            .query = which == KIT_SELECTION ? bytes_of_text("\"r-3\"") : bytes_of(NULL, 0)},
        .purpose = bytes_of_text("\"a test\""),
        .created = KIT_TIME + 4000000};
    if (which != KIT_SELECTION) {
        plan.old_size = KIT_OLD;
        kit_root(kit, &kit->log, KIT_OLD, &plan.old_root);
        plan.old_proof = buffer_bytes(&old_proof);
        plan.old_checkpoint = buffer_bytes(&old);
    }
    cr_assert_eq(
        bundle_writer_new(&plan, &making.writer, &making.failure), VAULT_OK, "%s", making.failure.text);
    put_entries(&making, which);
    cr_assert_eq(
        bundle_writer_finish(making.writer, &written, &making.failure), VAULT_OK, "%s", making.failure.text);
    cr_assert_eq(bundle_writer_place(making.writer, &making.failure), VAULT_OK, "%s", making.failure.text);
    bundle_writer_free(making.writer);
    buffer_free(&note);
    buffer_free(&old);
    buffer_free(&old_proof);
}

enum bundle_rule kit_check(const struct kit *kit, const char *path, const struct bundle_options *more)
{
    struct bundle *bundle = NULL;
    struct bundle_report *report = calloc(1, sizeof *report);
    struct failure failure = {0};
    struct bundle_options options = more == NULL ? (struct bundle_options){0} : *more;
    options.trust = kit->trust;
    if (options.now == 0)
        options.now = KIT_NOW;
    int result = bundle_check(path, &options, &bundle, report, &failure);
    cr_assert(result == VAULT_OK || result == VAULT_EFORGED, "%d: %s", result, failure.text);
    cr_assert_eq(result == VAULT_OK, report->refusal.rule == BUNDLE_ACCEPTED);
    enum bundle_rule rule = report->refusal.rule;
    bundle_free(bundle);
    free(report);
    return rule;
}
