/**
 * @file pdf.h
 * The text of a PDF as rows: what stands in one line, parted where there is a gap of two blanks or more.
 *
 * A PDF is read by the program pdftotext (Poppler) in a process of its own, not by a library in ours: parsers
 * of PDF are attacked often, and this process holds keys.  How it is held: pdf_program.h.  Its
 * output is as untrusted as the file, and is read as UTF-8 lines.
 */
#ifndef VAULT_FORMATS_PDF_H
#define VAULT_FORMATS_PDF_H

#include "vault/base/bytes.h"

#define PDF_TEXT_MAX (64u << 20) /* of the program's output */

/**
 * @param each  as in rows.h.
 * @retval VAULT_ENOTFOUND  pdftotext is not installed.
 * @retval VAULT_EINPUT     not a PDF, protected, or it has no text (a scan).
 * @retval VAULT_ELIMIT     beyond a limit; VAULT_EIO, VAULT_ENOMEM
 */
int pdf_rows_read(const char *path, int (*each)(void *context, const struct bytes *cells, size_t count),
    void *context, struct failure *failure) VAULT_MUST_CHECK;

/** The rows of a text as pdftotext lays it out; what pdf_rows_read() does with what it got. */
int pdf_text_rows(struct bytes text, int (*each)(void *context, const struct bytes *cells, size_t count),
    void *context, struct failure *failure) VAULT_MUST_CHECK;

#endif
