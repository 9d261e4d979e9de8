/**
 * @file mark_file_private.h
 * Inside the room: a leaked file, whatever it is a table of, read for the marks in it.
 */
#ifndef VAULT_OPS_LEAK_MARK_FILE_PRIVATE_H
#define VAULT_OPS_LEAK_MARK_FILE_PRIVATE_H

#include "vault/trace/mark.h"

/**
 * Feed every row of a workbook, of separated values, of plain lines, or of JSON lines, and what a workbook's
 * properties name.  The reading is not finished.
 * @param encoding  an iconv name, or NULL to recognise it.
 * @retval VAULT_EINPUT, VAULT_ELIMIT, VAULT_ENOTFOUND, VAULT_EIO, VAULT_ENOMEM  as rows_read().
 */
int mark_file_read(const char *path, const char *encoding, struct mark_reading *reading, uint64_t *rows,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
