/**
 * @file given_words.h
 * Words that need not stand in the process's arguments, where this machine's users and the shell's history
 * see them.
 *
 * A value of an option of the form OPTION_WORDS is the words themselves; "-" for what standard input holds;
 * "@FILE" for what a file holds ("@-" is standard input, too); "@@…" for words that begin with one @.  A
 * value of NAME=VALUE is the same, but that "-" there is a dash, as people write it into a field that is
 * empty.  Line breaks at the end are left out.
 */
#ifndef CLI_GIVEN_WORDS_H
#define CLI_GIVEN_WORDS_H

#include "cli/option.h"

#define GIVEN_WORDS_MAX ((size_t)1 << 20) /* bytes of a file, or of standard input */

/**
 * Put the words into the place of every value of the form OPTION_WORDS.
 * @param options  NULL: none.
 * @retval VAULT_EUSAGE    standard input is asked for twice.
 * @retval VAULT_EINPUT    there are none, or they are no UTF-8 text; VAULT_ENOTFOUND, VAULT_EIO,
 * VAULT_ELIMIT.
 */
int given_words_resolve(
    const struct option *options, struct arguments *arguments, struct failure *failure) VAULT_MUST_CHECK;

/**
 * NAME=VALUE, each once, as an object of texts; the value may be empty.
 * @param words   an array; NULL: none.
 * @param option  under which they are given, for the sentence; NULL: they are no option's.
 * @param fields  on error NULL; else the caller's.
 * @retval VAULT_EUSAGE  no "=", a name of none or more than 255 bytes, or one given twice; and as above.
 */
int given_fields(struct arguments *arguments, const json_t *words, const char *option, json_t **fields,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
