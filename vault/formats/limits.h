/**
 * @file limits.h
 * What an import accepts at the most; beyond it a file is refused with its place, never cut or guessed.
 */
#ifndef VAULT_FORMATS_LIMITS_H
#define VAULT_FORMATS_LIMITS_H

#define LIMIT_CELL_BYTES (1u << 20)         /* one CSV cell, XML text or JSON string */
#define LIMIT_ROW_BYTES (4u << 20)          /* one row, one invoice, one voucher with all its lines */
#define LIMIT_COLUMNS 1024u                 /* columns of a table */
#define LIMIT_LINES 20000u                  /* lines of one voucher or invoice */
#define LIMIT_XML_DEPTH 64                  /* elements inside each other */
#define LIMIT_XML_ATTRIBUTES 64             /* attributes of one element */
#define LIMIT_ZIP_ENTRIES 4096              /* files in one package */
#define LIMIT_ZIP_RATIO 200                 /* unpacked to packed bytes of one entry */
#define LIMIT_ZIP_BYTES (UINT64_C(4) << 30) /* unpacked bytes of one package */
#define LIMIT_SHARED_STRINGS (64u << 20)    /* bytes of the shared strings of one workbook */
#define LIMIT_ATTACHMENT_BYTES (64u << 20)  /* one file kept as it is */
#define LIMIT_REFUSALS 10000u               /* reported places of one file; the rest is counted */
#define LIMIT_UNMAPPED 4096u                /* different names of columns or elements told as not mapped */

#endif
