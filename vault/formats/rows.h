/**
 * @file rows.h
 * A file as rows of cells, whatever it is a table of: for tables that are nobody's format, such as a leaked
 * list.
 *
 * Workbooks (ECMA-376) give the rows of every sheet, a PDF the lines of its text (pdf.h), all else is read as separated values in the encoding
 * that it is found to be in (see import.h), down to plain lines.  The limits of limits.h hold.  Nothing is
 * evaluated or fetched; memory does not grow with the file.
 */
#ifndef VAULT_FORMATS_ROWS_H
#define VAULT_FORMATS_ROWS_H

#include "vault/base/bytes.h"

/**
 * @param encoding  an iconv name, or NULL to recognise it.
 * @param each      takes one row; the cells are valid UTF-8, borrowed, each with a NUL behind it.  What it
 * returns other than 0 ends the reading and is returned.
 * @retval VAULT_EINPUT     no encoding fits, or malformed at the place that @p failure names.
 * @retval VAULT_ELIMIT     beyond a limit.
 * @retval VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM
 */
int rows_read(const char *path, const char *encoding,
    int (*each)(void *context, const struct bytes *cells, size_t count), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

/**
 * The texts of a workbook's properties (title, keywords, and those that somebody added), each as one text.  Files that
 * are no workbook, or have none, give nothing.  Errors as rows_read().
 */
int rows_properties(const char *path, int (*each)(void *context, struct bytes text), void *context,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
