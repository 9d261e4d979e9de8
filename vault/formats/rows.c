#include "vault/formats/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "vault/formats/csv_private.h"
#include "vault/formats/pdf.h"
#include "vault/formats/xlsx_private.h"

typedef int (*rows_callback)(void *context, const struct bytes *cells, size_t count);

static int all_rows(struct row_source *source, rows_callback each, void *context, struct failure *failure)
{
    struct bytes cells[LIMIT_COLUMNS];
    struct row row;
    int more;
    while ((more = source->next(source->context, &row, failure)) > 0) {
        size_t count = row.count < LIMIT_COLUMNS ? row.count : LIMIT_COLUMNS;
        for (size_t i = 0; i < count; i++)
            cells[i] = bytes_of(row.cells[i].data, row.cells[i].size);
        int result = each(context, cells, count);
        if (result != VAULT_OK)
            return result;
    }
    return more;
}

static int read_book(const char *path, rows_callback each, void *context, struct failure *failure)
{
    struct book book;
    int result = book_open(path, &book, failure);
    if (result != VAULT_OK)
        return result;
    for (size_t i = 0; i < book.sheet_count && result == VAULT_OK; i++) {
        struct sheet_reader *reader = NULL;
        const char *part = book.sheets[i].part;
        if (part[0] == '\0' || strstr(part, "worksheets/") == NULL)
            continue; /* charts and dialogs have no rows */
        result = sheet_reader_open(&book, part, &reader, failure);
        if (result == VAULT_OK) {
            struct row_source source = {.context = reader, .next = sheet_reader_next};
            result = all_rows(&source, each, context, failure);
        }
        sheet_reader_close(reader);
    }
    book_close(&book);
    return result;
}

static int read_text(
    const char *path, const char *encoding, rows_callback each, void *context, struct failure *failure)
{
    struct text_source *text = NULL;
    struct csv *csv = NULL;
    int result = text_open(path, encoding, NULL, &text, failure);
    if (result != VAULT_OK)
        return result;
    result = csv_open(text, &csv, failure);
    if (result == VAULT_OK) {
        struct row_source source = {.context = csv, .next = csv_next, .escaped = true};
        result = all_rows(&source, each, context, failure);
    }
    csv_close(csv);
    return result;
}

static bool is_package(const char *path)
{
    char magic[4] = "";
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t got = descriptor < 0 ? -1 : pread(descriptor, magic, sizeof magic, 0);
    if (descriptor >= 0)
        (void)close(descriptor);
    return got == (ssize_t)sizeof magic && memcmp(magic, "PK\3\4", sizeof magic) == 0;
}

/* Optional parts; libxml2's readers give the texts between any tags. */
static int read_properties(struct package *package, const char *name,
    int (*each)(void *context, struct bytes text), void *context, struct failure *failure)
{
    struct part part;
    int more, result = part_open(package, name, &part, failure);
    if (result != VAULT_OK)
        return result == VAULT_ENOTFOUND ? VAULT_OK : result;
    while ((more = part_next(&part, failure)) > 0 && result == VAULT_OK) {
        const char *text = part_text(&part);
        if (text != NULL)
            result = each(context, bytes_of_text(text));
    }
    part_close(&part);
    return more < 0 ? more : result;
}

int rows_properties(
    const char *path, int (*each)(void *context, struct bytes text), void *context, struct failure *failure)
{
    struct package package;
    if (!is_package(path))
        return VAULT_OK;
    int result = package_open(path, &package, failure);
    if (result != VAULT_OK)
        return result;
    result = read_properties(&package, "docProps/core.xml", each, context, failure);
    if (result == VAULT_OK)
        result = read_properties(&package, "docProps/custom.xml", each, context, failure);
    package_close(&package);
    return result;
}

int rows_read(
    const char *path, const char *encoding, rows_callback each, void *context, struct failure *failure)
{
    char magic[4] = "";
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return failure_set(failure, errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO, "%s: cannot be read: %s",
            path, strerror(errno));
    ssize_t got = pread(descriptor, magic, sizeof magic, 0);
    (void)close(descriptor);
    bool whole = got == (ssize_t)sizeof magic;
    int result = whole && memcmp(magic, "PK\3\4", sizeof magic) == 0 ? read_book(path, each, context, failure)
                 : whole && memcmp(magic, "%PDF", sizeof magic) == 0
                     ? pdf_rows_read(path, each, context, failure)
                     : read_text(path, encoding, each, context, failure);
    if (result != VAULT_OK && failure != NULL && failure->error != VAULT_OK &&
        strstr(failure->text, path) == NULL)
        failure_prefix(failure, "%s", path);
    return result;
}
