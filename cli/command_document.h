/**
 * @file command_document.h
 * Inside the family: the pages of a document as files.
 */
#ifndef CLI_COMMAND_DOCUMENT_H
#define CLI_COMMAND_DOCUMENT_H

#include "cli/cli.h"

/**
 * Write the pages of a document into the new directory that --out names, in the forms that --format names:
 * one file a recipient and form, and register.csv, which names recipient, file and SHA-256.  Tells the log
 * the hashes of what was made before it gets its name.
 * @param value  told of: directory, files; merged into what the command says.
 */
int document_write(struct cli *cli, const char *id, json_int_t document, json_t *value) VAULT_MUST_CHECK;
/** Is there room for it?  To be asked before anything is drafted. */
int document_write_check(struct cli *cli) VAULT_MUST_CHECK;

#endif
