/**
 * @file output.h
 * Standard output, gathered and written in large pieces; the first failure stays and stops everything after
 * it.
 *
 * SIGPIPE must be ignored, so that a closed pipe is a failure like any other.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "vault/base/bytes.h"

struct output;

/** @param descriptor  stays open. NULL without memory. */
struct output *output_new(int descriptor);
/** Does not flush; NULL is allowed. What was gathered is wiped. */
void output_free(struct output *output);

void output_put(struct output *output, struct bytes bytes);
void output_put_text(struct output *output, const char *text);
void output_format(struct output *output, const char *format, ...) VAULT_PRINTF(2, 3);

/** Write what is gathered: VAULT_EIO with the system's reason in @p failure, now and ever after. */
int output_flush(struct output *output, struct failure *failure) VAULT_MUST_CHECK;
/** Has it failed already? */
bool output_failed(const struct output *output);

#endif
