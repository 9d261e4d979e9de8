/**
 * @file checkpoint_letter.h
 * A checkpoint for people who keep it on paper: what it says, who cosigned it and when, and what it is good
 * for, in Chinese and English whatever the language of the program.
 */
#ifndef CLI_CHECKPOINT_LETTER_H
#define CLI_CHECKPOINT_LETTER_H

#include "vault/base/bytes.h"

/** Append the text for a signed checkpoint; VAULT_EINPUT if it is none. */
int checkpoint_letter(struct bytes note, struct buffer *text) VAULT_MUST_CHECK;

#endif
