/**
 * @file own_private.h
 * Rows of our own exports (CSV and workbooks), read back without a change.
 */
#ifndef VAULT_FORMATS_OWN_PRIVATE_H
#define VAULT_FORMATS_OWN_PRIVATE_H

#include "vault/formats/export_private.h"
#include "vault/formats/table_private.h"

struct own {
    struct table *table;
    bool particulars; /* the sheet that only says who made the file */
    bool bound;       /* headings were read */
    enum record_kind kind;
    char **headings; /* of the columns after the fixed ones, as text, until the kind is known */
    struct export_column *columns;
    size_t count;
    bool columns_known;

    bool open;
    bool refused;
    struct draft draft;
    struct buffer record_id, version, client_no, client_name, client_tax_id;
    json_t *lines; /* borrowed from the draft; NULL until a line has a cell */
    size_t rows;   /* of the record */
};

/** The cell's text as it was before the export: no apostrophe in front of what looked like a formula. */
struct bytes own_text(const struct own *own, const struct row *row, size_t column);

int own_begin_record(struct own *own, const struct row *row) VAULT_MUST_CHECK;
int own_add_row(struct own *own, const struct row *row) VAULT_MUST_CHECK;
int own_flush(struct own *own) VAULT_MUST_CHECK;

#endif
