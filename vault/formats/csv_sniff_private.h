/** @file csv_sniff_private.h  Which separator a text uses, judged by how evenly it cuts the first lines. */
#ifndef VAULT_FORMATS_CSV_SNIFF_PRIVATE_H
#define VAULT_FORMATS_CSV_SNIFF_PRIVATE_H

#include "vault/base/bytes.h"

/** One of `,` `;` TAB `|`; 0 if none cuts the lines. */
char csv_sniff(struct bytes head);

#endif
