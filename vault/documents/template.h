/**
 * @file template.h
 * Pages from templates: a small part of Mustache (mustache(5)), with no way to put in anything that is not
 * escaped.
 *
 *   {{name}}            the value, escaped for HTML; numbers as digits; nothing if there is none, or for true
 * and false
 *   {{a.b}}  {{.}}      a member of a member; the element itself
 *   {{#name}}…{{/name}} for each element of an array; once for an object, true, a text or number that is not
 * empty or 0
 *   {{^name}}…{{/name}} once if there is nothing of the above
 *   {{! … }}            nothing
 *
 * Names are looked for in the innermost section first.  A line that holds nothing but one section's tag or a
 * remark leaves no line behind.  Values may be anybody's words; so may templates that template_check() let
 * through: there is nothing in the language that reads a file, asks anybody, or reckons.
 */
#ifndef VAULT_DOCUMENTS_TEMPLATE_H
#define VAULT_DOCUMENTS_TEMPLATE_H

#include "vault/base/json.h"

#define TEMPLATE_DEPTH_MAX 24u
#define TEMPLATE_PAGE_MAX ((size_t)64 << 20) /* bytes of a page */
#define TEMPLATE_TAGS_MAX 4000000u           /* that are gone through for one page */
#define TEMPLATE_TEXT_MAX ((size_t)64 << 10) /* bytes of a template of somebody else's */
#define TEMPLATE_NAME_MAX 63u

/**
 * Append the page to @p out.
 * @retval VAULT_EINPUT  a tag that is not closed, or closes another; @p failure names its line.
 * @retval VAULT_ELIMIT  the page would be longer, or more work, than the limits above.
 * @retval VAULT_ENOMEM
 */
int template_render(
    struct bytes text, const json_t *values, struct buffer *out, struct failure *failure) VAULT_MUST_CHECK;

/**
 * May this template of somebody else's be used?  It is UTF-8, its sections are closed, every name is one of
 * @p known, and its markup is of these elements, written in lower case and closed in order, with no attribute
 * but class="word": h1 h2 h3 p div ul ol li table thead tbody tr th td strong em br.  No tag stands within
 * markup.  So neither a template nor a value can bring in a picture, a style, a link, a script or an entity
 * of its own.
 *
 * @param known  object whose members are the names that may stand in it ("a.b" as "a").
 * @param used   the same for those that do; an object that is added to.  The value is true, or "otherwise"
 * where an inverted section says something in the place of what is not there.
 * @retval VAULT_EINPUT, VAULT_ELIMIT  with the line and what is wrong there.
 * @retval VAULT_ENOMEM
 */
int template_check(
    struct bytes text, const json_t *known, json_t *used, struct failure *failure) VAULT_MUST_CHECK;

/** Append @p text as it may stand in HTML, in an element or a quoted attribute.  Controls, and characters
 * that turn the direction of writing around, become U+FFFD. */
void template_escape(struct bytes text, struct buffer *out);

#endif
