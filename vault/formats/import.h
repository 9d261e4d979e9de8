/**
 * @file import.h
 * Files of accountants in: recognise, read in a stream, hand over one draft at a time.
 *
 * Memory does not grow with the file.  Nothing is fetched from anywhere, no DTD, entity or formula is ever
 * evaluated.  Functions may be used from several threads at once with different sinks.
 */
#ifndef VAULT_FORMATS_IMPORT_H
#define VAULT_FORMATS_IMPORT_H

#include "vault/records/draft.h"

/** A figure that the file states of itself, beside what was counted or summed. */
struct import_control {
    const char *name;     /* "NumberOfEntries", "TotalDebit", "closing balance", … */
    const char *stated;   /* text as in the file; "" if the file states none */
    const char *computed; /* decimal or integer text */
    bool ok;
};

/**
 * Where an importer delivers.  Each callback borrows its arguments and returns 0 to go on; any other value stops
 * the reading and is returned by import_read().
 */
struct import_sink {
    void *context;
    /** One record.  The sink may refuse it by calling nothing and returning 0 (it counts for itself). */
    int (*record)(void *context, const struct draft *draft);
    /** A row or element that cannot be taken, with its place and the reason ("debit: '12,3x' is not a number"). */
    int (*refused)(void *context, const char *where, const char *reason);
    /** Taken, but somebody should look (check digit wrong, precision lost, total row skipped). */
    int (*warned)(void *context, const char *where, const char *reason);
    int (*control)(void *context, const struct import_control *control);
    /** A column or element that has no canonical field; told once a name and file. Its text is kept in `raw`. */
    int (*unmapped)(void *context, const char *name);
};

struct import_options {
    const char *format;   /* a name of import_formats(), or NULL to recognise */
    const char *encoding; /* an iconv name, or NULL: BOM, strict UTF-8, strict GB18030 with Hanzi, else refuse */
    const char *name;     /* the file's name as shown and stored; NULL takes the path's last part */
};

struct import_summary {
    const char *format;   /* static text: "saft", "ubl", "cii", "camt", "ofx", "einvoice-xml", "csv-agency", … */
    char encoding[32];    /* as used: "UTF-8", "GB18030", … ; "" for binary files */
    uint64_t read;        /* rows or elements looked at, whatever became of them */
};

/**
 * Read one file.
 *
 * @retval VAULT_EINPUT    not readable as any format or as the one asked for, or malformed at a place that
 *                         @p failure names; drafts before it were delivered: the caller undoes.
 * @retval VAULT_ELIMIT    nested, packed or large beyond the limits of limits.h.
 * @retval VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM
 * @retval other           what a callback returned.
 */
int import_read(const char *path, const struct import_options *options, const struct import_sink *sink,
    struct import_summary *summary, struct failure *failure) VAULT_MUST_CHECK;

/** NULL-terminated list of format names with one line on each: {name, description}. */
struct import_format_name {
    const char *name;
    const char *description;
};
const struct import_format_name *import_formats(void);

#endif
