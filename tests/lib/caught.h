/**
 * @file caught.h
 * A sink that keeps everything an import delivers, for tests to look at.
 */
#ifndef TESTS_LIB_CAUGHT_H
#define TESTS_LIB_CAUGHT_H

#include "vault/formats/import.h"

/**
 * Arrays of objects: records {kind, where, period, date, client_name, client_tax_id, fields, raw, bytes},
 * refused and warned {where, reason}, controls {name, stated, computed, ok}; unmapped is an array of names.
 */
struct caught {
    json_t *records, *refused, *warned, *controls, *unmapped;
    struct import_summary summary;
    struct failure failure;
    int error;
};

/** Import a file; @p format may be NULL (recognise).  The caller frees with caught_free(). */
struct caught caught_file(const char *path, const char *format);
/** The same for bytes, through a temporary file that is gone afterwards. */
struct caught caught_bytes(struct bytes content, const char *name, const char *format);
struct caught caught_text(const char *text, const char *format);
/** A file of tests/samples: "saft/norway.xml". */
struct caught caught_sample(const char *name, const char *format);
void caught_free(struct caught *caught);

/** How many records are of this kind ("invoice"). */
size_t caught_count(const struct caught *caught, const char *kind);
/** The n-th record of this kind, from 0; NULL if there are fewer. */
const json_t *caught_record(const struct caught *caught, const char *kind, size_t n);
/** Text at a path of the n-th record's fields: "seller.name", "lines.1.net"; "" if there is none. */
const char *caught_field(const struct caught *caught, const char *kind, size_t n, const char *path);
/** Lines of all records of a kind together. */
size_t caught_lines(const struct caught *caught, const char *kind);
/** Number of controls of this name that do (or do not) agree. */
size_t caught_controls(const struct caught *caught, const char *name, bool ok);

/** Absolute path of a file of the source tree (STRONGROOM_SOURCE, else upwards from here); free(3) it. */
char *source_path(const char *name);
/** Directory of the large public test data (STRONGROOM_TEST_DATA); NULL if it is not here. */
const char *data_directory(void);

#endif
