/**
 * @file clean.h
 * Text of unknown origin, made fit for a terminal: what could move the cursor, hide or reorder text, or break
 * a line is replaced, so that a name in a client's file cannot forge our output.
 */
#ifndef CLI_CLEAN_H
#define CLI_CLEAN_H

#include "vault/base/bytes.h"

/**
 * Append @p text on one line: tabs and line ends become a blank, other controls, directional overrides and
 * bytes that are not UTF-8 become U+FFFD.
 */
void clean_line(struct bytes text, struct buffer *out);

/** Append at most @p columns columns of clean text; what is cut off shows as "…". */
void clean_cut(struct bytes text, int columns, struct buffer *out);

#endif
