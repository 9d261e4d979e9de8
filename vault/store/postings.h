/**
 * @file postings.h
 * An inverted index of opaque tokens: which numbers (record rows, log entries) carry a token.
 *
 * Kept as segments, each sorted and written once, merged by size when there are too many of one size (a
 * log-structured merge, O'Neil et al. 1996): adding costs O(log n) amortised and sequential pages, looking up
 * costs one descent a segment, and there are O(log n) segments.  Numbers of one token come back in ascending
 * order.  Several indexes share the tables and are told apart by `enum postings_index`.
 *
 * Works inside the caller's transaction and store; one thread.
 */
#ifndef VAULT_STORE_POSTINGS_H
#define VAULT_STORE_POSTINGS_H

#include "vault/store/store.h"

#define TOKEN_SIZE 12 /* 96 bits: no chance meeting among 10^9 tokens worth speaking of */

/* Stored: append only. */
enum postings_index { POSTINGS_SEARCH = 1, POSTINGS_LOG = 2 };

struct token {
    uint8_t data[TOKEN_SIZE];
};

/** Collects additions in memory (bounded; it writes a segment when full) until postings_flush(). */
struct postings;

/** NULL only without memory.  @p memory bounds the bytes collected before a segment is written. */
struct postings *postings_new(struct store *store, enum postings_index index, size_t memory);
/** Drops what was not flushed. */
void postings_free(struct postings *postings);

/** Note that @p number carries @p token.  Adding the same pair twice is harmless.
 *  All tokens of a number are added one after another, at most 4,000 of them. */
int postings_add(struct postings *postings, const struct token *token, uint64_t number, struct failure *failure)
    VAULT_MUST_CHECK;
/** Write what is collected and merge segments where that is due; needs a write transaction. */
int postings_flush(struct postings *postings, struct failure *failure) VAULT_MUST_CHECK;

/** Numbers in [first, last] that carry all of @p count tokens, ascending, at most @p limit of them. */
struct numbers {
    uint64_t *items;
    size_t count;
};
int postings_find(struct store *store, enum postings_index index, const struct token *tokens, size_t count,
    uint64_t first, uint64_t last, size_t limit, struct numbers *numbers, struct failure *failure)
    VAULT_MUST_CHECK;
void numbers_free(struct numbers *numbers);

/** Take @p count numbers, ascending, out of every entry: segments that may hold one are written anew without them; needs a
 *  write transaction. */
int postings_remove(struct store *store, enum postings_index index, const uint64_t *numbers, size_t count,
    struct failure *failure) VAULT_MUST_CHECK;

/** For each of many tokens alone what postings_find() of one finds up to @p last, in one walk: what lies together is read
 *  once.
 *  @param tokens  ascending, each once.
 *  @param each    for those that are found, in their order; the numbers are borrowed for the call. It may not use the
 *                 index, and a value that is not zero ends the walk and is returned. */
int postings_find_each(struct store *store, enum postings_index index, const struct token *tokens, size_t count,
    uint64_t last, size_t limit, int (*each)(void *context, size_t token, const uint64_t *numbers, size_t count),
    void *context, struct failure *failure) VAULT_MUST_CHECK;

/** Forget a whole index, so that it can be built anew; needs a write transaction. */
int postings_clear(struct store *store, enum postings_index index, struct failure *failure) VAULT_MUST_CHECK;

#endif
