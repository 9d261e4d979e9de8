/**
 * @file command_document.h
 * Inside the family: what a document is given, its pages as files, and what became of them.
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

/** Options --fields and --field, and the table of --recipients, into the arguments of the operation. */
int document_fields(struct cli *cli) VAULT_MUST_CHECK;
int document_recipients(struct cli *cli) VAULT_MUST_CHECK;
/** A table (CSV, XLSX, or lines of JSON) as {RECIPIENT: {COLUMN: text}}; @p rows NULL on error, else the caller's. */
int document_table(struct cli *cli, const char *path, json_t **rows) VAULT_MUST_CHECK;
/** {RECIPIENT: {state,how?,at?,proof?}} from --to … or --register; @p entries is the caller's, also on error. */
int document_entries(struct cli *cli, json_t **entries) VAULT_MUST_CHECK;

#endif
