/**
 * @file postings_private.h
 * The bytes of a segment: blocks of entries, written in order and read in order.
 *
 * A block is one row of `posting`, keyed by its first token and that entry's first number (`low`).  An entry is
 * token (12) || count (varint) || first number (varint) || count - 1 differences (varint).  A token with many
 * numbers has several entries in a row, each of at most ENTRY_NUMBERS.
 */
#ifndef VAULT_STORE_POSTINGS_PRIVATE_H
#define VAULT_STORE_POSTINGS_PRIVATE_H

#include "vault/store/postings.h"

#define ENTRY_NUMBERS 256u
/* Rows of an index b-tree stay on their page up to about a quarter of it. */
#define BLOCK_BYTES 880u

/** Writes one segment; pairs must come in (token, number) order, repetitions are dropped. */
struct segment_writer {
    struct store *store;
    int64_t segment;
    struct buffer block;
    struct token block_token;
    uint64_t block_low;
    struct token token;
    uint64_t numbers[ENTRY_NUMBERS];
    size_t count;
    uint64_t terms;
    uint64_t first;
    uint64_t last;
};

int segment_writer_start(struct segment_writer *writer, struct store *store, enum postings_index index, int64_t level,
    struct failure *failure);
int segment_writer_put(
    struct segment_writer *writer, const struct token *token, uint64_t number, struct failure *failure);
/** Write what is left; records the segment's range. */
int segment_writer_finish(struct segment_writer *writer, struct failure *failure);
void segment_writer_free(struct segment_writer *writer);

/** One entry off a block; false at its end. VAULT_EDAMAGED through @p error. */
bool entry_next(struct reader *block, struct token *token, uint64_t numbers[ENTRY_NUMBERS], size_t *count, int *error);

struct segment_info {
    int64_t id;
    int64_t level;
    uint64_t first;
    uint64_t last;
};
#define SEGMENTS_MAX 4096
/** All segments of an index, oldest first; the caller frees *segments. */
int segments_of(struct store *store, enum postings_index index, struct segment_info **segments, size_t *count,
    struct failure *failure);

/** Merge while a level has too many segments. */
int segments_merge(struct store *store, enum postings_index index, struct failure *failure);

static inline int token_compare(const struct token *a, const struct token *b)
{
    return bytes_compare(bytes_of(a->data, TOKEN_SIZE), bytes_of(b->data, TOKEN_SIZE));
}

#endif
