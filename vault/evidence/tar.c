#include "vault/evidence/tar.h"

#include <stdio.h>
#include <string.h>

/* Where the fields of a header stand. */
struct field {
    size_t at;
    size_t size;
};
static const struct field NAME = {0, 100}, MODE = {100, 8}, UID = {108, 8}, GID = {116, 8}, SIZE = {124, 12},
                          MTIME = {136, 12}, CHECKSUM = {148, 8}, LINKNAME = {157, 100}, MAGIC = {257, 8},
                          UNAME = {265, 32}, GNAME = {297, 32}, MAJOR = {329, 8}, MINOR = {337, 8},
                          PREFIX = {345, 155}, UNUSED = {500, 12};
#define TYPE 156

static bool all_zero(const uint8_t *data, size_t size)
{
    return size == 0 || (data[0] == 0 && memcmp(data, data + 1, size - 1) == 0);
}

/* Text up to a NUL, and only NULs behind it. */
static bool text_field(const uint8_t *header, struct field field)
{
    size_t size = strnlen((const char *)header + field.at, field.size);
    return all_zero(header + field.at + size, field.size - size);
}

/* Octal digits over the whole field but for its last byte, a NUL or a blank. */
static bool octal_field(const uint8_t *header, struct field field, uint64_t *value)
{
    const uint8_t *at = header + field.at;
    *value = 0;
    for (size_t i = 0; i + 1 < field.size; i++) {
        if (at[i] < '0' || at[i] > '7')
            return false;
        *value = *value << 3 | (uint64_t)(at[i] - '0');
    }
    return at[field.size - 1] == '\0' || at[field.size - 1] == ' ';
}

/* Device numbers mean nothing for files: zero, or not filled in. */
static bool device_field(const uint8_t *header, struct field field)
{
    uint64_t number;
    return all_zero(header + field.at, field.size) || (octal_field(header, field, &number) && number == 0);
}

/* The sum of all bytes, with blanks in the place of the sum itself. */
static unsigned sum_of(const uint8_t *header)
{
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.size ? ' ' : header[i];
    return sum;
}

static bool checksum_fits(const uint8_t *header)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%06o", sum_of(header));
    text[7] = ' ';
    return memcmp(header + CHECKSUM.at, text, sizeof text) == 0;
}

static const char *check_header(const uint8_t *header, uint64_t *size)
{
    uint64_t number;
    if (memcmp(header + MAGIC.at,
            "ustar\0"
            "00",
            MAGIC.size) != 0)
        return "a header that is not ustar's";
    if (!checksum_fits(header))
        return "a header whose checksum does not fit";
    if (header[TYPE] != '0' && header[TYPE] != '5')
        return "an entry that is neither a regular file nor a directory";
    if (!octal_field(header, MODE, &number) || !octal_field(header, UID, &number) ||
        !octal_field(header, GID, &number) || !octal_field(header, MTIME, &number) ||
        !octal_field(header, SIZE, size))
        return "a header with a number that is not octal";
    if (!text_field(header, NAME) || !text_field(header, UNAME) || !text_field(header, GNAME) ||
        !device_field(header, MAJOR) || !device_field(header, MINOR) ||
        !all_zero(header + LINKNAME.at, LINKNAME.size) || !all_zero(header + PREFIX.at, PREFIX.size) ||
        !all_zero(header + UNUSED.at, UNUSED.size))
        return "a header with bytes where none belong";
    return NULL;
}

static const char *check_end(struct bytes rest, bool *more)
{
    *more = false;
    if (rest.size < (size_t)2 * TAR_BLOCK)
        return "it ends without two empty blocks";
    return all_zero(rest.data, rest.size) ? NULL : "something stands behind its end";
}

const char *tar_next(struct bytes *rest, struct tar_entry *entry, bool *more)
{
    uint64_t size;
    memset(entry, 0, sizeof *entry);
    *more = true;
    if (rest->size < TAR_BLOCK || rest->size % TAR_BLOCK != 0)
        return "it is cut off";
    if (all_zero(rest->data, TAR_BLOCK))
        return check_end(*rest, more);
    const uint8_t *header = rest->data;
    const char *why = check_header(header, &size);
    if (why != NULL)
        return why;
    memcpy(entry->name, header + NAME.at, NAME.size);
    size_t name_size = strlen(entry->name);
    entry->directory = header[TYPE] == '5';
    bool slash = name_size > 0 && entry->name[name_size - 1] == '/';
    if (name_size == 0 || slash != entry->directory || (entry->directory && size != 0))
        return "a name or a size that does not fit the entry's kind";
    size_t left = rest->size - TAR_BLOCK;
    if (size > left || tar_padding(size) > left - size)
        return "it is cut off";
    entry->content = bytes_of(header + TAR_BLOCK, (size_t)size);
    if (!all_zero(header + TAR_BLOCK + size, tar_padding(size)))
        return "something stands in the space between two files";
    size_t used = TAR_BLOCK + (size_t)size + tar_padding(size);
    *rest = bytes_of(header + used, rest->size - used);
    return NULL;
}

int tar_header(const char *name, uint64_t size, uint64_t seconds, uint8_t block[TAR_BLOCK])
{
    size_t name_size = strlen(name);
    memset(block, 0, TAR_BLOCK);
    if (name_size == 0 || name_size > TAR_NAME_MAX || size > TAR_FILE_MAX || seconds > TAR_FILE_MAX)
        return VAULT_ELIMIT;
    char *text = (char *)block;
    memcpy(text + NAME.at, name, name_size);
    (void)snprintf(text + MODE.at, MODE.size, "%07o", 0644u);
    (void)snprintf(text + UID.at, UID.size, "%07o", 0u);
    (void)snprintf(text + GID.at, GID.size, "%07o", 0u);
    (void)snprintf(text + SIZE.at, SIZE.size, "%011llo", (unsigned long long)size);
    (void)snprintf(text + MTIME.at, MTIME.size, "%011llo", (unsigned long long)seconds);
    text[TYPE] = '0';
    memcpy(text + MAGIC.at,
        "ustar\0"
        "00",
        MAGIC.size);
    (void)snprintf(text + MAJOR.at, MAJOR.size, "%07o", 0u);
    (void)snprintf(text + MINOR.at, MINOR.size, "%07o", 0u);
    (void)snprintf(text + CHECKSUM.at, CHECKSUM.size, "%06o", sum_of(block));
    text[CHECKSUM.at + 7] = ' ';
    return VAULT_OK;
}

size_t tar_padding(uint64_t size)
{
    return (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}
