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
 * remark leaves no line behind.  Templates are the project's own files; values may be anybody's words.
 */
#ifndef CLI_TEMPLATE_H
#define CLI_TEMPLATE_H

#include "vault/base/json.h"

#define TEMPLATE_DEPTH_MAX 24u

/**
 * Append the page to @p out.
 * @retval VAULT_EINPUT  a tag that is not closed, or closes another; @p failure names its line.
 * @retval VAULT_ENOMEM
 */
int template_render(
    struct bytes text, const json_t *values, struct buffer *out, struct failure *failure) VAULT_MUST_CHECK;

/** Append @p text as it may stand in HTML, in an element or a quoted attribute.  Controls, and characters
 * that turn the direction of writing around, become U+FFFD. */
void template_escape(struct bytes text, struct buffer *out);

#endif
