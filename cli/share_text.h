/**
 * @file share_text.h
 * A share of the recovery sheet as people copy it from paper: Crockford's base 32 in groups of four with a
 * checksum.
 *
 * Two bytes of SHA-256 over a label and the share follow the share itself, so a slip of the pen is found
 * before shares are put together.  Reading forgives lower case, blanks and dashes anywhere, O for 0, and I
 * and L for 1.
 */
#ifndef CLI_SHARE_TEXT_H
#define CLI_SHARE_TEXT_H

#include "vault/crypto/secret.h"

/** Append the share's text; the caller wipes @p out (buffer_free() does). */
void share_text_write(const struct secret *share, struct buffer *out);

/**
 * Read one share.
 * @param text  one line; everything up to a colon ("share 2 of 3:") is skipped.
 * @retval VAULT_EINPUT  a character that does not occur in shares, or a checksum that does not fit: misread
 * or mistyped; @p failure never quotes the text.
 */
int share_text_read(struct bytes text, struct secret **share, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Read shares, one a line; empty lines and lines that start with # are skipped.
 * @param joined  the shares one after another, each behind a byte that says its size, as `role.recover` wants
 * them.
 */
int share_text_read_all(struct bytes text, struct secret **joined, struct failure *failure) VAULT_MUST_CHECK;

#endif
