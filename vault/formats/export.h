/**
 * @file export.h
 * Files for accountants out: CSV, XLSX and JSON lines that a later import reads back without a change.
 *
 * CSV and XLSX have a row a record, or a row a line where a record has lines[], with the columns kind, record_id,
 * version, period, date, client_no, client_name, client_tax_id, masked, then the kind's fields under their dotted
 * paths ("seller.name", "lines[].debit"), and last what has no column of its own as JSON ("more").  In CSV new
 * headings begin where the kind changes; a workbook has a sheet a kind.  A last row of CSV that begins with
 * EXPORT_FOOTER is no record.  One writer, one thread.
 */
#ifndef VAULT_FORMATS_EXPORT_H
#define VAULT_FORMATS_EXPORT_H

#include "vault/crypto/hash.h"
#include "vault/formats/marker.h"
#include "vault/records/draft.h"

/** One record to be written; all borrowed for the call. */
struct export_row {
    enum record_kind kind;
    const char *client_no; /* "" if unknown */
    const char *client_name;
    const char *client_tax_id;
    const char *record_id; /* ULID text */
    int64_t version;
    const char *period;
    const char *date;
    const json_t *fields; /* sensitive fields already masked or revealed by the caller; may be NULL for "jsonl" */
    struct bytes fields_json; /* the same as canonical JSON; "jsonl" takes it where `fields` is NULL */
    const json_t *masked; /* array of the field paths that are masked; NULL or empty if none */
};

struct export_options {
    const char *encoding;    /* CSV only: "UTF-8" (with BOM; default when NULL) or "GBK" */
    const char *firm;        /* 制表单位 */
    const char *exporter;    /* 导出人 */
    const char *exported_at; /* 导出时间, RFC 3339 */
    const char *scope;       /* 期间 or selection, for the sheet of particulars */
    const char *temporary;   /* directory for XLSX's own temporary files (without names); NULL: that of the path */
    const char *footer;      /* XLSX: a line at the foot of every printed page; CSV: a last row; NULL: none */
    const struct export_marks *marks; /* NULL: none; borrowed until the writer is freed */
    bool claimed;            /* the path is an empty file that the caller has made and, if need be, removes */
};

struct export_writer;

/** The first cell of a CSV file's last row where a footer was asked for; the text is in the second. */
#define EXPORT_FOOTER "# strongroom"

/**
 * Begin a file of @p format ("csv", "xlsx" or "jsonl") at @p path, which must not exist unless claimed; mode 0600.
 * @p writer is NULL on error: VAULT_EINPUT unknown format, VAULT_EEXISTS, VAULT_EIO, VAULT_ENOMEM.
 */
int export_open(const char *format, const char *path, const struct export_options *options,
    struct export_writer **writer, struct failure *failure) VAULT_MUST_CHECK;

/** Write one record.  CSV and XLSX take several rows for a record with lines. Memory stays flat. */
int export_put(struct export_writer *writer, const struct export_row *row, struct failure *failure)
    VAULT_MUST_CHECK;

/**
 * Finish and sync the file, not its directory; the writer is freed in every case.
 * On failure the caller removes the file.
 * @param hash  SHA-256 of the whole file, of the bytes as they were written.
 */
int export_close(struct export_writer *writer, struct hash *hash, struct failure *failure) VAULT_MUST_CHECK;

/** Free without finishing; NULL is allowed.  The unfinished file is removed, unless claimed. */
void export_abandon(struct export_writer *writer);

#endif
