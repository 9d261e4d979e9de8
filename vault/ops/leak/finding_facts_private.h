/**
 * @file finding_facts_private.h
 * Inside the room: the facts that a finding is about, from a case of this vault or from what `trace --json` printed.
 */
#ifndef VAULT_OPS_LEAK_FINDING_FACTS_PRIVATE_H
#define VAULT_OPS_LEAK_FINDING_FACTS_PRIVATE_H

#include "vault/ops/call_private.h"

/**
 * From the argument `case` or `trace`, just one of which is given, in the form of incident/finding_case.h.  A case's people
 * stand under their names where these have been revealed (an event of trace.reveal_names), else under their pseudonyms.
 * @param facts  NULL on error.
 */
int finding_facts(struct call *call, json_t **facts) VAULT_MUST_CHECK;

/** Have names of this case been revealed to anybody? */
int finding_names_revealed(struct call *call, const char *trace_case, bool *any) VAULT_MUST_CHECK;

#endif
