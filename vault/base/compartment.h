/**
 * @file compartment.h
 * The groups of record kinds that have a key of their own.
 */
#ifndef VAULT_BASE_COMPARTMENT_H
#define VAULT_BASE_COMPARTMENT_H

#include <stdbool.h>

#include "vault/base/bytes.h"

/** Stored and bound into seals: append only.  `directory` holds only what a list of clients shows: number, name, tax id. */
enum compartment {
    COMPARTMENT_DIRECTORY,
    COMPARTMENT_BOOKS,
    COMPARTMENT_BANK,
    COMPARTMENT_TAX,
    COMPARTMENT_PAYROLL,
    COMPARTMENT_IDENTITY,
    COMPARTMENT_DOCUMENTS
};
#define COMPARTMENT_COUNT 7

/** "books", "bank", …; never NULL. */
const char *compartment_name(enum compartment compartment);
bool compartment_parse(struct bytes name, enum compartment *compartment);

#endif
