/**
 * @file arena.h
 * Memory given back all at once (inside the engine; cedar.h has new, reset and free).
 */
#ifndef POLICY_ARENA_H
#define POLICY_ARENA_H

#include "policy/cedar.h"

/** 8-aligned, not cleared; NULL without memory or beyond the limit. */
void *cedar_arena_alloc(struct cedar_arena *arena, size_t size);

/** A copy of text that ends in a NUL (not counted); data is NULL without memory. */
struct cedar_str cedar_arena_copy(struct cedar_arena *arena, struct cedar_str text);

/** Bytes handed out since the last reset. */
size_t cedar_arena_used(const struct cedar_arena *arena);

#endif
