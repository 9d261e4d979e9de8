/**
 * @file memory.h
 * Has memory failed in this piece of work?
 *
 * A member that memory did not suffice for is missing from its object, and nothing in the object tells; a
 * text that is put together in a failed buffer is shorter.  So buffers and JSON values may be put together
 * without looking at every step, because every allocation of theirs that fails is remembered here; and
 * whoever shows, stores or signs what was put together asks memory_error() before.  json_write_canonical(),
 * replies and commits do.
 *
 * Thread safety: each thread has its own memory of it.  A piece of work begins with its thread, or where
 * operation_run() has given its answer.
 */
#ifndef VAULT_BASE_MEMORY_H
#define VAULT_BASE_MEMORY_H

#include "vault/base/error.h"

/** Something could not be allocated, and whoever wanted it goes on without. */
void memory_failed(void);
/** 0, or VAULT_ENOMEM if memory_failed() since the thread's beginning or its last memory_reset(). */
int memory_error(void) VAULT_MUST_CHECK;
/** What was put together until now is of no more concern: it was refused, or is not going to be used. */
void memory_reset(void);
/**
 * @p result as it is, or VAULT_ENOMEM if it says damage, forgery or rollback and memory_error(): what could not be read
 * whole was not seen to be wrong, and nobody is accused of it.  The sentence in @p failure (may be NULL) changes with it.
 */
int memory_excuses(int result, struct failure *failure) VAULT_MUST_CHECK;

#endif
