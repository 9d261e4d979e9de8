/**
 * @file field.h
 * The fields by which a leaked row is recognised and a disclosure is measured, and what is known of each.
 *
 * A set of fields is a `trace_fields`: one bit a field.  The vault's own records name more fields than these;
 * whoever implements a trace_source maps what he has onto them.
 */
#ifndef VAULT_LINKAGE_FIELD_H
#define VAULT_LINKAGE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/bytes.h"

/* Stored in index files: append only. */
enum trace_field {
    TRACE_NAME,
    TRACE_TAX_ID,
    TRACE_ADDRESS,
    TRACE_CONTACT,
    TRACE_PHONE,
    TRACE_EMAIL,
    TRACE_BANK_ACCOUNT,
    TRACE_FEE,
    TRACE_PERIOD,
    TRACE_TURNOVER,
    TRACE_TAX_DUE,
    TRACE_PAYROLL,
    TRACE_BALANCE,
    TRACE_PERSON_ID,
    TRACE_DOCUMENT, /* number of a voucher, invoice, transfer or contract */
    TRACE_SUMMARY,
    TRACE_AMOUNT, /* of a document */
    TRACE_FIELDS
};

typedef uint32_t trace_fields;

#define TRACE_BIT(field) ((trace_fields)1 << (field))
#define TRACE_ALL ((TRACE_BIT(TRACE_FIELDS)) - 1)
/** What a list of clients may have; the others are of single records. */
#define TRACE_CLIENT_FIELDS (TRACE_BIT(TRACE_BALANCE + 1) - 1)

/** How the cells of a field are written, which decides how two are compared. */
enum trace_form {
    TRACE_FORM_NAME,   /* of a firm: letters and digits count, what stands between them does not */
    TRACE_FORM_PERSON, /* of a human */
    TRACE_FORM_CODE,   /* letters and digits, upper case */
    TRACE_FORM_DIGITS, /* digits alone */
    TRACE_FORM_TEXT,   /* an address */
    TRACE_FORM_EMAIL,
    TRACE_FORM_AMOUNT,
    TRACE_FORM_PERIOD
};

/**
 * What METHOD.md calls the parameters of a field.  They are judgements about the world outside, stated once,
 * and the measured error rates hold for these values.
 */
struct trace_field_facts {
    const char *name;     /* "bank_account", as in records and in JSON */
    const char *headings; /* folded, "a|b|c": what a column of it may be called */
    enum trace_form form;
    bool private;          /* outsiders rarely hold it; only such fields tell one insider from another */
    double outside_agrees; /* r: an outsider's value is the same as ours */
    double supplied;       /* e: a leaker fills it in though our log never showed it to him */
    double outside_has;    /* q: an outside source has such a column at all */
    double disagreement;   /* linkage: what a cell that differs takes off */
};

extern const struct trace_field_facts trace_field_facts[TRACE_FIELDS];

/** The field of that exact name, or TRACE_FIELDS. */
enum trace_field trace_field_find(struct bytes name);

/** All fields that only insiders are expected to hold. */
trace_fields trace_private_fields(void);

#endif
