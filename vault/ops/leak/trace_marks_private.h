/** @file trace_marks_private.h  Inside the room: which exports a leaked file came from, as its marks tell. */
#ifndef VAULT_OPS_LEAK_TRACE_MARKS_PRIVATE_H
#define VAULT_OPS_LEAK_TRACE_MARKS_PRIVATE_H

#include "vault/ops/call_private.h"
#include "vault/trace/disclosures.h"

/**
 * Call back with every export that the file's marks name beyond MARK_FALSE_ACCUSATION, over all exports
 * weighed. Decides and logs nothing: the caller has.
 * @param log_ratio  natural logarithm: how much likelier is the file as a copy of that export?
 */
int trace_marks_each(struct call *call, const struct disclosures *disclosures, const char *path,
    int (*each)(void *context, uint64_t event, double log_ratio), void *context) VAULT_MUST_CHECK;

#endif
