/**
 * @file trace_file_private.h
 * A leaked file held in memory as rows, so that it is read once and may be taken for several things.
 */
#ifndef VAULT_OPS_LEAK_TRACE_FILE_PRIVATE_H
#define VAULT_OPS_LEAK_TRACE_FILE_PRIVATE_H

#include "vault/crypto/hash.h"
#include "vault/trace/leak.h"

struct trace_file {
    struct buffer rows; /* for each its cells, as a count and blocks; wiped when freed */
    size_t count;
    struct hash sha256;
};

/** @param encoding  NULL: recognised. trace_file_free() in any case. VAULT_ELIMIT beyond LEAK_ROWS_MAX rows
 * or LEAK_BYTES_MAX bytes, and the errors of formats/rows.h. */
int trace_file_read(const char *path, const char *encoding, struct trace_file *file,
    struct failure *failure) VAULT_MUST_CHECK;
void trace_file_free(struct trace_file *file);

/** Call back with each row; stops at the first non-zero return and hands it on. */
int trace_file_each(const struct trace_file *file,
    int (*each)(void *context, const struct bytes *cells, size_t count), void *context) VAULT_MUST_CHECK;

/** As a leak, not settled: of more than @p rows rows the first and a part of the others. */
int trace_file_leak(
    const struct trace_file *file, size_t rows, struct leak **leak, struct failure *failure) VAULT_MUST_CHECK;

#endif
