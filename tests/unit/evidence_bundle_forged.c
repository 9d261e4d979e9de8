/* Bundles forged by somebody who holds the log's key: he lists and signs anew whatever he changes.  What
 * still gives him away is the tree, the witnesses, and what the auditor kept. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_fixture.h"

static struct kit kit;

static void start(void)
{
    kit_start(&kit);
}

static void end(void)
{
    kit_end(&kit);
}

TestSuite(evidence_bundle_forged, .init = start, .fini = end, .timeout = 100);

static void load(enum kit_bundle which, struct files *files)
{
    char path[128];
    kit_bundle(&kit, which, false, 2, path);
    files_load(files, path);
}

static enum bundle_rule resigned(struct files *files)
{
    files_resign(&kit, files);
    enum bundle_rule rule = files_check(&kit, files);
    files_free(files);
    return rule;
}

#define EXPECT(rule, files, what) \
    do { \
        enum bundle_rule found = resigned(files); \
        cr_expect_eq(found, rule, "%s: %s", what, bundle_rule_code(found)); \
    } while (0)

/* --- Lines --- */

/* Put the lines of entries.jsonl together anew, in this order. */
static void reorder(struct buffer *text, const size_t *order, size_t count)
{
    struct buffer fresh = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_put(&fresh, text_line(text, order[i]));
        buffer_put_u8(&fresh, '\n');
    }
    buffer_free(text);
    *text = fresh;
}

static void order_all(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
}

Test(evidence_bundle_forged, entries_dropped_repeated_or_reordered)
{
    struct files files;
    size_t order[KIT_ENTRIES + 1];
    for (size_t dropped = 0; dropped < KIT_ENTRIES; dropped++) {
        load(KIT_RANGE, &files);
        order_all(order, KIT_ENTRIES);
        memmove(order + dropped, order + dropped + 1, (KIT_ENTRIES - dropped - 1) * sizeof *order);
        reorder(files_get(&files, "entries.jsonl"), order, KIT_ENTRIES - 1);
        EXPECT(BUNDLE_ENTRY_COUNT, &files, "dropped");
    }
    for (size_t again = 0; again < KIT_ENTRIES; again += 5) {
        load(KIT_RANGE, &files);
        order_all(order, KIT_ENTRIES);
        memmove(order + again + 1, order + again, (KIT_ENTRIES - again) * sizeof *order);
        reorder(files_get(&files, "entries.jsonl"), order, KIT_ENTRIES + 1);
        EXPECT(BUNDLE_ENTRY_ORDER, &files, "repeated");
    }
    load(KIT_SELECTION, &files);
    reorder(files_get(&files, "entries.jsonl"), (const size_t[]){0, 2, 1}, 3);
    EXPECT(BUNDLE_ENTRY_ORDER, &files, "reordered");
    load(KIT_SELECTION, &files);
    reorder(files_get(&files, "entries.jsonl"), (const size_t[]){0, 2}, 2);
    EXPECT(BUNDLE_ENTRY_COUNT, &files, "dropped from a selection, its count left");
    load(KIT_REDACTED, &files);
    reorder(files_get(&files, "entries.jsonl"), (const size_t[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 10}, 12);
    EXPECT(BUNDLE_ENTRY_COUNT, &files, "reordered in a range");
}

Test(evidence_bundle_forged, entries_renumbered_or_swapped)
{
    struct files files;
    load(KIT_SELECTION, &files);
    text_replace(files_get(&files, "entries.jsonl"), "{\"index\":7,", "{\"index\":8,");
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "renumbered");
    load(KIT_SELECTION, &files);
    text_replace(files_get(&files, "entries.jsonl"), "{\"index\":14,", "{\"index\":21,");
    EXPECT(BUNDLE_ENTRY_ORDER, &files, "beyond the end");
    load(KIT_SELECTION, &files);
    text_replace(files_get(&files, "entries.jsonl"), "{\"index\":3,", "{\"index\":07,");
    EXPECT(BUNDLE_ENTRY, &files, "a number with a zero in front");
    /* The bodies of lines 3 and 7 change places, indexes stay. */
    load(KIT_SELECTION, &files);
    struct buffer *entries = files_get(&files, "entries.jsonl");
    reorder(entries, (const size_t[]){1, 0, 2}, 3);
    text_replace(entries, "{\"index\":7,", "{\"index\":X,");
    text_replace(entries, "{\"index\":3,", "{\"index\":7,");
    text_replace(entries, "{\"index\":X,", "{\"index\":3,");
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "swapped");
}

static void replace_leaf(struct files *files, size_t index, const struct buffer *leaf)
{
    struct buffer old = {0};
    struct buffer fresh = {0};
    base64_encode(buffer_bytes(&kit.log.leaves[index]), &old);
    base64_encode(buffer_bytes(leaf), &fresh);
    text_replace(files_get(files, "entries.jsonl"), buffer_text(&old), buffer_text(&fresh));
    buffer_free(&old);
    buffer_free(&fresh);
}

Test(evidence_bundle_forged, a_changed_leaf_is_not_in_the_tree)
{
    struct files files;
    struct buffer leaf = {0};
    load(KIT_SELECTION, &files);
    buffer_put(&leaf, buffer_bytes(&kit.log.leaves[7]));
    text_replace(&leaf, "u-3", "u-2");
    replace_leaf(&files, 7, &leaf);
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "another actor");
    load(KIT_SELECTION, &files);
    replace_leaf(&files, 7, &kit.log.leaves[3]);
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "another leaf");
    buffer_free(&leaf);
}

Test(evidence_bundle_forged, lines_that_are_no_entries)
{
    static const struct {
        const char *old;
        const char *fresh;
    } changes[] = {{"{\"index\":3,", "{\"index\":3,\"more\":1,"},
        {"{\"index\":3,", "{\"index\":3,\"index\":3,"}, {"{\"index\":3,", "{"},
        {"\"leaf\":", "\"leaf_hash\":"}, {"\"proof\":[\"", "\"proof\":[\"AAAA\",\""}, {"]}\n", "]},\n"},
        {"]}\n", "]}\n\n"}, {"]}\n", "]}"}, {"{\"index\":3,", "{\"index\":\"3\","},
        {"{\"index\":3,", "{\"index\":3.0,"}, {"{\"index\":3,", "{\"index\":-3,"},
        {"\"proof\":[", "\"proof\":[,"}, {"==\"", "=\""}, {"{\"index\":3,", "[\"index\":3,"}};
    struct files files;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        load(KIT_SELECTION, &files);
        struct buffer *entries = files_get(&files, "entries.jsonl");
        if (memmem(entries->data, entries->size, changes[i].old, strlen(changes[i].old)) == NULL) {
            files_free(&files);
            continue;
        }
        text_replace(entries, changes[i].old, changes[i].fresh);
        EXPECT(BUNDLE_ENTRY, &files, changes[i].fresh);
    }
}

Test(evidence_bundle_forged, proofs_cut_short_or_longer)
{
    struct files files;
    struct hash hash = {{7}};
    struct buffer more = {0};
    load(KIT_SELECTION, &files);
    buffer_put_text(&more, "\"proof\":[\"");
    base64_encode(hash_bytes(&hash), &more);
    buffer_put_text(&more, "\",");
    text_replace(files_get(&files, "entries.jsonl"), "\"proof\":[", buffer_text(&more));
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "longer");
    load(KIT_SELECTION, &files);
    struct buffer *entries = files_get(&files, "entries.jsonl");
    struct bytes line = text_line(entries, 0);
    const char *start = strstr(buffer_text(entries), "\"proof\":[") + strlen("\"proof\":[");
    buffer_reset(&more);
    buffer_put_data(&more, start, 47); /* a hash in quotes and its comma */
    cr_assert_lt((size_t)(start - (const char *)entries->data), line.size);
    text_replace(entries, buffer_text(&more), "");
    EXPECT(BUNDLE_ENTRY_PROOF, &files, "shorter");
    buffer_free(&more);
}

Test(evidence_bundle_forged, a_selection_redacts_nothing)
{
    struct files files;
    struct hash hash;
    struct buffer old = {0};
    struct buffer fresh = {0};
    load(KIT_SELECTION, &files);
    tree_leaf_hash(kit.hasher, buffer_bytes(&kit.log.leaves[7]), &hash);
    buffer_put_text(&old, "\"leaf\":\"");
    base64_encode(buffer_bytes(&kit.log.leaves[7]), &old);
    buffer_put_text(&fresh, "\"leaf_hash\":\"");
    base64_encode(hash_bytes(&hash), &fresh);
    text_replace(files_get(&files, "entries.jsonl"), buffer_text(&old), buffer_text(&fresh));
    EXPECT(BUNDLE_ENTRY_REDACTED, &files, "redacted");
    buffer_free(&old);
    buffer_free(&fresh);
}

/* --- The manifest --- */

Test(evidence_bundle_forged, manifests_that_say_something_else)
{
    static const struct {
        const char *old;
        const char *fresh;
        enum bundle_rule rule;
    } changes[] = {{"\"end\":17", "\"end\":18", BUNDLE_MANIFEST},
        {"\"start\":5", "\"start\":4", BUNDLE_MANIFEST},
        {"\"count\":12,\"end\":17", "\"count\":13,\"end\":18", BUNDLE_ENTRY_COUNT},
        {"\"count\":12,\"end\":17,\"kind\":\"range\",\"start\":5",
            "\"count\":11,\"end\":17,\"kind\":\"range\",\"start\":6", BUNDLE_ENTRY_COUNT},
        {"\"count\":12,\"end\":17,\"kind\":\"range\",\"start\":5",
            "\"count\":18,\"end\":23,\"kind\":\"range\",\"start\":5", BUNDLE_MANIFEST_CHECKPOINT},
        {"\"tree_size\":21", "\"tree_size\":22", BUNDLE_MANIFEST_CHECKPOINT},
        {"\"purpose\":\"a test\"", "\"purpose\":\"\"", BUNDLE_MANIFEST},
        {"\"v\":1}", "\"v\":2}", BUNDLE_MANIFEST}, {"\"v\":1}", "\"v\":1,\"w\":1}", BUNDLE_MANIFEST},
        {"\"v\":1}", "\"v\":1} ", BUNDLE_MANIFEST},
        {"evidence-manifest", "evidence-manifesto", BUNDLE_MANIFEST},
        {"vault.example/kit", "vault.example/other", BUNDLE_MANIFEST_CHECKPOINT},
        {"{\"created\":\"2026", "{\"created\":\"2036", BUNDLE_MANIFEST_FUTURE},
        {"{\"created\":\"2026-01-01T", "{\"created\":\"2026-02-30T", BUNDLE_MANIFEST},
        {"\"purpose\":",
            "\"release\":{\"origin\":\"x\",\"scope\":{\"count\":0,\"kind\":\"selection\"},\"tree_size\":1},"
            "\"purpose\":",
            BUNDLE_MANIFEST}};
    struct files files;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        load(KIT_REDACTED, &files);
        text_replace(files_get(&files, "manifest.json"), changes[i].old, changes[i].fresh);
        EXPECT(changes[i].rule, &files, changes[i].fresh);
    }
}

Test(evidence_bundle_forged, keys_and_signatures)
{
    struct files files;
    char path[128];
    load(KIT_RANGE, &files);
    struct buffer *keys = files_get(&files, "vkeys");
    keys->size = text_line(keys, 0).size + 1;
    EXPECT(BUNDLE_VKEYS_MISSING, &files, "the witnesses' keys are not listed");
    load(KIT_RANGE, &files);
    keys = files_get(&files, "vkeys");
    struct buffer line = {0};
    buffer_put_data(&line, keys->data, text_line(keys, 0).size + 1);
    buffer_put(keys, buffer_bytes(&line));
    buffer_free(&line);
    EXPECT(BUNDLE_VKEYS, &files, "a key twice");
    load(KIT_RANGE, &files);
    buffer_put_text(files_get(&files, "vkeys"), "# a comment\n");
    EXPECT(BUNDLE_VKEYS, &files, "a comment");
    /* A manifest signed twice, or by a witness of the releases. */
    load(KIT_RANGE, &files);
    struct buffer *sig = files_get(&files, "manifest.sig");
    struct bytes last = text_line(sig, 4);
    buffer_put_data(&line, last.data, last.size);
    buffer_put_u8(&line, '\n');
    buffer_put(sig, buffer_bytes(&line));
    cr_expect_eq(files_check(&kit, &files), BUNDLE_MANIFEST_SIGNATURE, "signed twice");
    files_free(&files);
    buffer_free(&line);
    kit_bundle(&kit, KIT_RANGE, false, 0, path);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_QUORUM, "no witness");
    kit_policy(&kit, 2);
    kit_bundle(&kit, KIT_RANGE, false, 1, path);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_QUORUM, "one witness of two");
    kit_policy(&kit, 0);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_ACCEPTED, "none needed");
}

Test(evidence_bundle_forged, a_cosignature_of_another_state_is_forged)
{
    struct files files;
    struct buffer note = {0};
    load(KIT_RANGE, &files);
    kit_checkpoint(&kit, &kit.log, KIT_ENTRIES, 0, &note);
    struct bytes old_line = text_line(files_get(&files, "old-checkpoint"), 5);
    buffer_put(&note, old_line);
    buffer_put_u8(&note, '\n');
    files_set(&files, "checkpoint", buffer_bytes(&note));
    EXPECT(BUNDLE_CHECKPOINT, &files, "the cosignature of the earlier checkpoint");
    buffer_free(&note);
}

/* --- History --- */

static enum bundle_rule check_kept(enum kit_bundle which, size_t witnesses, struct buffer *kept)
{
    char path[128];
    struct bundle_options options = {.kept = buffer_bytes(kept)};
    kit_bundle(&kit, which, false, witnesses, path);
    return kit_check(&kit, path, &options);
}

Test(evidence_bundle_forged, a_rewritten_log_contradicts_what_was_kept)
{
    static const uint64_t sizes[] = {1, 4, KIT_OLD, 13, KIT_ENTRIES};
    struct buffer kept[5] = {{0}};
    kit_policy(&kit, 0);
    for (size_t i = 0; i < 5; i++) {
        kit_checkpoint(&kit, &kit.log, sizes[i], 0, &kept[i]);
        cr_expect_eq(check_kept(KIT_RANGE, 0, &kept[i]), BUNDLE_ACCEPTED, "%d", (int)sizes[i]);
    }
    cr_expect_eq(check_kept(KIT_SELECTION, 0, &kept[4]), BUNDLE_ACCEPTED, "the very state");
    cr_expect_eq(check_kept(KIT_REDACTED, 0, &kept[2]), BUNDLE_ACCEPTED, "the proof is for that one");
    cr_expect_eq(check_kept(KIT_REDACTED, 0, &kept[1]), BUNDLE_KEPT_UNPROVED);
    cr_expect_eq(check_kept(KIT_SELECTION, 0, &kept[1]), BUNDLE_KEPT_UNPROVED);
    /* He rewrites entry 2, builds all of it anew, and signs. */
    kit_rewrite(&kit, 2, "nothing");
    cr_expect_eq(check_kept(KIT_RANGE, 0, &kept[0]), BUNDLE_ACCEPTED, "kept before entry 2 was there");
    for (size_t i = 1; i < 5; i++)
        cr_expect_eq(check_kept(KIT_RANGE, 0, &kept[i]), BUNDLE_KEPT_HISTORY, "%d", (int)sizes[i]);
    cr_expect_eq(check_kept(KIT_REDACTED, 0, &kept[2]), BUNDLE_KEPT_HISTORY);
    for (size_t i = 0; i < 5; i++)
        buffer_free(&kept[i]);
}

Test(evidence_bundle_forged, a_log_shorter_than_what_was_kept_or_another_one)
{
    struct files files;
    struct buffer note = {0};
    struct buffer kept = {0};
    char path[128];
    /* All of the kit's bundles are of 21 entries; the releases' log stands for a log that has more. */
    kit_checkpoint(&kit, &kit.releases, KIT_RELEASES, 0, &kept);
    cr_expect_eq(check_kept(KIT_SELECTION, 2, &kept), BUNDLE_KEPT, "another log's");
    kit_checkpoint(&kit, &kit.log, KIT_ENTRIES, 2, &kept);
    load(KIT_REDACTED, &files);
    kit_checkpoint(&kit, &kit.log, 17, 2, &note);
    files_set(&files, "checkpoint", buffer_bytes(&note));
    text_replace(files_get(&files, "manifest.json"), "\"tree_size\":21", "\"tree_size\":17");
    files_resign(&kit, &files);
    files_store(&kit, &files, path);
    struct bundle_options options = {.kept = buffer_bytes(&kept)};
    enum bundle_rule rule = kit_check(&kit, path, &options);
    cr_expect(rule == BUNDLE_KEPT_SHORTER || rule == BUNDLE_CONSISTENCY_PROOF, "%s", bundle_rule_code(rule));
    files_drop(&files, "consistency.json");
    files_drop(&files, "old-checkpoint");
    files_resign(&kit, &files);
    files_store(&kit, &files, path);
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_KEPT_SHORTER);
    files_free(&files);
    buffer_free(&note);
    buffer_free(&kept);
}

Test(evidence_bundle_forged, a_proof_of_consistency_that_proves_nothing)
{
    struct files files;
    load(KIT_RANGE, &files);
    text_replace(files_get(&files, "consistency.json"), "\"old_size\":8", "\"old_size\":7");
    EXPECT(BUNDLE_CONSISTENCY_PROOF, &files, "another size");
    load(KIT_RANGE, &files);
    text_replace(files_get(&files, "consistency.json"), "\"old_size\":8", "\"old_size\":0");
    EXPECT(BUNDLE_CONSISTENCY, &files, "nothing");
    load(KIT_RANGE, &files);
    text_replace(files_get(&files, "consistency.json"), "]}", "],\"more\":1}");
    EXPECT(BUNDLE_CONSISTENCY, &files, "a member more");
    load(KIT_RANGE, &files);
    struct buffer note = {0};
    kit_checkpoint(&kit, &kit.log, KIT_OLD - 1, 2, &note);
    files_set(&files, "old-checkpoint", buffer_bytes(&note));
    EXPECT(BUNDLE_OLD_CHECKPOINT, &files, "of another size");
    buffer_free(&note);
}

Test(evidence_bundle_forged, age_and_the_future)
{
    char path[128];
    kit_bundle(&kit, KIT_SELECTION, false, 2, path);
    struct bundle_options options = {
        .max_age = 3600}; /* cosigned an hour before KIT_NOW, or a second later */
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_ACCEPTED);
    options.max_age = 3598;
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_AGE);
    kit_policy(&kit, 2);
    options.max_age = 3599;
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_AGE, "one of two is too old");
    kit_policy(&kit, 0);
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_ACCEPTED, "one is enough where none is needed");
    options = (struct bundle_options){.now = KIT_TIME + 3600000};
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_CHECKPOINT, "a cosignature from the future");
    kit_bundle(&kit, KIT_SELECTION, false, 0, path);
    options = (struct bundle_options){.max_age = 1000000};
    cr_expect_eq(kit_check(&kit, path, &options), BUNDLE_AGE, "nobody says when");
}

/* --- Releases --- */

Test(evidence_bundle_forged, releases_and_entries_must_name_each_other)
{
    static const struct {
        size_t release;
        const char *old;
        const char *fresh;
        enum bundle_rule rule;
    } changes[] = {{2, "\"access_seq\":8", "\"access_seq\":9", BUNDLE_RELEASE_ACCESS},
        {2, "\"access_seq\":8", "\"access_seq\":21", BUNDLE_RELEASE_ACCESS},
        {2, "key.release", "key.releases", BUNDLE_RELEASE_LEAF},
        {2, "\"seq\":2", "\"seq\":3", BUNDLE_RELEASE_LEAF}, {2, "\"key\":\"k-2\",", "", BUNDLE_RELEASE_LEAF},
        {2, "\"v\":1", "\"v\":2", BUNDLE_RELEASE_LEAF},
        {2, "vault.example/kit", "vault.example/other", BUNDLE_RELEASE_PARTNER},
        {2, "\"key\":\"k-2\"", "\"key\":\"k-3\"", BUNDLE_ACCEPTED}};
    char path[128];
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        kit_end(&kit);
        kit_start(&kit);
        kit_change_release(&kit, changes[i].release, changes[i].old, changes[i].fresh);
        kit_bundle(&kit, KIT_RANGE, false, 2, path);
        enum bundle_rule rule = kit_check(&kit, path, NULL);
        cr_expect_eq(rule, changes[i].rule, "%s: %s", changes[i].fresh, bundle_rule_code(rule));
    }
    /* The vault's entry behind a release is rewritten, as only the vault's log allows. */
    kit_end(&kit);
    kit_start(&kit);
    kit_rewrite(&kit, 8, "nothing");
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_RELEASE_ACCESS, "a rewritten access entry");
}

/* --- What the events say --- */

Test(evidence_bundle_forged, leaves_that_are_no_events)
{
    static const struct {
        const char *old;
        const char *fresh;
        enum bundle_rule rule;
    } changes[] = {{"\"seq\":7", "\"seq\":8", BUNDLE_LEAF_SEQ},
        {"\"id\":\"e-7\"", "\"id\":\"e-6\"", BUNDLE_LEAF_ID}, {"\"id\":\"e-7\"", "\"id\":\"\"", BUNDLE_LEAF},
        {"\"v\":1", "\"v\":1.0", BUNDLE_LEAF}, {"\"v\":1", "\"v\":null", BUNDLE_LEAF},
        {"permit", "maybe", BUNDLE_LEAF}, {"\"purpose\":\"tax\"", "\"purpose\": \"tax\"", BUNDLE_LEAF},
        {"\"purpose\":\"tax\"", "\"purpose\":\"\\u0041\"", BUNDLE_LEAF},
        {"2026-01-01T", "2026-13-01T", BUNDLE_LEAF},
        {"\"purpose\":\"tax\"", "\"purpose\":\"TAX\"", BUNDLE_ACCEPTED}};
    char path[128];
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        kit_end(&kit);
        kit_start(&kit);
        kit_change_leaf(&kit, 7, changes[i].old, changes[i].fresh);
        kit_bundle(&kit, KIT_RANGE, false, 2, path);
        enum bundle_rule rule = kit_check(&kit, path, NULL);
        cr_expect_eq(rule, changes[i].rule, "%s: %s", changes[i].fresh, bundle_rule_code(rule));
    }
}

static void count_warnings(const char *fresh, uint64_t counts[BUNDLE_WARNINGS])
{
    char path[128];
    struct bundle *bundle = NULL;
    struct bundle_report report;
    struct bundle_options options = {.now = KIT_NOW};
    kit_end(&kit);
    kit_start(&kit);
    options.trust = kit.trust;
    kit_change_leaf(&kit, 7, "\"time\":\"2026-01-01T00:00:08.638Z\"", fresh);
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    cr_assert_eq(bundle_check(path, &options, &bundle, &report, NULL), VAULT_OK);
    memcpy(counts, report.warning_counts, sizeof report.warning_counts);
    bundle_free(bundle);
}

Test(evidence_bundle_forged, odd_times_are_warned_of)
{
    uint64_t counts[BUNDLE_WARNINGS];
    count_warnings("\"time\":\"2026-01-01T00:00:08.639Z\"", counts);
    cr_expect(counts[0] == 0 && counts[1] == 0);
    count_warnings(
        "\"time\":\"2026-01-01T01:05:00.000Z\"", counts); /* then the later ones seem to run back */
    cr_expect(counts[0] == 0 && counts[1] == 13);
    count_warnings("\"time\":\"2026-01-01T01:05:00.001Z\"", counts);
    cr_expect(counts[0] == 1 && counts[1] == 13);
    count_warnings("\"time\":\"2025-12-31T23:55:00.000Z\"", counts);
    cr_expect(counts[0] == 0 && counts[1] == 1);
}

/* --- case.json --- */

#define CASE_TEXT "{\"type\":\"strongroom-case\",\"v\":1}"

/* Entry 2 becomes an event that tells a hash of a case. */
static void tell_case(const char *event, const char *text)
{
    char fresh[200];
    char hex[2 * HASH_SIZE + 1];
    struct hash hash;
    hash_sha256(bytes_of_text(text), &hash);
    hex_encode(hash_bytes(&hash), hex);
    (void)snprintf(fresh, sizeof fresh,
        "\"event\":\"%s\",\"id\":\"e-2\",\"incident\":{\"id\":\"c\",\"sha256\":\"%s\"},", event, hex);
    kit_change_leaf(&kit, 2, "\"event\":\"record.read\",\"id\":\"e-2\",", fresh);
}

static enum bundle_rule with_case(const char *text)
{
    struct files files;
    load(KIT_RANGE, &files);
    files_set(&files, "case.json", bytes_of_text(text));
    return resigned(&files);
}

Test(evidence_bundle_forged, a_case_that_no_event_tells_of)
{
    struct files files;
    cr_expect_eq(with_case(CASE_TEXT), BUNDLE_CASE, "no event of a case at all");
    tell_case("incident.bundle", CASE_TEXT);
    cr_expect_eq(with_case(CASE_TEXT " "), BUNDLE_CASE, "another text");
    cr_expect_eq(with_case(CASE_TEXT), BUNDLE_ACCEPTED);
    load(KIT_RANGE, &files);
    files_set(&files, "case.json", bytes_of_text(CASE_TEXT));
    cr_expect_eq(files_check(&kit, &files), BUNDLE_MANIFEST_FILES, "not in the manifest");
    files_free(&files);
}

Test(evidence_bundle_forged, a_case_that_another_event_tells_of)
{
    tell_case("incident.note", CASE_TEXT);
    cr_expect_eq(with_case(CASE_TEXT), BUNDLE_CASE);
}

/* The empty file, and another, of a case that tells of the first alone. */
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define A_HASH "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" /* "a" */
#define CASE_FILES "{\"files\":[{\"sha256\":\"" A_HASH "\"}],\"type\":\"strongroom-case\",\"v\":1}"

static enum bundle_rule with_file(const char *text, const char *name, const char *content)
{
    struct files files;
    load(KIT_RANGE, &files);
    if (text != NULL)
        files_set(&files, "case.json", bytes_of_text(text));
    files_set(&files, name, bytes_of_text(content));
    return resigned(&files);
}

Test(evidence_bundle_forged, files_that_the_case_does_not_tell_of)
{
    tell_case("incident.bundle", CASE_FILES);
    cr_expect_eq(with_file(CASE_FILES, "files/" A_HASH, "a"), BUNDLE_ACCEPTED);
    cr_expect_eq(with_file(CASE_FILES, "files/" A_HASH, "b"), BUNDLE_CASE_FILE, "other bytes than its name says");
    cr_expect_eq(with_file(CASE_FILES, "files/" EMPTY_HASH, ""), BUNDLE_CASE_FILE, "not told of");
    cr_expect_eq(with_file(NULL, "files/" A_HASH, "a"), BUNDLE_CASE_FILE, "no case");
    cr_expect_eq(with_file(CASE_FILES, "files/" A_HASH "0", "a"), BUNDLE_CONTAINER, "a longer name");
    cr_expect_eq(with_file(CASE_FILES, "files/leaked.csv", "a"), BUNDLE_CONTAINER, "a name of its own");
}

Test(evidence_bundle_forged, a_text_that_looks_like_a_hash_tells_of_no_file)
{
    static const char text[] = "{\"note\":\"\\\"sha256\\\":\\\"" A_HASH "\",\"v\":1}";
    tell_case("incident.bundle", text);
    cr_expect_eq(with_file(text, "files/" A_HASH, "a"), BUNDLE_CASE_FILE);
}

Test(evidence_bundle_forged, a_hash_that_is_cut_short_tells_of_no_file)
{
    static const char cut[] = "{\"note\":\"x\",\"sha256\":\"ca978112\"}";
    tell_case("incident.bundle", cut);
    cr_expect_eq(with_file(cut, "files/" A_HASH, "a"), BUNDLE_CASE_FILE);
}
