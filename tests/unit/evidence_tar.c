/* Archives: what is written reads back, with tar(1) too, and malformed ones are refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/evidence/tar.h"

/* "a" with five bytes, "proofs/", "proofs/1" with none. */
static void make(struct buffer *archive)
{
    static const uint8_t nothing[2 * TAR_BLOCK] = {0};
    uint8_t header[TAR_BLOCK];
    cr_assert_eq(tar_header("a", 5, 1700000000, header), VAULT_OK);
    buffer_put_data(archive, header, sizeof header);
    buffer_put_text(archive, "hello");
    buffer_put_data(archive, nothing, tar_padding(5));
    cr_assert_eq(tar_header("proofs/1", 0, 1700000000, header), VAULT_OK);
    buffer_put_data(archive, header, sizeof header);
    buffer_put_data(archive, nothing, sizeof nothing);
}

/* NULL if it is read to its end; the number of its files. */
static const char *read_all(struct bytes archive, size_t *files)
{
    struct tar_entry entry;
    bool more = true;
    const char *why = NULL;
    *files = 0;
    while (why == NULL && more) {
        why = tar_next(&archive, &entry, &more);
        *files += why == NULL && more;
    }
    return why;
}

static void sign_header(uint8_t *header)
{
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    (void)snprintf((char *)header + 148, 7, "%06o", sum);
    header[154] = '\0';
    header[155] = ' ';
}

Test(evidence_tar, what_is_written_reads_back)
{
    struct buffer archive = {0};
    size_t files;
    make(&archive);
    cr_assert_null(read_all(buffer_bytes(&archive), &files));
    cr_assert_eq(files, 2);
    struct bytes rest = buffer_bytes(&archive);
    struct tar_entry entry;
    bool more;
    cr_assert_null(tar_next(&rest, &entry, &more));
    cr_assert_str_eq(entry.name, "a");
    cr_assert(bytes_equal(entry.content, bytes_of_text("hello")));
    cr_assert_not(entry.directory);
    buffer_free(&archive);
}

Test(evidence_tar, the_systems_tar_reads_it_and_what_it_writes_is_read)
{
    struct buffer archive = {0};
    struct buffer theirs = {0};
    size_t files;
    char directory[] = "/tmp/strongroom-tar-XXXXXX";
    char command[400];
    char path[64];
    cr_assert_not_null(mkdtemp(directory));
    make(&archive);
    (void)snprintf(path, sizeof path, "%s/a.tar", directory);
    cr_assert_eq(file_replace_lazily(path, buffer_bytes(&archive), 0600, NULL), VAULT_OK);
    (void)snprintf(command, sizeof command,
        "cd %s && tar -xf a.tar && test \"$(cat a)\" = hello && test -f proofs/1 && "
        "tar --format=ustar -cf b.tar a proofs",
        directory);
    cr_assert_eq(system(command), 0);
    (void)snprintf(path, sizeof path, "%s/b.tar", directory);
    cr_assert_eq(file_read(path, 1u << 20, &theirs, NULL), VAULT_OK);
    cr_assert_null(read_all(buffer_bytes(&theirs), &files));
    cr_assert_eq(files, 3, "with its directory");
    (void)snprintf(command, sizeof command, "rm -r %s", directory);
    cr_assert_eq(system(command), 0);
    buffer_free(&archive);
    buffer_free(&theirs);
}

Test(evidence_tar, every_flipped_bit_outside_contents_is_refused)
{
    struct buffer archive = {0};
    size_t files;
    make(&archive);
    for (size_t i = 0; i < archive.size * 8; i++) {
        size_t at = i / 8;
        if (at >= TAR_BLOCK && at < TAR_BLOCK + 5)
            continue;
        archive.data[at] ^= (uint8_t)(1u << i % 8);
        cr_expect_not_null(read_all(buffer_bytes(&archive), &files), "byte %zu", at);
        archive.data[at] ^= (uint8_t)(1u << i % 8);
    }
    buffer_free(&archive);
}

Test(evidence_tar, every_cut_and_every_addition_is_refused)
{
    struct buffer archive = {0};
    size_t files;
    make(&archive);
    for (size_t size = 0; size < archive.size; size++)
        cr_expect_not_null(read_all(bytes_of(archive.data, size), &files), "%zu bytes", size);
    size_t whole = archive.size;
    buffer_put_u8(&archive, 0);
    cr_expect_not_null(read_all(buffer_bytes(&archive), &files), "a byte more");
    for (size_t i = 1; i < TAR_BLOCK; i++)
        buffer_put_u8(&archive, 0);
    cr_expect_null(read_all(buffer_bytes(&archive), &files), "a block of zeros more");
    archive.data[whole + 100] = 'x';
    cr_expect_not_null(read_all(buffer_bytes(&archive), &files), "something behind the end");
    buffer_free(&archive);
}

/* Headers whose checksum is right. */
Test(evidence_tar, headers_that_are_not_plain_ustar_are_refused)
{
    static const struct {
        size_t at;
        const char *bytes;
        size_t size;
        const char *what;
    } changes[] = {{156, "1", 1, "a hard link"}, {156, "2", 1, "a symbolic link"}, {156, "3", 1, "a device"},
        {156, "5", 1, "a directory with content"}, {156, "6", 1, "a pipe"},
        {156, "7", 1, "a contiguous file"}, {156, "L", 1, "GNU's long name"}, {156, "x", 1, "a pax header"},
        {156, "g", 1, "a global pax header"}, {156, "\0", 1, "an old kind"},
        {257, "ustar  ", 8, "GNU's magic"}, {263, "01", 2, "another version"},
        {124, "00000000008\0", 12, "a size that is not octal"}, {124, "-0000000005\0", 12, "a negative size"},
        {124, "\x80\0\0\0\0\0\0\0\0\0\0\5", 12, "a size in base 256"},
        {124, "77777777777\0", 12, "a huge size"}, {124, "00000010000\0", 12, "a size beyond the end"},
        {345, "prefix", 6, "a prefix"}, {157, "x", 1, "a link's name"},
        {2, "x", 1, "a name with something behind its end"}, {0, "\0", 1, "no name"},
        {0, "a/", 2, "a file that ends in a slash"}, {500, "x", 1, "something in the unused bytes"},
        {329, "0000001", 7, "a device number"}, {100, "      \0", 8, "no mode"}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct buffer archive = {0};
        size_t files;
        make(&archive);
        memcpy(archive.data + changes[i].at, changes[i].bytes, changes[i].size);
        sign_header(archive.data);
        cr_expect_not_null(read_all(buffer_bytes(&archive), &files), "%s", changes[i].what);
        buffer_free(&archive);
    }
}

Test(evidence_tar, the_checksum_has_its_one_form)
{
    static const char *const forms[] = {"%06o \0", "%7o", "%07o", " %05o"};
    struct buffer archive = {0};
    size_t files;
    make(&archive);
    unsigned sum = (unsigned)strtoul((const char *)archive.data + 148, NULL, 8);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[9] = {0};
        (void)snprintf(text, sizeof text, i == 0 ? "%06o " : i == 1 ? "%7o" : i == 2 ? "%07o" : " %06o", sum);
        memcpy(archive.data + 148, text, 8);
        cr_expect_not_null(read_all(buffer_bytes(&archive), &files), "%s", forms[i]);
    }
    buffer_free(&archive);
}

Test(evidence_tar, what_does_not_fit_is_not_written)
{
    uint8_t header[TAR_BLOCK];
    char name[TAR_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[TAR_NAME_MAX] = '\0';
    cr_expect_eq(tar_header(name, TAR_FILE_MAX, 0, header), VAULT_OK);
    cr_expect_eq(tar_header(name, TAR_FILE_MAX + 1, 0, header), VAULT_ELIMIT);
    cr_expect_eq(tar_header("", 1, 0, header), VAULT_ELIMIT);
    name[TAR_NAME_MAX] = 'n';
    name[TAR_NAME_MAX + 1] = '\0';
    cr_expect_eq(tar_header(name, 1, 0, header), VAULT_ELIMIT);
}
