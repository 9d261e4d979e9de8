/**
 * @file story.h
 * What somebody did in one session, told to people.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include "cli/screen.h"

/** One row of log.replay's story. */
void story_show(struct screen *screen, const json_t *session);

#endif
