#include "vault/base/compartment.h"

static const char *const compartment_names[COMPARTMENT_COUNT] = {
    [COMPARTMENT_DIRECTORY] = "directory",
    [COMPARTMENT_BOOKS] = "books",
    [COMPARTMENT_BANK] = "bank",
    [COMPARTMENT_TAX] = "tax",
    [COMPARTMENT_PAYROLL] = "payroll",
    [COMPARTMENT_IDENTITY] = "identity",
    [COMPARTMENT_DOCUMENTS] = "documents",
};

const char *compartment_name(enum compartment compartment)
{
    return (unsigned)compartment < COMPARTMENT_COUNT ? compartment_names[compartment] : "unknown";
}

bool compartment_parse(struct bytes name, enum compartment *compartment)
{
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        if (bytes_equal(name, bytes_of_text(compartment_names[i]))) {
            *compartment = (enum compartment)i;
            return true;
        }
    }
    return false;
}
