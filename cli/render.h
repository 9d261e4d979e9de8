/**
 * @file render.h
 * Pages as PDF and DOCX: a child of its own, without a shell, without network, and with limits on time,
 * memory and size.
 */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

#include "vault/base/bytes.h"

/**
 * Make a PDF of the page in file @p html, in the new file @p pdf, with WeasyPrint.  On an error there is no
 * @p pdf.
 * @retval VAULT_ENOTFOUND  the program is not installed.
 * @retval VAULT_EIO        it failed, took too long, or was stopped by a signal; the page is as good without.
 */
int render_pdf(const char *html, const char *pdf, struct failure *failure) VAULT_MUST_CHECK;

/** The body of a document's page in the form that render_docx() reads. Nothing where it has none. */
void render_plain(struct bytes page, struct buffer *out);
/** Make a DOCX of such a file, with pandoc and the styles of reference.docx where that is installed.  As
 * render_pdf(). */
int render_docx(const char *plain, const char *docx, struct failure *failure) VAULT_MUST_CHECK;

#endif
