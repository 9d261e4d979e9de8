/**
 * @file trace_people.h
 * How much of a leaked file is the firm's, for who counts it against the law: distinct people, and distinct
 * records by what of them agrees.  Told from the file's own cells and what the trace linked; nothing of
 * records is opened.
 */
#ifndef VAULT_OPS_LEAK_TRACE_PEOPLE_H
#define VAULT_OPS_LEAK_TRACE_PEOPLE_H

#include "vault/base/json.h"
#include "vault/records/fingerprint.h"
#include "vault/trace/trace.h"

/**
 * {"individuals": {least, most}, "matched": [{fields[], n}]}
 * least: of the linked rows, people between whom a number of identity, telephone, card or account, or (of one
 * client) a name tells apart; most: of all rows, where only the same whole number of identity, or the same
 * name and telephone, is the same person.  Rows that name nobody are nobody's.  matched: linked records, each
 * once.
 * @param counted  NULL on error; else the caller's.
 * @retval VAULT_ENOMEM
 */
int trace_people_count(const struct leak *leak, const struct trace_source *source,
    const struct trace_result *result, enum trace_subject subject, json_t **counted,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
