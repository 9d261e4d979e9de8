/**
 * @file encoding_private.h
 * Bytes of a file as valid UTF-8, in pieces: which encoding it is, and the stream that converts it.
 *
 * The order is: what the caller asked for, a byte order mark, strict UTF-8, the format's own tradition
 * (DATEV: CP1252), strict GB18030 whose characters are mostly common Hanzi.  Latin-1 is valid GB18030 by
 * accident, with rare characters, so validity alone says nothing.  What is left is refused with the advice to
 * name it.
 */
#ifndef VAULT_FORMATS_ENCODING_PRIVATE_H
#define VAULT_FORMATS_ENCODING_PRIVATE_H

#include "vault/base/bytes.h"

#define ENCODING_NAME_SIZE 32

struct text_source;

/**
 * Open a file and settle its encoding; that may read it once through.
 *
 * @param asked     an iconv name, or NULL.
 * @param fallback  what files of this format are in when they are not UTF-8, or NULL.
 * @retval VAULT_EINPUT  no encoding fits, or none of the name @p asked exists.
 */
int text_open(const char *path, const char *asked, const char *fallback, struct text_source **source,
    struct failure *failure) VAULT_MUST_CHECK;

/** The same over the first bytes of a file, for recognition: a cut character at the end is no fault. */
int text_open_head(struct bytes head, struct text_source **source) VAULT_MUST_CHECK;

/** The encoding's name as settled; valid as long as the source. */
const char *text_encoding(const struct text_source *source);

/**
 * The next piece, valid UTF-8 without a byte order mark, of whole characters; borrowed until the next call.
 * @return 1, 0 at the end, VAULT_EINPUT at bytes that do not belong to the encoding, VAULT_EIO.
 */
int text_next(struct text_source *source, struct bytes *piece, struct failure *failure) VAULT_MUST_CHECK;

/** NULL is allowed. */
void text_close(struct text_source *source);

#endif
