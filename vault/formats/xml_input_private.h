/**
 * @file xml_input_private.h
 * The bytes of a markup file as checked UTF-8, a block at a time, whatever encoding they came in.
 *
 * What comes out has no NUL and no byte that is not UTF-8; a file that does not keep its own promise about
 * its encoding is refused with the line.  Memory is two blocks.  One input, one thread.
 */
#ifndef VAULT_FORMATS_XML_INPUT_PRIVATE_H
#define VAULT_FORMATS_XML_INPUT_PRIVATE_H

#include "vault/base/bytes.h"

struct xml_input;

#define XML_ENCODING_SIZE 32

/** Finds the name of the encoding in the first bytes of a file; leaves @p encoding alone if there is none. */
typedef void xml_declared(struct bytes head, char encoding[XML_ENCODING_SIZE]);

/** The `encoding` of an XML declaration. */
void xml_declared_encoding(struct bytes head, char encoding[XML_ENCODING_SIZE]);

/** What to read and how. */
struct xml_source {
    const char *path;     /* or NULL: read `memory` */
    struct bytes memory;  /* borrowed until xml_input_free() */
    const char *encoding; /* a person's choice, which wins; or NULL */
    xml_declared *declared;
};

/**
 * Open a source and settle its encoding: the person's choice, else a byte order mark, else the shape of its
 * first bytes (UTF-16), else what the file declares, else UTF-8.  @p input is NULL on error.
 * @retval VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM
 * @retval VAULT_EINPUT  an encoding that this system does not know.
 */
int xml_input_open(
    const struct xml_source *source, struct xml_input **input, struct failure *failure) VAULT_MUST_CHECK;

/**
 * The next block; @p text is empty at the end and valid until the next call.
 * @retval VAULT_EINPUT  a NUL, or bytes that are not of the encoding; VAULT_EIO
 */
int xml_input_next(struct xml_input *input, struct bytes *text, struct failure *failure) VAULT_MUST_CHECK;

/** "UTF-8", "WINDOWS-1252", …; never NULL. */
const char *xml_input_encoding(const struct xml_input *input);

void xml_input_free(struct xml_input *input);

#endif
