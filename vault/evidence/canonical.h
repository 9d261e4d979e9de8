/**
 * @file canonical.h
 * Canonical JSON (RFC 8785, limited as evidence needs it) read in one pass, without allocating.
 *
 * The verifier's own reading: it shares no code with base/json, which wrote the text.  Spans are raw text of
 * the input: a name or string without its quotes but with its escapes, a value as it stands.  Since the form
 * is canonical, two spans are equal exactly when the values are.
 */
#ifndef VAULT_EVIDENCE_CANONICAL_H
#define VAULT_EVIDENCE_CANONICAL_H

#include "vault/base/bytes.h"

#define CANONICAL_DEPTH_MAX 16

/** Is this exactly one canonical value, of any kind? */
bool canonical_check(struct bytes text);

/** Is this exactly one canonical object?  Its members are handed to @p member (may be NULL) as they are read,
 * so some may have been handed over when the answer is false. */
bool canonical_object(
    struct bytes text, void (*member)(void *context, struct bytes name, struct bytes value), void *context);

/* For text that was found canonical before; with other text the result is meaningless but within the text. */

/** The value of a member whose name needs no escapes. */
bool canonical_find(struct bytes object, const char *name, struct bytes *value);
/** Elements of an array one after another: start with *rest = the array. */
bool canonical_element(struct bytes *rest, struct bytes *value);
/** The inside of a string value; no bytes if it is no string. */
struct bytes canonical_string(struct bytes value);
/** A non-negative integer value. */
bool canonical_number(struct bytes value, uint64_t *number);

#endif
