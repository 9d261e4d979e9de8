/**
 * @file term.h
 * The terms of a value: what is written into a blind index, and what a leaked cell looks up.
 */
#ifndef VAULT_LINKAGE_TERM_H
#define VAULT_LINKAGE_TERM_H

#include "vault/linkage/normal.h"

/** The branch of a vault's index keys under which terms are tokens (secret_derive()): who holds it can link and compare
 *  rows, and neither search nor open. */
#define TRACE_BRANCH "tracekey"

/* Stored in index files and bound into tokens: append only. */
enum trace_term_kind {
    TRACE_TERM_EXACT,   /* the whole normalised text, or an amount to the hundredth */
    TRACE_TERM_NEAR,    /* the text itself, and the text with one character left out */
    TRACE_TERM_GRAM,    /* two neighbouring characters of a name */
    TRACE_TERM_TAIL,    /* the last four characters, for masked cells */
    TRACE_TERM_UNIT,    /* an amount to the whole unit */
    TRACE_TERM_HUNDRED, /* an amount to the hundred: 12.34万 */
    TRACE_TERM_KINDS
};

struct trace_term {
    enum trace_term_kind kind;
    enum trace_field field;
    struct bytes text; /* amounts: decimal digits of the value divided by the kind's unit */
};

typedef int (*term_callback)(void *context, const struct trace_term *term);

/** All terms under which a value of ours is to be found; the term is borrowed for the call. */
int term_of_value(
    enum trace_field field, const struct normal *value, term_callback each, void *context) VAULT_MUST_CHECK;

/** The terms of one kind that a leaked cell asks for; none where the cell cannot have any. */
int term_of_cell(enum trace_field field, const struct normal *cell, enum trace_term_kind kind,
    term_callback each, void *context) VAULT_MUST_CHECK;

/** 64 bits of a term for index files of made-up firms.  A vault uses keyed tokens instead. */
uint64_t term_hash(const struct trace_term *term);

#endif
