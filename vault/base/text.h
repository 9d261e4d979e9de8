/**
 * @file text.h
 * UTF-8 text: validity, code points, folding for comparison, width on a terminal.
 */
#ifndef VAULT_BASE_TEXT_H
#define VAULT_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "vault/base/bytes.h"

/** Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(struct bytes text);

/** Take one code point off valid UTF-8; advances @p text.  Bytes that are not valid give U+FFFD, one at a time. */
uint32_t utf8_next(struct bytes *text);

/** Append one code point. */
void utf8_put(uint32_t code_point, struct buffer *out);

/** Number of code points. */
size_t utf8_length(struct bytes text);

/** A Han ideograph (unified, extensions A to H, compatibility), or 〇. */
bool is_han(uint32_t code_point);

/** A letter or digit of any script, as far as search needs to tell words from what stands between them. */
bool is_word(uint32_t code_point);

/**
 * The form in which two spellings of a word are the same: full-width forms to half-width, Latin, Greek and
 * Cyrillic letters to lower case, Latin letters with common diacritics to their base letter.
 */
uint32_t fold(uint32_t code_point);

/** Columns on a terminal: 0 for combining marks and controls, 2 for wide East Asian characters, else 1. */
int code_point_width(uint32_t code_point);
/** Columns of a whole text. */
int text_width(struct bytes text);

/** @p text without ASCII white space, U+00A0 and U+3000 at both ends. */
struct bytes text_trim(struct bytes text);

/** Copy a C string into a buffer of @p size bytes, cut where it is too long; always ends in NUL. For names whose length
 *  was checked before. */
void text_copy(char *to, size_t size, const char *from);

#endif
