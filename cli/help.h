/**
 * @file help.h
 * What --help says, all of it from the tables of commands; appended to a buffer.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

/** "strongroom import FILE… [--format FORMAT] …", one line without its end. */
void help_synopsis(const struct command *command, struct buffer *out);

/** Everything about one command. */
void help_command(const struct command *command, struct buffer *out);

/** All commands with their summaries; only those whose name starts with the word @p group if that is not
 * NULL. */
void help_commands(const char *group, struct buffer *out);

/** A positional argument as a synopsis shows it: "[CLIENT…]". */
void help_positional(const struct positional *positional, struct buffer *out);

#endif
