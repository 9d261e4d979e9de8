/*
 * A chain of blocks, filled from the front.  A reset keeps the blocks (up to KEEP bytes),
 * so that a loop of equal requests settles down and allocates no more.
 */
#include "policy/arena.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 16 << 10, LARGEST_STEP = 4 << 20, KEEP = 8 << 20, ALIGN = 8 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(8) unsigned char bytes[];
};

struct cedar_arena {
    struct block *first, *current;
    size_t limit, held, used;
};

struct cedar_arena *cedar_arena_new(size_t limit)
{
    struct cedar_arena *arena = calloc(1, sizeof(*arena));

    if (arena)
        arena->limit = limit ? limit : CEDAR_MAX_MEMORY;
    return arena;
}

static void free_from(struct cedar_arena *arena, struct block *block)
{
    while (block) {
        struct block *next = block->next;

        arena->held -= block->size;
        free(block);
        block = next;
    }
}

void cedar_arena_reset(struct cedar_arena *arena)
{
    size_t kept = 0;

    for (struct block *block = arena->first; block; block = block->next) {
        block->used = 0;
        kept += block->size;
        if (block->next && kept + block->next->size > KEEP) {
            free_from(arena, block->next);
            block->next = NULL;
        }
    }
    arena->current = arena->first;
    arena->used = 0;
}

void cedar_arena_free(struct cedar_arena *arena)
{
    if (!arena)
        return;
    free_from(arena, arena->first);
    free(arena);
}

static struct block *add_block(struct cedar_arena *arena, size_t need)
{
    size_t size = arena->current ? arena->current->size * 2 : FIRST_BLOCK;
    struct block *block;

    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < need)
        size = need;
    if (size > arena->limit - arena->held)
        size = need;
    if (size > arena->limit - arena->held)
        return NULL;
    block = malloc(sizeof(*block) + size);
    if (!block)
        return NULL;
    block->size = size;
    block->used = 0;
    block->next = arena->current ? arena->current->next : NULL;
    if (arena->current)
        arena->current->next = block;
    else
        arena->first = block;
    arena->held += size;
    return block;
}

static struct block *next_block(struct cedar_arena *arena, size_t need)
{
    struct block *next = arena->current ? arena->current->next : NULL;

    if (next && next->size >= need)
        return next;
    return add_block(arena, need);
}

void *cedar_arena_alloc(struct cedar_arena *arena, size_t size)
{
    struct block *block = arena->current;
    void *p;

    if (size > arena->limit)
        return NULL;
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!block || size > block->size - block->used) {
        block = next_block(arena, size);
        if (!block)
            return NULL;
        arena->current = block;
    }
    p = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return p;
}

struct cedar_str cedar_arena_copy(struct cedar_arena *arena, struct cedar_str text)
{
    char *copy = cedar_arena_alloc(arena, text.len + 1);

    if (!copy)
        return (struct cedar_str){NULL, 0};
    if (text.len)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return (struct cedar_str){copy, text.len};
}

size_t cedar_arena_used(const struct cedar_arena *arena)
{
    return arena->used;
}

struct cedar_str cedar_str(const char *text)
{
    return (struct cedar_str){text, strlen(text)};
}
