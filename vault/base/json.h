/**
 * @file json.h
 * JSON values are jansson's (json_t); this adds strict reading and the one canonical way of writing.
 *
 * Writing follows RFC 8785 (JCS), limited as evidence needs it: integers from -(2^53-1) to 2^53-1, no floats,
 * no null, nesting of at most JSON_DEPTH_MAX levels.
 */
#ifndef VAULT_BASE_JSON_H
#define VAULT_BASE_JSON_H

#include <jansson.h>

#include "vault/base/bytes.h"
#include "vault/base/memory.h"

#define JSON_DEPTH_MAX 16
#define JSON_INTEGER_MAX INT64_C(9007199254740991)

/**
 * Read exactly one value; duplicate members, trailing bytes, invalid UTF-8 and more than 256 levels are refused.
 *
 * @param value  NULL on error; else one reference that the caller gives back with json_decref().
 * @retval VAULT_ENOMEM  no memory to read it; memory_error() says so from then on.
 * @retval VAULT_EINPUT  not JSON; @p failure names line and column if given.
 */
int json_read(struct bytes text, json_t **value, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Append the canonical form to @p out.
 * @retval VAULT_EINPUT  a float, a null, an integer out of range, a lone surrogate or too deep; @p out is then
 *                       as it was.
 * @retval VAULT_ENOMEM  no memory, or memory_error() before: something may be missing from @p value.  Likewise.
 */
int json_write_canonical(const json_t *value, struct buffer *out) VAULT_MUST_CHECK;

/** Append a string with quotes, escaped as RFC 8785 says; @p text must be valid UTF-8. */
void json_write_string(struct bytes text, struct buffer *out);

/** Is this text canonical already, byte for byte? Reads it and writes it again. */
bool json_is_canonical(struct bytes text);

/** A string of base64; one reference for the caller, or NULL and memory_error(). */
json_t *json_base64(struct bytes bytes);
/** What was put together in @p buffer; one reference for the caller, or NULL if the buffer failed or is not UTF-8. */
json_t *json_of_buffer(const struct buffer *buffer);

/** A string of a text that may have been cut within a character or come from elsewhere: what is no UTF-8 becomes U+FFFD,
 *  and half a character at the end goes.  NULL for NULL, or without memory. */
json_t *json_cut_text(const char *text);

/** The string member @p name, or NULL if it is missing or no string; valid as long as @p object. */
const char *json_text(const json_t *object, const char *name);
/** Is the member @p name a string, and this one?  False where it is missing. */
bool json_is(const json_t *object, const char *name, const char *text);
/** Is @p text one of the strings of the array @p list?  False for NULL in either place. */
bool json_lists(const json_t *list, const char *text);
/** The integer member @p name, or @p otherwise. */
int64_t json_number(const json_t *object, const char *name, int64_t otherwise);

#endif
