/** @file fingerprint_private.h  Writing what fingerprint.h reads. */
#ifndef VAULT_RECORDS_FINGERPRINT_PRIVATE_H
#define VAULT_RECORDS_FINGERPRINT_PRIVATE_H

#include "vault/base/json.h"
#include "vault/records/fingerprint.h"

/** Append what of a record's fields is traced: a byte of enum trace_field and a block for each value, at most 256 of them;
 *  nothing for kinds that are not. */
int fingerprint_values(enum record_kind kind, json_t *fields, struct buffer *values) VAULT_MUST_CHECK;

/** Append the fingerprint of a record's values, each once. */
int fingerprint_write(const struct trace_key *key, const struct ulid *record, struct bytes values,
    struct buffer *print) VAULT_MUST_CHECK;

/** Add the tokens under which the record is found when a leak turns up. */
int fingerprint_tokens(const struct trace_key *key, enum record_kind kind, struct bytes values,
    struct postings *postings, uint64_t row, struct failure *failure) VAULT_MUST_CHECK;

/** Does the kind have fingerprints? */
bool fingerprint_has(enum record_kind kind);
/** ... and tokens of its own? */
bool fingerprint_has_tokens(enum record_kind kind);

#endif
