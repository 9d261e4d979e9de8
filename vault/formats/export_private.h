/**
 * @file export_private.h
 * Inside the room: what one format of export is, and records laid out as rows of cells.
 */
#ifndef VAULT_FORMATS_EXPORT_PRIVATE_H
#define VAULT_FORMATS_EXPORT_PRIVATE_H

#include <pthread.h>

#include "vault/formats/export.h"

/** One format out.  `state` is its own; close() and abandon() free it. */
struct export_format {
    const char *name;
    int (*open)(struct export_writer *writer, struct failure *failure);
    int (*put)(struct export_writer *writer, const struct export_row *row, struct failure *failure);
    int (*close)(struct export_writer *writer, struct hash *hash, struct failure *failure);
    void (*abandon)(struct export_writer *writer);
};

struct export_writer {
    const struct export_format *format;
    char *path;
    struct export_options options; /* texts are copies */
    void *state;
};

extern const struct export_format export_csv, export_xlsx, export_jsonl;

/* export_columns.c: the columns of each kind */

enum cell_type { CELL_TEXT, CELL_AMOUNT, CELL_BOOLEAN, CELL_JSON };

struct export_column {
    char *path;       /* as in the heading: "seller.name", "lines[].debit"; owned */
    const char *name; /* last part, in `path` */
    char *parent;     /* "seller" or NULL; owned */
    enum cell_type type;
    unsigned slots; /* of its texts, that a mark may choose */
    bool line;
};

/** The columns that all kinds begin with; "kind" is the first. */
#define EXPORT_FIXED_COLUMNS 9
#define EXPORT_CLIENT_NAME 6
extern const char *const export_fixed[EXPORT_FIXED_COLUMNS];
#define EXPORT_MORE "more"
#define EXPORT_LINE_MORE "lines[].more"

/** A table's worth of records: one kind, and for table_row one set of columns. */
struct export_section {
    enum record_kind kind;
    char *table; /* of KIND_TABLE_ROW: the table's name; owned */
    struct export_column *columns;
    size_t count;
};

/** Columns for records like @p row; @p before (may be NULL) is a section of the kind whose columns are kept.
 */
int export_section_make(const struct export_row *row, const struct export_section *before,
    struct export_section *section) VAULT_MUST_CHECK;
/** The same kind, and of the same table. */
bool export_section_like(const struct export_section *section, const struct export_row *row);
/** That, and all members of @p row that could be columns of their own are. */
bool export_section_fits(const struct export_section *section, const struct export_row *row);
void export_section_free(struct export_section *section);
/** What a heading of @p kind holds, for reading it back; sets the parts of @p column. */
int export_column_parse(
    enum record_kind kind, const char *heading, struct export_column *column) VAULT_MUST_CHECK;
void export_column_free(struct export_column *column);

/* export_rows.c: one record as rows */

struct export_cell {
    const char *text; /* "" if empty; borrowed until the next row */
    enum cell_type type;
    unsigned slots; /* that a mark may choose */
};

/** The cell's text in the writing of this copy; in @p room (wiped before) where that is another. */
const char *export_cell_text(const struct export_writer *writer, const struct export_cell *cell, struct buffer *room);

/** Called once a row with EXPORT_FIXED_COLUMNS + section->count cells. */
typedef int (*export_row_sink)(
    void *context, const struct export_cell *cells, size_t count, struct failure *failure);

int export_rows(const struct export_section *section, const struct export_row *row, export_row_sink sink,
    void *context, struct failure *failure) VAULT_MUST_CHECK;

/* export_file.c: a file that appears with mode 0600 and is written through a buffer */

struct export_file {
    int descriptor;        /* -1 when closed */
    struct buffer pending; /* the caller appends */

    /* The thread's while `full`, else the caller's. */
    struct buffer piece;
    struct hasher *hasher; /* NULL: nothing is left to be freed */
    uint64_t written;      /* bytes given to the system */
    uint64_t started;      /* of them, those that it was asked to put on the disk already */
    int result;            /* of the last piece */
    int error;             /* its errno */

    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t changed;
    bool full;
    bool over;
};

int export_file_create(struct export_file *file, const struct export_writer *writer,
    struct failure *failure) VAULT_MUST_CHECK;
/** Have what is pending written once there is enough of it; an error may be that of the piece before. */
int export_file_flush(struct export_file *file, struct failure *failure) VAULT_MUST_CHECK;
/** Write the rest, sync, close; @p hash is of all that was written. Frees in every case. */
int export_file_finish(
    struct export_file *file, const char *path, struct hash *hash, struct failure *failure) VAULT_MUST_CHECK;
/** Close and free; harmless after that. */
void export_file_abandon(struct export_file *file);

#endif
