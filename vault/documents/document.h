/**
 * @file document.h
 * Documents of an incident: the templates that are part of the program, and pages made from them.
 *
 * A document's kind is the id of an entry of the facts' section `documents`, its language "zh" or "en".  What
 * a firm writes is the body; the page around it (type, margins, the foot of pages) is the program's own, and
 * forbids a browser to fetch or run anything.
 *
 * All functions are pure.
 */
#ifndef VAULT_DOCUMENTS_DOCUMENT_H
#define VAULT_DOCUMENTS_DOCUMENT_H

#include "vault/documents/template.h"

#define DOCUMENT_PAGE_MAX ((size_t)1 << 20) /* bytes of one recipient's page */

/** The template of the program; {NULL, 0} where it has none of this kind and language.  Static. */
struct bytes document_template(const char *kind, const char *language);
/** "zh" or "en"? */
bool document_language(const char *language);

/**
 * template_check() against the fields of a kind, and those that every document has: sender, signer,
 * addressee, recipient, title, document, date, case, and the lists records, files, classes, persons with
 * their rows.
 *
 * @param fields  as an entry of the facts has them: [{id, need, article, …}].
 * @param used    as there; "otherwise" as the value where the template itself says what stands in an empty
 * field's place.
 * @retval VAULT_EINPUT  also: a field that must be told has no place in it; the sentence says which, and by
 * which article.
 */
int document_check(
    struct bytes text, const json_t *fields, json_t *used, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Append the page of one recipient: @p body filled with @p values, and what stands around it.
 *
 * Headings <h2 class="no"> are numbered in their order (一、二、… or 1. 2. …), and the lines of a <p
 * class="words"> that holds nothing but text become paragraphs.
 * @param values  with members `title` and `document`.
 * @retval VAULT_EINPUT, VAULT_ELIMIT, VAULT_ENOMEM  as template_render(), or more than DOCUMENT_PAGE_MAX.
 */
int document_page(struct bytes body, const char *language, const json_t *values, struct buffer *page,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
