/**
 * @file command_incident_show.h
 * How people see incidents: what is frozen, cases with their clocks, facts of the law.
 */
#ifndef CLI_COMMAND_INCIDENT_SHOW_H
#define CLI_COMMAND_INCIDENT_SHOW_H

#include "cli/screen.h"

extern const struct column incident_list_columns[];

void incident_show_frozen(struct screen *screen, const json_t *value);
void incident_show_unfrozen(struct screen *screen, const json_t *value);
void incident_show_step(struct screen *screen, const json_t *value);
void incident_show_status(struct screen *screen, const json_t *value);
void incident_show_assessment(struct screen *screen, const json_t *value);
void incident_show_facts(struct screen *screen, const json_t *value);
void incident_show_fact(struct screen *screen, const json_t *row);
json_t *incident_row(const json_t *row);

extern const struct column incident_coverage_columns[];
json_t *incident_coverage_row(const json_t *row);
void incident_show_bundle(struct screen *screen, const json_t *value);

#endif
