/**
 * @file command_finding_show.h
 * Findings, as people see them: replies of the finding's operations on a screen.
 */
#ifndef CLI_COMMAND_FINDING_SHOW_H
#define CLI_COMMAND_FINDING_SHOW_H

#include "cli/command.h"

/** What a step has made of a finding; and a draft, with the persons that the log proposes. */
void finding_show_step(struct screen *screen, const json_t *value);
void finding_show_draft(struct screen *screen, const json_t *value);
/** All of it: persons, texts, versions, who reviewed and signed. */
void finding_show(struct screen *screen, const json_t *value);

/** Rows of the list of findings. */
extern const struct column finding_list_columns[];
json_t *finding_row(const json_t *row);

#endif
