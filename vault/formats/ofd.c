/* OFD: the package of older Chinese e-invoices.  Only the invoice's own XML is read; other OFD is an
 * attachment. */
#include <string.h>
#include <strings.h>
#include <zip.h>

#include "vault/formats/einvoice_private.h"

#define INVOICE_NAME "original_invoice.xml"
#define INVOICE_BYTES ((zip_uint64_t)8 << 20)

static bool ends(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcasecmp(text + size - end_size, end) == 0;
}

static int recognise(struct bytes head, const char *name)
{
    if (head.size < 4 || memcmp(head.data, "PK\3\4", 4) != 0) {
        return 0;
    }
    return memmem(head.data, head.size, "OFD.xml", 7) != NULL || (name != NULL && ends(name, ".ofd")) ? 100
                                                                                                      : 0;
}

static int damaged(struct import_run *run, const char *what)
{
    return failure_set(run->failure, VAULT_EINPUT, "not a readable OFD package: %s", what);
}

/* Limits on what the package says of itself; what is unpacked is counted again while reading. */
static int check_package(struct import_run *run, zip_t *package, zip_uint64_t *invoice, bool *found)
{
    zip_int64_t count = zip_get_num_entries(package, 0);
    *found = false;
    if (count > LIMIT_ZIP_ENTRIES) {
        return failure_set(run->failure, VAULT_ELIMIT, "the package has %lld files (the limit is %d)",
            (long long)count, LIMIT_ZIP_ENTRIES);
    }
    for (zip_uint64_t i = 0; count > 0 && i < (zip_uint64_t)count && !*found; i++) {
        zip_stat_t stat;
        if (zip_stat_index(package, i, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0) {
            return damaged(run, "its directory is broken");
        }
        if (!ends(stat.name, "/" INVOICE_NAME) && strcmp(stat.name, INVOICE_NAME) != 0) {
            continue;
        }
        zip_uint64_t packed = (stat.valid & ZIP_STAT_COMP_SIZE) != 0 ? stat.comp_size : 0;
        zip_uint64_t size = (stat.valid & ZIP_STAT_SIZE) != 0 ? stat.size : 0;
        if (size > INVOICE_BYTES || size / LIMIT_ZIP_RATIO > packed) {
            return failure_set(run->failure, VAULT_ELIMIT,
                "%s in the package is too large or packed too tightly", INVOICE_NAME);
        }
        *invoice = i;
        *found = true;
    }
    return VAULT_OK;
}

static int unpack(struct import_run *run, zip_t *package, zip_uint64_t entry, struct buffer *content)
{
    zip_file_t *file = zip_fopen_index(package, entry, 0);
    if (file == NULL) {
        return damaged(run, zip_strerror(package));
    }
    int error = VAULT_OK;
    for (;;) {
        uint8_t *block = buffer_grow(content, 16384);
        zip_int64_t got = block == NULL ? -1 : zip_fread(file, block, 16384);
        if (got < 0) {
            error = block == NULL ? VAULT_ENOMEM : damaged(run, INVOICE_NAME " cannot be unpacked");
            break;
        }
        content->size -= 16384 - (size_t)got;
        if (got == 0) {
            break;
        }
        if (content->size > INVOICE_BYTES) {
            error = failure_set(run->failure, VAULT_ELIMIT, "%s in the package is too large", INVOICE_NAME);
            break;
        }
    }
    zip_fclose(file);
    return error;
}

static int read_ofd(struct import_run *run)
{
    int reason = 0;
    zip_uint64_t invoice = 0;
    bool found = false;
    struct buffer content = {0};
    zip_t *package = zip_open(run->path, ZIP_RDONLY, &reason);
    if (package == NULL) {
        zip_error_t text;
        zip_error_init_with_code(&text, reason);
        int error = damaged(run, zip_error_strerror(&text));
        zip_error_fini(&text);
        return error;
    }
    int error = check_package(run, package, &invoice, &found);
    error = error == VAULT_OK && found ? unpack(run, package, invoice, &content) : error;
    zip_discard(package);
    if (error == VAULT_OK && found) {
        struct bytes memory = buffer_bytes(&content);
        error = einvoice_read(run, &memory);
        failure_prefix(run->failure, "%s", INVOICE_NAME);
    } else if (error == VAULT_OK) {
        run->summary->format = format_attachment.name;
        error = format_attachment.read(run);
    }
    buffer_free(&content);
    return error;
}

const struct import_format format_ofd = {
    "ofd", "Chinese e-invoice as OFD; any other OFD is kept as an attachment", recognise, read_ofd};
