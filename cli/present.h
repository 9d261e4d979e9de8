/**
 * @file present.h
 * Replies of an operation on their way to standard output, as the command's table says.
 */
#ifndef CLI_PRESENT_H
#define CLI_PRESENT_H

#include "cli/cli.h"
#include "vault/ops/ops.h"

struct presentation;

/** @param reply  filled in; valid until present_free(). NULL without memory. */
struct presentation *present_new(struct cli *cli, struct reply *reply);
/** Write what waits for the end (a table's last rows, a text) and flush. */
int present_end(struct presentation *presentation, struct failure *failure) VAULT_MUST_CHECK;
void present_free(struct presentation *presentation);

#endif
