/** @file link_private.h  Between linking a row and opening what it was linked to. */
#ifndef VAULT_TRACE_LINK_PRIVATE_H
#define VAULT_TRACE_LINK_PRIVATE_H

#include "vault/trace/link.h"
#include "vault/linkage/term.h"

/** Open the versions of a linked client and say which of the row's cells each agrees with. */
int link_compare(const struct trace_source *source, const struct normal cells[TRACE_FIELDS],
    struct link_row *row, struct link *link, struct failure *failure) VAULT_MUST_CHECK;

#endif
