/* Every byte of whole bundles, flipped one after the other: each time the bundle is refused.  Ours are made
 * here; the public samples are taken along where they are at hand. */
#include <criterion/criterion.h>
#include <fcntl.h>
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

TestSuite(evidence_flips, .init = start, .fini = end, .timeout = 600);

/* In place: to replace the file for every byte would wait for the disk each time. */
static void flip(const char *name, size_t at, uint8_t bit)
{
    uint8_t byte;
    int file = open(name, O_RDWR | O_CLOEXEC);
    cr_assert(file >= 0 && pread(file, &byte, 1, (off_t)at) == 1, "%s", name);
    byte ^= bit;
    cr_assert_eq(pwrite(file, &byte, 1, (off_t)at), 1);
    (void)close(file);
}

static size_t flip_file(const char *name, size_t size, const struct bundle_options *options, const char *path)
{
    for (size_t at = 0; at < size; at++) {
        uint8_t bit = (uint8_t)(1u << at % 8);
        flip(name, at, bit);
        cr_expect_neq(kit_check(&kit, path, options), BUNDLE_ACCEPTED, "%s, byte %zu", name, at);
        flip(name, at, bit);
    }
    return size;
}

/* Every byte of every file, one bit of each. */
static void flip_all(const char *path)
{
    char name[256];
    struct files files;
    size_t flips = 0;
    files_load(&files, path);
    for (size_t i = 0; i < files.count; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", path, files.names[i]);
        flips += flip_file(name, files.content[i].size, NULL, path);
    }
    cr_assert_gt(flips, 1000, "%s: %zu bytes only", path, flips);
    cr_assert_eq(kit_check(&kit, path, NULL), BUNDLE_ACCEPTED);
    files_free(&files);
}

Test(evidence_flips, every_flipped_byte_of_a_range_is_refused)
{
    char path[128];
    kit_bundle(&kit, KIT_RANGE, false, 2, path);
    flip_all(path);
}

Test(evidence_flips, every_flipped_byte_of_a_redacted_range_is_refused)
{
    char path[128];
    kit_bundle(&kit, KIT_REDACTED, false, 2, path);
    flip_all(path);
}

Test(evidence_flips, every_flipped_byte_of_an_archive_is_refused)
{
    char path[128];
    struct stat status;
    kit_bundle(&kit, KIT_SELECTION, true, 2, path);
    cr_assert_eq(stat(path, &status), 0);
    (void)flip_file(path, (size_t)status.st_size, NULL, path);
    cr_assert_eq(kit_check(&kit, path, NULL), BUNDLE_ACCEPTED);
}

Test(evidence_flips, every_flipped_byte_of_a_selection_with_proofs_is_refused)
{
    char path[128];
    kit_bundle(&kit, KIT_SELECTION, false, 2, path);
    flip_all(path);
}

Test(evidence_flips, the_public_samples_are_accepted_and_every_flipped_byte_of_them_is_refused)
{
    static const char *const names[] = {"range-redacted", "selection", "range-all", "range-all.tar"};
    char samples[256];
    char path[300];
    char copy[128];
    kit_use_samples(&kit, samples);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", samples, names[i]);
        cr_expect_eq(kit_check(&kit, path, NULL), BUNDLE_ACCEPTED, "%s", names[i]);
        if (i == 3)
            break;
        struct files files;
        files_load(&files, path);
        files_store(&kit, &files, copy);
        files_free(&files);
        flip_all(copy);
    }
}
