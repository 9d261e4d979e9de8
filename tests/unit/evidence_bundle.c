/* Bundles: the true ones are accepted, and whatever is changed in them is refused.  Ours are made here; the
 * public samples are taken along where they are at hand. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/bundle_fixture.h"
#include "vault/base/file.h"

static struct kit kit;

static void start(void)
{
    kit_start(&kit);
}

static void end(void)
{
    kit_end(&kit);
}

TestSuite(evidence_bundle, .init = start, .fini = end, .timeout = 200);

/* --- What is true is accepted --- */

Test(evidence_bundle, ours_are_accepted_as_directories_and_as_archives)
{
    char path[128];
    for (int which = 0; which < KIT_BUNDLES; which++)
        for (int archive = 0; archive < 2; archive++) {
            kit_bundle(&kit, (enum kit_bundle)which, archive == 1, 2, path);
            cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_ACCEPTED, "%d %d", which, archive);
        }
}

Test(evidence_bundle, a_report_says_what_was_found)
{
    char path[128];
    struct bundle *bundle = NULL;
    struct bundle_report report;
    struct bundle_options options = {.trust = kit.trust, .now = KIT_NOW};
    kit_bundle(&kit, KIT_REDACTED, false, 2, path);
    cr_assert_eq(bundle_check(path, &options, &bundle, &report, NULL), VAULT_OK);
    cr_assert_eq(report.told, 8);
    cr_assert_eq(report.redacted, 4);
    cr_assert(report.has_old && report.has_old_checkpoint);
    cr_assert_eq(report.old_size, KIT_OLD);
    cr_assert_eq(report.checkpoint.cosignatures, 2);
    cr_assert_eq(report.kept, BUNDLE_KEPT_NONE);
    cr_assert_eq(report.warning_counts[0] + report.warning_counts[1], 0);
    bundle_free(bundle);
    kit_bundle(&kit, KIT_RANGE, false, 1, path);
    cr_assert_eq(bundle_check(path, &options, &bundle, &report, NULL), VAULT_OK);
    cr_assert_eq(report.told, KIT_ENTRIES);
    cr_assert_eq(report.releases, KIT_RELEASES);
    cr_assert_eq(report.proof_files, 1);
    bundle_free(bundle);
}

Test(evidence_bundle, members_may_come_in_any_order_and_with_white_space)
{
    char path[128];
    struct files files;
    kit_bundle(&kit, KIT_SELECTION, false, 1, path);
    files_load(&files, path);
    struct buffer *entries = files_get(&files, "entries.jsonl");
    text_replace(entries, "{\"index\":3,\"leaf\"", " { \"leaf\" ");
    text_replace(entries, "]}\n", "] , \"index\" :\t3 }  \n");
    files_resign(&kit, &files);
    cr_expect_eq(files_check(&kit, &files), BUNDLE_ACCEPTED);
    files_free(&files);
}

/* --- What is changed is refused --- */

Test(evidence_bundle, the_public_saved_checkpoint_is_proved)
{
    char samples[256];
    char path[300];
    struct buffer kept = {0};
    kit_use_samples(&kit, samples);
    (void)snprintf(path, sizeof path, "%s/saved-checkpoint", samples);
    cr_assert_eq(file_read(path, NOTE_SIZE_MAX, &kept, NULL), VAULT_OK);
    struct bundle_options options = {.kept = buffer_bytes(&kept)};
    (void)snprintf(path, sizeof path, "%s/range-all", samples);
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_ACCEPTED);
    (void)snprintf(path, sizeof path, "%s/selection", samples);
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_KEPT_UNPROVED);
    buffer_free(&kept);
}

Test(evidence_bundle, a_file_cut_short_or_longer_is_refused)
{
    char path[128];
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    for (size_t i = 0;; i++) {
        struct files files;
        files_load(&files, path);
        if (i == files.count) {
            files_free(&files);
            break;
        }
        struct buffer *content = &files.content[i];
        size_t whole = content->size;
        for (size_t cut = 1; cut <= whole; cut = cut * 2 + 1) {
            content->size = whole - cut;
            cr_expect_neq(
                files_check(&kit, &files), BUNDLE_ACCEPTED, "%s without %zu bytes", files.names[i], cut);
        }
        content->size = whole;
        buffer_put_u8(content, '\n');
        cr_expect_neq(files_check(&kit, &files), BUNDLE_ACCEPTED, "%s with a byte more", files.names[i]);
        files_free(&files);
    }
}

Test(evidence_bundle, a_dropped_file_is_refused)
{
    char path[128];
    struct files files;
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    files_load(&files, path);
    size_t count = files.count;
    files_free(&files);
    for (size_t i = 0; i < count; i++) {
        files_load(&files, path);
        char name[64];
        (void)strcpy(name, files.names[i]);
        files_drop(&files, name);
        enum bundle_rule rule = files_check(&kit, &files);
        cr_expect(
            rule == BUNDLE_MISSING || rule == BUNDLE_MANIFEST_FILES, "%s: %s", name, bundle_rule_code(rule));
        files_free(&files);
    }
}

Test(evidence_bundle, files_that_no_bundle_has_are_refused)
{
    static const char *const names[] = {"more", "entries.jsonl~", "proofs/x.tlog-proof",
        "proofs/03.tlog-proof", "release/more", "other/checkpoint", ".hidden", "proofs/3.tlog-proofs"};
    char path[128];
    struct files files;
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        files_load(&files, path);
        files_set(&files, names[i], bytes_of_text("x"));
        cr_expect_eq(files_check(&kit, &files), BUNDLE_CONTAINER, "%s", names[i]);
        files_free(&files);
    }
    files_load(&files, path);
    files_set(&files, "proofs/4.tlog-proof", bytes_of_text("x"));
    cr_expect_eq(files_check(&kit, &files), BUNDLE_MANIFEST_FILES);
    files_free(&files);
}

Test(evidence_bundle, links_pipes_and_empty_places_are_refused)
{
    char path[128];
    char name[256];
    char away[256];
    kit_bundle(&kit, KIT_SELECTION, false, 2, path);
    (void)snprintf(name, sizeof name, "%s/README.txt", path);
    (void)snprintf(away, sizeof away, "%s/away", kit.directory);
    cr_assert_eq(rename(name, away), 0);
    cr_assert_eq(symlink(away, name), 0);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_CONTAINER, "a symbolic link");
    cr_assert_eq(unlink(name), 0);
    cr_assert_eq(mkfifo(name, 0600), 0);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_CONTAINER, "a pipe");
    cr_assert_eq(unlink(name), 0);
    cr_assert_eq(mkdir(name, 0700), 0);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_CONTAINER, "a directory");
    cr_assert_eq(rmdir(name), 0);
    (void)snprintf(away, sizeof away, "%s/empty", kit.directory);
    cr_assert_eq(mkdir(away, 0700), 0);
    cr_expect_eq(kit_check(&kit, away, NULL), BUNDLE_MISSING, "an empty directory");
    cr_expect_eq(kit_check(&kit, "/dev/null", NULL), BUNDLE_CONTAINER, "a device");
    struct bundle *bundle = NULL;
    struct bundle_report report;
    struct bundle_options options = {.trust = kit.trust, .now = KIT_NOW};
    cr_expect_eq(bundle_check("/nonexistent", &options, &bundle, &report, NULL), VAULT_ENOTFOUND);
}

/* --- The writer: whole or not at all --- */

static struct bundle_plan small_plan(struct buffer *note, const char *path)
{
    kit_checkpoint(&kit, &kit.log, KIT_ENTRIES, 0, note);
    return (struct bundle_plan){.out = path,
        .checkpoint = buffer_bytes(note),
        .log_key = &kit.log.key,
        .signer = kit.log.signer,
        .scope = {.range = true, .start = 2, .end = 4},
        .purpose = bytes_of_text("\"p\""),
        .created = KIT_TIME};
}

Test(evidence_bundle, the_writer_refuses_what_the_checkpoint_does_not_show_and_leaves_nothing)
{
    char path[128];
    char command[300];
    struct buffer note = {0};
    struct buffer proof = {0};
    struct bundle_writer *writer = NULL;
    struct bundle_written written;
    (void)snprintf(path, sizeof path, "%s/new", kit.directory);
    struct bundle_plan plan = small_plan(&note, path);
    cr_assert_eq(bundle_writer_new(&plan, &writer, NULL), VAULT_OK);
    kit_proof(&kit, &kit.log, 2, KIT_ENTRIES, &proof);
    struct bundle_entry entry = {
        .index = 2, .leaf = buffer_bytes(&kit.log.leaves[3]), .proof = buffer_bytes(&proof)};
    cr_expect_eq(bundle_writer_entry(writer, &entry, NULL), VAULT_EDAMAGED);
    entry.index = 3;
    cr_expect_eq(bundle_writer_entry(writer, &entry, NULL), VAULT_EUSAGE, "out of order");
    entry.index = 2;
    entry.leaf = buffer_bytes(&kit.log.leaves[2]);
    cr_expect_eq(bundle_writer_entry(writer, &entry, NULL), VAULT_OK);
    cr_expect_eq(bundle_writer_finish(writer, &written, NULL), VAULT_EUSAGE, "an entry is missing");
    bundle_writer_free(writer);
    (void)snprintf(command, sizeof command, "test -z \"$(ls -A %s)\"", kit.directory);
    cr_expect_eq(system(command), 0, "something was left");
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(bundle_writer_new(&plan, &writer, NULL), VAULT_EEXISTS);
    cr_expect_null(writer);
    buffer_free(&note);
    buffer_free(&proof);
}

Test(evidence_bundle, proofs_in_order_are_those_of_one_at_a_time)
{
    struct buffer one = {0};
    struct hash root;
    for (uint64_t size = 1; size <= KIT_ENTRIES; size++) {
        struct tree_path shared_path = {0};
        kit_root(&kit, &kit.log, size, &root);
        for (uint64_t index = 0; index < size; index += 1 + index % 3) {
            struct buffer next = {0};
            struct hash leaf;
            kit_proof(&kit, &kit.log, index, size, &one);
            cr_assert_eq(kit_next_proof(&kit, &shared_path, index, size, &next), VAULT_OK);
            cr_expect(
                bytes_equal(buffer_bytes(&one), buffer_bytes(&next)), "%d of %d", (int)index, (int)size);
            tree_leaf_hash(kit.hasher, buffer_bytes(&kit.log.leaves[index]), &leaf);
            cr_expect_eq(
                tree_check_inclusion(kit.hasher, &leaf, index, size, buffer_bytes(&next), &root), VAULT_OK);
            buffer_free(&next);
        }
    }
    buffer_free(&one);
}
