/**
 * @file xml_guard_private.h
 * A look at XML before any parser sees it: no DOCTYPE, and no tag, nesting or comment beyond the limits.
 *
 * It follows only where tags, quotes, comments, CDATA and instructions begin and end; whether the document is
 * well-formed is the parser's question.  Its work is constant for each byte.
 */
#ifndef VAULT_FORMATS_XML_GUARD_PRIVATE_H
#define VAULT_FORMATS_XML_GUARD_PRIVATE_H

#include <stdbool.h>

#include "vault/base/bytes.h"

enum xml_guard_state {
    XML_GUARD_TEXT,
    XML_GUARD_OPENED, /* after "<" */
    XML_GUARD_TAG,
    XML_GUARD_CLOSING, /* in "</…" */
    XML_GUARD_QUOTE,
    XML_GUARD_BANG, /* after "<!" */
    XML_GUARD_COMMENT,
    XML_GUARD_CDATA,
    XML_GUARD_INSTRUCTION
};

/** Start with {.line = 1}. */
struct xml_guard {
    enum xml_guard_state state;
    uint64_t line;
    unsigned depth;
    bool any; /* an element came by */
    unsigned attributes;
    size_t length; /* bytes of the markup under way */
    char quote;
    char last[8]; /* what followed "<!", or the last bytes of a comment */
};

/**
 * Look at the next bytes.
 * @retval VAULT_EINPUT  a DOCTYPE (or anything else that begins with "<!" but a comment or CDATA).
 * @retval VAULT_ELIMIT  too deep, too many attributes, too long a tag or text; @p failure names the line.
 */
int xml_guard_feed(struct xml_guard *guard, struct bytes text, struct failure *failure) VAULT_MUST_CHECK;

#endif
