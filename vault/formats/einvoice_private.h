/**
 * @file einvoice_private.h
 * Chinese e-invoices as XML; shared with the package that carries them (ofd.c).
 */
#ifndef VAULT_FORMATS_EINVOICE_PRIVATE_H
#define VAULT_FORMATS_EINVOICE_PRIVATE_H

#include "vault/formats/format_private.h"

/** Read one e-invoice from @p memory; NULL: from the run's file. */
int einvoice_read(struct import_run *run, const struct bytes *memory) VAULT_MUST_CHECK;

#endif
