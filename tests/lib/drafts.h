/**
 * @file drafts.h
 * For tests of formats: everything that an import delivers, kept as JSON; and exports of it.
 */
#ifndef TESTS_LIB_DRAFTS_H
#define TESTS_LIB_DRAFTS_H

#include "vault/formats/export.h"
#include "vault/formats/import.h"

/** Each an array; free with drafts_free(). */
struct drafts {
    json_t
        *records; /* {kind, period, date, where, client_no, tax_id, name, fields, raw, record_id, masked} */
    json_t *refused;  /* "where: reason" */
    json_t *warned;   /* likewise */
    json_t *controls; /* {name, stated, computed, ok} */
    json_t *unmapped;
    struct import_summary summary;
    struct failure failure;
    int result;
};

/** Read a file; @p options may be NULL. */
struct drafts drafts_read(const char *path, const struct import_options *options);
void drafts_free(struct drafts *drafts);

/** Write @p bytes into a new file under the temporary directory named "*-name"; the caller unlinks and frees
 * it. */
char *drafts_file(const char *name, const void *bytes, size_t size);
/** The same and read. */
struct drafts drafts_of(const char *name, const void *bytes, size_t size);
struct drafts drafts_of_text(const char *name, const char *text);

/** Export all records to a new file whose name ends in @p format; the caller unlinks and frees it. */
char *drafts_export(const struct drafts *drafts, const char *format, const struct export_options *options);

/** Record @p index, and a text of its fields by a dotted path ("lines.0.debit"); NULL if absent. */
json_t *drafts_record(const struct drafts *drafts, size_t index);
const char *drafts_field(const struct drafts *drafts, size_t index, const char *path);

/** First difference of what a round trip must keep, or NULL; static memory. */
const char *drafts_compare(const struct drafts *a, const struct drafts *b);

/** Directory of the project's own samples. */
const char *samples_directory(void);

#endif
