/**
 * @file json_out.h
 * What --json prints: one value or one line a row on standard output; a failure as one object on standard
 * error.
 */
#ifndef CLI_JSON_OUT_H
#define CLI_JSON_OUT_H

#include "cli/output.h"
#include "vault/base/json.h"

/** One line; members keep their order. */
int json_out_value(struct output *output, const json_t *value) VAULT_MUST_CHECK;

/** {"error":name,"code":-10,"message":…,"remedy":…,"exit":2}, appended with a line end; `remedy` only if
 * there is one. */
void json_out_failure(const struct failure *failure, int error, struct buffer *out);

/**
 * Append a sentence as a JSON string.  Sentences may quote bytes that are not UTF-8 (a file's name), and are
 * cut at a length, perhaps inside a character: those bytes become U+FFFD.
 */
void json_out_string(const char *text, struct buffer *out);

/** The same object for jansson's loops, which do not promise to leave it alone but do. */
static inline json_t *json_out_loose(const json_t *value)
{
    union {
        const json_t *constant;
        json_t *loose;
    } same = {.constant = value};
    return same.loose;
}

#endif
