/** @file command_trace_vault.h  Tracing in a vault: what `trace` does there, and the cases that come of it.
 */
#ifndef CLI_COMMAND_TRACE_VAULT_H
#define CLI_COMMAND_TRACE_VAULT_H

#include "cli/command.h"

/** Trace each LEAK in the vault. */
int trace_in_vault(struct cli *cli) VAULT_MUST_CHECK;

/** What a vault's answer says besides that of a folder. */
void trace_show_vault(struct screen *screen, const json_t *value);

/** Names that were asked for, or the request for them. */
void trace_show_names(struct screen *screen, const json_t *value);
void trace_show_approval(struct screen *screen, const json_t *value);

extern const struct column trace_list_columns[];
extern const struct positional trace_case_words[], trace_reveal_words[];
extern const struct option trace_reveal_options[];

#endif
