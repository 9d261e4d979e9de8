/**
 * @file interrupt.h
 * SIGINT and SIGTERM as a wish that a command ends where it may end cleanly.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/** From here on the two signals are only noted; a second one ends the process as ever. */
void interrupt_catch(void);
/** Was one noted? */
bool interrupt_seen(void);

/**
 * Wait for at most @p milliseconds.
 * @return false if a signal was noted, or if nobody reads standard output any more.
 */
bool interrupt_wait(int milliseconds);

#endif
