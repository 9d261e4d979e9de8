/**
 * @file term.h
 * The terms of a value: what is written into a blind index, and what a leaked cell looks up.
 */
#ifndef VAULT_TRACE_TERM_H
#define VAULT_TRACE_TERM_H

#include "vault/trace/normal.h"
#include "vault/trace/source.h"

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
