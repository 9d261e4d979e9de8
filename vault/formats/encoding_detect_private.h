/**
 * @file encoding_detect_private.h
 * What the bytes of a text look like, judged in one pass of pieces of any size.
 */
#ifndef VAULT_FORMATS_ENCODING_DETECT_PRIVATE_H
#define VAULT_FORMATS_ENCODING_DETECT_PRIVATE_H

#include "vault/base/bytes.h"

/** Start with utf8 and gb18030 true and the rest zero (text_look_begin). */
struct text_look {
    bool utf8;
    bool gb18030;
    uint8_t utf8_tail[4]; /* the start of a character whose rest is in the next piece */
    size_t utf8_tail_size;
    uint8_t gb_state[3];
    size_t gb_state_size;
    uint64_t gb_characters; /* of two or four bytes */
    uint64_t gb_common;     /* of GB 2312's first level, or its punctuation */
    uint64_t nul_even, nul_odd, size;
};

struct text_look text_look_begin(void);
void text_look_at(struct text_look *look, struct bytes piece);

/** The encoding that a byte order mark at the start announces and its length, or NULL. */
const char *text_mark(struct bytes head, size_t *length);

/** "UTF-8", "GB18030" or NULL; @p whole is false if the text may have been cut in the middle of a character.
 */
const char *text_look_verdict(const struct text_look *look, bool whole);

/** Size of @p text without a UTF-8 character at its end whose rest is missing. */
size_t utf8_whole(struct bytes text);

#endif
