/** @file link_private.h  Between linking a row and opening what it was linked to. */
#ifndef VAULT_TRACE_LINK_PRIVATE_H
#define VAULT_TRACE_LINK_PRIVATE_H

#include "vault/trace/link.h"
#include "vault/linkage/term.h"

#define LINK_ALIKE_MAX 240u /* records of one person or client that a row may be: twenty years of months */

/** Open the versions of what may be the row's, and say which of its cells each agrees with; only those that
 * agree with most of it are kept.
 *  @param numbers  best first, at least one, at most LINK_ALIKE_MAX; all of one client. */
int link_compare(const struct trace_source *source, const struct normal cells[TRACE_FIELDS],
    const uint32_t *numbers, size_t count, struct link_row *row, struct link *link,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
