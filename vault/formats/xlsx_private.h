/**
 * @file xlsx_private.h
 * Workbooks (ECMA-376) read as rows: the package, its parts, its strings and styles, its sheets.
 *
 * Nothing is unpacked to disk.  Each part is read in a stream through the same guard as all XML; formulas are
 * never evaluated, their last result is the cell's text.
 */
#ifndef VAULT_FORMATS_XLSX_PRIVATE_H
#define VAULT_FORMATS_XLSX_PRIVATE_H

#include <libxml/xmlreader.h>
#include <zip.h>

#include "vault/formats/table_private.h"
#include "vault/formats/xml_guard_private.h"

/* xlsx_part.c */

struct package {
    zip_t *zip;
    uint64_t unpacked; /* bytes of all parts read so far */
};

int package_open(const char *path, struct package *package, struct failure *failure) VAULT_MUST_CHECK;
void package_close(struct package *package);

/** A part of the package as XML.  Start with {0}. */
struct part {
    struct package *package;
    zip_file_t *file;
    uint64_t packed, unpacked;
    struct xml_guard guard;
    struct failure problem; /* found while libxml2 was reading */
    xmlTextReaderPtr reader;
    char name[200];
};

/** VAULT_ENOTFOUND leaves @p failure alone: many parts are optional. */
int part_open(
    struct package *package, const char *name, struct part *part, struct failure *failure) VAULT_MUST_CHECK;
/** The next node: 1, 0 at the end, or an error. */
int part_next(struct part *part, struct failure *failure) VAULT_MUST_CHECK;
void part_close(struct part *part);

/** At a node: its kind and local name. */
bool part_at_start(const struct part *part, const char *name);
bool part_at_end(const struct part *part, const char *name);
bool part_is_empty(const struct part *part);
/** The text of a text node, or NULL elsewhere; valid until the next node. */
const char *part_text(const struct part *part);
/** An attribute by its local name, without regard to namespaces; copied into @p value, false if absent. */
bool part_attribute(const struct part *part, const char *name, char *value, size_t size);

/* xlsx_number.c */

enum style_kind {
    STYLE_GENERAL,
    STYLE_FIXED, /* so many digits after the point */
    STYLE_PERCENT,
    STYLE_DATE,
    STYLE_MOMENT,
    STYLE_TIME
};

struct style {
    enum style_kind kind;
    int decimals;
};

/** What a number format shows; @p code NULL takes the built-in one of @p id. */
struct style style_of(long id, const char *code);

#define NUMBER_TEXT_SIZE 80

/**
 * A number as stored -> the text that people see, without ever making a binary number of it.
 * @return the cell's flags: CELL_LOST_DIGITS if it has more digits than spreadsheets keep (text as stored).
 */
unsigned number_text(const char *stored, struct style style, bool base_1904, char text[NUMBER_TEXT_SIZE]);

/* xlsx_book.c */

#define SHEETS_MAX 256

struct sheet_entry {
    char name[128];
    char part[200];
    bool hidden;
};

struct book {
    struct package package;
    struct sheet_entry *sheets;
    size_t sheet_count;
    bool base_1904;
    struct style *styles; /* by index of cellXfs */
    size_t style_count;
    struct buffer strings;  /* all shared strings, each with a NUL */
    uint32_t *string_start; /* one more than there are strings */
    size_t string_count, string_capacity;
};

int book_open(const char *path, struct book *book, struct failure *failure) VAULT_MUST_CHECK;
void book_close(struct book *book);

/** Append the text of <t> elements up to the end of the element @p until, with _xHHHH_ undone. */
int book_read_text(
    struct part *part, const char *until, struct buffer *out, struct failure *failure) VAULT_MUST_CHECK;
/** "_x000D_" -> CR; in place at the end of @p out from @p start. */
void book_unescape(struct buffer *out, size_t start);

/* xlsx_sheet.c */

struct sheet_reader;

int sheet_reader_open(struct book *book, const char *part, struct sheet_reader **reader,
    struct failure *failure) VAULT_MUST_CHECK;
int sheet_reader_next(void *context, struct row *row, struct failure *failure);
void sheet_reader_close(struct sheet_reader *reader);

#endif
