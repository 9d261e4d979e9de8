/**
 * @file command_incident_private.h
 * Inside the room: what the pages of a case have in common.
 */
#ifndef CLI_COMMAND_INCIDENT_PRIVATE_H
#define CLI_COMMAND_INCIDENT_PRIVATE_H

#include "cli/screen.h"

/** A code of a case in words; the code itself where there are none. */
const char *incident_word(const char *code);
/** What a circumstance of a duty asks, as a question; NULL where it is none that the program knows. */
const char *incident_question(const char *circumstance);

void incident_show_duties(struct screen *screen, const json_t *duties);
/** When the facts of the law were last reviewed, and that none of it is legal advice. */
void incident_show_basis(struct screen *screen, const json_t *facts);

#endif
